import type { Warning } from '../../quant/analyze.ts';
import type { Candles } from '../../quant/candles.ts';
import { adjust } from '../bars.ts';
import { gateFactors } from '../gates.ts';
import type { SeriesWarning } from '../series-warning.ts';
import type { Adjustment } from '../source.ts';
import { fallAt, gateStated, isFar, statedRatios } from './stated-splits.ts';
import { showsAdjustedVolume } from './volumes.ts';

/** Columns of a file beside the unadjusted bars, in the order of the bars; absent: there is no such column. */
export interface Extra {
  readonly adjOpen?: Float64Array;
  readonly adjHigh?: Float64Array;
  readonly adjLow?: Float64Array;
  readonly adjClose?: Float64Array;
  readonly adjVolume?: Float64Array;
  /** New shares for an old one on the first day that trades after a split; 0, 1 or missing on other days. */
  readonly split?: Float64Array;
  /** Cash of a share on the first day that trades without it; 0 or missing on other days. */
  readonly dividend?: Float64Array;
}

export interface Adjusted {
  readonly candles: Candles;
  readonly adjustment: Adjustment;
  readonly assumptions: readonly Warning[];
  /** Gates that the factors show. */
  readonly warnings: readonly SeriesWarning[];
}

/** A price that moves with an inferred split comes within this of the ratio. */
const JUMP = 0.25;
/** Inferred ratios are n:1, 1:n, or have two numbers up to this one. */
const LARGEST_PART = 5;
const FACTOR_TOLERANCE = 2e-3;
/** In more bars than this missing adjusted closes are left to validation. */
const MAX_MISSING_SHARE = 0.1;
/** A newest factor above this counts from the first bar on, as in China, or from shares of later. */
const NEWEST_FACTOR = 1.01;

/**
 * Prices adjusted for splits and dividends, volume for splits. A whole adjusted set is used as it is. An adjusted close alone gives
 * one factor per bar for the prices; the part of it that is a split (a split column, or a step that factor and price share) scales
 * the volume. Without adjusted prices a split column adjusts both, where the prices show that they are not adjusted yet.
 */
export function adjustBars(raw: Candles, given: Extra): Adjusted {
  const { extra, filled } = fillFactors(raw, given);
  const { adjOpen, adjHigh, adjLow, adjClose, adjVolume } = extra;
  const assumptions: Warning[] = [];
  const ratios = splitRatios(raw, extra);
  const ofSplits = extra.split === undefined ? [] : gateStated(raw, extra.split, ratios);
  const warnings =
    adjClose === undefined ? ofSplits : [...ofSplits, ...gateAdjustment(raw, adjClose, extra, ratios)];
  const isVolumeAdjusted = adjVolume === undefined && showsAdjustedVolume(raw.volume, ratios);
  const ofVolume = isVolumeAdjusted ? new Map<number, number>() : ratios;
  if (isVolumeAdjusted) {
    const message = 'The volumes do not move with the splits: they are adjusted for splits already.';
    assumptions.push({ code: 'VOLUME_ADJUSTED', message });
  }
  const volume = adjVolume ?? scaleVolume(raw, ofVolume);
  if (adjOpen !== undefined && adjHigh !== undefined && adjLow !== undefined && adjClose !== undefined) {
    assumptions.push({ code: 'ADJUSTED', message: 'The adjusted columns are used.' });
    const newest = newestFactor(raw.close, adjClose);
    const isRebased = newest > NEWEST_FACTOR;
    if (isRebased) assumptions.push(rebased(newest));
    const by = (column: Float64Array, factor: number) =>
      isRebased && Number.isFinite(factor) ? column.map((value) => value / factor) : column;
    const volumeBy = adjVolume === undefined ? 1 : newestFactor(raw.volume, adjVolume);
    const candles = {
      dates: raw.dates,
      open: by(adjOpen, newest),
      high: by(adjHigh, newest),
      low: by(adjLow, newest),
      close: by(adjClose, newest),
      volume: by(volume, volumeBy),
    };
    return { candles, adjustment: 'SPLITS_AND_DIVIDENDS', assumptions, warnings };
  }
  if (ofVolume.size > 0) {
    const [[at, ratio] = [0, 1]] = ofVolume;
    const message = `Volume is adjusted for ${ofVolume.size} splits, the last of ${format(ratio)} on ${raw.dates[at]}.`;
    assumptions.push({ code: 'SPLITS', message });
  }
  if (adjClose !== undefined) {
    const gaps = filled === 0 ? '' : ` ${filled} missing ones have the factor of the bar before.`;
    assumptions.push({ code: 'ADJUSTED', message: `Prices are adjusted by the adjusted close.${gaps}` });
    const newest = newestFactor(raw.close, adjClose);
    const isRebased = newest > NEWEST_FACTOR;
    if (isRebased) assumptions.push(rebased(newest));
    const closes = isRebased ? adjClose.map((price) => price / newest) : adjClose;
    return {
      candles: { ...adjust(raw, closes), volume },
      adjustment: 'SPLITS_AND_DIVIDENDS',
      assumptions,
      warnings,
    };
  }
  if (ratios.size === 0)
    return {
      candles: { ...raw, volume },
      adjustment: extra.split === undefined || ofSplits.length > 0 ? 'UNKNOWN' : 'SPLITS',
      assumptions,
      warnings,
    };
  const factors = factorsOf(raw.dates.length, ratios);
  return {
    candles: {
      ...adjust(
        raw,
        raw.close.map((price, i) => price / (factors[i] ?? 1)),
      ),
      volume,
    },
    adjustment: ofSplits.length > 0 ? 'UNKNOWN' : 'SPLITS',
    assumptions,
    warnings,
  };
}

