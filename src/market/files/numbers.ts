import type { Warning } from '../../quant/analyze.ts';
import { refuse } from './refusal.ts';

/** A column of cells with the lines that they stand on. */
export interface NumberColumn {
  readonly name: string;
  readonly cells: readonly string[];
  readonly lines: readonly number[];
}

export type DecimalSign = '.' | ',';

/** A longer cell is no number; the time of regular expressions grows with the square of its length. */
export const LONGEST_CELL = 64;

/** What exporters write for "no value". */
const missing = /^(|[-–—.*x?]+|#?n\/?a\.?(\s*n\/?a)?|nan|null|none|nil|nd|n\.a\.|\(null\)|#value!)$/i;
/** A plain number: no thousands, a decimal point at most. */
const plain = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

const multipliers: Readonly<Record<string, number>> = {
  k: 1e3,
  th: 1e3,
  tsd: 1e3,
  m: 1e6,
  mn: 1e6,
  mm: 1e6,
  mio: 1e6,
  mil: 1e6,
  mln: 1e6,
  b: 1e9,
  bn: 1e9,
  bil: 1e9,
  mrd: 1e9,
  mld: 1e9,
  t: 1e12,
  tn: 1e12,
  l: 1e5,
  lakh: 1e5,
  cr: 1e7,
  千: 1e3,
  万: 1e4,
  萬: 1e4,
  亿: 1e8,
  億: 1e8,
  // Lots of China.
  手: 100,
  万手: 1e6,
};

const codes =
  'USD|USDT|USDC|EUR|GBP|GBX|GBp|JPY|CNY|CNH|RMB|HKD|TWD|NTD|KRW|INR|CHF|CAD|AUD|NZD|SEK|NOK|DKK|ISK|PLN|CZK|HUF|RON|BGN|UAH|RUB|RUR|TRY|BRL|MXN|ARS|CLP|COP|PEN|ZAR|ZAc|ILS|ILA|NIS|SAR|AED|EGP|KWD|QAR|KES|NGN|MAD|PKR|LKR|BDT|THB|IDR|MYR|PHP|SGD|VND|KZT|BTC|ETH';
const words = String.raw`zł|zl|円|元|원|Kč|Ft|руб\.?|₽|TL|lei|S?Fr\.?|[Kk]r\.?|Rs\.?|Rp\.?|RM`;
/** A currency before a number, and one behind it. */
const before = new RegExp(
  String.raw`^([+-]?)\s*(?:[A-Z]{0,3}\p{Sc}|(?:${codes})(?![A-Za-z])|${words})\s*`,
  'u',
);
const behind = new RegExp(String.raw`\s*(?:\p{Sc}|(?<![A-Za-z])(?:${codes}|${words}|p))$`, 'u');
/** Marks of notes, and the sign that makes spreadsheets keep a text. */
const marks = /^(?:'|[*†‡]+\s*)|\s*[*†‡¹²³]+$/gu;
/** Behind volumes: shares in words. */
const shares = /(?<=[\d\s千万萬亿億])(?:株|股|주|stk\.?|stücke?|stueck|shares?|szt\.?|pcs\.?|units?)$/iu;

interface Parts {
  /** Digits with their separators. */
  readonly body: string;
  readonly sign: 1 | -1;
  readonly factor: number;
  readonly exponent: string;
}

/** Takes currency, sign, multiplier and the spaces between groups from a cell; null: it is no number. */
function partsOf(cell: string): Parts | null {
  if (cell.length > LONGEST_CELL) return null;
  let text = cell.replaceAll('\u2212', '-').trim();
  text = /^="(.*)"$/.exec(text)?.[1] ?? text.replaceAll(marks, '').replace(shares, '').trim();
  let sign: 1 | -1 = 1;
  if (/^\(.*\)$/.test(text)) {
    sign = -1;
    text = text.slice(1, -1).trim();
  }
  text = text.replace(before, '$1').replace(behind, '');
  const match = /^([+-]?)\s*(\d[\d.,'’\s\u00a0\u202f]*|[.,]\d+)(e[+-]?\d+)?\s*(\p{L}{1,4})?\.?$/iu.exec(
    text.trim(),
  );
  if (match === null) return null;
  const [, minus, digits = '', exponent = '', unit] = match;
  const factor = unit === undefined ? 1 : multipliers[unit.toLowerCase()];
  if (factor === undefined) return null;
  // Spaces and apostrophes are thousands wherever they stand; they have to part groups of three.
  const body = digits.trim().replaceAll(/(?<=\d)['’\s\u00a0\u202f](?=\d{3}(?!\d))/g, '');
  if (!/^[\d.,]+$/.test(body)) return null;
  return { body, sign: minus === '-' ? -1 : sign, factor, exponent };
}

/** Which sign must be the decimal one; `EITHER`: both readings are numbers; null: there is no separator. */
function evidenceOf(body: string, factor: number): DecimalSign | 'EITHER' | null {
  const points = body.split('.').length - 1;
  const commas = body.split(',').length - 1;
  if (points === 0 && commas === 0) return null;
  if (points > 0 && commas > 0) return body.lastIndexOf('.') > body.lastIndexOf(',') ? '.' : ',';
  const own = points > 0 ? '.' : ',';
  const other = own === '.' ? ',' : '.';
  // More than one: thousands, so that the other sign is the decimal one.
  if (points + commas > 1) return other;
  const [before = '', after = ''] = body.split(own);
  // `1.234M` has decimals: thousands of millions are written as billions.
  const mayBeThousands = factor === 1 && after.length === 3 && /^[1-9]\d{0,2}$/.test(before);
  return mayBeThousands ? 'EITHER' : own;
}

interface Seen {
  readonly cell: string;
  readonly line: number;
}

/** The cells that decide, one for each reading. */
function gather(columns: readonly NumberColumn[]): Partial<Record<DecimalSign | 'EITHER', Seen>> {
  const seen: Partial<Record<DecimalSign | 'EITHER', Seen>> = {};
  for (const { cells, lines } of columns) {
    for (const [i, cell] of cells.entries()) {
      if (!cell.includes(',') && (seen['.'] !== undefined || !cell.includes('.'))) continue;
      const parts = partsOf(cell);
      const evidence = parts === null ? null : evidenceOf(parts.body, parts.factor);
      if (evidence !== null && seen[evidence] === undefined) seen[evidence] = { cell, line: lines[i] ?? 0 };
    }
  }
  return seen;
}

/**
 * Whether numbers have a decimal point or a decimal comma, decided by the prices and, where they do not tell, by the volumes. Throws
 * when cells contradict each other, or when no cell decides: `1,234` may be 1234 or 1.234.
 */
export function decideDecimal(
  prices: readonly NumberColumn[],
  volumes: readonly NumberColumn[],
  separator: string,
): { readonly decimal: DecimalSign; readonly assumptions: readonly Warning[] } {
  const comma = { code: 'DECIMAL_COMMA', message: 'Numbers have a decimal comma.' };
  const decided = (decimal: DecimalSign) => ({ decimal, assumptions: decimal === ',' ? [comma] : [] });
  const all = gather([...prices, ...volumes]);
  const point = all['.'];
  const withComma = all[','];
  if (point !== undefined && withComma !== undefined) {
    const [first, second] = point.line <= withComma.line ? [point, withComma] : [withComma, point];
    const why = `Numbers are written in two ways: ${JSON.stringify(first.cell)} on line ${first.line} and ${JSON.stringify(second.cell)} on line ${second.line}.`;
    refuse(
      'MIXED_NUMBERS',
      why,
      'Write all numbers with a decimal point and without thousands separators.',
      second,
    );
  }
  if (point !== undefined) return decided('.');
  if (withComma !== undefined) return decided(',');
  const either = gather(prices).EITHER;
  // Without prices that need a decision only volumes are open: they are whole numbers, and what parts them are thousands.
  if (either === undefined) return decided(all.EITHER?.cell.includes('.') ? ',' : '.');
  if (separator === ',' && !either.cell.includes(',')) return decided('.');
  const sign = either.cell.includes(',') ? ',' : '.';
  const [whole, fraction] = [either.cell.replaceAll(/[.,]/g, ''), either.cell.replace(',', '.')];
  const why = `${JSON.stringify(either.cell)} may be ${whole} or ${fraction}, and no number of the file decides whether "${sign}" parts thousands or decimals.`;
  return refuse(
    'AMBIGUOUS_NUMBERS',
    why,
    'Write prices with a decimal point and with two or four decimals, without thousands separators.',
    either,
  );
}

/**
 * Cells as numbers; a missing one is NaN. Throws when a cell is no number. A unit (`1.2M`) is one of volumes only: behind a price
 * a letter says what kind of price it is.
 */
export function toNumbers(
  { name, cells, lines }: NumberColumn,
  decimal: DecimalSign,
  mayHaveUnits: boolean,
): Float64Array {
  const values = new Float64Array(cells.length);
  for (const [i, cell] of cells.entries()) {
    const value = toNumber(cell, decimal, mayHaveUnits);
    if (value === null) refuseNumber(name, cell, lines[i]);
    values[i] = value;
  }
  return values;
}

export function refuseNumber(name: string, cell: string, line = 0): never {
  const cure = 'Correct the cell, or leave it empty when the value is missing.';
  return refuse('BAD_NUMBER', `The ${name} is no number.`, cure, { line, cell });
}

function toNumber(cell: string, decimal: DecimalSign, mayHaveUnits: boolean): number | null {
  if (cell.length > LONGEST_CELL) return null;
  if (decimal === '.' && plain.test(cell)) return Number(cell);
  return missing.test(cell) ? Number.NaN : parseCell(cell, decimal, mayHaveUnits);
}

function parseCell(cell: string, decimal: DecimalSign, mayHaveUnits: boolean): number | null {
  const parts = partsOf(cell);
  if (parts === null || (parts.factor !== 1 && !mayHaveUnits)) return null;
  const { body, sign, factor, exponent } = parts;
  const [whole = '', fraction = '', ...more] = body.split(decimal);
  if (more.length > 0 || /[.,]/.test(fraction)) return null;
  const thousands = decimal === '.' ? ',' : '.';
  const groups = whole.split(thousands);
  // Groups of three; in India of two before the last three.
  const isGrouped =
    groups.length === 1 ||
    (/^\d{1,3}$/.test(groups[0] ?? '') &&
      /^\d{3}$/.test(groups.at(-1) ?? '') &&
      groups.slice(1, -1).every((group) => /^\d{2,3}$/.test(group)));
  if (!isGrouped) return null;
  // By its decimal text: 1.15M is 1150000 and not 1149999.9999999999.
  const power = Math.round(Math.log10(factor)) + Number(exponent.slice(1) || 0);
  return sign * Number(`${groups.join('') || '0'}.${fraction || '0'}e${power}`);
}

/** Whether a letter behind a number multiplies it. */
export function isMultiplied(cell: string): boolean {
  return (partsOf(cell)?.factor ?? 1) !== 1;
}

export function isMissing(cell: string): boolean {
  return cell.length <= LONGEST_CELL && missing.test(cell);
}
