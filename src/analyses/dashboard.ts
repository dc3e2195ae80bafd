import type { Verdict } from '../quant/score.ts';

/** How the latest results of a list divide. */
export interface ListSummary {
  readonly items: number;
  readonly analysed: number;
  readonly buy: number;
  readonly hold: number;
  readonly sell: number;
}

export interface ScorePoint {
  readonly asOf: string;
  readonly score: number;
  readonly verdict: Verdict;
}

export interface SummaryKey {
  /** Null: all lists of the workspace. */
  readonly listId: string | null;
  readonly strategy: string;
}

export interface TickerKey {
  readonly ticker: string;
  readonly strategy: string;
}

export const summaryKey = ({ listId, strategy }: SummaryKey): string => `${listId} ${strategy}`;
export const tickerKey = ({ ticker, strategy }: TickerKey): string => `${ticker} ${strategy}`;
