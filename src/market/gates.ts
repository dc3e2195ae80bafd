import type { Warning } from '../quant/analyze.ts';
import type { Candles } from '../quant/candles.ts';
import type { GateCode } from '../quant/gate.ts';
import { listDays, type SeriesWarning, warnOfDays } from './series-warning.ts';

const gate = (code: GateCode, message: string): Warning => ({ code, message });

const SPLIT_SHARE = 0.45;
/** A price is a spike when it is so many times those of both neighbours. */
const SPIKE = 5;
/** The last bar has one neighbour only. */
const LAST_SPIKE = 3;
const RECENT = 5;
const LONGER = 10;

/** The gates that the bars alone show. */
export function gateBars(candles: Candles): Warning[] {
  return [...gateTrades(candles), ...gateJumps(candles), ...gateSpikes(candles)];
}

/** Bars after `newestDay` have not been traded yet; none: nothing. */
export function gateFuture(dates: readonly string[], newestDay: string): SeriesWarning[] {
  const sentence = `{count} bars are of days after ${newestDay} and were left out: {days}.`;
  return gateDays(
    'FUTURE_BAR',
    sentence,
    dates.filter((day) => day > newestDay),
  );
}

export function lastSessionMissing(title: string, day: string): SeriesWarning[] {
  return gateDays('LAST_SESSION_MISSING', `${title} has a session of {days} without complete prices.`, [day]);
}

const gateDays = (code: GateCode, sentence: string, days: readonly string[]): SeriesWarning[] =>
  warnOfDays(code, { sentence, days });

/** No volume and no change in the last 5 sessions, or in 9 of the last 10. */
function gateTrades({ close, volume, dates }: Candles): Warning[] {
  const last = dates.length - 1;
  const silentIn = (sessions: number) => {
    let silent = 0;
    for (let i = Math.max(1, last - sessions + 1); i <= last; i += 1)
      if (volume[i] === 0 && close[i] === close[i - 1]) silent += 1;
    return silent;
  };
  const lately = silentIn(RECENT);
  const before = silentIn(LONGER);
  if (lately < RECENT && before < LONGER - 1) return [];
  const [silent, sessions] = lately >= RECENT ? [lately, RECENT] : [before, LONGER];
  const message = `${silent} of the last ${sessions} sessions up to ${dates[last]} have no volume and no change of the close.`;
  return [gate('NO_RECENT_TRADE', message)];
}

function gateJumps({ close, dates }: Candles): Warning[] {
  const jumps: string[] = [];
  for (let i = 1; i < dates.length; i += 1)
    if (Math.abs((close[i] ?? 0) / (close[i - 1] ?? 1) - 1) > SPLIT_SHARE) jumps.push(dates[i] ?? '');
  if (jumps.length === 0) return [];
  return [gate('SUSPECTED_SPLIT', `The close jumps by more than 45 % on ${listDays(jumps)}.`)];
}

function gateSpikes({ open, high, low, close, dates }: Candles): Warning[] {
  const last = dates.length - 1;
  const at = (column: Float64Array, i: number) => column[i] ?? Number.NaN;
  const spikes: string[] = [];
  for (let i = 1; i < last; i += 1) {
    const isHigh = at(high, i) > SPIKE * Math.max(at(high, i - 1), at(high, i + 1));
    const isLow = at(low, i) * SPIKE < Math.min(at(low, i - 1), at(low, i + 1));
    if (isHigh || isLow)
      spikes.push(`${dates[i]} (${at(low, i)} to ${at(high, i)}, the day before ${at(close, i - 1)})`);
  }
  const highest = Math.max(at(open, last), at(high, last), at(close, last));
  const lowest = Math.min(at(open, last), at(low, last), at(close, last));
  const ratio = at(close, last) / at(close, last - 1);
  if (
    highest > LAST_SPIKE * at(high, last - 1) ||
    lowest * LAST_SPIKE < at(low, last - 1) ||
    ratio > LAST_SPIKE ||
    ratio < 1 / LAST_SPIKE
  )
    spikes.push(
      `${dates[last]} (${lowest} to ${highest}, close ${at(close, last)}, the day before ${at(close, last - 1)})`,
    );
  if (spikes.length === 0) return [];
  return [gate('PRICE_SPIKE', `Prices are far from those beside them on ${listDays(spikes)}.`)];
}

