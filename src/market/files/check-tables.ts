import type { Header } from './header.ts';
import { refuse } from './refusal.ts';
import type { DatedRow, Table } from './table.ts';

const CURE = 'Make one file for each table.';
/** Between bars of two pages that are at most so many days apart a price moves by this share at most. */
const NEAR_DAYS = 10;
const LARGEST_MOVE = 0.2;

/** Throws when a header among the bars begins another table: after an empty line, or with other places of the columns. */
export function refuseOtherTable(header: Header, again: Header, isBehindGap: boolean): void {
  const { line, cells } = again;
  const cell = cells.find((text) => text !== '') ?? '';
  const isMoved = [...header.columns].some(([role, at]) => (again.columns.get(role) ?? at) !== at);
  if (!isMoved && !isBehindGap) return;
  const why = isMoved
    ? 'The header is repeated with its columns in another order: a second table begins.'
    : 'An empty line and a header follow the bars: a second table begins.';
  refuse('SEVERAL_TABLES', why, CURE, { line, cell });
}

/**
 * Throws when the bars behind a repeated header are those of another table: their days lie between those before it, or their prices are far
 * from the ones beside them. `days` and `close` are in the order of the rows.
 */
export function requireOneTable(
  { pages, rows }: Pick<Table, 'pages' | 'rows'>,
  days: readonly number[],
  close: Float64Array | undefined,
): void {
  let [from, to, page] = [Infinity, -Infinity, 0];
  const known = new Set<number>();
  for (let at = 0; at < rows.length; ) {
    const isFirst = at === 0;
    const line = pages[page];
    const end = line === undefined ? rows.length : firstAfter(rows, line, at);
    page += 1;
    if (end === at) continue;
    const all = days.slice(at, end);
    // A page that is there twice: whether its bars are equal shows when they are ordered.
    const isRepeated = all.every((day) => known.has(day));
    const isBetween = all.filter((day) => day > from && day < to).length > all.length / 2;
    if (!isFirst && (isFar(days, close, at) || (isBetween && !isRepeated))) fail(rows[at]);
    for (const day of all) {
      known.add(day);
      [from, to] = [Math.min(from, day), Math.max(to, day)];
    }
    at = end;
  }
}

/** Rows in more runs than these are in no order, and runs of fewer rows are single bars that stand beside the others. */
const MOST_RUNS = 5;
const FEWEST_OF_RUN = 8;

/**
 * Throws when the dates begin again among the rows, and the prices of the rows behind are far from those of the days beside them: the bars
 * are those of another ticker. `days` and `close` are in the order of the rows.
 */
export function requireOneSeries(
  rows: readonly DatedRow[],
  days: readonly number[],
  close: Float64Array | undefined,
): void {
  const back = (sign: number) =>
    days.flatMap((day, i) => (i > 0 && (day - (days[i - 1] ?? 0)) * sign < 0 ? [i] : []));
  const [down, up] = [back(1), back(-1)];
  const starts = [0, ...(down.length <= up.length ? down : up)];
  if (starts.length === 1 || starts.length > MOST_RUNS) return;
  const runs = starts.map((from, i) => ({ from, to: starts[i + 1] ?? days.length }));
  const runOf = days.map((_, row) => runs.findIndex(({ to }) => row < to));
  const isLong = (row: number) => {
    const run = runs[runOf[row] ?? 0];
    return run !== undefined && run.to - run.from >= FEWEST_OF_RUN;
  };
  const order = [...days.keys()].filter(isLong).sort((a, b) => (days[a] ?? 0) - (days[b] ?? 0));
  const moves: number[] = [];
  for (const [i, row] of order.entries()) {
    const before = order[i - 1];
    if (before === undefined || runOf[row] === runOf[before]) continue;
    const step = (days[row] ?? 0) - (days[before] ?? 0);
    if (step > 0 && step <= NEAR_DAYS)
      moves.push(Math.abs(Math.log((close?.[row] ?? Number.NaN) / (close?.[before] ?? Number.NaN))));
  }
  const usual = moves.sort((a, b) => a - b)[Math.floor(moves.length / 2)] ?? 0;
  const again = rows[starts[1] ?? 0];
  if (usual <= LARGEST_MOVE || again === undefined) return;
  const why = `The dates begin again with ${JSON.stringify(again.dateCell)}, and the prices behind are far from those of the days beside them: a second table begins.`;
  refuse('SEVERAL_TABLES', why, CURE, { line: again.line, cell: again.dateCell });
}

function firstAfter(rows: readonly DatedRow[], line: number, start: number): number {
  let at = start;
  while (at < rows.length && (rows[at]?.line ?? 0) < line) at += 1;
  return at;
}

function isFar(days: readonly number[], close: Float64Array | undefined, at: number): boolean {
  const [last = 0, next = 0] = [days[at - 1], days[at]];
  const move = Math.abs(Math.log((close?.[at] ?? Number.NaN) / (close?.[at - 1] ?? Number.NaN)));
  return Math.abs(next - last) <= NEAR_DAYS && move > LARGEST_MOVE;
}

function fail(row: DatedRow | undefined): never {
  const { line = 0, dateCell = '' } = row ?? {};
  const why =
    'The bars behind the repeated header do not go on where those before it end: a second table begins.';
  return refuse('SEVERAL_TABLES', why, CURE, { line, cell: dateCell });
}
