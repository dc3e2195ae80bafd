import type { Candles } from '../../quant/candles.ts';
import { type SeriesWarning, warnOfDays } from '../series-warning.ts';

/** A smaller step of a price or factor may be a dividend, or the move of a day. */
const SMALLEST_SPLIT = 1.15;
/** The usual move of a day hides a smaller stated split: all splits of the file decide together. */
const CLEAR_SPLIT = 1.5;
/** A move that is within this share of a split's size shows it; against a stated ratio, that it is written the other way round. */
const TURNED = 0.25;
/** A smaller stated split that is dated beside its session is like the usual move of a day. */
const SMALLEST_GATED = Math.log(1.04);
/** Within so many bars of its day the fall of a stated split is looked for. */
const NEAR_BARS = 5;

export const isFar = (ratio: number) => ratio >= SMALLEST_SPLIT || ratio <= 1 / SMALLEST_SPLIT;

/** The close before over the open of a bar. */
export const fallAt = ({ open, close }: Candles, i: number) =>
  (close[i - 1] ?? Number.NaN) / (open[i] ?? Number.NaN);

/**
 * The stated splits that prices are not adjusted for: the fall of the price is nearer to the ratio than to none. The fall also shows which of the
 * two numbers counts the new shares. Some vendors
 * date a split a session before or after.
 */
export function statedRatios(raw: Candles, split: Float64Array): Map<number, number> {
  const stated: { readonly on: number; readonly i: number; readonly size: number; readonly fall: number }[] =
    [];
  for (let on = raw.close.length - 1; on >= 0; on -= 1) {
    const size = Math.log(split[on] ?? Number.NaN);
    if (size === 0 || !Number.isFinite(size)) continue;
    const i = Math.abs(size) < Math.log(CLEAR_SPLIT) ? on : shownNear(raw, on, size, 1);
    const fall = Math.log(fallAt(raw, i));
    if (!Number.isFinite(fall)) continue;
    const isTurned = isFar(Math.exp(size)) && Math.abs(fall + size) < TURNED * Math.abs(size);
    stated.push({ on, i, fall, size: isTurned ? -size : size });
  }
  /** Below 0: nearer to the ratio. */
  const distance = ({ fall, size }: (typeof stated)[number]) => Math.abs(fall - size) - Math.abs(fall);
  const all = stated.reduce((sum, one) => sum + distance(one), 0);
  const isShown = (one: (typeof stated)[number]) =>
    (Math.abs(one.size) >= Math.log(CLEAR_SPLIT) ? distance(one) : all) < 0;
  return new Map(stated.filter(isShown).map(({ on, i, size }) => [i, ratioOf(split[on] ?? 1, size)]));
}

/** The ratio as it is written, or its inverse: not by way of its logarithm, which would cost the last bits. */
const ratioOf = (written: number, size: number) => (written > 1 === size > 0 ? written : 1 / written);

/** The bar within `reach` of the stated one on which the price moves by about the ratio; the stated one where none does. */
function shownNear(raw: Candles, on: number, size: number, reach: number): number {
  const isShown = (at: number) =>
    Math.abs(Math.abs(Math.log(fallAt(raw, at))) - Math.abs(size)) < TURNED * Math.abs(size);
  for (let by = 0; by <= reach; by += 1) {
    if (isShown(on + by)) return on + by;
    if (isShown(on - by)) return on - by;
  }
  return on;
}

/** The gate of stated splits that are not taken out of the prices, although the price falls by their ratio some bars away. */
export function gateStated(
  raw: Candles,
  split: Float64Array,
  ratios: ReadonlyMap<number, number>,
): SeriesWarning[] {
  const isTaken = (on: number) => ratios.has(on) || ratios.has(on - 1) || ratios.has(on + 1);
  const days = raw.dates.filter((_, on) => {
    const ratio = split[on] ?? Number.NaN;
    if (!(ratio > 0) || Math.abs(Math.log(ratio)) < SMALLEST_GATED || isTaken(on)) return false;
    const size = Math.log(ratio);
    const reach = Math.abs(size) < Math.log(CLEAR_SPLIT) ? 1 : NEAR_BARS;
    return shownNear(raw, on, size, reach) !== on;
  });
  return warnOfDays('SUSPECTED_SPLIT', {
    sentence: 'The splits that the file states for {days} show on other days.',
    days,
  });
}
