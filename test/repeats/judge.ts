/** What one of the calls of a round was answered, as far as it matters. */
export interface Answer {
  readonly __typename: string;
  readonly code?: string;
  readonly job?: { readonly id: string };
  readonly watchlist?: { readonly id: string };
  readonly added?: readonly string[];
  readonly apiKey?: { readonly keyId: string };
  readonly secret?: string;
  readonly subjectId?: string;
}

export const kinds = ['submitAnalysis', 'addToWatchlist', 'createApiKey'] as const;
export type Kind = (typeof kinds)[number];

/** A round that is over: one call under one idempotency key, many times at once. */
export interface Round {
  readonly n: number;
  readonly kind: Kind;
  /** Different answers, each with how many calls got it. */
  readonly answers: ReadonlyMap<string, number>;
  /** What the call with another input was answered. */
  readonly conflict: Answer;
}

/** Equal calls have one answer, or one was told a secret and the others that it was; another input is refused. */
export function faultsOfRound({ n, kind, answers, conflict }: Round): string[] {
  const faults: string[] = [];
  const told = [...answers].map(([text, calls]) => ({ answer: JSON.parse(text) as Answer, calls }));
  const first = told.find(({ answer }) => answer.code === undefined);
  const others = told.filter((one) => one !== first);
  const isRepeat = ({ code, subjectId }: Answer) =>
    code === 'SECRET_TOLD' && subjectId !== undefined && subjectId === first?.answer.apiKey?.keyId;
  if (first === undefined) faults.push('no call succeeded');
  else if (first.answer.secret !== undefined && first.calls !== 1)
    faults.push(`${first.calls} calls were told one secret`);
  for (const { answer, calls } of others)
    if (!isRepeat(answer)) faults.push(`${calls} calls were answered ${JSON.stringify(answer)}`);
  if (conflict.code !== 'IDEMPOTENCY_CONFLICT')
    faults.push(`another input was answered ${conflict.__typename}`);
  return faults.map((fault) => `round ${n}, ${kind}: ${fault}`);
}

/** What there is in the database at the end: how often the effect of each round, and how much altogether. */
export interface Effects {
  readonly ofRounds: Readonly<Record<Kind, ReadonlyMap<number, number>>>;
  readonly total: Readonly<Record<Kind, number>>;
  /** Revisions of lists beyond their first. */
  readonly edits: number;
  /** Stored answers under the rounds' keys. */
  readonly answers: number;
}

/** Each round has had its one effect, and nothing else has happened. */
export function faultsOfEffects(rounds: readonly Kind[], effects: Effects): string[] {
  const faults: string[] = [];
  for (const [n, kind] of rounds.entries()) {
    const times = effects.ofRounds[kind].get(n) ?? 0;
    if (times !== 1) faults.push(`round ${n}, ${kind}: ${times} effects`);
  }
  const expect = (what: string, found: number, expected: number) => {
    if (found !== expected) faults.push(`${found} ${what}, expected ${expected}`);
  };
  const countOf = (kind: Kind) => rounds.filter((one) => one === kind).length;
  for (const kind of kinds) expect(`effects of ${kind}`, effects.total[kind], countOf(kind));
  expect('changes of watchlists', effects.edits, countOf('addToWatchlist'));
  expect('stored answers', effects.answers, rounds.length);
  return faults;
}
