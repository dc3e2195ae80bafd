import type { Role } from './columns.ts';
import type { Header } from './header.ts';
import { refuse } from './refusal.ts';
import type { Row } from './split-rows.ts';

const cure = 'Separate columns by a semicolon, or put numbers with commas in quotes.';
const restored = 'Add the missing cells, or export the file again.';

/**
 * Throws where cells may stand in other columns than their own: a number in a column without a name, groups of thousands that are separated
 * like columns, and rows that are too short.
 */
export function requireAligned(header: Header, rows: readonly Row[], separator: string): void {
  if (separator === ',') refuseGroups(header, rows);
  refuseMoved(header, rows);
  const width = header.cells.findLastIndex((cell) => cell !== '') + 1;
  // A file that ends within a row has lost cells at its end only.
  const short = rows.slice(0, -1).filter(({ cells }) => cells.length < width);
  if (short.length === 0) return;
  const used = new Set(header.columns.values());
  const isLacking = (row: Row) => [...used].some((at) => at >= row.cells.length);
  // Nobody has written the last columns.
  const widest = rows.reduce((most, { cells }) => Math.max(most, cells.length), 0);
  if (short.every((row) => row.cells.length === widest && !isLacking(row))) return;
  const numeric = numericColumns(header, rows);
  for (const row of short) if (!isWhole(header, numeric, row)) refuseShort(header, row);
}

const whole = /^\d{1,3}$/;
const group = /^\d{3}(?:\.\d+)?$/;

/** `1,234,567` without quotes between commas: a number of a named column is followed by groups of three digits. */
function refuseGroups(header: Header, rows: readonly Row[]): void {
  const names = new Map([...header.columns].map(([role, at]) => [at, role]));
  for (const [at, role] of names) {
    if (at === 0 || role === 'date' || role === 'time' || role === 'ticker') continue;
    const next = at + 1;
    if (next >= header.cells.length || names.has(next)) continue;
    const isNameless = header.cells[next] === '';
    const found = rows.filter(({ cells }) => (cells[next] ?? '') !== '');
    const [first] = found;
    if (first === undefined) continue;
    const areGroups = found.every(
      ({ cells }) => whole.test(cells[at] ?? '') && group.test(cells[next] ?? ''),
    );
    const hasZero = found.some(({ cells }) => /^0\d\d/.test(cells[next] ?? ''));
    const isNumber = /^[\d.]+$/.test(first.cells[next] ?? '');
    if (!(isNameless && (areGroups || isNumber)) && !(areGroups && hasZero)) continue;
    const cell = `${first.cells[at]},${first.cells[next]}`;
    const why = `${JSON.stringify(cell)} is one number with a comma, or the second part stands in a column ${isNameless ? 'without a name' : JSON.stringify(header.cells[next])}.`;
    refuse('BAD_ROW', why, cure, { line: first.line, cell });
  }
}

/** Places of the columns that have a number in some row. */
function numericColumns(header: Header, rows: readonly Row[]): ReadonlySet<number> {
  const isNumeric = (at: number) => rows.some(({ cells }) => /^[-+]?[\d.,]+$/.test(cells[at] ?? ''));
  return new Set(header.cells.map((_, at) => at).filter(isNumeric));
}

/** Whether a short row lacks cells of its end alone: its volume, or notes. */
function isWhole(header: Header, numeric: ReadonlySet<number>, { cells }: Row): boolean {
  const names = new Map([...header.columns].map(([role, at]): [number, Role] => [at, role]));
  const lacking = header.cells.map((_, at) => at).slice(cells.length);
  // A number of a column that is not used may be what stands in the last used one.
  if (lacking.some((at) => (names.has(at) ? names.get(at) !== 'volume' : numeric.has(at)))) return false;
  const isVolumeLost = lacking.some((at) => names.get(at) === 'volume');
  const last = names.get(cells.length - 1);
  if (isVolumeLost && !(last === 'open' || last === 'high' || last === 'low' || last === 'close'))
    return false;
  const [open, high, low, close] = (['open', 'high', 'low', 'close'] as const).map((role) =>
    Number((cells[header.columns.get(role) ?? -1] ?? '').replace(',', '.')),
  ) as [number, number, number, number];
  return low <= Math.min(open, close) && high >= Math.max(open, close);
}

function refuseShort(header: Header, { line, cells }: Row): never {
  const why = `The line has ${cells.length} cells and the header ${header.cells.length}: which cells are missing cannot be told.`;
  return refuse('BAD_ROW', why, restored, { line, cell: cells.at(-1) ?? '' });
}

const barRoles = ['open', 'high', 'low', 'close', 'volume'] as const;
/** A price that is so many times another one of its row is the number of another column. */
const FAR = 2;

/** Throws where a row has one empty cell, and its prices are those of a bar only when the cells beside it are moved by one. */
function refuseMoved({ columns }: Header, rows: readonly Row[]): void {
  const places = barRoles.flatMap((role) => columns.get(role) ?? []).sort((a, b) => a - b);
  const at = (role: Role) => places.indexOf(columns.get(role) ?? -1);
  const [open, high, low, close, volume] = [at('open'), at('high'), at('low'), at('close'), at('volume')];
  for (const { line, cells } of rows) {
    const written = places.map((place) => cells[place] ?? '');
    const blank = written.indexOf('');
    if (blank < 0 || blank !== written.lastIndexOf('')) continue;
    const numbers = written.map((cell) => (cell === '' ? Number.NaN : Number(cell.replace(',', '.'))));
    const barOf = (all: readonly number[]) => {
      const bar = [all[open], all[high], all[low], all[close]].map((price) => price ?? Number.NaN);
      return bar as [number, number, number, number];
    };
    if (numbers.filter(Number.isNaN).length > 1 || !isNoBar(barOf(numbers))) continue;
    const others = numbers.filter((_, i) => i !== blank);
    const isBar = places.some((_, to) => {
      const moved = others.toSpliced(to, 0, Number.NaN);
      return to !== blank && isWholeBar(barOf(moved), moved[volume] ?? Number.NaN);
    });
    if (!isBar) continue;
    const why =
      'The line has an empty cell, and its prices are those of a bar only when the cells beside it are moved by one column.';
    refuse('BAD_ROW', why, 'Move the cells of this line below their names, or remove the line.', {
      line,
      cell: cells.join(' '),
    });
  }
}

type Prices = readonly [open: number, high: number, low: number, close: number];

function isNoBar([open, high, low, close]: Prices): boolean {
  const known = [open, high, low, close].filter((price) => !Number.isNaN(price));
  return high < low || Math.max(...known) > FAR * Math.min(...known);
}

/** A missing price is not compared. The volume is missing, too, or no price. */
function isWholeBar([open, high, low, close]: Prices, volume: number): boolean {
  const known = [open, high, low, close].filter((price) => !Number.isNaN(price));
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const isOrdered = !(high < most) && !(low > least);
  return least > 0 && most <= FAR * least && isOrdered && !(volume <= FAR * most);
}
