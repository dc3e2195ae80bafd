/** Conditions of a read that holds for some questions only: each question has a text of its own, so that a kept plan looks up what it names. */
export interface Conditions {
  /** Adds a condition whose `?` is the value, unless there is none. */
  where(condition: string, value: unknown): void;
  /** For behind `where`. */
  text(): string;
  readonly values: unknown[];
}

/** `fixed` stand first; `values` are those that they, and the rest of the statement, name by number. */
export function createConditions(fixed: readonly string[], ...values: readonly unknown[]): Conditions {
  const conditions = [...fixed];
  const all = [...values];
  return {
    where(condition, value) {
      if (value == null) return;
      all.push(value);
      conditions.push(condition.replace('?', `$${all.length}`));
    },
    text: () => conditions.join(' and '),
    values: all,
  };
}
