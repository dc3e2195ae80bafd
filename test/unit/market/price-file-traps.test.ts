import { describe, expect, test } from 'vitest';
import {
  base,
  codes,
  expectEqual,
  HEADER,
  lines,
  parse,
  prices,
  refusalOf,
  usual,
  values,
} from '../../support/price-files.ts';

/** Files that are easily read as other bars than their own. */
const BARS = 60;
const AT = 30;
const first = {
  dates: base.dates.slice(0, BARS),
  ...(Object.fromEntries(usual.map((column) => [column, base[column].slice(0, BARS)])) as Record<
    (typeof usual)[number],
    Float64Array
  >),
};
const rowsOf = (write: (i: number) => string, from = 0, to = BARS) =>
  Array.from({ length: to - from }, (_, i) => write(from + i));
const plainRow = (i: number) => `${base.dates[i]},${values(i, usual)}`;
const file = (header: string, write: (i: number) => string) => parse(lines(header, ...rowsOf(write)));
const codeOf = (run: () => unknown) => refusalOf(run).code;
const later = (day: string | undefined, days: number) =>
  new Date(Date.parse(day ?? '') + days * 86_400_000).toISOString().slice(0, 10);
const weekdayOf = (day: string | undefined) => new Date(day ?? '').getUTCDay();

describe('a column of factors', () => {
  /** Prices before AT are those of `ratio` old shares for a new one; `paid` is a dividend on day 20. */
  const factorFile = (name: string, factor: (i: number) => string | number, ratio = 4, volumeBy = ratio) =>
    file(`${HEADER},${name}`, (i) => {
      const by = i < AT ? ratio : 1;
      const cells = prices.map((column) => (base[column][i] ?? 0) * by);
      return `${base.dates[i]},${cells.join(',')},${(base.volume[i] ?? 0) / (i < AT ? volumeBy : 1)},${factor(i)}`;
    });

  test.each([
    'adj_factor',
    'AdjustmentFactor',
    '复权因子',
    'hfq_factor',
    'qfq_factor',
    'factor',
    'cum_adj_factor',
    'cumulative adjustment factor',
  ])('%s adjusts prices and volumes by the split that both show, whichever way it counts', (name) => {
    for (const [before, after] of [
      [2, 8],
      [0.25, 1],
      [8, 2],
      [1, 0.25],
    ] as const)
      expectEqual(factorFile(name, (i) => (i < AT ? before : after)).candles, first, 1e-12);
    expectEqual(factorFile(name, (i) => (i === 0 ? 2 : i === AT ? 8 : '')).candles, first, 1e-12);
  });

  test('of prices that are adjusted by it already changes nothing', () => {
    const read = factorFile('adj_factor', (i) => (i < AT ? 2 : 8), 1);
    expectEqual(read.candles, first);
    expect(codes(read)).toContain('FACTORS');
    expectEqual(factorFile('factor', () => 8, 1).candles, first);
  });

  test('of dividends alone is used by its name, in its direction', () => {
    for (const [before, after] of [
      [7.76, 8],
      [1 / 0.97, 1],
    ] as const) {
      const { candles } = factorFile('adj_factor', (i) => (i < AT ? before : after), 1 / 0.97, 1);
      expectEqual(candles, first, 1e-12);
    }
    expect(codeOf(() => factorFile('factor', (i) => (i < AT ? 7.76 : 8), 1))).toBe('AMBIGUOUS_FACTOR');
  });

  test('of dividends that the prices certainly do not show is refused', () => {
    for (const step of [1.05, 1 / 1.05])
      expect(codeOf(() => factorFile('adj_factor', (i) => (i < AT ? 1 : step), 1))).toBe('AMBIGUOUS_FACTOR');
  });

  test('that moves in both directions, on most bars, or beside other moves of the price is refused', () => {
    expect(codeOf(() => factorFile('adj_factor', (i) => (i < 10 ? 1 : i < AT ? 1.1 : 1.05), 1))).toBe(
      'AMBIGUOUS_FACTOR',
    );
    expect(codeOf(() => factorFile('adj_factor', (i) => base.close[i] ?? 1, 1))).toBe('AMBIGUOUS_FACTOR');
    expect(codeOf(() => factorFile('adj_factor', (i) => (i < AT ? 1 : 4), 2))).toBe('AMBIGUOUS_FACTOR');
  });

  test.each(['split_adj_factor', 'Split Adjustment Factor'])('of splits may have the name %s', (name) => {
    expectEqual(factorFile(name, (i) => (i < AT ? 2 : 8)).candles, first, 1e-12);
    expectEqual(factorFile(name, (i) => (i < AT ? 4 : 1)).candles, first, 1e-12);
  });

  test('of splits may stand in a column of splits', () => {
    expectEqual(factorFile('Split Factor', (i) => (i < AT ? 2 : 8)).candles, first, 1e-12);
    expectEqual(factorFile('Split Factor', (i) => (i < AT ? 4 : 1)).candles, first, 1e-12);
  });

  test('beside lots of 100 shares that the traded money shows', () => {
    const { candles } = file('ts_code,trade_date,open,high,low,close,vol,amount,adj_factor', (i) => {
      const by = i < AT ? 4 : 1;
      const cells = prices.map((column) => (base[column][i] ?? 0) * by);
      const volume = (base.volume[i] ?? 0) / by;
      const money = (volume * (cells[3] ?? 0)) / 1_000;
      const day = base.dates[i]?.replaceAll('-', '');
      return `600519.SH,${day},${cells.join(',')},${volume / 100},${money},${by === 4 ? 2 : 8}`;
    });
    expectEqual(candles, first, 1e-9);
    const shares = file(
      `${HEADER},amount`,
      (i) => `${plainRow(i)},${(base.volume[i] ?? 0) * (base.close[i] ?? 0)}`,
    );
    expectEqual(shares.candles, first);
  });
});

