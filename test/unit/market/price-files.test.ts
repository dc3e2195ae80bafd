import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { type PriceFile, readPriceFile } from '../../../src/market/files/read-price-file.ts';
import { type Refusal, RefusedFile } from '../../../src/market/files/refusal.ts';
import type { Candles } from '../../../src/quant/candles.ts';
import { randomOf } from '../../support/series.ts';

const folder = join(import.meta.dirname, '../../fixtures/price-files');
const read = (name: string) => readPriceFile(readFileSync(join(folder, name)));
const parse = (text: string) => readPriceFile(Buffer.from(text));
const base = read('BASE.csv').candles;

function refusalOf(run: () => unknown): Refusal {
  try {
    run();
  } catch (error) {
    if (error instanceof RefusedFile) return error.refusal;
    throw error;
  }
  throw new Error('the file was read');
}
const codes = (of: PriceFile) => [...of.assumptions, ...of.warnings].map(({ code }) => code);

const prices = ['open', 'high', 'low', 'close'] as const;
/** Equal dates, and cells that agree within a relative tolerance or an absolute one. */
function expectEqual(found: Candles, want: Candles, relative = 0, absolute = 0): void {
  expect(found.dates).toEqual(want.dates);
  for (const column of [...prices, 'volume'] as const) {
    for (const [i, value] of want[column].entries()) {
      const difference = Math.abs((found[column][i] ?? Number.NaN) - value);
      expect(difference, `${column} of ${want.dates[i]}`).toBeLessThanOrEqual(
        absolute + relative * Math.abs(value),
      );
    }
  }
}
const withVolume = (volume: Float64Array): Candles => ({ ...base, volume });
const silent = withVolume(new Float64Array(base.dates.length));

interface Case {
  readonly file: string;
  readonly expected: {
    readonly as?: 'BASE' | 'own';
    readonly error?: string;
    readonly times?: number;
    readonly volume?: string;
    readonly prices?: string;
  };
}
const cases = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as readonly Case[];

describe('files as exporters write them', () => {
  test.each(cases.filter(({ expected }) => expected.as === 'BASE'))(
    '$file has the bars of BASE.csv',
    (one) => {
      const { times = 1, volume, prices: rounded } = one.expected;
      const { candles } = read(one.file);
      if (one.file === 'FUTURE_BAR.csv') {
        // The reader does not know which day it is.
        expect(candles.dates.slice(0, -1)).toEqual(base.dates);
        return;
      }
      const scale = (column: Float64Array) => column.map((value) => value * times);
      const scaled = {
        ...base,
        open: scale(base.open),
        high: scale(base.high),
        low: scale(base.low),
        close: scale(base.close),
      };
      const want = { ...scaled, volume: volume === 'absent' ? silent.volume : base.volume };
      const isRounded = volume !== undefined && volume !== 'absent';
      // Volumes rounded to hundredths of a million, prices to cents; unadjusted prices have four decimals before they are divided by 7.
      const relative = /^ADJ/.test(one.file) ? 2e-5 : 1e-12;
      expectEqual(
        { ...candles, volume: isRounded ? want.volume : candles.volume },
        want,
        relative,
        rounded === undefined ? 0 : 0.0051,
      );
      if (isRounded && /million/.test(volume))
        expectEqual({ ...want, volume: candles.volume }, want, 0, 5_001);
    },
  );

  test.each(cases.filter(({ expected }) => expected.error !== undefined))(
    '$file is refused as $expected.error, with a cure',
    ({ file, expected }) => {
      const refusal = refusalOf(() => read(file));
      expect(refusal.code).toBe(expected.error);
      expect(refusal.cure).not.toBe('');
    },
  );

  test('a file with two readings of its dates shows both and how to choose one', () => {
    const { why, cure, line, cell } = refusalOf(() => read('AMBIGUOUS_DATES.csv'));
    expect(why).toContain('2024-01-02 (day, month, year) or 2024-02-01 (month, day, year)');
    expect([line, cell]).toEqual([2, '02/01/2024']);
    expect(cure).toContain('"Date (DD/MM/YYYY)"');
    const text = readFileSync(join(folder, 'AMBIGUOUS_DATES.csv'), 'utf8');
    expect(parse(text.replace('Date', 'Date (DD/MM/YYYY)')).candles.dates[0]).toBe('2024-01-02');
    expect(parse(text.replace('Date', 'Date (mm/dd/yyyy)')).candles.dates.at(-1)).toBe('2024-12-06');
  });

  test.each([
    ['DOLLAR_PREFIX', 'CURRENCY', '"$116.48" on line 2'],
    ['DOLLAR_PREFIX', 'COLUMNS', '"Close/Last" is close'],
    ['VOLUME_SUFFIX', 'MULTIPLIER', '"1.15M"'],
    ['THOUSANDS', 'GROUPS', '"10,416.82"'],
    ['DATE_TIME_ZONE', 'TIMES', 'the day that is written'],
    ['SEMICOLON', 'SEPARATOR', 'semicolon'],
    ['SEMI_DECIMAL_COMMA', 'DECIMAL_COMMA', 'decimal comma'],
    ['MONTH_DAY_YEAR', 'DATE_ORDER', 'month, day, year'],
    ['NEWEST_FIRST', 'SORTED', 'newest bar came first'],
    ['UTF16', 'ENCODING', 'utf-16le'],
    ['THREE_LINE_HEADER', 'HEADER_LINES', 'line 3'],
  ])('what was assumed of %s.csv is reported as %s', (file, code, part) => {
    const { assumptions, warnings } = read(`${file}.csv`);
    const found = [...assumptions, ...warnings].find((one) => one.code === code);
    expect(found?.message).toContain(part);
  });

  test('nothing is assumed of a plain file', () => {
    expect(codes(read('BASE.csv'))).toEqual([]);
  });

  test('the interval of a file that is not daily is named', () => {
    expect(refusalOf(() => read('WEEKLY.csv')).why).toContain('weekly');
    expect(refusalOf(() => read('INTRADAY.csv')).why).toContain('3 hours');
  });

  test('a web page is named as one, with what it says', () => {
    expect(refusalOf(() => read('HTML.csv')).why).toContain(
      'web page, not a CSV file. It says: "Too Many Requests"',
    );
  });
});

