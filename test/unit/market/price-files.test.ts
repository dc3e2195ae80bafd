import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  base,
  body,
  codes,
  expectEqual,
  first,
  folder,
  HEADER,
  lines,
  parse,
  read,
  refusalOf,
  rows,
  silent,
  usual,
  values,
} from '../../support/price-files.ts';

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

test('a last line that breaks off within a cell loses this cell', () => {
  const all = rows(30);
  for (const cut of [',1', ',103.4']) {
    const last = `${all[29]?.split(',').slice(0, 4).join(',')}${cut}`;
    expect(parse(lines(HEADER, ...all.slice(0, 29), last)).candles.close[29]).toBeNaN();
  }
  const note = lines(HEADER, ...all.slice(0, 29), `${base.dates[29]},made by hand`);
  expect(refusalOf(() => parse(note))).toMatchObject({ code: 'BAD_NUMBER', cell: 'made by hand' });
  const withoutVolume = `${all[29]?.split(',').slice(0, 5).join(',')},`;
  const { candles } = parse(lines(HEADER, ...all.slice(0, 29), withoutVolume));
  expect([candles.close[29], candles.volume[29]]).toEqual([base.close[29], Number.NaN]);
});

describe('numbers', () => {
  test.each(['104.17m', '104.17 b', '104.17 B', '104.17 T', '1.2K'])('%s is no price', (cell) => {
    const refusal = refusalOf(() => parse(lines(HEADER, `2024-01-02,104.17,200,100,${cell},1.2M`)));
    expect(refusal).toMatchObject({ code: 'BAD_NUMBER', line: 2, cell });
  });

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
