import type { Warning } from '../../quant/analyze.ts';
import type { Role } from './columns.ts';
import type { Header } from './header.ts';
import { LONGEST_CELL } from './numbers.ts';
import type { DatedRow } from './table.ts';

/** Of these rows the examples are taken: a notation stands in the first ones or nowhere. */
const SAMPLE_ROWS = 50;
const plainNames = new Set<string>([
  ...['date', 'open', 'high', 'low', 'close', 'volume', 'time', 'ticker', 'amount'],
]);
const numeric = new Set<Role>(['open', 'high', 'low', 'close', 'volume', 'adjClose', 'adjVolume']);

/** What marks a number, and what it was taken for. */
const notations: readonly (readonly [code: string, mark: RegExp, text: string])[] = [
  ['CURRENCY', /\p{Sc}|^[A-Z]{3}\b|\b[A-Z]{3}$/u, 'Currency signs are left out'],
  ['MULTIPLIER', /\d\s*\p{L}{1,3}\.?$/u, 'Letters after numbers multiply them'],
  ['GROUPS', /\d[.,'’\s\u00a0\u202f]\d{3}[.,]|\d['’\s\u00a0\u202f]\d{3}/, 'Thousands are separated'],
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
  const exampleOf = (mark: RegExp) =>
    sample
      .flatMap((row) => numbers.map(([, at]) => ({ line: row.line, cell: row.cells[at] ?? '' })))
      .find(({ cell }) => cell.length <= LONGEST_CELL && mark.test(cell) && /\d/.test(cell));
  const marked = notations.flatMap(([code, mark, text]) => {
    const found = exampleOf(mark);
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