const HEADER = 'Date,Open,High,Low,Close,Volume';
const rows = (
  count: number,
  cells = (i: number) => `${base.open[i]},${base.high[i]},${base.low[i]},${base.close[i]},${base.volume[i]}`,
) => Array.from({ length: count }, (_, i) => `${base.dates[i]},${cells(i)}`);
const first = (count: number): Candles => ({
  dates: base.dates.slice(0, count),
  open: base.open.slice(0, count),
  high: base.high.slice(0, count),
  low: base.low.slice(0, count),
  close: base.close.slice(0, count),
  volume: base.volume.slice(0, count),
});
const lines = (...all: string[]) => all.join('\n');
const body = (header: string, map: (i: number) => string) =>
  lines(header, ...Array.from({ length: 30 }, (_, i) => map(i)));
const values = (i: number, columns: readonly (keyof Candles)[], separator = ',') =>
  columns.map((column) => String(base[column][i])).join(separator);
const usual = ['open', 'high', 'low', 'close', 'volume'] as const;

describe('names of columns', () => {
  test.each([
    [
      'quotation page',
      '"Date","Price","Open","High","Low","Vol.","Change %"',
      ['close', 'open', 'high', 'low', 'volume'],
      ',0.12%',
    ],
    ['exchange', 'Date,Close/Last,Volume,Open,High,Low', ['close', 'volume', 'open', 'high', 'low'], ''],
    ['terminal', 'Dates,PX_OPEN,PX_HIGH,PX_LOW,PX_LAST,PX_VOLUME', usual, ''],
    ['trading program', '<DATE>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<TICKVOL>', usual, ''],
    ['interface', 'timestamp,open,high,low,close,volume', usual, ''],
    ['short names', 't,o,h,l,c,v', usual, ''],
    ['German', 'Datum,Erster,Hoch,Tief,Schlusskurs,Stücke', usual, ''],
    ['French', 'Date,Ouverture,Plus haut,Plus bas,Clôture,Volume', usual, ''],
    ['Spanish', 'Fecha,Apertura,Máximo,Mínimo,Cierre,Volumen', usual, ''],
    ['Italian', 'Data,Apertura,Massimo,Minimo,Ultimo,Volume', usual, ''],
    ['Portuguese', 'Data,Abertura,Máxima,Mínima,Fechamento,Volume', usual, ''],
    ['Chinese', '日期,开盘,最高,最低,收盘,成交量', usual, ''],
    ['units', 'Date (UTC),Open ($),High ($),Low ($),Close ($),Volume (shares)', usual, ''],
    ['marks', ' date ; open* ; high* ; low* ; close** ; volume '.replaceAll(';', ','), usual, ''],
  ] as const)('%s', (_name, header, order, more) => {
    const { candles } = parse(body(header, (i) => `${base.dates[i]},${values(i, order)}${more}`));
    expectEqual(candles, first(30));
  });

  test('a column that an export has beside the used one is passed over', () => {
    const header = 'Date,series,OPEN,HIGH,LOW,PREV. CLOSE,ltp,close,vwap,VOLUME,VALUE';
    const { candles } = parse(
      body(
        header,
        (i) =>
          `${base.dates[i]},EQ,${values(i, ['open', 'high', 'low'])},1,2,${base.close[i]},3,${base.volume[i]},4`,
      ),
    );
    expectEqual(candles, first(30));
  });

  test.each([
    ['two columns of one meaning', 'Date,Open,High,Low,Close,Volume,Closing Price', 'DUPLICATE_COLUMN'],
    ['no column of closes', 'Date,Open,High,Low,Volume', 'MISSING_COLUMN'],
    ['no header', '2024-01-01,1,1,1,1,1', 'MISSING_HEADER'],
  ])('%s is refused', (_name, header, code) => {
    expect(refusalOf(() => parse(body(header, (i) => `${base.dates[i]},${values(i, usual)}`))).code).toBe(
      code,
    );
  });
});

