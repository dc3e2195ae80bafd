import { InvalidInputError } from '../errors.ts';

/** Dates of a filter of results as clients give them. */
interface DateInput {
  readonly ticker?: string | null | undefined;
  readonly asOfFrom?: string | null | undefined;
  readonly asOfTo?: string | null | undefined;
  readonly storedFrom?: Date | null | undefined;
  readonly storedTo?: Date | null | undefined;
}

const DATES = ['asOfFrom', 'asOfTo', 'storedFrom', 'storedTo'] as const;

/** Throws InvalidInputError for dates without a ticker or a job, whose results are few: a span of all results would be searched row by row. */
export function datesOf(input: DateInput, jobId: string | undefined) {
  const given = DATES.find((name) => input[name] != null);
  if (given !== undefined && input.ticker == null && jobId === undefined)
    throw new InvalidInputError(`filter.${given}`, `${given} needs a ticker in the same filter.`);
  return {
    asOfFrom: input.asOfFrom ?? undefined,
    asOfTo: input.asOfTo ?? undefined,
    storedFrom: input.storedFrom ?? undefined,
    storedTo: input.storedTo ?? undefined,
  };
}
