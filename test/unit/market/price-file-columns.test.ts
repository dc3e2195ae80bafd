import { describe, expect, test } from 'vitest';
import { gatesOf } from '../../../src/quant/gate.ts';
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

/** Files whose columns are others than their names say, or whose names say nothing. */
const BARS = 60;
const AT = 30;
const first = {
  dates: base.dates.slice(0, BARS),
  open: base.open.slice(0, BARS),
  high: base.high.slice(0, BARS),
  low: base.low.slice(0, BARS),
  close: base.close.slice(0, BARS),
  volume: base.volume.slice(0, BARS),
};
const indices = Array.from({ length: BARS }, (_, i) => i);
/** Prices before a split of `ratio` are those of old shares. */
const raw = (header: string, more: (i: number) => string | number, ratio = 1.5) =>
  parse(
    lines(
      `${HEADER},${header}`,
      ...indices.map((i) => {
        const by = i < AT ? ratio : 1;
        const cells = prices.map((column) => (base[column][i] ?? 0) * by);
        return `${base.dates[i]},${cells.join(',')},${(base.volume[i] ?? 0) / by},${more(i)}`;
      }),
    ),
  );

describe('a stated split', () => {
  test.each([
    ['Stock Split Ratio', '1.5'],
    ['Split Rate', '1.5'],
    ['Split Multiplier', '1.5'],
    ['Forward Split', '3:2'],
    ['Adj Split', '1.5'],
    ['株式分割', '1.5'],
    ['Aktiensplit', '3:2'],
    ['拆股', '1.5'],
    ['Fractionnement', '3/2'],
  ])('may stand in a column %s', (name, ratio) => {
    expectEqual(raw(name, (i) => (i === AT ? ratio : '')).candles, first, 1e-12);
  });

  test.each([-1, 1])('of the session %d beside the fall of the price is taken out there', (by) => {
    const read = raw('Stock Splits', (i) => (i === AT + by ? 1.5 : 0));
    expectEqual(read.candles, first, 1e-12);
    expect([read.adjustment, gatesOf(read.warnings)]).toEqual(['SPLITS', []]);
  });

  test('of another day than the fall of the price takes the plan, and does not count as an adjustment', () => {
    const read = raw('Stock Splits', (i) => (i === AT + 3 ? 1.5 : 0));
    expect([read.adjustment, gatesOf(read.warnings)]).toEqual(['UNKNOWN', ['SUSPECTED_SPLIT']]);
  });

  test.each([1.05, 1.1, 1.25])('of %d beside the fall of the price takes the plan', (ratio) => {
    const read = raw('Stock Splits', (i) => (i === AT + 1 ? ratio : 0), ratio);
    expect([read.adjustment, gatesOf(read.warnings)]).toEqual(['UNKNOWN', ['SUSPECTED_SPLIT']]);
  });

  test.each([
    ['Bonus ratio', '1:1'],
    ['Corporate Action', 'SPLIT 3:2'],
  ])('in a column %s that cannot be read is reported', (name, cell) => {
    expect(codes(raw(name, (i) => (i === AT ? cell : '-'), 1))).toContain('UNREAD_SPLITS');
    expect(codes(raw(name, () => '-', 1))).not.toContain('UNREAD_SPLITS');
  });
});

describe('an adjusted close', () => {
  test('of an unknown name shows in its factor', () => {
    const read = raw('Xyz', (i) => base.close[i] ?? '');
    expectEqual(read.candles, first, 1e-12);
    expect(codes(read)).toContain('ADJUSTED_BY_EVIDENCE');
  });

  test.each([
    ['the close before', (i: number) => base.close[Math.max(i - 1, 0)] ?? ''],
    ['the unadjusted close', (i: number) => (base.close[i] ?? 0) * (i < AT ? 1.5 : 1)],
    ['the close in another currency', (i: number) => (base.close[i] ?? 0) * 0.9],
    ['an average', (i: number) => ((base.high[i] ?? 0) + (base.low[i] ?? 0)) / 2],
  ])('is not %s', (_name, more) => {
    expectEqual(raw('Xyz', more, 1).candles, first);
  });

  test('belongs to the set of IEX', () => {
    const half = (i: number) => prices.map((column) => (base[column][i] ?? 0) / 2).join(',');
    const text = lines(
      'date,fOpen,fHigh,fLow,fClose,fVolume,open,high,low,close,volume,uOpen,uHigh,uLow,uClose,uVolume',
      ...indices.map((i) => `${base.dates[i]},${half(i)},7,${values(i, usual)},${values(i, usual)}`),
    );
    const { candles, adjustment } = parse(text);
    expect(adjustment).toBe('SPLITS_AND_DIVIDENDS');
    expect([candles.open[3], candles.volume[3]]).toEqual([(base.open[3] ?? 0) / 2, 7]);
  });
});