describe('lines around the bars', () => {
  test('a title, comments, a repeated header and notes at the end are left out', () => {
    const all = rows(30);
    const text = lines(
      'https://www.example.com',
      '# exported',
      HEADER,
      ...all.slice(0, 10),
      '# page 2',
      HEADER,
      ...all.slice(10),
      'Source: Example',
      'Total,,,,,5',
    );
    const file = parse(text);
    expectEqual(file.candles, first(30));
    expect(codes(file)).toEqual(['PREAMBLE', 'TRAILING_ROWS', 'IGNORED_ROWS']);
    expect(file.warnings[0]?.message).toContain('line 36: "Source: Example"');
  });

  test('a line without a date among the bars is refused with its number', () => {
    const all = rows(30);
    const text = lines(HEADER, ...all.slice(0, 10), 'yesterday,1,2,0,1,5', ...all.slice(10));
    expect(refusalOf(() => parse(text))).toMatchObject({ code: 'BAD_DATE', line: 12, cell: 'yesterday' });
  });

  test('numbers of lines count what is quoted over several lines, empty lines and the hint', () => {
    const text = lines(
      'sep=,',
      '',
      'Date,Open,High,Low,Close,"Volume',
      '(shares)"',
      ...rows(3),
      '2024-01-08,1,x1,1,1,1',
    );
    expect(refusalOf(() => parse(text))).toMatchObject({ code: 'BAD_NUMBER', line: 8, cell: 'x1' });
  });

  test('dividends and splits among the bars are left out', () => {
    const file = parse(
      lines(HEADER, ...rows(10), `${base.dates[9]},0.24 Dividend,,,,`, ...rows(30).slice(10)),
    );
    expectEqual(file.candles, first(30));
    expect(codes(file)).toEqual(['IGNORED_ROWS']);
  });

  test('equal lines are one, different bars of a day are refused with both lines', () => {
    const all = rows(30);
    const file = parse(lines(HEADER, ...all, all[3] ?? ''));
    expectEqual(file.candles, first(30));
    expect(codes(file)).toContain('REPEATED_ROWS');
    const other = refusalOf(() => parse(lines(HEADER, ...all, `${base.dates[3]},1,1,1,1,1`)));
    expect(other).toMatchObject({ code: 'DUPLICATE_DATE', line: 32 });
    expect(other.why).toContain('line 5');
  });

  test('several tickers in one file are refused', () => {
    const long = body(
      `Symbol,${HEADER}`,
      (i) => `${i % 2 === 0 ? 'A' : 'B'},${base.dates[i]},${values(i, usual)}`,
    );
    expect(refusalOf(() => parse(long))).toMatchObject({ code: 'SEVERAL_TICKERS', line: 3 });
    const wide = body(
      'Price,Close,High,Low,Open\nTicker,A,B,A,A\nDate,,,,',
      (i) => `${base.dates[i]},${values(i, ['close', 'high', 'low', 'open'])}`,
    );
    expect(refusalOf(() => parse(wide))).toMatchObject({ code: 'SEVERAL_TICKERS', line: 2 });
  });

  test('high and low that are exchanged are refused', () => {
    const text = body('Date,Open,Low,High,Close,Volume', (i) => `${base.dates[i]},${values(i, usual)}`);
    expect(refusalOf(() => parse(text)).code).toBe('SWAPPED_COLUMNS');
  });
});