test('a whole adjusted set that counts from the first bar on is brought to the newest bar', () => {
  const names = 'adjOpen,adjHigh,adjLow,adjClose,adjVolume';
  const read = file(`${HEADER},${names}`, (i) => {
    const cells = prices.map((column) => (base[column][i] ?? 0) * 7);
    return `${plainRow(i)},${cells.join(',')},${(base.volume[i] ?? 0) / 7}`;
  });
  expectEqual(read.candles, first, 1e-12);
  expect(codes(read)).toContain('REBASED');
});

describe('cells that stand in other columns than their own are refused', () => {
  const grouped = (i: number) => Math.round(base.volume[i] ?? 0).toLocaleString('en-US');
  const fourPrices = (i: number) => values(i, prices);
  test.each([
    [HEADER, (i: number) => `${base.dates[i]},${fourPrices(i)},${grouped(i)}`],
    [`${HEADER},,`, (i: number) => `${base.dates[i]},${fourPrices(i)},${grouped(i)}`],
    [`${HEADER},Amount,Change`, (i: number) => `${base.dates[i]},${fourPrices(i)},${grouped(i)}`],
    ['Date,Volume,Open,High,Low,Close,,', (i: number) => `${base.dates[i]},${grouped(i)},${fourPrices(i)}`],
  ])('thousands without quotes below %s', (header, write) => {
    expect(codeOf(() => file(header, write))).toBe('BAD_ROW');
  });

  test.each([
    [
      'without an open',
      (i: number) => `${base.dates[i]},${values(i, ['high', 'low', 'close', 'volume'])},12`,
    ],
    ['without a volume', (i: number) => `${base.dates[i]},${fourPrices(i)},12`],
    ['without a close', (i: number) => `${base.dates[i]},${values(i, ['open', 'high', 'low', 'volume'])},12`],
  ])('a row %s before a column that is not used', (_name, short) => {
    const write = (i: number) => (i === 7 ? short(i) : `${plainRow(i)},12`);
    expect(refusalOf(() => file(`${HEADER},Trades`, write))).toMatchObject({ code: 'BAD_ROW', line: 9 });
  });

  test('but not rows that lack a note, or their volume', () => {
    expectEqual(
      file(`${HEADER},Note`, (i) => (i % 3 === 0 ? `${plainRow(i)},seen` : plainRow(i))).candles,
      first,
    );
    expectEqual(file(`${HEADER},Note,Trades`, plainRow).candles, first);
    expectEqual(file(`${HEADER},`, plainRow).candles, first);
    const { candles } = file(HEADER, (i) => (i === 7 ? `${base.dates[i]},${fourPrices(i)}` : plainRow(i)));
    expect([candles.close[7], candles.volume[7]]).toEqual([base.close[7], Number.NaN]);
  });
});