/** A missing adjusted close alone gets the factor of the bar before, as in the chart of Yahoo; one of the first bars stays missing. */
function fillFactors(raw: Candles, extra: Extra): { readonly extra: Extra; readonly filled: number } {
  const { adjOpen, adjClose } = extra;
  const isMissing = (price: number, i: number) =>
    Number.isNaN(price) && Number.isFinite(raw.close[i] ?? Number.NaN);
  const filled = adjClose?.filter(isMissing).length ?? 0;
  const isLeft = adjOpen !== undefined || filled > MAX_MISSING_SHARE * raw.close.length;
  if (adjClose === undefined || filled === 0 || isLeft) return { extra, filled: 0 };
  let factor = Number.NaN;
  const closes = adjClose.map((price, i) => {
    const plain = raw.close[i] ?? Number.NaN;
    if (isMissing(price, i)) return plain * factor;
    if (Number.isFinite(price / plain)) factor = price / plain;
    return price;
  });
  return { extra: { ...extra, adjClose: closes }, filled };
}

function newestFactor(plain: Float64Array, adjusted: Float64Array): number {
  const factors = adjusted.map((value, i) => value / (plain[i] ?? Number.NaN));
  return factors.findLast((factor) => factor > 0 && factor < Infinity) ?? 1;
}

function rebased(newest: number): Warning {
  const message = `The newest adjusted close is ${round(newest)} times the close: adjusted prices are divided by this factor, so that the newest bar has the traded close.`;
  return { code: 'REBASED', message };
}

/** The gates that an adjusted close shows beside unadjusted bars. */
export function gateAdjustment(
  raw: Candles,
  adjClose: Float64Array,
  extra: Pick<Extra, 'split' | 'dividend'>,
  ratios: ReadonlyMap<number, number> = splitRatios(raw, { ...extra, adjClose }),
): SeriesWarning[] {
  const { split, dividend } = extra;
  const factors = adjClose.map((price, i) => price / (raw.close[i] ?? Number.NaN));
  const isSplit = (ratio: number) => ratio > 0 && ratio !== 1;
  const isKnown = (i: number) => ratios.has(i) || isSplit(split?.[i] ?? 1) || (dividend?.[i] ?? 0) > 0;
  const known = new Set([...raw.close.keys()].filter(isKnown));
  return gateFactors(raw, factors, ratios.size === 0 ? null : factorsOf(factors.length, ratios), known);
}

const format = (ratio: number) => (ratio >= 1 ? `${round(ratio)}:1` : `1:${round(1 / ratio)}`);
const round = (value: number) => Math.round(value * 1_000) / 1_000;

/** New shares for an old one by the index of the first bar after the split, newest first. Only what the unadjusted prices show. */
function splitRatios(raw: Candles, { split, adjClose, dividend }: Extra): Map<number, number> {
  if (split !== undefined) return statedRatios(raw, split);
  const found = new Map<number, number>();
  if (adjClose === undefined) return found;
  for (let i = raw.close.length - 1; i > 0; i -= 1) {
    const ratio = stepOf(adjClose, raw.close, dividend, i);
    if (ratio !== 1 && Math.abs(fallAt(raw, i) / ratio - 1) < JUMP) found.set(i, ratio);
  }
  return found;
}

/** The ratio of a split that a step of the factor shows, without the dividend of the day; 1: the step is none. */
function stepOf(
  adjClose: Float64Array,
  close: Float64Array,
  dividend: Float64Array | undefined,
  i: number,
): number {
  const factor = (at: number) => (adjClose[at] ?? Number.NaN) / (close[at] ?? Number.NaN);
  const paid = (dividend?.[i] ?? 0) > 0 ? (dividend?.[i] ?? 0) : 0;
  const step = (factor(i) / factor(i - 1)) * (1 - paid / (close[i - 1] ?? Number.NaN));
  if (!Number.isFinite(step) || step <= 0 || !isFar(step)) return 1;
  const isRatio = (ratio: number) => Math.abs(step / ratio - 1) < FACTOR_TOLERANCE;
  const merged = 1 / Math.round(1 / step);
  if (step < 1 && isRatio(merged)) return merged;
  for (let old = 1; old <= LARGEST_PART; old += 1) {
    const fresh = Math.round(step * old);
    if (fresh > 0 && (old === 1 || fresh <= LARGEST_PART) && isRatio(fresh / old)) return fresh / old;
  }
  return 1;
}

/** What prices before a split are divided by and volumes multiplied with, for each bar. */
function factorsOf(bars: number, ratios: ReadonlyMap<number, number>): Float64Array {
  const factors = new Float64Array(bars).fill(1);
  let factor = 1;
  for (let i = bars - 1; i >= 0; i -= 1) {
    factors[i] = factor;
    factor *= ratios.get(i) ?? 1;
  }
  return factors;
}

function scaleVolume(raw: Candles, ratios: ReadonlyMap<number, number>): Float64Array {
  if (ratios.size === 0) return raw.volume;
  const factors = factorsOf(raw.volume.length, ratios);
  return raw.volume.map((volume, i) => volume * (factors[i] ?? 1));
}