describe('dates', () => {
  const [yyyy, mm, dd] = [
    (day: string) => day.slice(0, 4),
    (day: string) => day.slice(5, 7),
    (day: string) => day.slice(8),
  ];
  const name = (day: string) =>
    new Intl.DateTimeFormat('en', { month: 'short', timeZone: 'UTC' }).format(new Date(day));
  const seconds = (day: string, hour = 0) => Date.parse(day) / 1_000 + hour * 3_600;
  test.each<[string, (day: string) => string]>([
    ['2024/01/02', (day) => day.replaceAll('-', '/')],
    ['2024.01.02', (day) => day.replaceAll('-', '.')],
    ['02.01.2024', (day) => `${dd(day)}.${mm(day)}.${yyyy(day)}`],
    ['2-1-2024', (day) => `${Number(dd(day))}-${Number(mm(day))}-${yyyy(day)}`],
    ['1/2/24', (day) => `${Number(mm(day))}/${Number(dd(day))}/${yyyy(day).slice(2)}`],
    ['02-Jan-2024', (day) => `${dd(day)}-${name(day)}-${yyyy(day)}`],
    ['02 Jan 24', (day) => `${dd(day)} ${name(day)} ${yyyy(day).slice(2)}`],
    ['"Jan 02, 2024"', (day) => `"${name(day)} ${dd(day)}, ${yyyy(day)}"`],
    ['"Tue, 02 Jan 2024"', (day) => `"Tue, ${dd(day)} ${name(day)} ${yyyy(day)}"`],
    ['2024-01-02T00:00:00Z', (day) => `${day}T00:00:00Z`],
    ['2024-01-02 16:00', (day) => `${day} 16:00`],
    ['1/2/2024 4:00:00 PM', (day) => `${Number(mm(day))}/${Number(dd(day))}/${yyyy(day)} 4:00:00 PM`],
    ['02.01.2024 00:00:00.000', (day) => `${dd(day)}.${mm(day)}.${yyyy(day)} 00:00:00.000`],
    ['seconds', (day) => String(seconds(day, 14.5))],
    ['milliseconds', (day) => String(seconds(day, 5) * 1_000)],
    ['midnight of Tokyo in seconds', (day) => String(seconds(day, -9))],
    ['day numbers of a spreadsheet', (day) => String(seconds(day) / 86_400 + 25_569)],
  ])('%s', (_name, write) => {
    const { candles } = parse(body(HEADER, (i) => `${write(base.dates[i] ?? '')},${values(i, usual)}`));
    expectEqual(candles, first(30));
  });

  test.each<[string, (day: string) => string]>([
    ['with years of two digits', (day) => `${dd(day)}/${mm(day)}/${yyyy(day).slice(2)}`],
    ['with points', (day) => `${dd(day)}.${mm(day)}.${yyyy(day)}`],
  ])('without a day above the 12th are refused %s', (_name, write) => {
    const days = base.dates.filter((day) => Number(dd(day)) <= 12);
    const text = lines(HEADER, ...days.map((day, i) => `${write(day)},${values(i, usual)}`));
    expect(refusalOf(() => parse(text)).code).toBe('AMBIGUOUS_DATES');
  });

  test.each([
    ['2024-02-30', 'BAD_DATE'],
    ['2024-13-01', 'BAD_DATE'],
    ['31/02/2024', 'BAD_DATE'],
  ])('%s is refused', (day, code) => {
    expect(refusalOf(() => parse(lines(HEADER, `${day},1,1,1,1,1`)))).toMatchObject({
      code,
      line: 2,
      cell: day,
    });
  });

  test('monthly bars are refused', () => {
    const text = lines(
      HEADER,
      ...Array.from({ length: 12 }, (_, i) => `2023-${String(i + 1).padStart(2, '0')}-01,1,1,1,1,1`),
    );
    expect(refusalOf(() => parse(text))).toMatchObject({
      code: 'NOT_DAILY',
      why: expect.stringContaining('monthly'),
    });
  });
});