describe('a second table in a file', () => {
  const half = rowsOf(plainRow, 0, AT);
  const rest = rowsOf(plainRow, AT);
  const other = rowsOf(
    (i) => `${base.dates[i]},${usual.map((column) => (base[column][i] ?? 0) * 3).join(',')}`,
    AT,
  );
  const between = half.filter((_, i) => i % 2 === 0);
  test.each([
    ['behind an empty line', [...half, '', HEADER, ...rest]],
    ['with other columns', [...half, 'Date,Close,High,Low,Open,Volume', ...rest]],
    ['with other prices', [...half, HEADER, ...other]],
    [
      'of days between those before',
      [...between, rest[0] ?? '', HEADER, ...half.filter((_, i) => i % 2 === 1)],
    ],
  ])('%s is refused', (_name, all) => {
    expect(codeOf(() => parse(lines(HEADER, ...all)))).toBe('SEVERAL_TABLES');
  });

  test('is none when a header is repeated on each page, in any order of the pages', () => {
    expectEqual(parse(lines(HEADER, ...half, HEADER, ...rest)).candles, first);
    expectEqual(parse(lines(HEADER, ...rest, HEADER, ...half)).candles, first);
    expectEqual(parse(lines(HEADER, ...half, HEADER, ...half, HEADER, ...rest)).candles, first);
  });
});

describe('bars that are not those of sessions', () => {
  test.each([
    ['weekly', 7],
    ['monthly', 30],
  ])('%s ones before daily ones are refused', (name, step) => {
    const early = rowsOf((i) => `${later(base.dates[0], (i - 10) * step)},${values(i, usual)}`, 0, 10);
    const refusal = refusalOf(() => parse(lines(HEADER, ...early, ...rowsOf(plainRow))));
    expect(refusal).toMatchObject({ code: 'NOT_DAILY', line: 2, why: expect.stringContaining(name) });
  });

  test.each([
    ['flat at the close before', (i: number) => `${Array(4).fill(base.close[i]).join(',')},0`],
    ['copies of the bar before', (i: number) => values(i, usual)],
  ])('rows of weekends that are %s are left out', (_name, carried) => {
    const all = rowsOf(plainRow).flatMap((row, i) =>
      weekdayOf(base.dates[i]) === 5
        ? [row, ...[1, 2].map((days) => `${later(base.dates[i], days)},${carried(i)}`)]
        : [row],
    );
    const read = parse(lines(HEADER, ...all));
    expectEqual(read.candles, first);
    expect(codes(read)).toContain('CARRIED_ROWS');
  });

  test('bars of weekends that are traded stay', () => {
    const daily = rowsOf((i) => `${later('2024-01-01', i)},${values(i, usual)}`);
    expect(parse(lines(HEADER, ...daily)).candles.dates).toHaveLength(BARS);
  });

  const dated = (write: (day: string | undefined) => string) =>
    file(HEADER, (i) => `${write(base.dates[i])},${values(i, usual)}`);
  test.each<[string, (day: string | undefined) => string]>([
    ['the end of the day in UTC', (day) => String(Date.parse(later(day, 1)))],
    ['the end of the day as it is written', (day) => `${later(day, 1)} 00:00:00`],
    ['a morning in another zone', (day) => `${later(day, 1)} 06:00`],
    ['midnight in UTC, written in New York', (day) => `${later(day, -1)} 19:00:00-05:00`],
    [
      'midnight in UTC, written in New York with day first',
      (day) => `${later(day, -1).split('-').reverse().join('/')} 19:00 -0500`,
    ],
    ['a close in Riyadh', (day) => `${day} 15:00:00+03:00`],
  ])('a stamp of %s counts for its session', (_name, write) => {
    expectEqual(dated(write).candles, first);
  });

  test.each<[string, (day: string | undefined) => string]>([
    ['evenings of Sunday to Thursday without a zone', (day) => `${later(day, -1)} 21:00:00`],
    ['evenings of Sunday to Thursday in a zone without a number', (day) => `${later(day, -1)} 19:00:00 EST`],
    ['late evenings of Sunday to Thursday in the east', (day) => `${later(day, -1)} 20:00:00+03:00`],
    ['days from Tuesday to Saturday', (day) => later(day, 1)],
    ['evenings of Tuesday to Saturday', (day) => `${later(day, 1)} 16:00`],
  ])('%s are refused', (_name, write) => {
    const refusal = refusalOf(() => dated(write));
    expect(refusal).toMatchObject({ code: 'AMBIGUOUS_DATES', line: 2 });
  });
});
