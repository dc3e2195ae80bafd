import { emptyLine, windowMean } from './window.ts';

/** SMA(x, n): NaN before bar n - 1 and wherever the window holds a NaN. */
export function simpleAverage(values: Float64Array, length: number, from = 0): Float64Array {
  const line = emptyLine(values.length);
  for (let i = from + length - 1; i < values.length; i += 1) line[i] = windowMean(values, i, length);
  return line;
}

/**
 * EMA with smoothing 2/(n+1), seeded on bar `first` with the mean of the `length` values that end there (TA-Lib's
 * classic seeding). NaN before `first`.
 */
export function exponentialAverage(values: Float64Array, length: number, first: number): Float64Array {
  const line = emptyLine(values.length);
  if (first >= values.length) return line;
  const alpha = 2 / (length + 1);
  let average = windowMean(values, first, length);
  line[first] = average;
  for (let i = first + 1; i < values.length; i += 1) {
    average += alpha * (values[i] - average);
    line[i] = average;
  }
  return line;
}
