/**
 * Daily bars of one series as columns, oldest first. Every array has the same length; index `i` is one bar.
 * Prices are in the instrument's currency, volume in units traded. Dates are trading days (`YYYY-MM-DD`)
 * in the exchange's zone.
 */
export interface Candles {
  readonly dates: readonly string[];
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
}

/** The bars `[from, to)` as views on the same memory. */
export function sliceCandles(candles: Candles, from: number, to: number = candles.dates.length): Candles {
  return {
    dates: candles.dates.slice(from, to),
    open: candles.open.subarray(from, to),
    high: candles.high.subarray(from, to),
    low: candles.low.subarray(from, to),
    close: candles.close.subarray(from, to),
    volume: candles.volume.subarray(from, to),
  };
}
