import { multipliers, type Units } from './cell-units.ts';
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
const missing = new RegExp(
  [
    String.raw`^(?:|[-–—―－−.*x?]+|#?n\/?a\.?(?:\s*n\/?a)?|#n\/a [a-z/ ]{1,40}|<na>|nan|null|none|nil|n\.?d\.?|n\.a\.|\(null\)|[+-]?inf(?:inity)?|\\n|&nbsp;`,
    String.raw`#(?:value|ref|div\/0|num)!|#name\?|k\.\s?a\.|n\.\s?v\.|b\.d\.|[ns]\/d|н\/д|停牌|無|无)$`,
  ].join('|'),
  'i',
);
/** A plain number: no thousands, a decimal point at most. */
const plain = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

const codes =
  'USD|USDT|USDC|EUR|GBP|GBX|GBp|JPY|CNY|CNH|RMB|HKD|TWD|NTD|KRW|INR|CHF|CAD|AUD|NZD|SEK|NOK|DKK|ISK|PLN|CZK|HUF|RON|BGN|UAH|RUB|RUR|TRY|BRL|MXN|ARS|CLP|COP|PEN|ZAR|ZAc|ILS|ILA|NIS|SAR|AED|EGP|KWD|QAR|KES|NGN|MAD|PKR|LKR|BDT|THB|IDR|MYR|PHP|SGD|VND|KZT|BTC|ETH';
const words = String.raw`zł|zl|円|元|원|Kč|Ft|руб\.?|₽|лв\.?|S\/\.?|TL|lei|S?Fr\.?|[Kk]r\.?|Rs\.?|Rp\.?|RM`;
/** A currency before a number, and one behind it. */
const before = new RegExp(
  String.raw`^([+-]?)\s*(?:[A-Z]{0,3}\p{Sc}|(?:${codes})(?![A-Za-z])|${words})\s*`,
  'u',
);
const behind = new RegExp(String.raw`\s*(?:\p{Sc}|(?<![A-Za-z])(?:${codes}|${words}|p|c|s)|\s+B\/G)$`, 'u');
/** Marks of notes and moves, and the sign that makes spreadsheets keep a text. */
const marks = /^(?:'|[*†‡▲▼△▽]+\s*)|\s*[*†‡¹²³▲▼△▽]+$/gu;
/** Behind volumes: shares in words. */
const shares =
  /(?<=[\d\s千万萬亿億천만억])(?:株|股|주|stk\.?|stücke?|stueck|shares?|szt\.?|pcs\.?|units?)$/iu;

interface Parts {
  /** Digits with their separators. */
  readonly body: string;
  readonly sign: 1 | -1;
  /** What multiplies the number, in small letters; null: nothing does. */
  readonly unit: string | null;
  readonly exponent: string;
  /** Blanks or apostrophes part its thousands. */
  readonly isGrouped: boolean;
}

/** Takes currency, sign, multiplier and the spaces between groups from a cell; null: it is no number. */
export function partsOf(cell: string): Parts | null {
  if (cell.length > LONGEST_CELL) return null;
  let text = cell.replaceAll('\u2212', '-').trim();
  text = /^="(.*)"$/.exec(text)?.[1] ?? text.replaceAll(marks, '').replace(shares, '').trim();
  let sign: 1 | -1 = 1;
  if (/^\(.*\)$/.test(text)) {
    sign = -1;
    text = text.slice(1, -1).trim();
  }
  text = text.replace(before, '$1').replace(behind, '');
  const match = /^([+-]?)\s*(\d[\d.,'’\s\u00a0\u202f]*|[.,]\d+)(e[+-]?\d+)?\s*(\p{L}{1,9})?\.?$/iu.exec(
    text.trim(),
  );
  if (match === null) return null;
  const [, minus, digits = '', exponent = '', unit] = match;
  const known = unit?.toLowerCase() ?? null;
  if (known !== null && !multipliers.has(known)) return null;
  // Spaces and apostrophes are thousands wherever they stand; they have to part groups of three.
  const body = digits.trim().replaceAll(/(?<=\d)['’\s\u00a0\u202f](?=\d{3}(?!\d))/g, '');
  if (!/^[\d.,]+$/.test(body)) return null;
  return {
    body,
    sign: minus === '-' ? -1 : sign,
    unit: known,
    exponent,
    isGrouped: body.length < digits.trim().length,
  };
}

/**
 * Cells as numbers; a missing one is NaN. Throws when a cell is no number. Units (`1.2M`) are those of volumes; null: behind a
 * price a letter says what kind of price it is.
 */
export function toNumbers(
  { name, cells, lines }: NumberColumn,
  decimal: DecimalSign,
  units: Units | null,
): Float64Array {
  const values = new Float64Array(cells.length);
  for (const [i, cell] of cells.entries()) {
    const value = toNumber(cell, decimal, units);
    if (value === null) refuseNumber(name, cell, lines[i]);
    values[i] = value;
  }
  return values;
}

export function refuseNumber(name: string, cell: string, line = 0): never {
  const cure = 'Correct the cell, or leave it empty when the value is missing.';
  return refuse('BAD_NUMBER', `The ${name} is no number.`, cure, { line, cell });
}

/** A missing cell is NaN; null: it is no number. */
export function toNumber(cell: string, decimal: DecimalSign, units: Units | null): number | null {
  if (cell.length > LONGEST_CELL) return null;
  if (decimal === '.' && plain.test(cell)) return Number(cell);
  return missing.test(cell) ? Number.NaN : parseCell(cell, decimal, units);
}

function parseCell(cell: string, decimal: DecimalSign, units: Units | null): number | null {
  const parts = partsOf(cell);
  if (parts === null) return null;
  const { body, sign, unit, exponent } = parts;
  const factor = unit === null ? 1 : units?.get(unit);
  if (factor === undefined) return null;
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
  return (partsOf(cell)?.unit ?? null) !== null;
}

export function isMissing(cell: string): boolean {
  return cell.length <= LONGEST_CELL && missing.test(cell);
}
