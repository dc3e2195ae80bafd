import type { Warning } from '../../quant/analyze.ts';
import type { Role } from './columns.ts';
import {
  type DecimalSign,
  decideDecimal,
  isMissing,
  LONGEST_CELL,
  type NumberColumn,
  refuseNumber,
  toNumbers,
} from './numbers.ts';
import { RefusedFile } from './refusal.ts';
import type { DatedRow, Table } from './table.ts';
import { unitOf } from './usable-volumes.ts';
import { scaleLots } from './volumes.ts';

const prices = ['open', 'high', 'low', 'close', 'adjOpen', 'adjHigh', 'adjLow', 'adjClose'] as const;
const volumes = ['volume', 'adjVolume'] as const;
const numeric = [...prices, ...volumes, 'split', 'dividend', 'factor', 'anyFactor'] as const;

export type Columns = Partial<Record<(typeof numeric)[number], Float64Array>>;

/** The columns of numbers by role. Throws RefusedFile. */
export function readNumbers(
  { header, separator }: Table,
  rows: readonly DatedRow[],
): { readonly columns: Columns; readonly assumptions: readonly Warning[] } {
  const lines = rows.map(({ line }) => line);
  const columnsOf = (wanted: readonly Role[]) =>
    wanted.flatMap((role): (NumberColumn & { role: Role })[] => {
      const at = header.columns.get(role);
      if (at === undefined) return [];
      const name = header.cells[at] || role;
      return [{ role, name, lines, cells: rows.map(({ cells }) => cells[at] ?? '') }];
    });
  const { decimal, assumptions } = decideDecimal(columnsOf(prices), columnsOf(volumes), separator);
  const columns: Columns = Object.fromEntries(
    columnsOf(numeric).map((column) => [
      column.role,
      column.role === 'split'
        ? toRatios(column)
        : toNumbers(column, decimal, column.role === 'volume' || column.role === 'adjVolume'),
    ]),
  );
  const scaled = columnsOf(volumes).flatMap((column) =>
    scaleByName(column, columns[column.role === 'volume' ? 'volume' : 'adjVolume']),
  );
  const [amount] = columnsOf(['amount']);
  if (scaled.length === 0 && amount !== undefined)
    scaled.push(...scaleLots(columns.volume, columns.close, tryNumbers(amount, decimal)));
  return { columns, assumptions: [...assumptions, ...scaled] };
}

/** A column that only serves as evidence; null: a cell of it is no number. */
function tryNumbers(column: NumberColumn, decimal: DecimalSign): Float64Array | null {
  try {
    return toNumbers(column, decimal, true);
  } catch (error) {
    if (error instanceof RefusedFile) return null;
    throw error;
  }
}

/** Multiplies volumes with the unit in the name of their column, unless a number has a unit of its own. */
function scaleByName({ name, cells }: NumberColumn, values: Float64Array | undefined): Warning[] {
  const unit = unitOf(name);
  if (unit === 1 || values === undefined || cells.some((cell) => /\d\s?\p{L}/u.test(cell))) return [];
  for (const [i, value] of values.entries()) values[i] = value * unit;
  const message = `Volumes are multiplied by ${unit}, as the name ${JSON.stringify(name)} says.`;
  return [{ code: 'VOLUME_UNIT', message }];
}

const ratio =
  /^(\d+(?:[.,]\d+)?)\s*(?:(?:[:/]|-?\s*(?:for|to)\s*-?)\s*(\d+(?:[.,]\d+)?))?(?:\s*(?:stock\s+)?split)?$/i;

/** `7`, `7.0`, `7:1`, `7/1`, `7 for 1` and `7-for-1` are one ratio; a day without a split is NaN. Throws when a cell is no ratio. */
function toRatios({ name, cells, lines }: NumberColumn): Float64Array {
  return Float64Array.from(cells, (cell, i) => {
    if (isMissing(cell)) return Number.NaN;
    const [, fresh, old = '1'] = (cell.length > LONGEST_CELL ? null : ratio.exec(cell.trim())) ?? [];
    if (fresh === undefined) return refuseNumber(name, cell, lines[i]);
    const value = Number(fresh.replace(',', '.')) / Number(old.replace(',', '.'));
    return value > 0 && value < Infinity ? value : Number.NaN;
  });
}
