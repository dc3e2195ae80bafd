import type { Warning } from '../../quant/analyze.ts';
import { qualifiersOf, type Role } from './columns.ts';
import { currencyOf, isSameCurrency } from './currencies.ts';
import type { Header } from './header.ts';
import { normalise } from './name-parts.ts';
import { LONGEST_CELL } from './numbers.ts';
import { refuse } from './refusal.ts';
import type { Row } from './split-rows.ts';
import type { Table } from './table.ts';

export interface FileCurrency {
  /** As `Series.currency`; null: the file does not say it. */
  readonly currency: string | null;
  readonly assumptions: readonly Warning[];
  readonly warnings: readonly Warning[];
}

/** A place of the file that says a currency, and what it says. */
interface Said {
  readonly text: string;
  readonly place: string;
  readonly line: number;
}

const names =
  /^(?:currency|ccy|curr|currencycode|quotecurrency|tradingcurrency|devise|monnaie|wahrung|handelswahrung|divisa|moneda|moeda|valuta|waluta|mena|penznem|parabirimi|dovizcinsi|валюта|货币|币种|貨幣|幣別|通貨|통화)$/;
const prices: readonly Role[] = ['open', 'high', 'low', 'close', 'adjOpen', 'adjHigh', 'adjLow', 'adjClose'];

/**
 * The currency of the prices: of a column or a line above the header that is named so, of the names of the prices, or of signs and codes in
 * their cells. Throws RefusedFile when the file says two.
 */
export function currencyOfFile({ header, preamble }: Table, rows: readonly Row[]): FileCurrency {
  const said = [
    ...preamble.flatMap(saidAbove),
    ...saidByNames(header),
    ...saidByColumns(header, rows),
    ...saidByCells(header, rows),
  ];
  const [first, ...others] = said;
  if (first === undefined) return { currency: null, assumptions: [], warnings: [] };
  const other = others.find(({ text }) => !mayBeOne(first.text, text));
  if (other !== undefined) refuseBoth(first, other);
  const certain = said.find(({ text }) => currencyOf(text) !== null);
  const currency = certain === undefined ? null : currencyOf(certain.text);
  if (certain === undefined || currency === null) {
    const message = `The currency ${JSON.stringify(first.text)} of ${first.place} has no single code: the currency of the prices is not known.`;
    return {
      currency: null,
      assumptions: [],
      warnings: isSign(first.text) ? [] : [{ code: 'CURRENCY_UNKNOWN', message }],
    };
  }
  const message = `Prices are in ${currency}, as ${certain.place} says.`;
  return { currency, assumptions: [{ code: 'QUOTED_IN', message }], warnings: [] };
}

const isSign = (text: string) => /^\p{Sc}$/u.test(text);

/** `$` stands for many dollars and pesos, `¥` for two currencies. */
function mayBeOne(a: string, b: string): boolean {
  const [one, other] = [currencyOf(a), currencyOf(b)];
  if (one !== null && other !== null) return isSameCurrency(one, other);
  if (a === b) return true;
  const [sign, code] = isSign(a) ? [a, other] : [b, one];
  if (sign === '$') return code !== null && /^(?:..D|MXN|ARS|CLP|COP|BRL)$/.test(code);
  return sign === '¥' && (code === 'JPY' || code === 'CNY');
}

function refuseBoth(one: Said, other: Said): never {
  const why = `The file says two currencies: ${JSON.stringify(one.text)} (${one.place}) and ${JSON.stringify(other.text)} (${other.place}).`;
  const cure =
    'Make one file for each currency, or correct the one that is wrong. GBp and GBX are pence, GBP pounds.';
  return refuse('SEVERAL_CURRENCIES', why, cure, { line: other.line, cell: other.text });
}

/** `Currency,GBp` or `# Currency: USD`, `Currency in USD`. */
function saidAbove({ line, cells }: Row): Said[] {
  const text = cells
    .filter((cell) => cell !== '')
    .join(' ')
    .replaceAll(/[:=#;,"]/g, ' ')
    .trim();
  if (text.length > LONGEST_CELL) return [];
  const [, name = '', code = ''] = /^(\p{L}[\p{L} ]{1,30}?)\s+(?:in\s+)?(\S{1,8})$/u.exec(text) ?? [];
  return names.test(normalise(name)) ? [{ text: code, place: `line ${line}`, line }] : [];
}

function saidByNames({ line, cells, columns }: Header): Said[] {
  return prices.flatMap((role) => {
    const name = cells[columns.get(role) ?? -1];
    if (name === undefined) return [];
    const place = `the name ${JSON.stringify(name)}`;
    return qualifiersOf(name)
      .map((text) => text.trim())
      .filter((text) => isSign(text) || currencyOf(text) !== null)
      .map((text) => ({ text, place, line }));
  });
}

function saidByColumns({ cells: header, columns }: Header, rows: readonly Row[]): Said[] {
  const used = new Set(columns.values());
  return header.flatMap((name, at) => {
    if (used.has(at) || name.length > LONGEST_CELL || !names.test(normalise(name))) return [];
    const place = `the column ${JSON.stringify(name)}`;
    return firstOfEach(rows, (row) => (row.cells[at] ?? '').trim(), place);
  });
}

/** Signs and codes before or behind the numbers of prices. */
function saidByCells({ columns }: Header, rows: readonly Row[]): Said[] {
  return prices.flatMap((role) => {
    const at = columns.get(role);
    if (at === undefined) return [];
    const markOf = ({ cells }: Row) => {
      const cell = cells[at] ?? '';
      if (cell.length > LONGEST_CELL || !/\d/.test(cell) || !/[\p{L}\p{Sc}]/u.test(cell)) return '';
      const mark = cell.replaceAll(/[^\p{L}\p{Sc}.]|\.(?=\d)|(?<=\d)\./gu, '').replace(/^\.+/, '');
      return isSign(mark) || currencyOf(mark) !== null ? mark : '';
    };
    return firstOfEach(rows, markOf, 'a price');
  });
}

/** The first row of each text, without rows that have none. */
function firstOfEach(rows: readonly Row[], textOf: (row: Row) => string, place: string): Said[] {
  const found = new Map<string, Said>();
  for (const row of rows) {
    const text = textOf(row);
    if (text !== '' && !found.has(text))
      found.set(text, { text, place: `${place}, line ${row.line}`, line: row.line });
  }
  return [...found.values()];
}