describe('numbers', () => {
  const cellsOf = (header: string, ...cells: string[]) => parse(lines(header, ...cells));
  test.each([
    ['1.234,56', 1_234.56],
    ['1 234,56', 1_234.56],
    ['1\u202f234,56', 1_234.56],
    ["1'234.56", 1_234.56],
    ['1,234.56', 1_234.56],
    ['12,34,567.89', 1_234_567.89],
    ['€ 1.234,56', 1_234.56],
    ['1.234,56 €', 1_234.56],
    ['US$1,234.56', 1_234.56],
    ['1,234.56 USD', 1_234.56],
    ['1.23456e3', 1_234.56],
    ['+1234.56', 1_234.56],
  ])('%s', (text, value) => {
    const { candles } = cellsOf(
      'Date;Open;High;Low;Close;Volume',
      `2024-01-02;${text};${text};${text};${text};5`,
    );
    expect(candles.close[0]).toBe(value);
  });

  test.each([
    ['1.2M', 1_200_000],
    ['1.15m', 1_150_000],
    ['845.3K', 845_300],
    ['2B', 2e9],
    ['1.234.567', null],
    ['1,234,567', 1_234_567],
    ['-', Number.NaN],
  ])('a volume of %s', (text, value) => {
    const run = () =>
      cellsOf(
        'Date;Open;High;Low;Close;Volume',
        `2024-01-02;1.5;1.5;1.5;1.5;${text}`,
        '2024-01-03;1.5;1.5;1.5;1.5;7',
      );
    // A point that parts thousands beside prices with a decimal point.
    if (value === null) expect(refusalOf(run).code).toBe('BAD_NUMBER');
    else expect(run().candles.volume[0]).toBe(value);
  });

  test('a comma that may part thousands or decimals is refused with both readings', () => {
    const refusal = refusalOf(() =>
      cellsOf('Date;Open;High;Low;Close', '2024-01-02;1,234;1,240;1,230;1,239'),
    );
    expect(refusal).toMatchObject({ code: 'AMBIGUOUS_NUMBERS', line: 2, cell: '1,234' });
    expect(refusal.why).toContain('may be 1234 or 1.234');
  });

  test('one number with a decimal comma decides for all', () => {
    const { candles } = cellsOf(
      'Date;Open;High;Low;Close',
      '2024-01-02;1,234;1,240;1,230;1,239',
      '2024-01-03;1,2;1,25;1,2;1,2',
    );
    expect(candles.close[0]).toBe(1.239);
  });

  test('decimal commas without quotes between commas are refused', () => {
    const text = body('Date,Open,High,Low,Close', (i) => `${base.dates[i]},1,5,1,6,1,4,1,5`);
    expect(refusalOf(() => parse(text))).toMatchObject({ code: 'BAD_ROW', line: 2 });
  });
});

