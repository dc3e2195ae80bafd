import { ItemError } from '../errors.ts';
import type { Warning } from '../quant/analyze.ts';
import type { Candles } from '../quant/candles.ts';
import { describeDays } from './files/check-interval.ts';
import { gateBars, gateRange, lastSessionMissing } from './gates.ts';
import { withoutDays } from './series-warning.ts';

/** Prices compare with this relative tolerance. */
const TOLERANCE = 1e-6;
const MIN_BARS = 50;
const MAX_MISSING_SHARE = 0.1;
/** In more bars than this a price of zero or less is no missing cell. */
const MAX_NON_POSITIVE_SHARE = 0.1;
/** So far outside of low and high, relative to the price, a price is no rounding of a thinly traded stock … */
const FAR_OUTSIDE = 0.005;
/** … and so many of these bars are wrong together. */
const MAX_OUTSIDE_SHARE = 0.05;
/** Indicators of volume at the last bar read so many bars at most. */
const RECENT_VOLUMES = 50;
const ZERO_VOLUME_SHARE = 0.05;
const STALE_DAYS = 7;
/** With fewer bars a long weekend looks like a week. */
const FEWEST_FOR_INTERVAL = 8;
/** So many days are no step between trading days. */
const LONG_STEP = 5;
const DAY_MS = 86_400_000;

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

  requireDaily(raw.dates);

  const clean = isClean(raw);
  let candles = clean ? raw : dropMissing(blankNonPositive(raw), warn);
  if (candles.dates.length < MIN_BARS) {
    const count = candles.dates.length;
    const bars = count === 1 ? `1 bar (${candles.dates[0]}) is` : `${count} bars are`;
    throw new ItemError('TOO_FEW_BARS', `${bars} too few; ${MIN_BARS} are needed.`);
  }
  if (!clean) {
    refuse(candles, 'HIGH_BELOW_LOW', 'a high below the low', (_o, h, l) => h < l * (1 - TOLERANCE));
    warnings.push(...gateRange(candles));
    candles = widenRanges(candles, warn);
    refuse(candles, 'NEGATIVE_VOLUME', 'a negative volume', (_o, _h, _l, _c, v) => v < 0);
  }

  const silent = countZeros(candles.volume);
  if (!clean) candles = fillVolumes(candles, warn);
  if (silent > ZERO_VOLUME_SHARE * candles.dates.length) {
    warn('ZERO_VOLUME_DAYS', `${silent} of ${candles.dates.length} bars have no volume.`);
  }
  warnings.push(...gateBars(candles));
  if (expected.bars !== 'ALL' && candles.dates.length < expected.bars) {
    warn('SHORT_HISTORY', `${candles.dates.length} bars instead of the requested ${expected.bars}.`);
  }
  const last = candles.dates.at(-1) ?? '';
  const newest = raw.dates.at(-1) ?? '';
  if (last < newest) warnings.push(...withoutDays(lastSessionMissing('The source', newest)));
  const age = Math.round((Date.parse(expected.asOf) - Date.parse(last)) / DAY_MS);
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

/** Whether every bar passes all checks of single bars. Nearly all series do, so that one pass over them is enough. */
function isClean({ open, high, low, close, volume }: Candles): boolean {
  for (let i = 0; i < open.length; i += 1) {
    const o = open[i] ?? 0;
    const h = high[i] ?? 0;
    const l = low[i] ?? 0;
    const c = close[i] ?? 0;
    const v = volume[i] ?? 0;
    // A comparison with NaN is false.
    const isBelowInfinity = o < Infinity && h < Infinity && l < Infinity && c < Infinity && v < Infinity;
    if (!isBelowInfinity || !(o > 0 && h > 0 && l > 0 && c > 0 && v >= 0)) return false;
    if (h < l * (1 - TOLERANCE) || outsideBy(o, l, h) > 0 || outsideBy(c, l, h) > 0) return false;
  }
  return true;
}

function countZeros(column: Float64Array): number {
  let count = 0;
  for (const cell of column) if (cell === 0) count += 1;
  return count;
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
  const columns = [candles.open, candles.high, candles.low, candles.close];
  const missing = columns.reduce(
    (sum, column) => sum + column.filter((cell) => !Number.isFinite(cell)).length,
    0,
  );
  if (missing === 0) return candles;
  const found = find(candles, (o, h, l, c) => ![o, h, l, c].every(Number.isFinite));
  const date = candles.dates[found[0] ?? 0];
  if (missing > MAX_MISSING_SHARE * columns.length * candles.dates.length) {
    fail('TOO_MANY_MISSING', 'a missing price', found.length, date);
  }
  warn('MISSING_CELLS', `${found.length} bars with a missing price were left out, the first of ${date}.`);
  return without(candles, found);
}

