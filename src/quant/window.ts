/** Windows are summed afresh for every bar: a running sum leaves residue where all inputs are 0. Periods are short. */

/** Sum of `values[end - length + 1 .. end]`. */
export function windowSum(values: Float64Array, end: number, length: number): number {
  let sum = 0;
  for (let i = end - length + 1; i <= end; i += 1) sum += values[i];
  return sum;
}

export function windowMean(values: Float64Array, end: number, length: number): number {
  return windowSum(values, end, length) / length;
}

/** Greatest value of the window; NaN when one is NaN. */
export function windowMax(values: Float64Array, end: number, length: number): number {
  let max = Number.NEGATIVE_INFINITY;
  for (let i = end - length + 1; i <= end; i += 1) max = Math.max(max, values[i]);
  return max;
}

/** Smallest value of the window; NaN when one is NaN. */
export function windowMin(values: Float64Array, end: number, length: number): number {
  let min = Number.POSITIVE_INFINITY;
  for (let i = end - length + 1; i <= end; i += 1) min = Math.min(min, values[i]);
  return min;
}

/** A column of NaN, to be filled from its first value on. */
export function emptyLine(length: number): Float64Array {
  return new Float64Array(length).fill(Number.NaN);
}

/** NaN instead of the infinity that a zero denominator would give. */
export function quotient(numerator: number, denominator: number): number {
  return denominator === 0 ? Number.NaN : numerator / denominator;
}
