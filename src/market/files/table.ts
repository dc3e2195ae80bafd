import type { Warning } from '../../quant/analyze.ts';
import { refuseOtherTable } from './check-tables.ts';
import { addTicker, refuseTickers, type TickerRows } from './check-tickers.ts';
import { meaningOf, type Role } from './columns.ts';
import { withJoinedDates, withRowNames } from './complete-header.ts';
import { type DateParts, readDate, readTime } from './dates.ts';
import { findHeader, type Header, readHeader, refuseClash, requireColumns, richness } from './header.ts';
import { headerOfRows } from './headerless.ts';
import { isJsonLines, splitJsonLines } from './json-lines.ts';
import { isMissing } from './numbers.ts';
import { aboutPriceNames } from './price-names.ts';
import { refuse } from './refusal.ts';
import { BLANK, BLANKS, cellsOf, type Row, splitRows } from './split-rows.ts';
import { withUsableVolumes } from './usable-volumes.ts';

export interface DatedRow extends Row {
  readonly date: DateParts;
  readonly dateCell: string;
}

export interface Table {
  readonly header: Header;
  /** In the order of the file. */
  readonly rows: readonly DatedRow[];
  readonly separator: string;
  /** Rows above the header. */
  readonly preamble: readonly Row[];
  /** Lines of headers that are repeated among the rows. */
  readonly pages: readonly number[];
  readonly tickers: readonly TickerRows[];
  readonly assumptions: readonly Warning[];
  readonly warnings: readonly Warning[];
}

const separators: readonly (readonly [string, string])[] = [
  [',', 'comma'],
  [';', 'semicolon'],
  ['\t', 'tab'],
  ['|', 'vertical bar'],
];
/** Of these one is chosen where no other names a column. */
const looseSeparators: readonly (readonly [string, string])[] = [
  [':', 'colon'],
  ['^', 'caret'],
  [BLANKS, 'run of blanks'],
  [BLANK, 'blank'],
];
/** Of these the separator is chosen. */
const SAMPLE_LINES = 60;
/** A block of more rows without a date at the end is no note. */
const MAX_TRAILING = 20;
/** Of the lines that a header may go on for. */
const MAX_HEADER_LINES = 3;

/** Separator, header and dated rows of a text. Throws RefusedFile. */
export function readTable(text: string): Table {
  if (isJsonLines(text)) {
    const message = 'Each line is a JSON object.';
    return readRows(splitJsonLines(text), ',', [{ code: 'JSON_LINES', message }]);
  }
  const hint = /^\uFEFF?"?sep=(.)"?[ \t]*(?:\r\n|\n|\r)/i.exec(text);
  const body = hint === null ? text : text.slice(hint[0].length);
  const from = hint === null ? 1 : 2;
  const separator = hint?.[1] ?? chooseSeparator(body, from);
  const title =
    [...separators, ...looseSeparators].find(([sign]) => sign === separator)?.[1] ??
    JSON.stringify(separator);
  const assumed = { code: 'SEPARATOR', message: `Columns are separated by a ${title}.` };
  return readRows(splitRows(body, separator, from), separator, separator === ',' ? [] : [assumed]);
}

function readRows(all: readonly Row[], separator: string, assumed: readonly Warning[]): Table {
  const found = findHeader(all);
  if (found === null) {
    const known = headerOfRows(all);
    if (known !== null) {
      const names = known.cells.filter((name) => name !== 'unused').join(', ');
      const message = `There is no header: by the prices the columns are ${names}.`;
      return completeTable(known, all, [], separator, [...assumed, { code: 'NO_HEADER', message }]);
    }
    refuseMessage(all);
    const start = all[0];
    const why = 'No line of the beginning names the columns Open, High, Low and Close.';
    const cure = 'Add a first line with the names of the columns: Date, Open, High, Low, Close, Volume.';
    return refuse('MISSING_HEADER', why, cure, {
      line: start?.line ?? 1,
      cell: start?.cells.join(separator) ?? '',
    });
  }
  const assumptions: Warning[] = [...assumed];
  const above = all[found.next - 2];
  if (above !== undefined)
    assumptions.push({ code: 'PREAMBLE', message: `The header is on line ${found.header.line}.` });
  const rest = all.slice(found.next);
  const named = withRowNames(found.header, rest);
  const joined = withJoinedDates(named, rest);
  const { header, rows } = withDates(withUnits(joined.header, joined.rows), joined.rows);
  const more = rest[rest.length - rows.length - 1];
  if (more !== undefined)
    assumptions.push({ code: 'HEADER_LINES', message: `The header goes on to line ${more.line}.` });
  refuseClash(header);
  requireColumns(header);
  return completeTable(header, rows, all.slice(0, found.next - 1), separator, assumptions);
}

