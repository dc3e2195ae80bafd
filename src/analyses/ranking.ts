import { InvalidInputError } from '../errors.ts';
import type { Instrument } from '../instruments/instrument.ts';
import { VERDICTS, type Verdict } from '../quant/score.ts';
import type { Analysis } from './analysis.ts';

/** A verdict, or that there is none. */
export const RANKED_VERDICTS = [...VERDICTS, 'NOT_ANALYSED'] as const;
export type RankedVerdict = Verdict | 'NOT_ANALYSED';

export const RANKING_KEYS = ['SCORE', 'VERDICT', 'SYMBOL', 'AS_OF', 'ENTRY', 'TARGET'] as const;
export type RankingKey = (typeof RANKING_KEYS)[number];

export interface RankingOrder {
  readonly by: RankingKey;
  readonly descending: boolean;
}

/** Which rows; all conditions must hold. One on the analysis leaves out what has none, but `verdicts` with NOT_ANALYSED. */
export interface RankingFilter {
  readonly strategy: string;
  /** False: what has made-up results only counts as not analysed. */
  readonly includeDemo: boolean;
  /** The rows are the tickers of this list instead of the universe. */
  readonly watchlistId?: string | undefined;
  readonly verdicts?: readonly RankedVerdict[] | undefined;
  readonly analysed?: boolean | undefined;
  readonly minScore?: number | undefined;
  readonly maxScore?: number | undefined;
  readonly asOfFrom?: string | undefined;
  readonly sectors?: readonly string[] | undefined;
  /** Part of symbol, name or ticker, in any case. */
  readonly text?: string | undefined;
}

/** Where a row stands. What has no sort key is last in both directions; ties go by symbol, then ticker, upwards. */
export interface RankingPlace {
  readonly missing: boolean;
  /** As PostgreSQL writes it, to the last digit. */
  readonly key: string;
  readonly symbol: string;
  readonly ticker: string;
}

export interface RankingRow {
  readonly place: RankingPlace;
  /** Null: the ticker is not in the list of instruments. */
  readonly instrument: Instrument | null;
  /** The latest by the strategy. */
  readonly analysis: Analysis | null;
}

export interface RankingCounts {
  readonly total: number;
  /** Without the filter's own verdicts, so that a client can show what another choice would give. */
  readonly verdicts: ReadonlyMap<RankedVerdict, number>;
  /** Without the filter's own sectors; null: no sector is known. */
  readonly sectors: readonly { readonly sector: string | null; readonly count: number }[];
}

/** The place as the key of a cursor; it names the order, so that it is not taken for one of another. */
export function writePlace({ by, descending }: RankingOrder, place: RankingPlace): string {
  const { missing, key, symbol, ticker } = place;
  return JSON.stringify([by, descending, missing, key, symbol, ticker]);
}

/** Throws InvalidInputError when the cursor is of another connection or of another order. */
export function readPlace(
  order: RankingOrder,
  text: string | undefined,
  field: 'after' | 'before',
): RankingPlace | null {
  if (text === undefined) return null;
  const [by, descending, missing, key, symbol, ticker] = parsed(text);
  if (
    by === order.by &&
    descending === order.descending &&
    typeof missing === 'boolean' &&
    typeof key === 'string' &&
    /^-?\d{1,30}(\.\d{1,30})?(e[+-]?\d{1,3})?$/.test(key) &&
    typeof symbol === 'string' &&
    typeof ticker === 'string'
  ) {
    return { missing, key, symbol, ticker };
  }
  throw new InvalidInputError(field, 'The cursor is not one of this ranking in this order.');
}

function parsed(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
