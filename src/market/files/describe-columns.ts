import type { Warning } from '../../quant/analyze.ts';
import type { Role } from './columns.ts';
import type { Header } from './header.ts';
import { isMultiplied, LONGEST_CELL } from './numbers.ts';
import type { DatedRow } from './table.ts';

/** Of these rows the examples are taken: a notation stands in the first ones or nowhere. */
const SAMPLE_ROWS = 50;
const plainNames = new Set<string>([
  ...['date', 'open', 'high', 'low', 'close', 'volume', 'time', 'ticker', 'amount'],
]);
const numeric = new Set<Role>(['open', 'high', 'low', 'close', 'volume', 'adjClose', 'adjVolume']);

/** What marks a number, and what it was taken for. */
const notations: readonly (readonly [code: string, isMarked: (cell: string) => boolean, text: string])[] = [
  [
    'CURRENCY',
    (cell) => /[\p{L}\p{Sc}]/u.test(cell) && !isMultiplied(cell),
    'Currencies and other words are left out',
  ],
  ['MULTIPLIER', isMultiplied, 'Letters after numbers multiply them'],
  [
    'GROUPS',
    (cell) => /\d[.,'’\s\u00a0\u202f]\d{3}[.,]|\d['’\s\u00a0\u202f]\d{3}/.test(cell),
    'Thousands are separated',
  ],
];

/** Names that do not say by themselves what a column holds, and notations of its cells, each with an example. */
export function describeColumns({ cells, columns }: Header, rows: readonly DatedRow[]): Warning[] {
  const renamed = [...columns].filter(([, at]) => {
    const name = (cells[at] ?? '').toLowerCase();
    return !plainNames.has(name) && name !== '';
  });
  const names = renamed.map(([role, at]) => `${JSON.stringify(cells[at])} is ${role}`);
  const named =
    names.length === 0 ? [] : [{ code: 'COLUMNS', message: `Of the columns, ${names.join(', ')}.` }];
  const sample = rows.slice(0, SAMPLE_ROWS);
  const numbers = [...columns].filter(([role]) => numeric.has(role));
  const exampleOf = (isMarked: (cell: string) => boolean) =>
    sample
      .flatMap((row) => numbers.map(([, at]) => ({ line: row.line, cell: row.cells[at] ?? '' })))
      .find(({ cell }) => cell.length <= LONGEST_CELL && /\d/.test(cell) && isMarked(cell));
  const marked = notations.flatMap(([code, isMarked, text]) => {
    const found = exampleOf(isMarked);
    if (found === undefined) return [];
    return [{ code, message: `${text}, as of ${JSON.stringify(found.cell)} on line ${found.line}.` }];
  });
  return [...named, ...marked, ...describeTimes(sample)];
}

function describeTimes([first]: readonly DatedRow[]): Warning[] {
  if (first === undefined || first.date.timeMs === null || first.date.kind === 'EPOCH') return [];
  const message = `A bar is dated by the day that is written, and times and zones are left out, as of ${JSON.stringify(first.dateCell)}.`;
  return [{ code: 'TIMES', message }];
}
