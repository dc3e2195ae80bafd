import { CERTAIN, meaningOf, type Role } from './columns.ts';
import { readDate } from './dates.ts';
import { refuse } from './refusal.ts';
import type { Row } from './split-rows.ts';

export interface Header {
  readonly line: number;
  readonly cells: readonly string[];
  /** Places of the columns by role. */
  readonly columns: ReadonlyMap<Role, number>;
  /** Places of other columns of volumes, the best first. */
  readonly otherVolumes: readonly number[];
  /** Places of two columns that certainly have one meaning; null: there are none. */
  readonly clash: readonly [number, number] | null;
}

/** More lines than this before the header are no header of an exporter. */
const MAX_PREAMBLE = 30;
const prices = ['open', 'high', 'low', 'close'] as const;
const adjustedPrices = ['adjOpen', 'adjHigh', 'adjLow', 'adjClose'] as const;

interface Claim {
  readonly at: number;
  readonly rank: number;
}

/** The columns of a row, where it names prices; null: it is no header. */
export function readHeader(row: Row): Header | null {
  const { cells } = row;
  if (cells.length < 2) return null;
  const first = (cells[0] ?? '').replace(/^\uFEFF/, '').replace(/^[#;]\s*/, '');
  const written = [first, ...cells.slice(1)];
  const header = headerOf(row, written);
  if (header !== null && countPrices(header.columns) > 1) return header;
  const stripped = stripShared(written);
  return stripped === null ? header : headerOf(row, stripped);
}

function headerOf({ line, cells }: Row, written: readonly string[]): Header | null {
  const claims = new Map<Role, Claim[]>();
  const claim = (role: Role, at: number, rank: number) => {
    const all = claims.get(role);
    if (all === undefined) claims.set(role, [{ at, rank }]);
    else all.push({ at, rank });
  };
  for (const [at, cell] of written.entries()) {
    const meaning = meaningOf(cell);
    if (meaning === null) continue;
    claim(meaning.role, at, meaning.rank);
    if (meaning.otherwise !== undefined) claim(meaning.otherwise, at, meaning.rank);
  }
  const columns = new Map<Role, number>();
  let clash: Header['clash'] = null;
  for (const [role, all] of claims) {
    all.sort((a, b) => a.rank - b.rank || a.at - b.at);
    const [best, next] = all as [Claim, ...Claim[]];
    columns.set(role, best.at);
    if (next !== undefined && next.rank === best.rank && best.rank <= CERTAIN) clash ??= [best.at, next.at];
  }
  // Prices that are adjusted for splits alone are unadjusted ones where there are no others.
  for (const [i, role] of adjustedPrices.entries())
    if (columns.has(role) && columns.get(role) === columns.get(prices[i] ?? 'close')) columns.delete(role);
  // A file of adjusted prices alone.
  if (countPrices(columns) === 0 && adjustedPrices.every((role) => columns.has(role)))
    for (const [i, role] of adjustedPrices.entries())
      columns.set(prices[i] ?? 'close', columns.get(role) ?? 0);
  // A column `Time` beside a date holds the time of day.
  const dates = claims.get('date') ?? [];
  const time = dates.slice(1).find(({ at }) => isTimeOfDay(written[at] ?? ''));
  if (time !== undefined && (dates[0]?.rank ?? 0) < time.rank) columns.set('time', time.at);
  const otherVolumes = (claims.get('volume') ?? []).slice(1).map(({ at }) => at);
  return countPrices(columns) + Number(columns.has('adjClose')) >= 2
    ? { line, cells, columns, otherVolumes, clash }
    : null;
}

const isTimeOfDay = (cell: string) => cell.length < 20 && /^\W*time\W*$/i.test(cell);

/**
 * Names without the ticker that all prices share: `AAPL.Open`, `Open_AAPL` and the pairs of pandas, `('Open', 'AAPL')`; null: they
 * share none, or there are several.
 */
function stripShared(cells: readonly string[]): readonly string[] | null {
  const pairs = cells.map((cell) => /^\('([^']{0,60})', ?'([^']{0,60})'\)$/.exec(cell)?.slice(1));
  if (pairs.some((pair) => pair !== undefined)) {
    for (const [name, ticker] of [
      [0, 1],
      [1, 0],
    ] as const) {
      // `('Date', '')` has no ticker.
      const whole = pairs.filter((pair) => pair?.[0] !== '' && pair?.[1] !== '');
      const tickers = new Set(whole.flatMap((pair) => pair?.[ticker] ?? []));
      if (tickers.size === 1) return cells.map((cell, i) => pairs[i]?.[name] || pairs[i]?.[ticker] || cell);
    }
    return null;
  }
  const before = cells.flatMap((cell) => /^(.{1,30}[._ :-])open$/i.exec(cell)?.[1] ?? []);
  const after = cells.flatMap((cell) => /^open([._ :-].{1,30})$/i.exec(cell)?.[1] ?? []);
  if (before.length + after.length !== 1) return null;
  const [prefix = '', suffix = ''] = [before[0], after[0]];
  const stripped = cells.map((cell) =>
    cell.startsWith(prefix) && cell.endsWith(suffix)
      ? cell.slice(prefix.length, cell.length - suffix.length)
      : cell,
  );
  const shared = new Set(stripped.flatMap((cell, i) => (cell === cells[i] ? [] : [meaningOf(cell)?.role])));
  return prices.every((role) => shared.has(role)) ? stripped : null;
}

function countPrices(columns: ReadonlyMap<Role, number>): number {
  return prices.filter((role) => columns.has(role)).length;
}

export interface FoundHeader {
  readonly header: Header;
  /** Index of the first row after it. */
  readonly next: number;
}

/**
 * The header among the first rows: the one with the most columns, because a title or a comment may name some of them. Null: there is
 * none. Rows with dates end the search.
 */
export function findHeader(rows: readonly Row[]): FoundHeader | null {
  let best: FoundHeader | null = null;
  for (const [i, row] of rows.slice(0, MAX_PREAMBLE).entries()) {
    const header = readHeader(row);
    if (header !== null && (best === null || isFuller(header, best.header))) best = { header, next: i + 1 };
    else if (best !== null && readDate(row.cells[best.header.columns.get('date') ?? 0] ?? '') !== null) break;
  }
  return best;
}

function isFuller(header: Header, other: Header): boolean {
  if (isComplete(header) && (isComment(other) || !isComplete(other))) return true;
  return header.columns.size > other.columns.size && (isComplete(header) || !isComplete(other));
}

const isComplete = (header: Header) =>
  header.columns.has('date') && countPrices(header.columns) === prices.length && !isComment(header);
const isComment = ({ cells }: Header) => /^[#;]/.test(cells[0] ?? '');

/** Throws when two columns have one meaning. */
export function refuseClash({ line, cells, clash }: Header): void {
  if (clash === null) return;
  const [one = '', other = ''] = clash.map((at) => cells[at]);
  const why = `Two columns have the same meaning: ${JSON.stringify(one)} and ${JSON.stringify(other)}.`;
  refuse('DUPLICATE_COLUMN', why, 'Keep one of them.', { line, cell: other });
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
