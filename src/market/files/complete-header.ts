import type { Role } from './columns.ts';
import { readDate } from './dates.ts';
import type { Header } from './header.ts';
import type { Row } from './split-rows.ts';

interface Completed {
  readonly header: Header;
  readonly rows: readonly Row[];
}

/** A header that lacks the name of its first column: R and pandas write the names of rows in front of the others. */
export function withRowNames(header: Header, rows: readonly Row[]): Header {
  const width = header.cells.length;
  const long = rows.filter(({ cells }) => cells.length > 1);
  if (long.length === 0 || long.some(({ cells }) => cells.length !== width + 1)) return header;
  const dateAt = header.columns.get('date');
  const isName = ({ cells: [name = '', ...rest] }: Row, i: number) =>
    dateAt === undefined
      ? readDate(name) !== null
      : (Number(name) === i || Number(name) === i + 1) && readDate(rest[dateAt] ?? '') !== null;
  if (!long.every(isName)) return header;
  return {
    ...header,
    cells: ['', ...header.cells],
    columns: new Map([...header.columns].map(([role, at]) => [role, at + 1])),
    otherVolumes: header.otherVolumes.map((at) => at + 1),
    clash: header.clash === null ? null : [header.clash[0] + 1, header.clash[1] + 1],
  };
}

const years = /^\W*(?:year|yr|yyyy|jahr|annee|année|anno|ano|año|rok|年|년)\W*$/i;
const months = /^\W*(?:month|mon|mm|mo|monat|mois|mese|mes|mês|月|월)\W*$/i;
const dayNames = /^\W*(?:day|dd|tag|jour|giorno|dia|día|日|일)\W*$/i;
const LONGEST_NAME = 20;

/** One column of dates instead of three of year, month and day, in the place of the day. */
export function withJoinedDates(header: Header, rows: readonly Row[]): Completed {
  const find = (names: RegExp) =>
    header.cells.findIndex((cell) => cell.length < LONGEST_NAME && names.test(cell));
  const [year, month, day] = [find(years), find(months), find(dayNames)];
  const dateAt = header.columns.get('date');
  if (year < 0 || month < 0 || day < 0 || (dateAt !== undefined && dateAt !== day)) return { header, rows };
  const join = (row: Row): Row => {
    const [y = '', m = '', d = ''] = [row.cells[year], row.cells[month], row.cells[day]];
    if (!/^\d{4}(?:\.0)?$/.test(y) || !/^\d{1,2}(?:\.0)?$/.test(d)) return row;
    const [yyyy, dd] = [Number(y), Number(d)];
    const date = /^\d{1,2}(?:\.0)?$/.test(m) ? `${yyyy}-${Number(m)}-${dd}` : `${dd} ${m} ${yyyy}`;
    return { ...row, cells: row.cells.map((cell, at) => (at === day ? date : cell)) };
  };
  const columns = new Map<Role, number>([...header.columns, ['date', day]]);
  return { header: { ...header, columns }, rows: rows.map(join) };
}