/**
 * A missing volume is 0. Where that would falsify what indicators of volume read, all volumes are 0 as without a column of volumes: these
 * indicators are then unavailable.
 */
function fillVolumes(candles: Candles, warn: Warn): Candles {
  const { dates, volume } = candles;
  const missing = find(candles, (_o, _h, _l, _c, v) => !Number.isFinite(v));
  const newest = missing.at(-1);
  if (newest === undefined) return candles;
  const known = Math.max(volume.findIndex(Number.isFinite), 0);
  const gaps = missing.filter((i) => i > known).length;
  const isUsable =
    newest < dates.length - RECENT_VOLUMES && gaps <= MAX_MISSING_SHARE * (dates.length - known);
  const outcome = isUsable ? 'it counts as 0' : 'indicators of volume are unavailable';
  const message = `The volume of ${missing.length} bars is missing, the last of ${dates[newest]}: ${outcome}.`;
  warn('MISSING_VOLUMES', message);
  return { ...candles, volume: volume.map((cell) => (isUsable && Number.isFinite(cell) ? cell : 0)) };
}

/** Throws when the bars are those of weeks or months. Several bars of a day are refused before, as a date that is there twice. */
function requireDaily(dates: readonly string[]): void {
  const dayOf = (date: string | undefined) => Date.parse(date ?? '') / DAY_MS;
  const bars = dates.length;
  // As a rule 1.45 days from bar to bar: not every date has to be parsed.
  if (bars < FEWEST_FOR_INTERVAL || dayOf(dates.at(-1)) - dayOf(dates[0]) < (bars / 2) * LONG_STEP) return;
  const days = dates.map(dayOf);
  const steps = days.slice(1).map((day, i) => day - (days[i] ?? 0));
  const step = steps.sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
  if (step < LONG_STEP) return;
  const message = `NOT_DAILY: the source has ${describeDays(step)} instead of daily bars.`;
  throw new ItemError('BAD_DATA', message, { detail: 'NOT_DAILY' });
}

/** A price of zero or less in an otherwise positive series is a missing cell. */
function blankNonPositive(candles: Candles): Candles {
  const found = find(candles, (o, h, l, c) => Math.min(o, h, l, c) <= 0);
  if (found.length === 0) return candles;
  if (found.length > MAX_NON_POSITIVE_SHARE * candles.dates.length) {
    const date = candles.dates[found[0] ?? 0];
    fail('NON_POSITIVE_PRICE', 'a price of zero or less', found.length, date);
  }
  const blank = (column: Float64Array) => column.map((price) => (price <= 0 ? Number.NaN : price));
  const { open, high, low, close } = candles;
  return { ...candles, open: blank(open), high: blank(high), low: blank(low), close: blank(close) };
}

/** How far a price lies outside of low and high, relative to itself; 0 within the tolerance. */
function outsideBy(price: number, low: number, high: number): number {
  const by = Math.max(low - price, price - high) / price;
  return by > TOLERANCE ? by : 0;
}

/**
 * High and low widened to hold open and close: in thinly traded stocks auctions and trades off the book set a close that the
 * high does not contain.
 */
function widenRanges(candles: Candles, warn: Warn): Candles {
  const found = find(candles, (o, h, l, c) => outsideBy(o, l, h) > 0 || outsideBy(c, l, h) > 0);
  if (found.length === 0) return candles;
  const isFar = (prices: Float64Array, i: number) =>
    outsideBy(prices[i] ?? 0, candles.low[i] ?? 0, candles.high[i] ?? 0) > FAR_OUTSIDE;
  const far = found.filter((i) => isFar(candles.open, i) || isFar(candles.close, i));
  if (far.length > MAX_OUTSIDE_SHARE * candles.dates.length) {
    const [detail, what] = far.some((i) => isFar(candles.close, i))
      ? ['CLOSE_OUT_OF_RANGE', 'a close']
      : ['OPEN_OUT_OF_RANGE', 'an open'];
    fail(detail, `${what} outside of low and high`, far.length, candles.dates[far[0] ?? 0]);
  }
  const { open, close } = candles;
  const [high, low] = [candles.high.slice(), candles.low.slice()];
  for (const i of found) {
    high[i] = Math.max(high[i] ?? 0, open[i] ?? 0, close[i] ?? 0);
    low[i] = Math.min(low[i] ?? 0, open[i] ?? 0, close[i] ?? 0);
  }
  const date = candles.dates[found[0] ?? 0];
  warn(
    'OHLC_REPAIRED',
    `High and low of ${found.length} bars were widened to hold open and close, the first of ${date}.`,
  );
  return { ...candles, high, low };
}