function completeTable(
  header: Header,
  rows: readonly Row[],
  preamble: readonly Row[],
  separator: string,
  assumptions: Warning[],
): Table {
  const kept = keepDated(header, rows, assumptions);
  const usable = withUsableVolumes(header);
  const warnings = [...kept.warnings, ...usable.warnings, ...aboutPriceNames(header)];
  const named = withoutFlags(withVolumes(usable.header, kept.rows), kept.rows);
  return { ...kept, header: named, preamble, separator, warnings };
}

const MOST_LINES = 12;
const LONGEST_MESSAGE = 120;

/** A server that rejects a download may send a sentence in its place. */
function refuseMessage(rows: readonly Row[]): void {
  const text = rows.map(({ cells }) => cells.join(' ')).join(' ');
  const isProse =
    rows.length <= MOST_LINES &&
    /\p{L}{2}/u.test(text) &&
    rows.every(({ cells }) => readDate(cells[0] ?? '') === null);
  if (!isProse || rows.some(({ cells }) => cells.length > 4)) return;
  const why = `The file is a message and not a table of prices. It says: ${JSON.stringify(text.slice(0, LONGEST_MESSAGE))}.`;
  refuse('NOT_CSV', why, 'Download the data again; the site may want a login, a key or a pause.', {
    line: rows[0]?.line ?? 1,
  });
}

/** Another column of volumes where that of the best name has none: trading programs write ticks, and zeros as volumes. */
function withVolumes(header: Header, rows: readonly Row[]): Header {
  const volumeAt = header.columns.get('volume');
  if (volumeAt === undefined || header.otherVolumes.length === 0) return header;
  const isEmpty = (at: number) =>
    rows.every(({ cells }) => isMissing(cells[at] ?? '') || /^0[.,]?0*$/.test(cells[at] ?? ''));
  if (!isEmpty(volumeAt)) return header;
  const other = header.otherVolumes.find((at) => !isEmpty(at));
  return other === undefined
    ? header
    : { ...header, columns: new Map([...header.columns, ['volume', other]]) };
}

/** Without a column `Adjusted` that says whether the prices are. */
function withoutFlags(header: Header, rows: readonly Row[]): Header {
  const at = header.columns.get('adjClose');
  if (
    at === undefined ||
    !rows.every(({ cells }) => /^(?:true|false|yes|no|[yn01]?)$/i.test(cells[at] ?? ''))
  )
    return header;
  return { ...header, columns: new Map([...header.columns].filter(([role]) => role !== 'adjClose')) };
}

function chooseSeparator(text: string, from: number): string {
  const scores = scoreSeparators(text, from);
  const highest = Math.max(...scores);
  if (highest > 0) return separators[scores.indexOf(highest)]?.[0] ?? ',';
  const lines = sampleOf(text);
  const loose = looseSeparators.map(([sign]) => fitOf(splitSample(lines, sign, from)));
  const best = Math.max(...loose);
  if (best > 0) return looseSeparators[loose.indexOf(best)]?.[0] ?? ',';
  // Without a header: rows of one width.
  return separators.find(([sign]) => areTable(splitSample(lines, sign, from)))?.[0] ?? ',';
}

const sampleOf = (text: string) => text.split(/\r\n|\n|\r/, SAMPLE_LINES).join('\n');

function scoreSeparators(text: string, from: number): number[] {
  const lines = sampleOf(text);
  return separators.map(([sign]) => richness(findHeader(splitSample(lines, sign, from))));
}

/** Number of columns that the header names, where most rows below it have as many cells, or one more for their names. */
function fitOf(rows: readonly Row[]): number {
  const found = findHeader(rows);
  if (found === null) return 0;
  const width = found.header.cells.length;
  const below = rows.slice(found.next);
  const fitting = below.filter(({ cells }) => cells.length === width || cells.length === width + 1).length;
  return fitting > below.length / 2 ? richness(found) : 0;
}

function areTable(rows: readonly Row[]): boolean {
  const filled = rows.filter(({ cells }) => cells.some((cell) => cell !== ''));
  const width = filled[0]?.cells.length ?? 0;
  // The last line of the sample may be the last one of the file.
  return width > 4 && filled.every(({ cells }) => cells.length === width);
}

