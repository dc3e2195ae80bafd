import { newLine, scratchLine } from './window.ts';

/**
 * Population variance of the last `length` values on every bar; NaN before bar `length - 1` and wherever the window holds a NaN. In two blocks per
 * window, as in `window.ts`, from sums of distances and of their squares to a pivot: Var = (sum of d² - (sum of d)² / n) / n (shifted data; Chan, Golub
 * and LeVeque 1983). The pivot is a value of the window, so equal values give exactly 0, and what cancels is at most some 4n times the variance.
 */
export function windowVariances(values: Float64Array, length: number): Float64Array {
  const bars = values.length;
  // Of the distances first, of the squares in a second column: on each bar the share of the block before, then the whole.
  const sums = scratchLine(bars, length - 1);
  const line = newLine(bars, length - 1);
  const shift = length - 1;
  const share = 1 / length;
  for (let start = 0; start < bars; start += length) {
    const end = Math.min(start + length, bars);
    let pivot = values[start];
    let sum = 0;
    let squares = 0;
    for (let i = start; i < end; i += 1) {
      const distance = values[i] - pivot;
      sum += distance;
      squares += distance * distance;
      const whole = sums[i] + sum;
      line[i] = Math.max((line[i] + squares - whole * whole * share) * share, 0);
    }
    if (end === bars) break;
    // The windows that end in the next block hold its first value.
    pivot = values[end];
    sum = 0;
    squares = 0;
    for (let i = end - 1; i > start; i -= 1) {
      const distance = values[i] - pivot;
      sum += distance;
      squares += distance * distance;
      if (i + shift >= bars) continue;
      sums[i + shift] = sum;
      line[i + shift] = squares;
    }
  }
  return line;
}
