import type { Candles } from '../quant/candles.ts';
import type { SeriesWarning } from './series-warning.ts';
import type { Adjustment } from './source.ts';

/** Bars that a workspace has imported, as the reader of price files made them: unvalidated, a missing cell is NaN. */
export interface OwnBars {
  readonly candles: Candles;
  readonly adjustment: Adjustment;
  /** ISO 4217 or hundredths of it; null: neither the import nor its file named it. */
  readonly currency: string | null;
  /** What was left out or is suspicious, without what validation finds again. */
  readonly warnings: readonly SeriesWarning[];
}

/** An imported series without its bars. */
export interface OwnSeries {
  readonly ticker: string;
  readonly bars: number;
  /** `YYYY-MM-DD` */
  readonly firstBar: string;
  readonly lastBar: string;
  readonly adjustment: Adjustment;
  readonly currency: string | null;
  /** Grows by one with every import that changes the series. */
  readonly revision: number;
  readonly updatedAt: Date;
}

/** How much a workspace may import. */
export interface OwnLimits {
  /** Bars of one series. */
  readonly barsOfSeries: number;
  /** Series of a workspace. */
  readonly series: number;
  /** Bars of all series of a workspace together. */
  readonly bars: number;
}

/** A century of trading days is 26,000. */
export const BARS_OF_SERIES = 50_000;
