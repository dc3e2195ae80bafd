import { ItemError } from '../errors.ts';
import type { Warning } from '../quant/analyze.ts';
import type { Candles } from '../quant/candles.ts';

/** Prices compare with this relative tolerance. */
const TOLERANCE = 1e-6;
const MIN_BARS = 50;
const MAX_MISSING_SHARE = 0.1;
const MAX_OUTSIDE_SHARE = 0.01;
const ZERO_VOLUME_SHARE = 0.05;
const SPLIT_SHARE = 0.45;
const STALE_DAYS = 7;

export interface Validated {
  readonly candles: Candles;
  readonly warnings: readonly Warning[];
}

/**
 * Checks bars before anything is computed from them; what can be repaired is repaired with a warning. Throws ItemError NO_DATA,
 * TOO_FEW_BARS, or BAD_DATA with the failed check as detail.
 */
export function validateCandles(
  raw: Candles,
  expected: { readonly bars: number | 'ALL'; readonly asOf: string },
): Validated {
  const warnings: Warning[] = [];
  const warn = (code: string, message: string) => warnings.push({ code, message });
  if (raw.dates.length === 0) throw new ItemError('NO_DATA', 'The source has no bars for this period.');
  checkOrder(raw.dates);

  let candles = dropMissing(raw, warn);
  if (candles.dates.length < MIN_BARS) {
    throw new ItemError('TOO_FEW_BARS', `${candles.dates.length} bars are too few; ${MIN_BARS} are needed.`);
  }
  refuse(candles, 'NON_POSITIVE_PRICE', 'a price of zero or less', (o, h, l, c) => Math.min(o, h, l, c) <= 0);
  refuse(candles, 'HIGH_BELOW_LOW', 'a high below the low', (_o, h, l) => h < l * (1 - TOLERANCE));
  candles = repairCloses(candles, warn);
  candles = repairOpens(candles, warn);
  refuse(candles, 'NEGATIVE_VOLUME', 'a negative volume', (_o, _h, _l, _c, v) => v < 0);

  const silent = candles.volume.filter((volume) => volume === 0).length;
  if (silent > ZERO_VOLUME_SHARE * candles.dates.length) {
    warn('ZERO_VOLUME_DAYS', `${silent} of ${candles.dates.length} bars have no volume.`);
  }
  warnOfSplits(candles, warn);
  if (expected.bars !== 'ALL' && candles.dates.length < expected.bars) {
    warn('SHORT_HISTORY', `${candles.dates.length} bars instead of the ${expected.bars} asked for.`);
  }
  const last = candles.dates.at(-1) ?? '';
  const age = Math.round((Date.parse(expected.asOf) - Date.parse(last)) / 86_400_000);
  if (age > STALE_DAYS)
    warn('STALE_DATA', `The last bar is of ${last}, ${age} days before ${expected.asOf}.`);
  return { candles, warnings };
}

type Warn = (code: string, message: string) => void;
type Test = (open: number, high: number, low: number, close: number, volume: number) => boolean;

function fail(detail: string, what: string, count: number, date: string | undefined): never {
  throw new ItemError('BAD_DATA', `${detail}: ${count} bars with ${what}, the first on ${date}.`, { detail });
}

function checkOrder(dates: readonly string[]): void {
  const back = dates.findIndex((day, i) => i > 0 && day < (dates[i - 1] ?? ''));
  if (back >= 0) fail('NOT_SORTED', 'a date before the one above', 1, dates[back]);
  const double = dates.findIndex((day, i) => i > 0 && day === dates[i - 1]);
  if (double >= 0) {
    fail('DUPLICATE_DATE', 'a date that is there twice', dates.length - new Set(dates).size, dates[double]);
  }
}

/** Indices of the bars that meet the test. */
function find(candles: Candles, test: Test): number[] {
  const { open, high, low, close, volume } = candles;
  const found: number[] = [];
  for (let i = 0; i < candles.dates.length; i += 1) {
    if (test(open[i] ?? 0, high[i] ?? 0, low[i] ?? 0, close[i] ?? 0, volume[i] ?? 0)) found.push(i);
  }
  return found;
}

function refuse(candles: Candles, detail: string, what: string, test: Test): void {
  const found = find(candles, test);
  if (found.length > 0) fail(detail, what, found.length, candles.dates[found[0] ?? 0]);
}

function without(candles: Candles, dropped: readonly number[]): Candles {
  const gone = new Set(dropped);
  const keep = (column: Float64Array) => column.filter((_, i) => !gone.has(i));
  return {
    dates: candles.dates.filter((_, i) => !gone.has(i)),
    open: keep(candles.open),
    high: keep(candles.high),
    low: keep(candles.low),
    close: keep(candles.close),
    volume: keep(candles.volume),
  };
}

function dropMissing(candles: Candles, warn: Warn): Candles {
  const columns = [candles.open, candles.high, candles.low, candles.close, candles.volume];
  const missing = columns.reduce(
    (sum, column) => sum + column.filter((cell) => !Number.isFinite(cell)).length,
    0,
  );
  if (missing === 0) return candles;
  const found = find(candles, (...cells) => !cells.every(Number.isFinite));
  const date = candles.dates[found[0] ?? 0];
  if (missing > MAX_MISSING_SHARE * columns.length * candles.dates.length) {
    fail('TOO_MANY_MISSING', 'a missing cell', found.length, date);
  }
  warn('MISSING_CELLS', `${found.length} bars with a missing cell were left out, the first of ${date}.`);
  return without(candles, found);
}

const outside = (price: number, low: number, high: number) =>
  price < low * (1 - TOLERANCE) || price > high * (1 + TOLERANCE);

function repairCloses(candles: Candles, warn: Warn): Candles {
  const found = find(candles, (_o, h, l, c) => outside(c, l, h));
  if (found.length === 0) return candles;
  const date = candles.dates[found[0] ?? 0];
  if (found.length > MAX_OUTSIDE_SHARE * candles.dates.length) {
    fail('CLOSE_OUT_OF_RANGE', 'a close outside of low and high', found.length, date);
  }
  warn(
    'CLOSE_OUT_OF_RANGE',
    `${found.length} bars whose close lies outside of low and high were left out, the first of ${date}.`,
  );
  return without(candles, found);
}

function repairOpens(candles: Candles, warn: Warn): Candles {
  const found = find(candles, (o, h, l) => outside(o, l, h));
  if (found.length === 0) return candles;
  const date = candles.dates[found[0] ?? 0];
  if (found.length > MAX_OUTSIDE_SHARE * candles.dates.length) {
    fail('OPEN_OUT_OF_RANGE', 'an open outside of low and high', found.length, date);
  }
  warn(
    'OPEN_OUT_OF_RANGE',
    `${found.length} opens outside of low and high were moved into the range, the first of ${date}.`,
  );
  const open = candles.open.map((price, i) =>
    Math.min(Math.max(price, candles.low[i] ?? price), candles.high[i] ?? price),
  );
  return { ...candles, open };
}

function warnOfSplits({ close, dates }: Candles, warn: Warn): void {
  const jumps = dates.filter(
    (_, i) => i > 0 && Math.abs((close[i] ?? 0) / (close[i - 1] ?? 1) - 1) > SPLIT_SHARE,
  );
  if (jumps.length > 0)
    warn('SUSPECTED_SPLIT', `The close jumps by more than 45 % on ${jumps.slice(0, 5).join(', ')}.`);
}
