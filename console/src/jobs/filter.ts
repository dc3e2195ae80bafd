import type { JobFilter, JobKind, JobOrigin, JobState } from '../generated/graphql.ts';
import { oneOf } from '../routing/address.ts';

export const STATES: readonly JobState[] = ['QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED'];
/** A record, so that the compiler asks for each kind. */
const kinds: Readonly<Record<JobKind, true>> = { ANALYSIS: true, BACKTEST: true, BACKFILL: true };
export const KINDS = Object.keys(kinds) as readonly JobKind[];
export const ORIGINS: readonly JobOrigin[] = ['TICKERS', 'WATCHLIST', 'UNIVERSE', 'SCHEDULE', 'BACKTEST'];

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The filter of an address. What is not valid in it is left out; days are days of the reader. Pure but for the reader's zone. */
export function filterOf(query: URLSearchParams): JobFilter {
  const states = query.getAll('state').filter((one): one is JobState => oneOf(one, STATES) !== null);
  const kind = oneOf(query.get('kind'), KINDS);
  const origin = oneOf(query.get('origin'), ORIGINS);
  const ticker = query.get('ticker')?.trim().toUpperCase() ?? '';
  const from = query.get('from') ?? '';
  const to = query.get('to') ?? '';
  return {
    ...(states.length > 0 && { states }),
    ...(kind !== null && { kinds: [kind] }),
    ...(origin !== null && { origin }),
    ...(ticker !== '' && { ticker }),
    ...(DAY.test(from) && { createdFrom: new Date(`${from}T00:00:00`).toISOString() }),
    ...(DAY.test(to) && { createdTo: new Date(`${to}T23:59:59.999`).toISOString() }),
  };
}