/** So far outside of low and high, relative to them, an open or close of the last bar is no trade at an auction. */
const LAST_OUTSIDE = 0.1;

/** The gate of the last bar before its range is widened: its open or close is far above its high, or far below its low. */
export function gateRange({ open, high, low, close, dates }: Candles): Warning[] {
  const last = dates.length - 1;
  const at = (column: Float64Array) => column[last] ?? Number.NaN;
  const isFar = (price: number) =>
    price > at(high) * (1 + LAST_OUTSIDE) || price < at(low) * (1 - LAST_OUTSIDE);
  const far = [at(open), at(close)].find(isFar);
  if (far === undefined) return [];
  const message = `The price ${far} is far outside of the range from ${at(low)} to ${at(high)} of ${dates[last]}.`;
  return [gate('PRICE_SPIKE', message)];
}

/** A smaller step of a factor is a rounded one. */
const STEP = 0.02;
const FACTOR_ABOVE = 1.01;
const SMALLEST_FACTOR = 1e-4;

/**
 * The gates that factors show. `factors` are adjusted close / close, `splits` the part of them that known splits explain, and `known` the
 * indices of bars on whose day a split or dividend is known.
 */
export function gateFactors(
  raw: Candles,
  factors: Float64Array,
  splits: Float64Array | null,
  known: ReadonlySet<number>,
): SeriesWarning[] {
  const last = factors.length - 1;
  const at = (i: number) => (factors[i] ?? Number.NaN) * (splits?.[i] ?? 1);
  // The cell of the last bar may be missing.
  const newest = at(factors.findLastIndex(Number.isFinite));
  const outside: string[] = [];
  const steps: string[] = [];
  // Of the last bar before whose factor is not missing, and whether a split or dividend is known for a day after it.
  let before = -1;
  let isKnown = false;
  for (let i = 0; i <= last; i += 1) {
    isKnown ||= known.has(i);
    const factor = at(i) / newest;
    // A missing cell is left to validation.
    if (Number.isNaN(factor)) continue;
    if (!(factor >= SMALLEST_FACTOR && factor <= FACTOR_ABOVE)) outside.push(`${raw.dates[i]} (${factor})`);
    const step = (factors[i] ?? Number.NaN) / (factors[before] ?? Number.NaN);
    if (before >= 0 && Math.abs(step - 1) > STEP && !isKnown && !sharesStep(raw, before, i, step))
      steps.push(`${raw.dates[i]} (by ${step})`);
    if (Number.isFinite(factors[i])) {
      before = i;
      isKnown = false;
    }
  }
  return [
    ...gateDays('FACTOR_RANGE', 'Adjustment factors are out of range on {days}.', outside),
    ...gateDays('FACTOR_STEP', 'The adjustment factor moves and the price does not on {days}.', steps),
  ];
}

/** So much nearer to a ratio than to no change is the move of a price that a split was not taken out of. */
const NOT_ADJUSTED = 0.5;

/** The gate of known splits that prices, which are said to be adjusted for them, still show: `ratios` by the index of the first bar after. */
export function gateSplits(
  { open, close, dates }: Candles,
  ratios: ReadonlyMap<number, number>,
): SeriesWarning[] {
  const shown = [...ratios].filter(([i, ratio]) => {
    const fall = Math.log((close[i - 1] ?? Number.NaN) / (open[i] ?? Number.NaN));
    const size = Math.log(ratio);
    return i > 0 && size !== 0 && Math.abs(fall - size) < Math.abs(size) * NOT_ADJUSTED;
  });
  const days = shown.map(([i, ratio]) => `${dates[i]} (${ratio}:1)`);
  return gateDays('SUSPECTED_SPLIT', 'Prices are not adjusted for the splits of {days}.', days);
}

/**
 * Whether the unadjusted price of a bar moves against the step by half of it at least, from the close of the bar `from`: it falls when the factor
 * grows.
 */
function sharesStep({ open, high, low, close }: Candles, from: number, i: number, step: number): boolean {
  const before = close[from] ?? Number.NaN;
  const reached = step > 1 ? Math.min(low[i] ?? 0, open[i] ?? 0) : Math.max(high[i] ?? 0, open[i] ?? 0);
  const half = Math.log(step) / 2;
  const moved = -Math.log(reached / before);
  return step > 1 ? moved >= half : moved <= half;
}
