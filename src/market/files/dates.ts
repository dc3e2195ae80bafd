import { withCommonYear } from './eras.ts';
import { monthOf } from './month-names.ts';

/** What a date cell says, before anything is decided: `a`, `b` and `c` are its parts in their order. */
export interface DateParts {
  readonly kind: 'YMD' | 'NUMERIC' | 'NAMED' | 'EPOCH' | 'SERIAL';
  readonly a: number;
  readonly b: number;
  readonly c: number;
  /** NUMERIC: the year has two digits. */
  readonly isShort: boolean;
  /** Milliseconds since midnight of the written day; null: there is no time. */
  readonly timeMs: number | null;
  /** The time is one of UTC. */
  readonly isUtc: boolean;
  /** Of the written zone from UTC in milliseconds; null: none is written as a number. */
  readonly offsetMs: number | null;
}

const DAY_MS = 86_400_000;
/** A longer cell is no date. */
const LONGEST_DATE = 100;

const clock = String.raw`(?:(?:T|,?\s+|:)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([ap]\.?m\.?)?)?`;
const zone = String.raw`\s*((?:UTC|GMT)[+-]\d{2}:?\d{2}|Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2}|[A-Z]{2,5}|\(?[A-Z][a-z]+\/[A-Z][A-Za-z_]+\)?)?`;
/** Behind two digits that are a year: `16:00:00` has none. */
const noHour = String.raw`(?!:\d\d(?::\d\d)?(?![:\d]))`;
const end = `${clock}${zone}$`;
const patterns = {
  iso: new RegExp(String.raw`^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})${end}`),
  compact: new RegExp(String.raw`^((?:19|20|21)\d{2})(\d{2})(\d{2})${end}`),
  numeric: new RegExp(String.raw`^(\d{1,2})([-/. ])(\d{1,2})\2(\d{4}|\d{2})${end}`),
  dayName: new RegExp(
    String.raw`^(\d{1,2})(?:st|nd|rd|th|er)?[-/. ]*(?:de\s+)?(\p{L}{3,12})\.?[-/., ]*(?:de\s+)?(\d{4}|\d{2}${noHour})${end}`,
    'u',
  ),
  nameDay: new RegExp(
    String.raw`^(\p{L}{3,12})\.?[-/ ]*(\d{1,2})(?:st|nd|rd|th)?,?[-/ ]+(\d{4}|'?\d{2}${noHour})${end}`,
    'u',
  ),
  yearName: new RegExp(String.raw`^(\d{4})[-/ ](\p{L}{3,12})[-/ ](\d{1,2})${end}`, 'u'),
};
const weekday = /^\p{L}{2,12}\.?,?\s+(?=\d|\p{L}{3,12}\.?\s+\d{1,2},?\s+\d{4})/u;

/** The parts of a cell; null: it is no date. */
export function readDate(cell: string): DateParts | null {
  if (cell.length > LONGEST_DATE) return null;
  // Most files: the long way is ten times as long.
  if (/^\d{4}-\d\d-\d\d$/.test(cell)) {
    const [a, b, c] = [Number(cell.slice(0, 4)), Number(cell.slice(5, 7)), Number(cell.slice(8))];
    return { kind: 'YMD', a, b, c, isShort: false, timeMs: null, isUtc: false, offsetMs: null };
  }
  return readWritten(cell) ?? readWritten(plainly(cell));
}

