import { plural, sentenceCase } from '../format/words.ts';
import type { JobRowFragment } from '../generated/graphql.ts';

/** What a job does, in one line: `Backtest · NVDA ×5`, `Analysis · 500 tickers`. Pure. */
export function describeJob({ kind, total, sample, watchlist, strategies }: JobRowFragment): string {
  const names = sample.edges.map(({ node }) => node.ticker);
  const what =
    watchlist?.name ?? (total <= 3 && names.length === total ? names.join(', ') : plural(total, 'ticker'));
  const times = strategies.length > 1 ? ` × ${strategies.length} strategies` : '';
  return `${sentenceCase(kind)} · ${what}${times}`;
}

const WAITING = {
  NO_WORKER: 'no worker runs',
  WORKERS_BUSY: 'all workers are busy',
  SCHEDULED: 'scheduled for later',
  RETRY_BACKOFF: 'waits for another attempt',
  PAUSED: 'the queue is paused',
  RATE_LIMITED: 'waits for the pace of the source',
} as const;

/** Why a job waits, in words; null when it does not. Pure. */
export function waitingWords({ waiting }: JobRowFragment): string | null {
  return waiting === null || waiting === undefined ? null : WAITING[waiting.reason];
}
