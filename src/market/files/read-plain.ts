import { CERTAIN, meaningOf, qualifiersOf, type Role } from './columns.ts';
import { dayNumber } from './dates.ts';
import { type Header, readHeader } from './header.ts';
import { showsExchange } from './require-unscrambled.ts';

/** The columns of a file whose rows have ascending days. */
export interface PlainColumns {
  readonly header: Header;
  /** Days since 1970. */
  readonly days: Int32Array;
  /** By role; the date is not among them. */
  readonly columns: ReadonlyMap<Role, Float64Array>;
}

const [NEWLINE, RETURN, COMMA, MINUS, POINT, ZERO] = [10, 13, 44, 45, 46, 48];
const LONGEST_HEADER = 500;
const understood = new Set<Role>([
  ...(['date', 'open', 'high', 'low', 'close', 'volume'] as const),
  ...(['adjOpen', 'adjHigh', 'adjLow', 'adjClose', 'adjVolume'] as const),
]);
const required: readonly Role[] = ['date', 'open', 'high', 'low', 'close'];
/** So many digits are an integer that a double holds exactly, and powers of ten up to 10^22 are exact: their quotient is the nearest double. */
const EXACT_DIGITS = 15;
/** A number of more digits is left to the reading by evidence. */
const MOST_DIGITS = 30;
const powers = Array.from({ length: EXACT_DIGITS + 1 }, (_, i) => 10 ** i);
/** As in check-interval.ts: with fewer small steps than half of all, the bars may be weekly. */
const LONG_STEP = 5;

/**
 * Reads the file that most exporters write, in one pass over its bytes: a header of known names, commas, dates as YYYY-MM-DD in ascending
 * order, numbers with a decimal point, no empty cell, no quotes. Null: the file has anything else, which `readPriceFile` decides by evidence; what
 * both read is equal to the bit. It takes about a tenth of the time.
 */
export function readPlain(bytes: Uint8Array): PlainColumns | null {
  const end = bytes.subarray(0, LONGEST_HEADER).indexOf(NEWLINE);
  const header = end < 0 ? null : plainHeader(bytes.subarray(0, end));
  return header === null ? null : readRows(bytes, end + 1, header);
}

function plainHeader(bytes: Uint8Array): Header | null {
  const text = String.fromCharCode(...bytes).replace(/\r$/, '');
  if (!/^[\w .*/-]+(,[\w .*/-]+)+$/.test(text)) return null;
  const header = readHeader({ line: 1, cells: text.split(',').map((cell) => cell.trim()) });
  if (header === null || header.clash !== null) return null;
  // What a unit in a name means is decided with the other names.
  if (header.cells.some((cell) => qualifiersOf(cell).length > 0)) return null;
  // `Adjusted` may be a price or a flag.
  const adjusted = header.columns.get('adjClose');
  if (adjusted !== undefined && meaningOf(header.cells[adjusted] ?? '')?.rank !== CERTAIN) return null;
  const roles = [...header.columns.keys()];
  const isPlain = roles.every((role) => understood.has(role)) && roles.length === header.cells.length;
  return isPlain && required.every((role) => header.columns.has(role)) ? header : null;
}

function readRows(bytes: Uint8Array, start: number, header: Header): PlainColumns | null {
  const rows = countLines(bytes, start);
  const days = new Int32Array(rows);
  const columns = new Map<Role, Float64Array>();
  const dateAt = header.columns.get('date') ?? 0;
  const width = header.cells.length;
  const places: Float64Array[] = [];
  for (const [role, at] of header.columns) {
    const values = new Float64Array(role === 'date' ? 0 : rows);
    places[at] = values;
    if (role !== 'date') columns.set(role, values);
  }
  const cell: Cell = { at: start, value: 0, sign: 'NONE' };
  let hasPoint = false;
  let isDecided = false;
  let shortSteps = 0;
  for (let row = 0; row < rows; row += 1) {
    for (let place = 0; place < width; place += 1) {
      if (place === dateAt) {
        const day = readDay(bytes, cell.at);
        const step = day === null || row === 0 ? 1 : day - (days[row - 1] ?? 0);
        if (day === null || step <= 0) return null;
        if (row > 0 && step < LONG_STEP) shortSteps += 1;
        days[row] = day;
        cell.at += 10;
      } else {
        if (!readNumber(bytes, cell)) return null;
        (places[place] as Float64Array)[row] = cell.value;
        hasPoint ||= cell.sign !== 'NONE';
        isDecided ||= cell.sign === 'DECIMAL';
      }
      if (place < width - 1 && bytes[cell.at++] !== COMMA) return null;
    }
    if (bytes[cell.at] === RETURN) cell.at += 1;
    if (cell.at < bytes.length && bytes[cell.at++] !== NEWLINE) return null;
  }
  if (rows === 0 || (hasPoint && !isDecided) || shortSteps <= Math.floor((rows - 1) / 2)) return null;
  if (showsExchange(days)) return null;
  return { header, days, columns };
}

/** The end of the last line may be missing. */
function countLines(bytes: Uint8Array, start: number): number {
  let lines = 0;
  for (let at = start; at < bytes.length; at += 1) if (bytes[at] === NEWLINE) lines += 1;
  return lines + (bytes.at(-1) === NEWLINE ? 0 : 1);
}

interface Cell {
  /** Where the next byte is read. */
  at: number;
  value: number;
  /** What its point parts. `1.234` may be 1234. */
  sign: 'NONE' | 'DECIMAL' | 'EITHER';
}

/** Reads a number and moves behind it; false: it is none, or not a plain one. */
function readNumber(bytes: Uint8Array, cell: Cell): boolean {
  const from = cell.at;
  const isNegative = bytes[from] === MINUS;
  const first = isNegative ? from + 1 : from;
  let at = first;
  let digits = 0;
  let point = -1;
  for (; at < bytes.length; at += 1) {
    const digit = (bytes[at] ?? 0) - ZERO;
    if (digit >= 0 && digit <= 9) digits = digits * 10 + digit;
    else if (bytes[at] === POINT && point < 0) point = at;
    else break;
  }
  const whole = (point < 0 ? at : point) - first;
  const decimals = point < 0 ? 0 : at - point - 1;
  if (whole === 0 || (point >= 0 && decimals === 0) || whole + decimals > MOST_DIGITS) return false;
  const isExact = whole + decimals <= EXACT_DIGITS;
  const size = isExact
    ? digits / (powers[decimals] ?? 1)
    : Number(String.fromCharCode(...bytes.subarray(first, at)));
  cell.at = at;
  cell.value = isNegative ? -size : size;
  const mayBeThousands = decimals === 3 && whole <= 3 && bytes[first] !== ZERO;
  cell.sign = point < 0 ? 'NONE' : mayBeThousands ? 'EITHER' : 'DECIMAL';
  return true;
}

/** The day of ten bytes YYYY-MM-DD; null: they are no day. */
function readDay(bytes: Uint8Array, at: number): number | null {
  if (bytes[at + 4] !== MINUS || bytes[at + 7] !== MINUS) return null;
  const year = twoDigits(bytes, at) * 100 + twoDigits(bytes, at + 2);
  return dayNumber(year, twoDigits(bytes, at + 5), twoDigits(bytes, at + 8));
}

function twoDigits(bytes: Uint8Array, at: number): number {
  const [tens, ones] = [(bytes[at] ?? 0) - ZERO, (bytes[at + 1] ?? 0) - ZERO];
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}
