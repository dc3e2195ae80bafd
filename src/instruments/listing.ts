import { parse } from 'csv-parse/sync';
import { majorOf } from '../quant/minor-units.ts';
import type { Instrument } from './instrument.ts';
import { normaliseTicker } from './ticker.ts';

export type Listed = Omit<Instrument, 'active'>;

export interface Listing {
  readonly rows: readonly Listed[];
  /** Every fault with its line, in the order of the file; with one of them nothing may be stored. */
  readonly faults: readonly string[];
  /** Columns that were not read. */
  readonly ignored: readonly string[];
}

const required = ['symbol', 'name', 'exchange', 'currency', 'sector'] as const;
const optional = ['ticker', 'time zone', 'tick', 'lot', 'fractional', 'industry'] as const;
type Column = (typeof required)[number] | (typeof optional)[number];
export type Cells = Readonly<Record<Column, string>>;

/** Time zones of exchanges that a list need not spell out. */
const zones: Readonly<Record<string, string>> = {
  NSE: 'Asia/Kolkata',
  BSE: 'Asia/Kolkata',
  NASDAQ: 'America/New_York',
  NYSE: 'America/New_York',
  'NYSE ARCA': 'America/New_York',
  LSE: 'Europe/London',
  XETRA: 'Europe/Berlin',
  TSE: 'Asia/Tokyo',
};
/** How sources spell symbols of an exchange. No other suffix is ever added: a list says it in its column `ticker`. */
const suffixes: Readonly<Record<string, string>> = { NSE: '.NS' };

/** Of a cell that says yes, no or nothing. */
const answers: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ...(['yes', 'true'] as const).map((cell) => [cell, true] as const),
  ...(['no', 'false'] as const).map((cell) => [cell, false] as const),
  ['', null],
]);

/**
 * Instruments from CSV text with the columns symbol, name, exchange, currency and sector, and where present ticker, time zone, tick, lot, fractional
 * (yes or no) and industry, in any order and case. Sector and industry may be empty. Looks at every cell before it answers.
 */
export function parseListing(text: string): Listing {
  let rows: { info: { lines: number }; record: string[] }[];
  try {
    rows = parse(text, {
      bom: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
      info: true,
    }) as never;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { rows: [], faults: [`This is no CSV file: ${reason}`], ignored: [] };
  }
  const [head, ...body] = rows;
  const names = (head?.record ?? []).map((cell) => cell.toLowerCase().replace(/[_\s]+/g, ' '));
  const known: readonly string[] = [...required, ...optional];
  const missing = required.filter((name) => !names.includes(name));
  const doubled = known.filter((name) => names.indexOf(name) !== names.lastIndexOf(name));
  if (missing.length > 0 || doubled.length > 0) {
    const faults = [
      ...missing.map((name) => `line 1: there is no column ${name}`),
      ...doubled.map((name) => `line 1: the column ${name} is there twice`),
    ];
    return { rows: [], faults, ignored: [] };
  }
  if (body.length === 0) return { rows: [], faults: ['there is no instrument in this file'], ignored: [] };

  const ignored = names.filter((name) => name !== '' && !known.includes(name));
  const { rows: listed, faults } = checkRows(
    body.map(({ info, record }) => {
      const place = `line ${info.lines}`;
      if (record.length !== names.length)
        return { place, fault: `${record.length} cells instead of ${names.length}` };
      const cells = Object.fromEntries(known.map((name) => [name, record[names.indexOf(name)] ?? '']));
      return { place, cells: cells as Cells };
    }),
  );
  return { rows: listed, faults, ignored };
}

/** An instrument as it was given, and where; or why it has no cells. */
export type GivenRow =
  | { readonly place: string; readonly cells: Cells }
  | { readonly place: string; readonly fault: string };

/** Instruments of cells, or every fault with its place: with one of them there are no rows. */
export function checkRows(given: readonly GivenRow[]): Pick<Listing, 'rows' | 'faults'> {
  const faults: string[] = [];
  const listed: Listed[] = [];
  const placeOf = new Map<string, string>();
  for (const one of given) {
    const fault = (what: string) => faults.push(`${one.place}: ${what}`);
    if ('fault' in one) {
      fault(one.fault);
      continue;
    }
    const row = toInstrument(one.cells, fault);
    const first = placeOf.get(row.ticker);
    if (first !== undefined) fault(`the ticker ${row.ticker} is in ${first} already`);
    placeOf.set(row.ticker, first ?? one.place);
    listed.push(row);
  }
  return { rows: faults.length > 0 ? [] : listed, faults };
}

function toInstrument(cells: Cells, fault: (what: string) => void): Listed {
  const shown = (cell: string) => JSON.stringify(cell.slice(0, 40));
  const text = (column: 'name' | 'exchange' | 'sector' | 'industry') => {
    const cell = cells[column];
    if (cell.length > 200) fault(`${column} has more than 200 characters`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    if (/[\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]/.test(cell))
      fault(`${column} has control characters`);
    return cell;
  };
  const exchange = text('exchange').toUpperCase();
  const [name, sector, industry] = [text('name'), text('sector'), text('industry')];
  if (exchange === '') fault('exchange is empty');
  if (name === '') fault('name is empty');
  const symbol = normaliseTicker(cells.symbol);
  if (symbol === null) fault(`symbol ${shown(cells.symbol)} is none: 1 to 20 of A-Z 0-9 . - & ^ = _`);
  const spelling = cells.ticker || `${cells.symbol}${suffixes[exchange] ?? ''}`;
  const ticker = normaliseTicker(spelling);
  // A symbol that is none has been told already.
  if (ticker === null && (symbol !== null || cells.ticker !== '')) {
    fault(`ticker ${shown(spelling)} is none: 1 to 20 of A-Z 0-9 . - & ^ = _`);
  }
  const timeZone = cells['time zone'] || zones[exchange] || '';
  if (timeZone === '') fault(`time zone is needed: that of exchange ${shown(exchange)} is not known`);
  else if (!isZone(timeZone)) fault(`time zone ${shown(timeZone)} is none of the IANA data base`);
  if (!/^[A-Z]{3}$/.test(cells.currency) && majorOf(cells.currency) === null)
    fault(`currency ${shown(cells.currency)} is no ISO 4217 code, and not GBp, GBX, ZAc or ILA`);
  const { tick } = cells;
  if (tick !== '' && (!/^\d{1,9}(\.\d{1,8})?$/.test(tick) || Number(tick) === 0)) {
    fault(`tick ${shown(tick)} is no decimal number above 0 with at most 8 decimals`);
  }
  const { lot } = cells;
  if (lot !== '' && (!/^\d{1,9}(\.\d{1,8})?$/.test(lot) || Number(lot) === 0))
    fault(`lot ${shown(lot)} is no decimal number above 0 with at most 8 decimals`);
  const fractional = answers.get(cells.fractional.toLowerCase());
  if (fractional === undefined) fault(`fractional ${shown(cells.fractional)} is neither yes nor no`);
  return {
    symbol: symbol ?? '',
    ticker: ticker ?? spelling,
    name,
    exchange,
    timeZone,
    currency: cells.currency,
    tick: tick || null,
    ...(lot !== '' && { lot }),
    ...(fractional != null && { fractional }),
    sector: sector || null,
    industry: industry || null,
  };
}

function isZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
