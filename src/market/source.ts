import type { Candles } from '../quant/candles.ts';
import type { Quoted } from '../quant/tick.ts';
import type { SeriesWarning } from './series-warning.ts';

/** How prices of a series were corrected for splits and dividends; one factor per bar for O, H, L and C. */
export type Adjustment = 'SPLITS_AND_DIVIDENDS' | 'SPLITS' | 'NONE' | 'UNKNOWN';

export interface CandleRequest {
  /** Normalised ticker in the source's spelling. */
  readonly ticker: string;
  /** The newest `bars` closed sessions up to `asOf`; history may be shorter. */
  readonly bars: number | 'ALL';
  /** Last day that may be read, `YYYY-MM-DD`; null: the newest closed session. */
  readonly asOf: string | null;
  /** On whose behalf. A source of bars that belong to workspaces reads this one's only; the others pass it over. */
  readonly workspaceId?: string;
}

export interface Series {
  /** As delivered: unvalidated, cells may be NaN. Columns have equal length. */
  readonly candles: Candles;
  readonly adjustment: Adjustment;
  /** ISO 4217, or GBp, ZAc or ILA for prices in hundredths; null where the source reports no currency. */
  readonly currency: string | null;
  /** How the instrument is quoted; absent: the source does not say. */
  readonly quoted?: Quoted;
  /** What was left out of the bars or repaired before they were delivered; absent: nothing. */
  readonly warnings?: readonly SeriesWarning[];
  /** Until when no newer session can have closed: what a remote source tells for the store of candles. */
  readonly freshUntil?: Date;
}

/** An instrument that a source can name without being asked about it. */
export interface KnownInstrument {
  readonly symbol: string;
  readonly ticker: string;
  readonly name: string;
  readonly exchange: string;
  /** IANA time zone of the exchange. */
  readonly timeZone: string;
  readonly currency: string;
  /** Smallest price step as a decimal string. */
  readonly tick: string;
  readonly sector: string | null;
  readonly industry: string | null;
}

export interface Source {
  readonly title: string;
  /** True when the bars are made up; flags every result. */
  readonly isDemo: boolean;
  /** True when bars and tickers are those of a workspace: a ticker is taken as it is, whatever instruments have it for a symbol. */
  readonly isOwned?: boolean;
  /**
   * Set by a source on the internet: its series are kept in the store of candles. `adjustment` is the one that its series have as a rule;
   * another one is delivered and not kept.
   */
  readonly remote?: { readonly adjustment: Adjustment; readonly deadlineMs: number };
  /** What the source knows by itself; empty when it can only be asked ticker by ticker. */
  instruments(): Promise<readonly KnownInstrument[]>;
  /**
   * Oldest first. Rejects rather than returning part of the range:
   * ItemError UNKNOWN_SYMBOL, NO_DATA, BAD_DATA (permanent), SOURCE_TIMEOUT, SOURCE_UNAVAILABLE, RATE_LIMITED (transient).
   */
  load(request: CandleRequest, signal: AbortSignal): Promise<Series>;
}