describe('encodings and containers', () => {
  const text = lines(HEADER, ...rows(30));
  const utf16be = Buffer.from(`\ufeff${text}`, 'utf16le').swap16();
  test.each<[string, Uint8Array]>([
    ['UTF-8 with a byte-order mark', Buffer.from(`\ufeff${text}`)],
    ['UTF-16 without a byte-order mark', Buffer.from(text, 'utf16le')],
    ['UTF-16 of the other byte order', utf16be],
    ['Windows-1252', Buffer.concat([Buffer.from('# \xa9 Caf\xe9\n', 'latin1'), Buffer.from(text)])],
    ['line ends of old Macs', Buffer.from(text.replaceAll('\n', '\r'))],
    ['gzip', gzipSync(text)],
    ['a ZIP archive of one file', zipSync({ 'X.csv': Buffer.from(text) })],
    ['a quoted hint', Buffer.from(`"sep=,"\n${text}`)],
  ])('%s', (_name, bytes) => {
    expectEqual(readPriceFile(bytes).candles, first(30));
  });

  test.each<[string, Uint8Array, string]>([
    [
      'a spreadsheet',
      zipSync({ '[Content_Types].xml': Buffer.from('x'), 'a.xml': Buffer.from('x') }),
      'spreadsheet',
    ],
    ['two files', zipSync({ 'A.csv': Buffer.from(text), 'B.csv': Buffer.from(text) }), '2 files'],
    ['a bomb', gzipSync(Buffer.alloc(30_000_000)), 'grows to more than'],
    ['a PDF', Buffer.from('%PDF-1.7'), 'PDF'],
    ['JSON', Buffer.from('{"error": 1}'), 'JSON'],
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 1]), 'zero bytes'],
    ['nothing', Buffer.from(' \n '), 'empty'],
  ])('%s is refused and named', (_name, bytes, why) => {
    expect(refusalOf(() => readPriceFile(bytes)).why).toContain(why);
  });
});

describe('adjustment', () => {
  const raw = (i: number) => (i < 10 ? 4 : 1);
  const split = (header: string, more: (i: number) => string) =>
    parse(
      body(`${HEADER}${header}`, (i) =>
        [
          base.dates[i],
          ...prices.map((column) => (base[column][i] ?? 0) * raw(i)),
          (base.volume[i] ?? 0) / raw(i),
          more(i),
        ].join(','),
      ),
    );

  test('an adjusted close alone adjusts prices, and its steps that prices share adjust the volume', () => {
    expectEqual(split(',Adj Close', (i) => String(base.close[i])).candles, first(30), 1e-12);
  });

  test('a dividend adjusts prices and leaves the volume', () => {
    const factor = (i: number) => (i < 10 ? 0.97 : 1);
    const { candles } = parse(
      body(
        `${HEADER},Adj Close`,
        (i) => `${base.dates[i]},${values(i, usual)},${(base.close[i] ?? 0) * factor(i)}`,
      ),
    );
    expect(candles.volume).toEqual(first(30).volume);
    expect(candles.open[0]).toBeCloseTo((base.open[0] ?? 0) * 0.97, 10);
  });

  test.each(['4', '4.0', '4:1'])('a column of splits alone (%s) adjusts prices and volume', (ratio) => {
    const { candles, adjustment } = split(',Stock Splits', (i) => (i === 10 ? ratio : '0.0'));
    expect(adjustment).toBe('SPLITS');
    expectEqual(candles, first(30), 1e-12);
  });

  test('a column of splits beside prices that are adjusted already changes nothing', () => {
    const { candles } = parse(
      body(`${HEADER},Stock Splits`, (i) => `${base.dates[i]},${values(i, usual)},${i === 10 ? 4 : 0}`),
    );
    expectEqual(candles, first(30));
  });
});

describe('JSON Lines', () => {
  const lines = base.dates.map((date, i) =>
    JSON.stringify({
      date,
      close: base.close[i],
      ...{ open: base.open[i], high: base.high[i], low: base.low[i], volume: base.volume[i] },
    }),
  );

  test('have the bars that a table of the same names has, in any order, with what is missing', () => {
    expectEqual(parse(lines.join('\n')).candles, base);
    expectEqual(parse(`\n${lines.toReversed().join('\r\n')}\n`).candles, base);
    const [first = '', ...rest] = lines;
    const { volume: _, ...without } = JSON.parse(first) as Record<string, unknown>;
    const { candles } = parse([JSON.stringify({ ...without, close: null }), ...rest].join('\n'));
    expect([candles.close[0], candles.volume[0]]).toEqual([Number.NaN, Number.NaN]);
    expect(candles.volume[1]).toBe(base.volume[1]);
  });

  test.each([
    ['BAD_JSON', 2, [lines[0], '{"date":']],
    ['BAD_NUMBER', 2, [lines[0], '{"date":"2030-01-02","open":{},"high":1,"low":1,"close":1}']],
    ['NOT_CSV', 1, ['{"error":"limit reached"}']],
    ['NOT_CSV', 1, [`[${lines.join(',')}]`]],
  ])('with a fault are refused as %s on line %i', (code, line, text) => {
    expect(refusalOf(() => parse(text.join('\n')))).toMatchObject({ code, line });
  });
});