/** Number of columns that the header of a text names, with the separator that fits best. */
export function countColumns(text: string): number {
  return Math.max(...scoreSeparators(text, 1));
}

/** The sample may be cut within a quoted cell; what is wrong with it shows when all is split. */
function splitSample(lines: string, separator: string, from: number): Row[] {
  return lines
    .replaceAll('"', '')
    .split('\n')
    .map((line, i) => ({ line: from + i, cells: cellsOf(line, separator) }));
}

/** The column of dates where the header does not name one: it is named on a later line, or its dates show it. */
function withDates(header: Header, rows: readonly Row[]): { header: Header; rows: readonly Row[] } {
  if (header.columns.has('date')) return { header, rows };
  const set = (at: number, from: number) => ({
    header: { ...header, columns: new Map([...header.columns, ['date', at] as [Role, number]]) },
    rows: rows.slice(from),
  });
  const taken = new Set(header.columns.values());
  for (const [i, { cells }] of rows.slice(0, 3).entries()) {
    const named = cells.findIndex(
      (cell, at) => !taken.has(at) && meaningOf(cell)?.role === 'date' && cell !== '',
    );
    if (named >= 0) {
      refuseSeveralTickers(header, rows.slice(0, i));
      return set(named, i + 1);
    }
  }
  // Lines of tickers or units may stand between the header and the first date of an index without a name.
  const dated = rows
    .slice(0, MAX_HEADER_LINES + 1)
    .findIndex(({ cells }) => readDate(cells[0] ?? '') !== null);
  if (taken.has(0) || dated < 0) return { header, rows };
  refuseSeveralTickers(header, rows.slice(0, dated));
  return set(0, dated);
}

/** What stands below names and is no ticker: units of volumes, types, and what has no letters. */
const measure = /^\W*(?:shares?|units?|lots?|contracts?|st[uü]ck|stk|000s|k|thousands?|m|mn|millions?)\W*$/iu;
const type =
  /^\W*(?:int\d*|integer|bigint|long|float\d*|double|decimal|number|numeric|object|str|string|text|volume|vol)\W*$/iu;
const noTicker = (cell: string) => !/\p{L}/u.test(cell) || measure.test(cell) || type.test(cell);

/** A unit on a line below the names belongs to the name of the volume. */
function withUnits(header: Header, rows: readonly Row[]): Header {
  const at = header.columns.get('volume');
  const first = rows.findIndex(({ cells }) => cells.some((cell) => readDate(cell) !== null));
  const below = rows.slice(0, Math.min(Math.max(first, 0), MAX_HEADER_LINES));
  const unit = below.map(({ cells }) => cells[at ?? -1] ?? '').find((cell) => measure.test(cell));
  if (unit === undefined) return header;
  const name = `${header.cells[at ?? -1]} (${unit.replaceAll(/[^\p{L}\p{N}]/gu, '')})`;
  return { ...header, cells: header.cells.map((cell, i) => (i === at ? name : cell)) };
}

/** A header of several lines may name a ticker for each column. */
function refuseSeveralTickers(header: Header, rows: readonly Row[]): void {
  for (const { line, cells } of rows) {
    const tickers = new Set(
      [...header.columns]
        .flatMap(([role, at]) => (role === 'date' || role === 'time' ? [] : (cells[at] ?? '')))
        .filter((cell) => !noTicker(cell)),
    );
    if (tickers.size > 1) refuseTickers(tickers, line);
  }
}

type Kept = Pick<Table, 'rows' | 'pages' | 'tickers' | 'assumptions' | 'warnings'>;

