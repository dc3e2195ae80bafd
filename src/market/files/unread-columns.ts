import type { Warning } from '../../quant/analyze.ts';
import { meaningOf } from './columns.ts';
import type { Header } from './header.ts';
import type { DatedRow } from './table.ts';

const FEWEST = 10;
/** The newest factor is 1, but for the rounding of prices. */
const ROUNDING = 2e-3;
/** A factor at the other end that is nearer to 1 may be rounding. */
const SMALLEST_FACTOR = 0.005;
/** A factor of splits and dividends moves on fewer bars. */
const MAX_STEP_SHARE = 0.05;
const FEW_STEPS = 2;

/** Places of named columns that hold nothing that is used. */
export function unusedPlaces({ cells, columns, otherVolumes }: Header): number[] {
  const used = new Set([...columns.values(), ...otherVolumes]);
  return [...cells.keys()].filter((at) => !used.has(at) && cells[at] !== '');
}

/**
 * Whether a column without a known name can be nothing but an adjusted close: the close times a factor that is 1 at the newest bar and lower before, and
 * moves on few bars. Rows are in the order of the file, which begins or ends with the newest.
 */
export function isAdjustedClose(close: Float64Array, values: Float64Array): boolean {
  const factors = values.map((value, i) => value / (close[i] ?? Number.NaN)).filter(Number.isFinite);
  const [first = 0, last = 0] = [factors[0], factors.at(-1)];
  const [newest, oldest] = first > last ? [first, last] : [last, first];
  if (factors.length < Math.max(FEWEST, close.length * (1 - MAX_STEP_SHARE))) return false;
  if (Math.abs(newest - 1) > ROUNDING || !(oldest > 0) || oldest > 1 - SMALLEST_FACTOR) return false;
  const steps = factors.filter(
    (factor, i) => i > 0 && Math.abs(factor / (factors[i - 1] ?? 1) - 1) > ROUNDING,
  );
  return steps.length > 0 && steps.length <= Math.max(FEW_STEPS, MAX_STEP_SHARE * factors.length);
}

const actions = /split|bonus|corporate\W*action/i;
const nothing = /^(?:|[-–—]+|0(?:\.0*)?|1(?:\.0*)?|1[:/]1|none|null|nan|n\/?a|no|false)$/i;

/** Columns of splits that cannot be read, where a cell names one. */
export function warnOfActions(header: Header, rows: readonly DatedRow[]): Warning[] {
  return unusedPlaces(header).flatMap((at) => {
    const name = header.cells[at] ?? '';
    if (name.length > 60 || !actions.test(name) || meaningOf(name) !== null) return [];
    const isBonus = /bonus/i.test(name);
    const found = rows.find(({ cells }) => {
      const cell = cells[at] ?? '';
      // A bonus of 1:1 doubles the shares.
      return !nothing.test(cell) || (isBonus && /^1[:/]1$/.test(cell));
    });
    if (found === undefined) return [];
    const cell = JSON.stringify((found.cells[at] ?? '').slice(0, 40));
    const message = `The column ${JSON.stringify(name)} is not read and has ${cell} on line ${found.line}: prices may not be adjusted for it.`;
    return [{ code: 'UNREAD_SPLITS', message }];
  });
}