/** Marks around a date, and what parts it, as Asian and Slavic exporters, spreadsheets and programs write them, in plain signs. */
const plainSigns: readonly (readonly [RegExp, string])[] = [
  // Marks of the direction of writing.
  [/[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, ''],
  // `'2024-01-02`, `="2024-01-02"`
  [/^(?:'|="?)|"$/g, ''],
  // The weekday behind, and the name of a zone: `2024/01/02(火)`, `01/02/2024 Tue`, `00:00:00 GMT-0500 (Eastern Standard Time)`
  [
    /(?<=[\d日일.])\s*[(（]\p{L}[\p{L} ]{0,40}[)）]\s*$|(?<=[\d.])[ ,]+\p{Lu}?\p{Ll}{2,9}\.?$|(?<=\d{4} \d{2}:\d{2}:\d{2} GMT[+-]\d{4}) \(.*\)$/gu,
    '',
  ],
  [/^(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]/, '$1-$2-$3'],
  // `2. 1. 2024`, `2024. 01. 02.`
  [/(?<=^\d{1,4})\.\s+(?=\d)|(?<=\.\s?\d{1,2})\.\s+(?=\d)/g, '.'],
  [/(?<=^\d{1,4}\.\s?\d{1,2}\.\s?\d{1,4})\.$/, ''],
  [/^(\d{8})\.0$/, '$1'],
  // `2024-01-02 星期二`, `2024-01-02 周二`, `2024-01-02 화요일`
  [/(?<=\d)\s*(?:(?:星期|周|週)[一二三四五六日天]|[月火水木金土日]曜日|[월화수목금토일]요일)$/, ''],
  // `2024- 07- 01`
  [/^(\d{1,4})\s*([-/])\s*(\d{1,2})\s*\2\s*(\d{1,4})(?!\d)/, '$1$2$3$2$4'],
  // `Tue Jan 02 00:00:00 EST 2024`
  [/^(?:\p{L}{3} )?(\p{L}{3}) +(\d{1,2}) (\d\d:\d\d:\d\d)(?: [A-Z]{2,5})? (\d{4})$/u, '$2 $1 $4 $3'],
  // `2024-01-02T00:00:00-05:00[America/New_York]`
  [/(?<=\d\d:\d\d|Z)\[\w+(?:\/\w+)*\]$/, ''],
  // `02.01.2024 17.30`
  [/(?<=^\d{1,2}\.\d{1,2}\.\d{4} )(\d{1,2})\.(\d\d)(?:\.(\d\d))?$/, '$1:$2'],
  // `20240102 093000`, `20240102T093000Z`, `202401020930`, `20240102093000`, `20240102;093000` of Interactive Brokers
  [/^((?:19|20|21)\d{6})[T ;]?([01]\d|2[0-3])([0-5]\d)([0-5]\d)?(Z?)$/, '$1 $2:$3$4$5'],
];

function plainly(cell: string): string {
  // Signs of full width are those of ASCII.
  let text = withCommonYear(cell.normalize('NFKC'));
  for (const [signs, plain] of plainSigns) text = text.replace(signs, plain);
  return text.replace(/ (\d\d:\d\d)(\d\d)/, ' $1:$2');
}

function readWritten(cell: string): DateParts | null {
  const iso = patterns.iso.exec(cell) ?? patterns.iso.exec(cell.replace(weekday, ''));
  if (iso !== null) return parts('YMD', iso[1], iso[3], iso[4], iso.slice(5));
  const compact = patterns.compact.exec(cell);
  if (compact !== null) return parts('YMD', compact[1], compact[2], compact[3], compact.slice(4));
  if (/^\d{6}$/.test(cell)) return parts('NUMERIC', cell.slice(0, 2), cell.slice(2, 4), cell.slice(4), []);
  if (/^\d{5}(\.\d+)?$/.test(cell)) return serial(Number(cell));
  if (isStamp(cell)) return readWritten(plainly(cell));
  if (/^\d{9,10}(\.\d+)?$|^(?:\d{12,13}|\d{16}|\d{19})(?:\.0+)?$/.test(cell)) return epoch(cell);
  if (/^\d\.\d{1,12}e\+?\d\d?$/i.test(cell)) return roundedEpoch(Number(cell));
  const numeric = patterns.numeric.exec(cell) ?? patterns.numeric.exec(cell.replace(weekday, ''));
  if (numeric !== null) return parts('NUMERIC', numeric[1], numeric[3], numeric[4], numeric.slice(5));
  return named(cell) ?? named(cell.replace(weekday, ''));
}

function named(cell: string): DateParts | null {
  const dayName = patterns.dayName.exec(cell);
  if (dayName !== null) return namedParts(dayName[3], dayName[2], dayName[1], dayName.slice(4));
  const nameDay = patterns.nameDay.exec(cell);
  if (nameDay !== null) return namedParts(nameDay[3], nameDay[1], nameDay[2], nameDay.slice(4));
  const yearName = patterns.yearName.exec(cell);
  return yearName === null ? null : namedParts(yearName[1], yearName[2], yearName[3], yearName.slice(4));
}

/** `202401020930`: not the milliseconds of a day in 1976. */
function isStamp(cell: string): boolean {
  return /^(?:19|20|21)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d$/.test(cell);
}

type Text = string | undefined;

function namedParts(year: Text, month: Text, day: Text, rest: readonly Text[]): DateParts | null {
  const number = monthOf(month ?? '');
  return number === null
    ? null
    : parts('NAMED', String(fullYear(year?.replace("'", '') ?? '')), String(number), day, rest);
}

function parts(kind: DateParts['kind'], a: Text, b: Text, c: Text, rest: readonly Text[]): DateParts {
  const [hours, minutes, seconds, half, zoneName] = rest;
  const isShort = kind === 'NUMERIC' && c?.length === 2;
  const timeMs = hours === undefined ? null : timeOf(hours, minutes, seconds, half);
  const offsetMs = offsetOf(zoneName ?? '');
  return { kind, a: Number(a), b: Number(b), c: Number(c), isShort, timeMs, isUtc: offsetMs === 0, offsetMs };
}

/** `Z`, `UTC`, `GMT`, `-05:00`, `-0500`, `-05`, `GMT+0100`; null: another zone, or none. */
function offsetOf(zoneName: string): number | null {
  if (/^(?:Z|UTC|GMT)$/.test(zoneName)) return 0;
  const [, sign, hours, minutes = '0'] = /^(?:UTC|GMT)?([+-])(\d{2}):?(\d{2})?$/.exec(zoneName) ?? [];
  if (hours === undefined) return null;
  return (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60_000 : 60_000) || 0;
}

function timeOf(hours: string, minutes: Text, seconds: Text, half: Text): number {
  const shift =
    half === undefined
      ? 0
      : /^p/i.test(half) && hours !== '12'
        ? 12
        : /^a/i.test(half) && hours === '12'
          ? -12
          : 0;
  return ((Number(hours) + shift) * 60 + Number(minutes ?? 0)) * 60_000 + Number(seconds ?? 0) * 1_000;
}

/** Of a column of times beside the dates; null: it is none. */
export function readTime(cell: string): number | null {
  const match = /^(\d{1,2}):?(\d{2})(?::?(\d{2})(?:\.\d+)?)?\s*([ap]\.?m\.?)?$/i.exec(cell);
  return match === null ? null : timeOf(match[1] ?? '', match[2], match[3], match[4]);
}

/** Seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by the number of digits. */
function epoch(cell: string): DateParts {
  const digits = cell.split('.')[0]?.length ?? 0;
  const ms =
    digits <= 10
      ? Number(cell) * 1_000
      : Math.floor(Number(cell)) / 10 ** (digits <= 13 ? 0 : digits === 16 ? 3 : 6);
  return fromMs('EPOCH', ms);
}

/** `1.7041536e+12`: only a midnight shows that no digits are lost. */
function roundedEpoch(stamp: number): DateParts | null {
  const ms = stamp < 1e11 ? stamp * 1_000 : stamp;
  return ms >= 1e11 && ms < 1e13 && ms % DAY_MS === 0 ? fromMs('EPOCH', ms) : null;
}

/** Days since 1899-12-30, the count of spreadsheets. */
function serial(days: number): DateParts | null {
  return days < 10_000 || days > 80_000 ? null : fromMs('SERIAL', Math.round((days - 25_569) * DAY_MS));
}

function fromMs(kind: DateParts['kind'], ms: number): DateParts {
  const date = new Date(ms);
  const [a, b, c] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
  const timeMs = ((ms % DAY_MS) + DAY_MS) % DAY_MS;
  return {
    kind,
    a,
    b,
    c,
    isShort: false,
    timeMs: kind === 'SERIAL' && timeMs === 0 ? null : timeMs,
    isUtc: kind === 'EPOCH',
    offsetMs: kind === 'EPOCH' ? 0 : null,
  };
}

/** Two digits: 1970 to 2069. */
export function fullYear(year: string | number): number {
  const number = Number(year);
  return number >= 100 ? number : number + (number < 70 ? 2_000 : 1_900);
}

/** Days since 1970; null: there is no such day. */
export function dayNumber(year: number, month: number, day: number): number | null {
  const isInRange = month >= 1 && month <= 12 && day >= 1 && year >= 1_800 && year <= 2_200;
  if (!isInRange || day > daysIn(year, month)) return null;
  // Years begin with March, so that the leap day is their last one.
  const months = (month + 9) % 12;
  const years = month > 2 ? year : year - 1;
  const leapDays = Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400);
  return years * 365 + leapDays + Math.floor((months * 153 + 2) / 5) + day - FIRST_MARCH_1970;
}

/** What the sum above is for 1970-01-01, which is day 0. */
const FIRST_MARCH_1970 = 719_469;

/** Number of days of a month. */
export function daysIn(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** Days of the years 1800 to 2200. */
const FIRST_DAY = -62_091;
const DAYS = 146_462;
/** The files of a folder have nearly all of their days in common. */
const isoDays: string[] = new Array(DAYS);
const monthDays = new Uint16Array(DAYS);

/** A day since 1970, of the years 1800 to 2200, as YYYY-MM-DD. */
export function toIso(day: number): string {
  const known = isoDays[day - FIRST_DAY];
  if (known !== undefined) return known;
  const text = new Date(day * DAY_MS).toISOString().slice(0, 10);
  if (day >= FIRST_DAY && day < FIRST_DAY + DAYS) isoDays[day - FIRST_DAY] = text;
  return text;
}

/** A day since 1970 from YYYY-MM-DD, which `toIso` wrote. */
export function fromIso(text: string): number {
  const at = (place: number) => text.charCodeAt(place) - 48;
  const year = at(0) * 1_000 + at(1) * 100 + at(2) * 10 + at(3);
  return dayNumber(year, at(5) * 10 + at(6), at(8) * 10 + at(9)) ?? Number.NaN;
}

/** Month times 32 plus day of the month, of a day since 1970 of the years 1800 to 2200. */
export function monthAndDay(day: number): number {
  const known = monthDays[day - FIRST_DAY] ?? 0;
  if (known > 0) return known;
  const text = toIso(day);
  const both = Number(text.slice(5, 7)) * 32 + Number(text.slice(8));
  monthDays[day - FIRST_DAY] = both;
  return both;
}
