import {
  buildASTSchema,
  type DirectiveNode,
  findBreakingChanges,
  findDangerousChanges,
  Kind,
  parse,
  visit,
} from 'graphql';

/** What the reason of every `@deprecated` looks like: the day from which the element may be gone, and what to use instead. */
const REASON = /^Until (\d{4}-\d{2}-\d{2}): \S.+/;
/** Days that clients are given at least, from the day on which the deprecation is checked first. */
const NOTICE_DAYS = 90;

export interface Comparison {
  /** What stops a client that was written against the released schema. */
  readonly breaking: readonly string[];
  /** What a client that expects every value, member and default to be known may stumble over; allowed, see docs/api.md. */
  readonly dangerous: readonly string[];
}

/** Compares two schemas as texts. What the released one had deprecated until a day that has come may be gone. */
export function compareSchemas(released: string, current: string, today: string): Comparison {
  const before = buildASTSchema(withoutRetired(released, today), { assumeValid: true });
  const after = buildASTSchema(parse(current));
  const texts = (changes: readonly { description: string }[]) =>
    changes.map(({ description }) => description);
  return {
    breaking: texts(findBreakingChanges(before, after)),
    dangerous: texts(findDangerousChanges(before, after)),
  };
}

/** Deprecations that name no day, no replacement, or a day that is too near for what was not deprecated in the released schema. */
export function faultyDeprecations(released: string, current: string, today: string): string[] {
  const known = new Set(reasonsOf(released));
  const earliest = new Date(Date.parse(today) + NOTICE_DAYS * 86_400_000).toISOString().slice(0, 10);
  return reasonsOf(current).filter((reason) => {
    const day = REASON.exec(reason)?.[1];
    return day === undefined || (!known.has(reason) && day < earliest);
  });
}

function reasonOf(directives: readonly DirectiveNode[] | undefined): string | null {
  const deprecated = directives?.find(({ name }) => name.value === 'deprecated');
  if (deprecated === undefined) return null;
  const reason = deprecated.arguments?.find(({ name }) => name.value === 'reason')?.value;
  return reason?.kind === Kind.STRING ? reason.value : '';
}

function reasonsOf(schema: string): string[] {
  const reasons: string[] = [];
  const enter = ({ directives }: { directives?: readonly DirectiveNode[] }) => {
    const reason = reasonOf(directives);
    if (reason !== null) reasons.push(reason);
  };
  visit(parse(schema), {
    FieldDefinition: { enter },
    InputValueDefinition: { enter },
    EnumValueDefinition: { enter },
  });
  return reasons;
}

function withoutRetired(schema: string, today: string) {
  const enter = ({ directives }: { directives?: readonly DirectiveNode[] }) => {
    const day = REASON.exec(reasonOf(directives) ?? '')?.[1];
    return day !== undefined && day <= today ? null : undefined;
  };
  return visit(parse(schema), {
    FieldDefinition: { enter },
    InputValueDefinition: { enter },
    EnumValueDefinition: { enter },
  });
}