describe('opens that do not go on from the closes before', () => {
  const rows = indices.map((i) => `${base.dates[i]},${values(i, usual)}`);
  test('are closes, and refused', () => {
    expect(refusalOf(() => parse(lines('Date,Close,High,Low,Open,Volume', ...rows))).code).toBe(
      'SWAPPED_COLUMNS',
    );
  });

  test('are refused without a header, too', () => {
    const day = (i: number) => (base.dates[i] ?? '').split('-').reverse().join('/');
    const swapped = indices.map((i) => `${day(i)},${values(i, ['close', 'high', 'low', 'open', 'volume'])}`);
    expect(() => parse(lines(...swapped.toReversed()))).toThrow();
  });
});

describe('lines below the header', () => {
  const rows = indices.map((i) => `${base.dates[i]},${values(i, usual)}`);
  test.each([
    ['units', HEADER, ',USD,USD,USD,USD,shares'],
    ['units in brackets', HEADER, '(yyyy-mm-dd),(USD),(USD),(USD),(USD),(shares)'],
    ['types', HEADER, 'date,float,float,float,float,int'],
    ['dashes', HEADER, '----------,------,------,-----,------,-------'],
    ['the largest values', HEADER, 'Max,118.2,119,117,118.1,4000000'],
    ['tickers below a nameless index', ',Open,High,Low,Close,Volume', ',AAA,AAA,AAA,AAA,AAA'],
    ['tickers without a line of the date', 'Price,Open,High,Low,Close,Volume', 'Ticker,AAA,AAA,AAA,AAA,AAA'],
  ])('may be %s', (_name, header, below) => {
    expectEqual(parse(lines(header, below, ...rows)).candles, first);
  });

  test.each([
    [HEADER, ',AAA,AAA,BBB,BBB,BBB'],
    [',Open,High,Low,Close,Volume', ',AAA,AAA,AAA,AAA,BBB'],
  ])('of several tickers are refused (%s)', (header, below) => {
    expect(refusalOf(() => parse(lines(header, below, ...rows))).code).toBe('SEVERAL_TICKERS');
  });

  test('multiply volumes by their unit', () => {
    const thousands = indices.map(
      (i) => `${base.dates[i]},${values(i, prices)},${(base.volume[i] ?? 0) / 1000}`,
    );
    for (const unit of ['000s', '(thousands)'])
      expectEqual(parse(lines(HEADER, `,USD,USD,USD,USD,${unit}`, ...thousands)).candles, first, 1e-12);
  });

  test('may be those of Markdown', () => {
    const text = [HEADER, '---|---:|---:|---:|---:|---:', ...rows].map(
      (row) => `|${row.replaceAll(',', '|')}|`,
    );
    expectEqual(parse(lines(...text)).candles, first);
  });
});

describe('a table', () => {
  const rows = indices.map((i) => `${base.dates[i]},${values(i, usual)}`);
  test.each(['2024-07-02 09:14 generated', '2024-07-02'])('may end with the note %s', (note) => {
    const read = parse(lines(HEADER, ...rows, note));
    expectEqual(read.candles, first);
    expect(codes(read)).toContain('TRAILING_ROWS');
  });

  test('may have the names of MetaStock, with a time of zeros', () => {
    const text = rows.map((row) => `AAA,${row.replace(',', ',000000,').replaceAll('-', '')}`);
    const header = '<TICKER>,<DTYYYYMMDD>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>';
    expectEqual(parse(lines(header, ...text)).candles, first);
  });

  test.each(['Company', 'permno', 'RIC', '股票代码', '証券コード'])(
    'of two tickers behind each other in a column %s is refused',
    (name) => {
      const text = rows.map((row, i) => `${i < AT ? 'A' : 'B'},${row}`);
      expect(refusalOf(() => parse(lines(`${name},${HEADER}`, ...text))).code).toBe('SEVERAL_TICKERS');
    },
  );

  test.each([
    ['aapl', 'AAPL'],
    ['700', '0700'],
  ])('may write its ticker as %s and %s', (one, other) => {
    const text = rows.map((row, i) => `${i % 2 === 0 ? one : other},${row}`);
    expectEqual(parse(lines(`Ticker,${HEADER}`, ...text)).candles, first);
  });

  test.each([
    '<!-- saved --><div>Sign in</div>',
    '<div class="x">Sign in</div>',
    '<h1>403 Forbidden</h1>',
    '<center>403</center>',
    '<p>Sign in</p>',
    '<pre>no</pre>',
    '<title>Sign in</title>',
    '<style>a{}</style>',
    '<noscript>Turn it on</noscript>',
    '<tr><td>1</td></tr>',
  ])('is no web page that begins with %s', (text) => {
    expect(refusalOf(() => parse(text))).toMatchObject({
      code: 'NOT_CSV',
      why: expect.stringContaining('a web page'),
    });
  });
});
