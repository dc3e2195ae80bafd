import { InvalidInputError } from '../errors.ts';
import type { Instrument } from '../instruments/instrument.ts';
import type { Timeframe } from '../quant/resample.ts';
import { VERDICTS, type Verdict } from '../quant/score.ts';
import type { Analysis } from './analysis.ts';
import type { LineId } from './lines.ts';

/** A verdict, or that there is none. */
export const RANKED_VERDICTS = [...VERDICTS, 'NOT_ANALYSED'] as const;
export type RankedVerdict = Verdict | 'NOT_ANALYSED';

/** Numbers of a result, beside the lines of its indicators, that rankings screen on and sort by. */
export const RANKED_NUMBERS = [
  'SCORE',
  'CONVICTION',
  'COVERAGE',
  'ENTRY',
  'STOP',
  'TARGET',
  'RISK_REWARD',
  'CLOSE',
  'CHANGE',
  'CHANGE_PCT',
  'VOLUME',
  'AVERAGE_VOLUME',
  'VOLUME_RATIO',
] as const;
export type RankedNumber = (typeof RANKED_NUMBERS)[number];

export const RANKING_KEYS = ['VERDICT', 'SYMBOL', 'AS_OF', ...RANKED_NUMBERS] as const;
export type RankingKey = (typeof RANKING_KEYS)[number];

export interface RankingOrder {
  readonly by: RankingKey | LineId;
  readonly descending: boolean;
}

/** Bounds of a number or of a line of an indicator; all that are given must hold. A row without the number is left out. */
export interface Screen {
  readonly of: RankedNumber | LineId;
  readonly lt?: number | undefined;
  readonly lte?: number | undefined;
  readonly gt?: number | undefined;
  readonly gte?: number | undefined;
}

/** `RSI.rsi` for a line. */
export const nameOf = (of: RankingKey | LineId): string =>
  typeof of === 'string' ? of : `${of.indicator}.${of.line}`;

/** Which rows; all conditions must hold. One on the analysis leaves out what has none, but `verdicts` with NOT_ANALYSED. */
export interface RankingFilter {
  readonly strategy: string;
  /** Results of bars that stand for this; default DAILY. */
  readonly timeframe?: Timeframe | undefined;
  /** False: what has made-up results only counts as not analysed. */
  readonly includeDemo: boolean;
  /** True: also rows whose result has suspicious bars (src/quant/gate.ts); otherwise they are left out. */
  readonly includeGated?: boolean | undefined;
  /** The rows are the tickers of this list instead of the universe. */
  readonly watchlistId?: string | undefined;
  readonly verdicts?: readonly RankedVerdict[] | undefined;
  readonly analysed?: boolean | undefined;
  readonly minScore?: number | undefined;
  readonly maxScore?: number | undefined;
  readonly asOfFrom?: string | undefined;
  readonly screens?: readonly Screen[] | undefined;
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
  return JSON.stringify([nameOf(by), descending, missing, key, symbol, ticker]);
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
    by === nameOf(order.by) &&
    descending === order.descending &&
    typeof missing === 'boolean' &&
    typeof key === 'string' &&
    isKeyOf(order.by)(key) &&
    isStorable(symbol) &&
    isStorable(ticker)
  ) {
    return { missing, key, symbol, ticker };
  }
  throw new InvalidInputError(
    field,
    'The cursor does not belong to this ranking with this sort order: pass a cursor that the API returned.',
  );
}

const isInteger = (text: string) => /^-?\d{1,9}$/.test(text);
const isNumeric = (text: string) => /^-?\d{1,30}(\.\d{1,30})?$/.test(text);
const isScore = (text: string) => /^-?\d\.?\d{0,30}(e-\d{1,2})?$/.test(text) && Math.abs(Number(text)) <= 1;
/** Within the range of a normal double, so that PostgreSQL reads it, too. */
const isDouble = (text: string) => {
  const size = Math.abs(Number(text));
  return (
    /^-?\d{1,30}(\.\d{1,30})?(e[+-]\d{1,3})?$/.test(text) &&
    (size === 0 ? !/[1-9]/.test(text) : size > 1e-300) &&
    size < 1e300
  );
};

/** Whether PostgreSQL can read a text as the key of this order: a number out of the type's range would be an error of the statement. */
function isKeyOf(by: RankingOrder['by']): (text: string) => boolean {
  if (by === 'VERDICT' || by === 'SYMBOL' || by === 'AS_OF') return isInteger;
  if (by === 'ENTRY' || by === 'STOP' || by === 'TARGET' || by === 'RISK_REWARD') return isNumeric;
  return by === 'SCORE' ? isScore : isDouble;
}

/** JSON can say U+0000, which PostgreSQL's text has not. */
function isStorable(text: unknown): text is string {
  return typeof text === 'string' && !text.includes('\0');
}

function parsed(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
