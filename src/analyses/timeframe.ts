import type { Timeframe } from '../quant/resample.ts';

/**
 * What the latest results are told apart by beside workspace and ticker: the strategy, and behind a colon the timeframe unless it is DAILY. A
 * column of its own would have to be part of the primary key, which processes of the version before name in their statements.
 */
export function latestKey(strategy: string, timeframe: Timeframe): string {
  return timeframe === 'DAILY' ? strategy : `${strategy}:${timeframe}`;
}
