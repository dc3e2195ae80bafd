import { CERTAIN, meaningOf, qualifiersOf, type Role } from './columns.ts';
import { dayNumber, daysIn } from './dates.ts';
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
const DATE_LENGTH = 10;

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

/** The files of a folder have one header as a rule, and to understand it takes half as long as to read 750 rows. */
let lastHeader: { readonly text: string; readonly header: Header | null } = { text: '', header: null };

function plainHeader(bytes: Uint8Array): Header | null {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString('latin1')
    .replace(/\r$/, '');
  if (text !== lastHeader.text) lastHeader = { text, header: headerOf(text) };
  return lastHeader.header;
}

function headerOf(text: string): Header | null {
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

/** What the points of the numbers so far part. `1.234` may be 1234. */
interface Points {
  hasAny: boolean;
  /** One of them is a decimal point. */
  isDecided: boolean;
}

function readRows(bytes: Uint8Array, start: number, header: Header): PlainColumns | null {
  const end = bytes.length;
  const width = header.cells.length;
  const dateAt = header.columns.get('date') ?? 0;
  // The end of the last line may be missing.
  const most = Math.floor((end - start + 1) / (DATE_LENGTH + 2 * width - 1));
  const days = new Int32Array(most);
  const places = header.cells.map((_, place) => new Float64Array(place === dateAt ? 0 : most));
  const points: Points = { hasAny: false, isDecided: false };
  const month: Month = { at: 0, before: 0, length: 0 };
  let shortSteps = 0;
  let rows = 0;
  for (let at = start; at < end; rows += 1) {
    for (let place = 0; place < width; place += 1) {
      if (place > 0 && (at >= end || bytes[at++] !== COMMA)) return null;
      if (place === dateAt) {
        const day = readDay(bytes, at, month);
        const step = day === null || rows === 0 ? 1 : day - (days[rows - 1] ?? 0);
        if (day === null || step <= 0) return null;
        if (rows > 0 && step < LONG_STEP) shortSteps += 1;
        days[rows] = day;
        at += DATE_LENGTH;
      } else {
        at = readNumber(bytes, at, places[place] as Float64Array, rows, points);
        if (at < 0) return null;
      }
    }
    if (at < end && bytes[at] === RETURN) at += 1;
    if (at < end && bytes[at++] !== NEWLINE) return null;
  }
  const { hasAny, isDecided } = points;
  if (rows === 0 || (hasAny && !isDecided) || shortSteps <= Math.floor((rows - 1) / 2)) return null;
  const read = days.slice(0, rows);
  if (showsExchange(read)) return null;
  const columns = new Map<Role, Float64Array>();
  for (const [role, place] of header.columns)
    if (role !== 'date') columns.set(role, (places[place] as Float64Array).slice(0, rows));
  return { header, days: read, columns };
}

/**
 * Reads the number that begins at `from` into a row of `values`. Returns where it ends; -1: it is none, or not a plain one. Only bytes within
 * the file are looked at, because a look behind its end makes the engine compile a slower loop.
 */
function readNumber(
  bytes: Uint8Array,
  from: number,
  values: Float64Array,
  row: number,
  points: Points,
): number {
  const end = bytes.length;
  const isNegative = from < end && bytes[from] === MINUS;
  const first = isNegative ? from + 1 : from;
  let at = first;
  let digits = 0;
  for (; at < end; at += 1) {
    const digit = (bytes[at] as number) - ZERO;
    if (digit < 0 || digit > 9) break;
    digits = digits * 10 + digit;
  }
  const whole = at - first;
  let decimals = 0;
  if (at < end && bytes[at] === POINT) {
    const behind = at + 1;
    for (at = behind; at < end; at += 1) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit < 0 || digit > 9) break;
      digits = digits * 10 + digit;
    }
    decimals = at - behind;
    if (decimals === 0) return -1;
    points.hasAny = true;
    points.isDecided ||= decimals !== 3 || whole > 3 || bytes[first] === ZERO;
  }
  const count = whole + decimals;
  if (whole === 0 || count > MOST_DIGITS) return -1;
  const size =
    count <= EXACT_DIGITS
      ? digits / (powers[decimals] as number)
      : Number(String.fromCharCode(...bytes.subarray(first, at)));
  values[row] = isNegative ? -size : size;
  return at;
}

/** The month of the row before: its bars have all but the last two digits of their dates in common. */
interface Month {
  /** Where its date stands. */
  at: number;
  /** The day before its first one, since 1970. */
  before: number;
  /** Number of its days; 0: no row was read. */
  length: number;
}

/** The day of ten bytes YYYY-MM-DD; null: they are no day. */
function readDay(bytes: Uint8Array, at: number, month: Month): number | null {
  if (at + DATE_LENGTH > bytes.length) return null;
  const day = twoDigits(bytes, at + 8);
  if (!isSameMonth(bytes, at, month)) {
    if (bytes[at + 4] !== MINUS || bytes[at + 7] !== MINUS) return null;
    const year = twoDigits(bytes, at) * 100 + twoDigits(bytes, at + 2);
    const of = twoDigits(bytes, at + 5);
    const first = dayNumber(year, of, 1);
    if (first === null) return null;
    month.before = first - 1;
    month.length = daysIn(year, of);
  }
  month.at = at;
  return day >= 1 && day <= month.length ? month.before + day : null;
}

function isSameMonth(bytes: Uint8Array, at: number, month: Month): boolean {
  if (month.length === 0) return false;
  for (let i = 7; i >= 0; i -= 1) if (bytes[at + i] !== bytes[month.at + i]) return false;
  return true;
}

/** NaN: they are none. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const [tens, ones] = [(bytes[at] ?? 0) - ZERO, (bytes[at + 1] ?? 0) - ZERO];
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}
