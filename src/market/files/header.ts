import { meaningOf, type Role } from './columns.ts';
import { refuse } from './refusal.ts';
import type { Row } from './split-rows.ts';

export interface Header {
  readonly line: number;
  readonly cells: readonly string[];
  /** Places of the columns by role. */
  readonly columns: ReadonlyMap<Role, number>;
}

/** More lines than this before the header are no header of an exporter. */
const MAX_PREAMBLE = 30;
const prices = ['open', 'high', 'low', 'close'] as const;

/** The columns of a row, where it names prices; null: it is no header. Throws when two columns claim one role. */
export function readHeader({ line, cells }: Row): Header | null {
  if (cells.length < 2) return null;
  const columns = new Map<Role, number>();
  const weak = new Map<Role, number>();
  for (const [at, cell] of cells.entries()) {
    const meaning = meaningOf(at === 0 ? cell.replace(/^[#;]\s*/, '') : cell);
    if (meaning === null) continue;
    const { role, isWeak } = meaning;
    if (isWeak) {
      if (!weak.has(role)) weak.set(role, at);
      continue;
    }
    const other = columns.get(role);
    if (other !== undefined) {
      if (countPrices(columns) < 2) return null;
      const both = `${JSON.stringify(cells[other])} and ${JSON.stringify(cell)}`;
      const why = `Two columns have the same meaning: ${both}.`;
      refuse('DUPLICATE_COLUMN', why, 'Keep one of them.', { line, cell });
    }
    columns.set(role, at);
  }
  // A column `Time` beside a date holds the time of day.
  if (columns.has('date') && weak.has('date') && isTimeOfDay(cells[weak.get('date') ?? 0] ?? ''))
    columns.set('time', weak.get('date') ?? 0);
  for (const [role, at] of weak) if (!columns.has(role)) columns.set(role, at);
  return countPrices(columns) + Number(columns.has('adjClose')) >= 2 ? { line, cells, columns } : null;
}

const isTimeOfDay = (cell: string) => /^\W*time\W*$/i.test(cell);

function countPrices(columns: ReadonlyMap<Role, number>): number {
  return prices.filter((role) => columns.has(role)).length;
}

export interface FoundHeader {
  readonly header: Header;
  /** Index of the first row after it. */
  readonly next: number;
}

/** The header among the first rows; null: there is none. */
export function findHeader(rows: readonly Row[]): FoundHeader | null {
  for (const [i, row] of rows.slice(0, MAX_PREAMBLE).entries()) {
    const header = readHeader(row);
    if (header !== null) return { header, next: i + 1 };
  }
  return null;
}

/** Number of roles found, a measure of how well a separator fits. */
export function richness(found: FoundHeader | null): number {
  return found === null ? 0 : found.header.columns.size;
}

/** Throws when a column that every analysis needs is missing. */
export function requireColumns({ line, cells, columns }: Header): void {
  const missing = ['date', ...prices].filter((role) => !columns.has(role as Role));
  if (missing.length === 0) return;
  const found = cells.filter((cell) => cell !== '').map((cell) => JSON.stringify(cell.slice(0, 30)));
  const why = `There is no column for ${missing.join(', ')}; found: ${found.slice(0, 20).join(', ')}.`;
  refuse('MISSING_COLUMN', why, 'Name the columns Date, Open, High, Low, Close and Volume.', { line });
}
