import type { Candles } from '../../quant/candles.ts';
import { refuse } from './refusal.ts';

/** In every row the high is below the low: the columns are exchanged, or their names are. */
export function refuseSwapped({ high, low, dates }: Candles, lineOf: (row: number) => number): void {
  let [both, swapped, first] = [0, 0, 0];
  for (let row = 0; row < high.length; row += 1) {
    const range = (high[row] ?? Number.NaN) - (low[row] ?? Number.NaN);
    if (!Number.isFinite(range)) continue;
    both += 1;
    if (range < 0 && swapped++ === 0) first = row;
  }
  if (both < 3 || swapped < both / 2) return;
  const example = `on ${dates[first]} the high is ${high[first]} and the low ${low[first]}`;
  const why = `The column High is below the column Low in ${swapped} of ${both} lines: ${example}.`;
  const cure = 'Exchange the names High and Low in the header.';
  refuse('SWAPPED_COLUMNS', why, cure, { line: lineOf(first), cell: String(high[first]) });
}

/** With fewer bars an order of the columns may be one by chance. */
const FEWEST = 10;
/** A larger move is a split or an error, and counts as this one. */
const LARGEST_MOVE = 0.05;
/** Closes are so much nearer to the opens before than opens are to the closes before. */
const NEARER = 0.5;

/** Throws when opens do not go on from the closes before and closes do from opens: the two columns are exchanged, or time runs backwards. */
export function refuseExchanged({ open, close, dates }: Candles, lineOf: (row: number) => number): void {
  let [goesOn, goesBack, bars] = [0, 0, 0];
  for (let i = 1; i < open.length; i += 1) {
    const on = Math.abs((open[i] ?? 0) / (close[i - 1] ?? 0) - 1);
    const back = Math.abs((close[i] ?? 0) / (open[i - 1] ?? 0) - 1);
    if (!Number.isFinite(on + back)) continue;
    bars += 1;
    goesOn += Math.min(on, LARGEST_MOVE);
    goesBack += Math.min(back, LARGEST_MOVE);
  }
  if (bars < FEWEST || goesBack >= NEARER * goesOn) return;
  refuse(
    'SWAPPED_COLUMNS',
    `Closes go on from the opens before, and opens do not from the closes: the columns Open (${open[0]} on ${dates[0]}) and Close (${close[0]}) are exchanged, or the dates are in reverse.`,
    'Exchange the names Open and Close in the header, or correct the dates.',
    { line: lineOf(0), cell: String(open[0]) },
  );
}
