import { parse } from 'csv-parse/sync';
import { ItemError } from '../errors.ts';
import { type Candles, sliceCandles } from '../quant/candles.ts';
import type { CandleRequest, Series } from './source.ts';

const required = ['date', 'open', 'high', 'low', 'close', 'volume'] as const;

/**
 * Daily bars from CSV text in Yahoo's columns: Date, Open, High, Low, Close, Volume and, where present, Adj Close, in any order
 * and case. With Adj Close one factor per bar (Adj Close / Close) corrects O, H, L and C; volume stays as traded. A cell that is no
 * number becomes NaN and is left to validation. Throws ItemError BAD_DATA (detail MISSING_COLUMN, BAD_CSV or BAD_DATE).
 */
export function parseBars(text: string, name: string): Series {
  let rows: string[][];
  try {
    rows = parse(text, { bom: true, trim: true, skip_empty_lines: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ItemError('BAD_DATA', `${name} is not a CSV file: ${reason}`, {
      detail: 'BAD_CSV',
      cause: error,
    });
  }
  const [header = [], ...body] = rows;
  const names = header.map((cell) => cell.toLowerCase());
  const missing = required.filter((column) => !names.includes(column));
  if (missing.length > 0) {
    throw new ItemError('BAD_DATA', `${name} has no column ${missing.join(', ')}.`, {
      detail: 'MISSING_COLUMN',
    });
  }
  const column = (of: string) => {
    const at = names.indexOf(of);
    return Float64Array.from(body, (row) => toNumber(row[at]));
  };
  const dates = body.map((row) => row[names.indexOf('date')] ?? '');
  const badRow = dates.findIndex((date) => !isDay(date));
  if (badRow >= 0) {
    const message = `${name} line ${badRow + 2}: ${JSON.stringify(dates[badRow]?.slice(0, 20))} is not a date (YYYY-MM-DD).`;
    throw new ItemError('BAD_DATA', message, { detail: 'BAD_DATE' });
  }
  const raw: Candles = {
    dates,
    open: column('open'),
    high: column('high'),
    low: column('low'),
    close: column('close'),
    volume: column('volume'),
  };
  if (!names.includes('adj close')) return { candles: raw, adjustment: 'UNKNOWN', currency: null };
  return { candles: adjust(raw, column('adj close')), adjustment: 'SPLITS_AND_DIVIDENDS', currency: null };
}

function toNumber(cell: string | undefined): number {
  return cell === undefined || cell === '' ? Number.NaN : Number(cell);
}

function isDay(text: string): boolean {
  return (
    /^\d{4}-\d{2}-\d{2}$/.test(text) &&
    Number.isFinite(Date.parse(`${text}T00:00:00Z`)) &&
    new Date(`${text}T00:00:00Z`).toISOString().startsWith(text)
  );
}

/** O, H, L and C times adjusted / close, one factor per bar; the close becomes `adjusted` to the bit. */
export function adjust(raw: Candles, adjusted: Float64Array): Candles {
  const factors = adjusted.map((value, i) => value / (raw.close[i] ?? Number.NaN));
  const scale = (prices: Float64Array) => prices.map((price, i) => price * (factors[i] ?? Number.NaN));
  // The close is taken as given: multiplying and dividing by itself would cost the last bit.
  return { ...raw, open: scale(raw.open), high: scale(raw.high), low: scale(raw.low), close: adjusted };
}

/** The newest bars up to `asOf` that a request asks for. Dates ascend. */
export function cutToRequest(candles: Candles, { bars, asOf }: CandleRequest): Candles {
  let end = candles.dates.length;
  if (asOf !== null) while (end > 0 && (candles.dates[end - 1] ?? '') > asOf) end -= 1;
  return sliceCandles(candles, bars === 'ALL' ? 0 : Math.max(0, end - bars), end);
}
