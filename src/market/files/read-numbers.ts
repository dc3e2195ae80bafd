import type { Warning } from '../../quant/analyze.ts';
import { type Units, unitsOf } from './cell-units.ts';
import type { Role } from './columns.ts';
import { readDate } from './dates.ts';
import { decideDecimal } from './decide-decimal.ts';
import type { Header } from './header.ts';
import {
  type DecimalSign,
  isMissing,
  LONGEST_CELL,
  type NumberColumn,
  partsOf,
  refuseNumber,
  toNumbers,
} from './numbers.ts';
import { RefusedFile } from './refusal.ts';
import type { DatedRow, Table } from './table.ts';
import { isAdjustedClose, unusedPlaces } from './unread-columns.ts';
import { unitOf } from './usable-volumes.ts';
import { scaleLots } from './volumes.ts';

const prices = ['open', 'high', 'low', 'close', 'adjOpen', 'adjHigh', 'adjLow', 'adjClose'] as const;
const volumes = ['volume', 'adjVolume'] as const;
const numeric = [...prices, ...volumes, 'split', 'dividend', 'factor', 'anyFactor'] as const;

export type Columns = Partial<Record<(typeof numeric)[number], Float64Array>>;

/** The columns of numbers by role. `text` is that of the file. Throws RefusedFile. */
export function readNumbers(
  { header, separator }: Table,
  rows: readonly DatedRow[],
  text: string,
): { readonly columns: Columns; readonly assumptions: readonly Warning[] } {
  const lines = rows.map(({ line }) => line);
  const columnsOf = (wanted: readonly Role[]) =>
    wanted.flatMap((role): (NumberColumn & { role: Role })[] => {
      const at = header.columns.get(role);
      if (at === undefined) return [];
      const name = header.cells[at] || role;
      return [{ role, name, lines, cells: rows.map(({ cells }) => cells[at] ?? '') }];
    });
  const { decimal, assumptions } = decideDecimal({
    prices: columnsOf(prices),
    volumes: columnsOf(volumes),
    others: () => othersOf(header, rows),
    separator,
    isPointPlain: () => (separator === ',' ? !quotedPoint.test(text) : isHistData(header, rows)),
  });
  const units = unitsOf(header.cells, columnsOf(volumes).flatMap(unitsIn));
  const columns: Columns = Object.fromEntries(
    columnsOf(numeric).map((column) => [
      column.role,
      column.role === 'split'
        ? toRatios(column)
        : toNumbers(column, decimal, column.role === 'volume' || column.role === 'adjVolume' ? units : null),
    ]),
  );
  const scaled = columnsOf(volumes).flatMap((column) =>
    scaleByName(column, columns[column.role === 'volume' ? 'volume' : 'adjVolume']),
  );
  const [amount] = columnsOf(['amount']);
  if (scaled.length === 0 && amount !== undefined)
    scaled.push(...scaleLots(columns.volume, columns.close, tryNumbers(amount, decimal, units)));
  const isStated = [columns.adjClose, columns.factor, columns.anyFactor].some(
    (column) => column !== undefined,
  );
  const found = isStated ? null : findAdjustedClose(header, rows, columns.close, decimal, units);
  if (found === null) return { columns, assumptions: [...assumptions, ...scaled] };
  const message = `The column ${JSON.stringify(found.name)} is taken as the adjusted close: it is the close times a factor that is 1 at the newest bar and moves on few.`;
  return {
    columns: { ...columns, adjClose: found.values },
    assumptions: [...assumptions, ...scaled, { code: 'ADJUSTED_BY_EVIDENCE', message }],
  };
}

/** An adjusted close whose name is not known; null: there is none. */
function findAdjustedClose(
  header: Header,
  rows: readonly DatedRow[],
  close: Float64Array | undefined,
  decimal: DecimalSign,
  units: Units,
): { readonly name: string; readonly values: Float64Array } | null {
  if (close === undefined) return null;
  for (const at of unusedPlaces(header)) {
    const name = header.cells[at] ?? '';
    const cells = rows.map((row) => row.cells[at] ?? '');
    if (!/\d/.test(cells[0] ?? '')) continue;
    const values = tryNumbers({ name, cells, lines: rows.map(({ line }) => line) }, decimal, units);
    if (values !== null && isAdjustedClose(close, values)) return { name, values };
  }
  return null;
}

/** A whole cell in quotes with a point that may part thousands: `"35.449"`. */
const quotedPoint = /"[^",\d]{0,9}\d{1,3}\.\d{3}[^",\d]{0,9}"/;

/** Files of HistData have no header, and decimal points. */
const isHistData = (header: Header, rows: readonly DatedRow[]) =>
  header.line === 0 && rows.every(({ dateCell }) => /^\d{8} \d{6}$/.test(dateCell));

/** Columns that show how numbers are written, and no dates, times and tickers. */
function othersOf(header: Header, rows: readonly DatedRow[]): readonly NumberColumn[] {
  const used = new Set([...header.columns].flatMap(([role, at]) => (shown.has(role) ? [] : [at])));
  const lines = rows.map(({ line }) => line);
  return header.cells.flatMap((name, at): NumberColumn[] => {
    if (used.has(at)) return [];
    const cells = rows.map((row) => row.cells[at] ?? '');
    const filled = cells.find((cell) => !isMissing(cell)) ?? '';
    const kind = readDate(filled)?.kind;
    return kind === 'YMD' || kind === 'NUMERIC' || kind === 'NAMED' ? [] : [{ name, lines, cells }];
  });
}

const shown = new Set<Role>(['amount', 'dividend', 'factor', 'anyFactor']);

function unitsIn({ cells, lines }: NumberColumn) {
  return cells.flatMap((cell, i) => {
    const unit = /\p{L}/u.test(cell) ? (partsOf(cell)?.unit ?? null) : null;
    return unit === null ? [] : [{ unit, cell, line: lines[i] ?? 0 }];
  });
}

/** A column that only serves as evidence; null: a cell of it is no number. */
function tryNumbers(column: NumberColumn, decimal: DecimalSign, units: Units): Float64Array | null {
  try {
    return toNumbers(column, decimal, units);
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