test('any mixture of separator, decimals, order of dates, header, order and encoding gives the same bars or a refusal, never other bars', () => {
  const random = randomOf(20240102);
  const oneOf = <Value>(all: readonly Value[]): Value => all[Math.floor(random() * all.length)] as Value;
  let read = 0;
  for (let round = 0; round < 400; round += 1) {
    const from = Math.floor(random() * 60);
    const count = 5 + Math.floor(random() * 60);
    const separator = oneOf([',', ';', '\t', '|']);
    const decimal = oneOf(['.', ',']);
    const thousands = oneOf(['', '', decimal === '.' ? ',' : '.', ' ', "'"]);
    const decimals = oneOf([2, 3, 4]);
    const scale = oneOf([1, 100]);
    const number = (value: number, digits: number) => {
      const [whole = '', fraction = ''] = value.toFixed(digits).split('.');
      const grouped = whole.replace(/\B(?=(\d{3})+$)/g, thousands);
      const text = fraction === '' ? grouped : `${grouped}${decimal}${fraction}`;
      return text.includes(separator) ? `"${text}"` : text;
    };
    const sign = oneOf(['/', '-', '.']);
    const date = oneOf<(day: string) => string>([
      (day) => day,
      (day) => day.replaceAll('-', ''),
      (day) => day.split('-').reverse().join(sign),
      (day) => [day.slice(5, 7), day.slice(8), day.slice(0, 4)].join(sign),
      (day) => [day.slice(8), day.slice(5, 7), day.slice(2, 4)].join(sign),
      (day) => `${day} 00:00:00-05:00`,
    ]);
    const columns = oneOf([usual, ['close', 'high', 'low', 'open', 'volume'] as const]);
    const title = oneOf([
      (name: string) => name,
      (name: string) => name.toUpperCase(),
      (name: string) => `"${name} "`,
    ]);
    const header = ['date', ...columns].map(title).join(separator);
    const lineOf = (i: number) =>
      [
        date(base.dates[i] ?? ''),
        ...columns.map((column) =>
          number(
            (base[column][i] ?? 0) * (column === 'volume' ? 1 : scale),
            column === 'volume' ? 0 : decimals,
          ),
        ),
      ].join(separator);
    let all = Array.from({ length: count }, (_, i) => lineOf(from + i));
    if (random() < 0.3) all = all.reverse();
    if (random() < 0.2) all.push(`Total${separator}`);
    const text = [...(random() < 0.2 ? [`sep=${separator}`] : []), header, ...all].join(
      oneOf(['\n', '\r\n']),
    );
    const bytes = oneOf([
      Buffer.from(text),
      Buffer.from(`\ufeff${text}`),
      Buffer.from(`\ufeff${text}`, 'utf16le'),
      gzipSync(text),
    ]);
    try {
      const { candles } = readPriceFile(bytes);
      const cut = (column: Float64Array, by: number, digits: number) =>
        column.slice(from, from + count).map((value) => Number((value * by).toFixed(digits)));
      expectEqual(candles, {
        dates: base.dates.slice(from, from + count),
        open: cut(base.open, scale, decimals),
        high: cut(base.high, scale, decimals),
        low: cut(base.low, scale, decimals),
        close: cut(base.close, scale, decimals),
        volume: cut(base.volume, 1, 0),
      });
      read += 1;
    } catch (error) {
      if (!(error instanceof RefusedFile)) throw new Error(`${text.slice(0, 300)}`, { cause: error });
    }
  }
  // Most are evident; the others have days up to the 12th or three decimals only.
  expect(read).toBeGreaterThan(250);
});