/** Rows with a date. Notes at the end, comments and repeated headers are left out; anything else without a date is refused. */
function keepDated(header: Header, rows: readonly Row[], assumptions: readonly Warning[]): Kept {
  const at = header.columns.get('date') ?? 0;
  const timeAt = header.columns.get('time');
  const tickerAt = header.columns.get('ticker');
  const kept: DatedRow[] = [];
  const undated: Row[] = [];
  const passed: Row[] = [];
  const tickers: TickerRows[] = [];
  const pages: number[] = [];
  for (const [i, row] of rows.entries()) {
    const dateCell = row.cells[at] ?? '';
    // A date alone at the end is that of the download.
    const isNote = row.cells.length === 1 && i === rows.length - 1 && kept.length > 0;
    const read = isNote ? null : readDate(dateCell);
    if (read === null) {
      const isComment = /^(#|\/\/)/.test(row.cells[0] ?? '');
      const again = isComment ? null : readHeader(row);
      if (again !== null && kept.length > 0) {
        refuseOtherTable(header, again, row.line - (rows[i - 1]?.line ?? 0) > 1);
        pages.push(row.line);
      }
      if (isComment || again !== null) passed.push(row);
      else undated.push(row);
      continue;
    }
    // A second line of names or units below the header.
    if (kept.length === 0 && undated.length <= MAX_HEADER_LINES) {
      refuseSeveralTickers(header, undated);
      passed.push(...undated.splice(0));
    }
    refuseUndated(undated);
    refuseOtherKind(kept[0], { row, dateCell, date: read });
    if (row.cells.length > header.cells.length) refuseLongRow(header, row);
    if (tickerAt !== undefined) addTicker(tickers, row.cells[tickerAt] ?? '', row.line);
    const time = timeAt === undefined ? null : readTime(row.cells[timeAt] ?? '');
    kept.push({ ...row, dateCell, date: time === null ? read : { ...read, timeMs: time } });
  }
  if (kept.length === 0) {
    const [first] = undated;
    const title = header.cells[at] ?? '';
    if (first === undefined) {
      const why = `The file has the header ${JSON.stringify(header.cells.join(',').slice(0, LONGEST_MESSAGE))} and no bars below it.`;
      refuse('EMPTY', why, 'Export a period that has bars.', { line: header.line });
    }
    const cell = first.cells[at] ?? '';
    const why = `The column of dates ${JSON.stringify(title)} has no date: it begins with ${JSON.stringify(cell.slice(0, 40))}.`;
    refuse('BAD_DATE', why, 'Write dates as YYYY-MM-DD.', { line: first.line, cell });
  }
  if (undated.length > MAX_TRAILING) refuseUndated(undated);
  const warnings = [
    ...note('TRAILING_ROWS', 'after the last bar have no date and were left out', undated),
    ...note('IGNORED_ROWS', 'are comments or repeat the header and were left out', passed),
  ];
  return { rows: kept, pages, tickers, assumptions, warnings };
}

function note(code: string, what: string, rows: readonly Row[]): Warning[] {
  const [first] = rows;
  if (first === undefined) return [];
  const text = first.cells
    .filter((cell) => cell !== '')
    .join(' ')
    .slice(0, 40);
  return [
    {
      code,
      message: `${rows.length} lines ${what}, the first is line ${first.line}: ${JSON.stringify(text)}.`,
    },
  ];
}

function refuseUndated([first]: readonly Row[]): void {
  if (first === undefined) return;
  const cell = first.cells.find((text) => text !== '') ?? '';
  refuse(
    'BAD_DATE',
    'The line has no date that can be read.',
    'Correct the date (YYYY-MM-DD), or remove the line.',
    {
      line: first.line,
      cell,
    },
  );
}

/** Dates of a year and a month's name have one reading; those of other kinds cannot be decided together. */
function refuseOtherKind(
  first: DatedRow | undefined,
  { row, dateCell, date }: { readonly row: Row; readonly dateCell: string; readonly date: DateParts },
): void {
  if (first === undefined || first.date.kind === date.kind) return;
  if ([first.date.kind, date.kind].every((kind) => kind === 'YMD' || kind === 'NAMED')) return;
  const why = `The date is written in another way than ${JSON.stringify(first.dateCell)} on line ${first.line}.`;
  refuse('BAD_DATE', why, 'Write all dates in one way, best as YYYY-MM-DD.', {
    line: row.line,
    cell: dateCell,
  });
}

function refuseLongRow(header: Header, row: Row): void {
  if (row.cells.slice(header.cells.length).every((cell) => cell === '')) return;
  const why = `The line has ${row.cells.length} cells and the header ${header.cells.length}.`;
  const [date = '', time = ''] = row.cells.slice(header.columns.get('date') ?? 0);
  const cure =
    /^\d{8}$/.test(date) && /^\d{6}$/.test(time)
      ? `Put the date and the time in quotes ("${date};${time}"), or name a column Time behind that of the date.`
      : 'Separate columns by a semicolon where numbers have decimal commas, or put numbers in quotes.';
  refuse('BAD_ROW', why, cure, { line: row.line, cell: row.cells.at(-1) ?? '' });
}
