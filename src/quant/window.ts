/**
 * Windows never subtract: a running sum leaves residue where all inputs are 0, and a NaN would never leave it. A window is the end of one block
 * and the start of the next, so its value is one operation on two partial results, whatever its length (van Herk 1992).
 * Blocks are counted from the first bar: what a window holds does not depend on bars after it.
 */

/** Sum of `values[end - length + 1 .. end]`, of one window alone. */
function windowSum(values: Float64Array, end: number, length: number): number {
  let sum = 0;
  for (let i = end - length + 1; i <= end; i += 1) sum += values[i];
  return sum;
}

/** Up to here the terms are added directly: cheaper than two passes. */
export const SHORT = 4;

export function windowMean(values: Float64Array, end: number, length: number): number {
  return windowSum(values, end, length) / length;
}

/** The sum of the last `length` values on every bar; NaN before bar `length - 1` and wherever the window holds a NaN. */
export function windowSums(values: Float64Array, length: number): Float64Array {
  const bars = values.length;
  const line = newLine(bars, length - 1);
  if (length <= SHORT) {
    for (let i = length - 1; i < bars; i += 1) line[i] = windowSum(values, i, length);
    return line;
  }
  for (let start = 0; start < bars; start += length) {
    const end = Math.min(start + length, bars);
    let sum = 0;
    for (let i = start; i < end; i += 1) {
      sum += values[i];
      line[i] += sum;
    }
    // What the windows of the next block take from this one waits in their places.
    sum = 0;
    const shift = length - 1;
    const last = Math.min(end - 1, bars - 1 - shift);
    for (let i = end - 1; i > last; i -= 1) sum += values[i];
    for (let i = last; i > start; i -= 1) {
      sum += values[i];
      line[i + shift] = sum;
    }
  }
  return line;
}

/** The greatest of the last `length` values on every bar, as `windowSums`. */
export function windowMaxima(values: Float64Array, length: number): Float64Array {
  const bars = values.length;
  const line = newLine(bars, length - 1);
  const shift = length - 1;
  for (let start = 0; start < bars; start += length) {
    const end = Math.min(start + length, bars);
    if (end - start === length) line[end - 1] = Number.NEGATIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    for (let i = start; i < end; i += 1) {
      max = Math.max(max, values[i]);
      line[i] = Math.max(line[i], max);
    }
    max = Number.NEGATIVE_INFINITY;
    const last = Math.min(end - 1, bars - 1 - shift);
    for (let i = end - 1; i > last; i -= 1) max = Math.max(max, values[i]);
    for (let i = last; i > start; i -= 1) {
      max = Math.max(max, values[i]);
      line[i + shift] = max;
    }
  }
  return line;
}

/** The smallest of the last `length` values on every bar, as `windowSums`. */
export function windowMinima(values: Float64Array, length: number): Float64Array {
  const bars = values.length;
  const line = newLine(bars, length - 1);
  const shift = length - 1;
  for (let start = 0; start < bars; start += length) {
    const end = Math.min(start + length, bars);
    if (end - start === length) line[end - 1] = Number.POSITIVE_INFINITY;
    let min = Number.POSITIVE_INFINITY;
    for (let i = start; i < end; i += 1) {
      min = Math.min(min, values[i]);
      line[i] = Math.min(line[i], min);
    }
    min = Number.POSITIVE_INFINITY;
    const last = Math.min(end - 1, bars - 1 - shift);
    for (let i = end - 1; i > last; i -= 1) min = Math.min(min, values[i]);
    for (let i = last; i > start; i -= 1) {
      min = Math.min(min, values[i]);
      line[i + shift] = min;
    }
  }
  return line;
}

/** Lines that a chart needs, roughly: it fits into one piece of memory. */
const LINES_AT_ONCE = 30;
let memory = new ArrayBuffer(0);
let used = 0;

/**
 * A column of 0 with NaN before bar `first`; whoever asks writes every bar from there on. Columns are cut from common memory and never
 * given back to it: an ArrayBuffer for each costs three times as much (27 columns of 250 bars: 36 µs against 11 µs), more than what is computed.
 */
export function newLine(length: number, first: number): Float64Array {
  const bytes = length * Float64Array.BYTES_PER_ELEMENT;
  if (used + bytes > memory.byteLength) {
    memory = new ArrayBuffer(LINES_AT_ONCE * bytes);
    used = 0;
  }
  const line = new Float64Array(memory, used, length);
  used += bytes;
  for (let i = Math.min(first, length) - 1; i >= 0; i -= 1) line[i] = Number.NaN;
  return line;
}

let scratch = new Float64Array(0);

/**
 * As `newLine`, for what an indicator needs while it computes: the next one that asks has the same memory, so whoever asks hands it to nobody and asks for
 * nothing else meanwhile. The memory of a column costs about as much as a pass over it.
 */
export function scratchLine(length: number, first: number): Float64Array {
  if (scratch.length < length) scratch = new Float64Array(length);
  const line = scratch.subarray(0, length);
  line.fill(0);
  line.fill(Number.NaN, 0, Math.min(first, length));
  return line;
}

/** NaN instead of the infinity that a zero denominator would give. */
export function quotient(numerator: number, denominator: number): number {
  return denominator === 0 ? Number.NaN : numerator / denominator;
}
