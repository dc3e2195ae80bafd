import { type Candles, sliceCandles } from '../quant/candles.ts';
import { cutWarnings } from './series-warning.ts';
import type { CandleRequest, Series } from './source.ts';

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

/**
 * A whole series as its source returns it for a request: the bars that are asked for, and the warnings about days from the first of them to `asOf`.
 * Warnings without days, which an earlier version stored, are kept; only a session that is missing after the day asked for is not.
 */
export function cutSeries<Part extends Pick<Series, 'candles' | 'warnings'>>(
  series: Part,
  request: CandleRequest,
): Part {
  const newest = series.candles.dates.at(-1);
  const candles = cutToRequest(series.candles, request);
  const isNewest = candles.dates.at(-1) === newest && request.asOf !== newest;
  const { warnings = [] } = series;
  return {
    ...series,
    candles,
    warnings: cutWarnings(warnings, candles.dates[0] ?? '', request.asOf).filter(
      ({ code, about }) => about !== undefined || code !== 'LAST_SESSION_MISSING' || isNewest,
    ),
  };
}

/** The part of a series after a day. */
export function cutBefore<Part extends Pick<Series, 'candles' | 'warnings'>>(
  series: Part,
  day: string,
): Part {
  const from = series.candles.dates.findIndex((date) => date > day);
  const candles = sliceCandles(series.candles, from < 0 ? series.candles.dates.length : from);
  const { warnings = [] } = series;
  return { ...series, candles, warnings: cutWarnings(warnings, candles.dates[0] ?? '', null) };
}
