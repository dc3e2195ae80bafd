import type { Role } from './columns.ts';
import { readDate, readTime } from './dates.ts';
import type { Header } from './header.ts';
import type { Row } from './split-rows.ts';

/** With fewer rows the order of the columns may be one by chance. */
const FEWEST = 10;
/** Opens are so much nearer to the closes before than closes are to the opens before. */
const NEARER = 0.8;
const isInteger = (text: string) => /^\d+$/.test(text);

interface Layout {
  /** Names of the columns; `-` is not used. */
  readonly names: string;
  /** What else has to be true of each row, by the numbers of its cells. */
  readonly isMet?: (cells: readonly string[], numbers: readonly number[]) => boolean;
}

const isEpoch = (cells: readonly string[]) => readDate(cells[0] ?? '')?.kind === 'EPOCH';
/** Whether a number is no price of its bar: else it may be an adjusted close. */
const isNoPrice = (value: number, high: number, low: number) =>
  !(value > low / 2 && value < high * 2) || value === 0;

/** What MetaTrader, Binance, Kraken, HistData, Stooq and MetaStock write without a header. */
const layouts: readonly Layout[] = [
  { names: 'date open high low close' },
  {
    names: 'date open high low close volume',
    isMet: (_, [, , high = 0, low = 0, , volume = 0]) => isNoPrice(volume, high, low),
  },
  { names: 'date time open high low close volume', isMet: ([, time = '']) => /^\d{1,2}:\d{2}/.test(time) },
  {
    names: 'date time open high low close volume - -',
    isMet: ([, time = '', ...rest]) => /^\d{1,2}:\d{2}/.test(time) && rest.slice(4).every(isInteger),
  },
  {
    names: 'date open high low close volume -',
    isMet: (cells, [, , high = 0, low = 0, , volume = 0]) =>
      isEpoch(cells) && isInteger(cells[6] ?? '') && isNoPrice(volume, high, low),
  },
  {
    names: 'date open high low close - volume -',
    isMet: (cells, [, , high = 0, low = 0, , average = 0]) =>
      isEpoch(cells) && isInteger(cells[7] ?? '') && (average === 0 || (average >= low && average <= high)),
  },
  {
    names: 'date open high low close volume - - - - - -',
    isMet: (cells, [opened = 0, , , , , , closed = 0]) =>
      isEpoch(cells) && closed > opened && isInteger(cells[8] ?? ''),
  },
  {
    names: 'ticker - date time open high low close volume -',
    isMet: ([, period = '', , time = '']) => period === 'D' && readTime(time) !== null,
  },
];

/**
 * The header of rows that have none, where they have the columns of a known program: in all rows the high is the highest and the low the lowest
 * price, and opens go on from the closes before. Null: the columns are not certain.
 */
export function headerOfRows(rows: readonly Row[]): Header | null {
  const width = rows[0]?.cells.length ?? 0;
  if (rows.length < FEWEST || rows.some(({ cells }) => cells.length !== width)) return null;
  const numbers = rows.map(({ cells }) => cells.map(Number));
  const fitting = layouts.filter((layout) => isFitting(layout, rows, numbers));
  const [found, ...others] = fitting;
  if (found === undefined || others.length > 0) return null;
  const cells = found.names.split(' ').map((name) => (name === '-' ? 'unused' : name));
  const columns = new Map(
    cells.flatMap((name, at): [Role, number][] => (name === 'unused' ? [] : [[name as Role, at]])),
  );
  return { line: 0, cells, columns, otherVolumes: [], clash: null };
}

function isFitting(
  { names, isMet }: Layout,
  rows: readonly Row[],
  numbers: readonly (readonly number[])[],
): boolean {
  const places = names.split(' ');
  if (places.length !== rows[0]?.cells.length) return false;
  const at = (name: string) => places.indexOf(name);
  const [dateAt, openAt, highAt, lowAt, closeAt] = ['date', 'open', 'high', 'low', 'close'].map(at) as [
    number,
    number,
    number,
    number,
    number,
  ];
  let [goesOn, goesBack] = [0, 0];
  for (const [i, { cells }] of rows.entries()) {
    const row = numbers[i] ?? [];
    const [open = 0, high = 0, low = 0, close = 0] = [row[openAt], row[highAt], row[lowAt], row[closeAt]];
    const isBar = low > 0 && high >= Math.max(open, close) && low <= Math.min(open, close);
    if (!isBar || readDate(cells[dateAt] ?? '') === null || isMet?.(cells, row) === false) return false;
    const before = numbers[i - 1];
    if (before === undefined) continue;
    goesOn += Math.abs(open - (before[closeAt] ?? 0));
    goesBack += Math.abs(close - (before[openAt] ?? 0));
  }
  // The newest bar may come first.
  const isAscending = (rows[0]?.cells[dateAt] ?? '') < (rows.at(-1)?.cells[dateAt] ?? '');
  return isAscending && goesOn < NEARER * goesBack;
}
