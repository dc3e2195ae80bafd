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
    ['day numbers since 1904', (day) => String(seconds(day) / 86_400 + 24_107)],
    ['midnight of Kolkata in seconds', (day) => String(seconds(day, -5.5))],
    ['midnight of Auckland in summer', (day) => `${new Date(seconds(day, -13) * 1_000).toISOString()}`],
  ])('%s', (_name, write) => {
    const { candles } = parse(body(HEADER, (i) => `${write(base.dates[i] ?? '')},${values(i, usual)}`));
    expectEqual(candles, first(30));
  });

  /** Rows of days since 1970 with the values of the first bars. */
  const fileOf = (days: readonly number[], write: (day: number) => string) =>
    lines(HEADER, ...days.map((day, i) => `${write(day)},${values(i % base.dates.length, usual)}`));
  const iso = (day: number) => new Date(day * 86_400_000).toISOString().slice(0, 10);
  /** Days from 2024-01-01, a Monday, that trade by the test of their weekday: 0 is Sunday. */
  const daysFrom = (day: string, count: number, trades = (weekday: number) => weekday % 6 !== 0) =>
    Array.from({ length: count * 2 }, (_, i) => Date.parse(day) / 86_400_000 + i)
      .filter((one) => trades((one + 4) % 7))
      .slice(0, count);
  const at = (hours: number) => (day: number) => String((day * 24 + hours) * 3_600);
  const datesOf = (text: string) => parse(text).candles.dates;

  test('of midnights east of Greenwich survive a session on a Saturday', () => {
    const days = [...daysFrom('2024-01-01', 60), Date.parse('2024-01-20') / 86_400_000];
    days.sort((a, b) => a - b);
    expect(datesOf(fileOf(days, at(-5.5)))).toEqual(days.map(iso));
  });

  test('of midnights in London are moved in summer only', () => {
    const summer = Date.parse('2024-03-31') / 86_400_000;
    const days = daysFrom('2024-01-01', 100);
    expect(datesOf(fileOf(days, (day) => at(day >= summer ? -1 : 0)(day)))).toEqual(days.map(iso));
    // Three bars of summer only.
    const few = days.filter((day) => day < summer + 4);
    expect(datesOf(fileOf(few, (day) => at(day >= summer ? -1 : 0)(day)))).toEqual(few.map(iso));
    const daily = daysFrom('2024-01-01', 200, () => true);
    expect(datesOf(fileOf(daily, (day) => at(day >= summer && day < summer + 90 ? -1 : 0)(day)))).toEqual(
      daily.map(iso),
    );
  });

  test.each([
    ['the close of Tel Aviv from Sunday to Thursday', (weekday: number) => weekday < 5, 15.4],
    ['the close of Chicago', (weekday: number) => weekday % 6 !== 0, 21],
    ['a market of every day', () => true, 22],
    ['a market from Sunday to Friday', (weekday: number) => weekday < 6, 22],
  ])('of %s are not moved', (_title, trades, hours) => {
    const days = daysFrom('2024-01-01', 100, trades);
    expect(datesOf(fileOf(days, at(hours)))).toEqual(days.map(iso));
  });

  test('at noon in UTC from Sunday to Thursday are refused: Auckland in winter or a close in Riyadh', () => {
    const days = daysFrom('2024-01-01', 60, (weekday) => weekday < 5);
    expect(refusalOf(() => parse(fileOf(days, at(12))))).toMatchObject({ code: 'AMBIGUOUS_DATES', line: 2 });
  });

  test('as day numbers have the one origin that makes them weekdays that are not in the future', () => {
    const days = daysFrom('2025-03-03', 60);
    expect(datesOf(fileOf(days, String))).toEqual(days.map(iso));
    // Every day of the week, or Sunday to Thursday: two or three origins are possible.
    for (const trades of [() => true, (weekday: number) => weekday < 5])
      expect(refusalOf(() => parse(fileOf(daysFrom('2025-03-03', 60, trades), String)))).toMatchObject({
        code: 'AMBIGUOUS_DATES',
        line: 2,
      });
    const daily = daysFrom('2024-01-01', 60, () => true);
    expect(datesOf(fileOf(daily, (day) => String(day + 25_569)))).toEqual(daily.map(iso));
    expect(refusalOf(() => parse(fileOf(days, (day) => String(day + 50_000)))).code).toBe('BAD_DATE');
  });

  describe('whose day and month are exchanged up to the 12th', () => {
    const exchanged = (day: number) => {
      const [year, month, of] = iso(day).split('-');
      return Number(of) <= 12 ? `${year}-${of}-${month}` : iso(day);
    };
    const days = daysFrom('2024-01-01', 120);
    test('are refused with line and cell', () => {
      const refusal = refusalOf(() => parse(fileOf(days, exchanged)));
      expect(refusal).toMatchObject({ code: 'SCRAMBLED_DATES', line: 8, cell: '2024-09-01' });
      expect(refusalOf(() => parse(fileOf(days.toReversed(), exchanged))).code).toBe('SCRAMBLED_DATES');
      const american = (day: number) => exchanged(day).replace(/(\d+)-(\d+)-(\d+)/, '$2/$3/$1');
      expect(refusalOf(() => parse(fileOf(days, american))).code).toBe('SCRAMBLED_DATES');
    });

    test('are refused when some lines alone are, or the rows of two years are joined', () => {
      const some = (day: number) => (day % 3 === 0 ? iso(day) : exchanged(day));
      expect(refusalOf(() => parse(fileOf(days, some))).code).toBe('SCRAMBLED_DATES');
      const joined = [...days.slice(60), ...days.slice(0, 60)];
      expect(refusalOf(() => parse(fileOf(joined, exchanged))).code).toBe('SCRAMBLED_DATES');
    });

    test.each([
      ['on weekdays', (weekday: number) => weekday % 6 !== 0],
      ['on every day', () => true],
      ['from Sunday to Thursday', (weekday: number) => weekday < 5],
    ])('are not confused with rows in any order, %s', (_title, trades) => {
      const sorted = daysFrom('2024-01-01', 120, trades);
      const shuffled = sorted.map((_, i) => sorted[(i * 7) % 120] ?? 0);
      expect(datesOf(fileOf(shuffled, iso))).toEqual(sorted.map(iso));
    });
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
