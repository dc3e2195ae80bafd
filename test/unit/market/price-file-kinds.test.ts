import { describe, expect, test } from 'vitest';
import { readPriceFile } from '../../../src/market/files/read-price-file.ts';
import { reportFile } from '../../../src/market/files/report-file.ts';
import { codes, HEADER, parse, refusalOf } from '../../support/price-files.ts';
import { randomOf } from '../../support/series.ts';

const DAY_MS = 86_400_000;
const isoOf = (day: number) => new Date(day * DAY_MS).toISOString().slice(0, 10);
const weekdayOf = (day: number) => (((day + 4) % 7) + 7) % 7;

interface Bar {
  readonly day: number;
  readonly cells: readonly string[];
}

/** Bars of Monday to Friday, 26 weeks of them. */
function barsFrom(firstDay: string, scale = 1): Bar[] {
  const random = randomOf(11);
  const bars: Bar[] = [];
  let price = 100 * scale;
  for (let day = Date.parse(firstDay) / DAY_MS; bars.length < 130; day += 1) {
    if (weekdayOf(day) % 6 === 0) continue;
    const open = price * (1 + (random() - 0.5) * 0.004);
    const close = open * (1 + (random() - 0.5) * 0.03);
    const cells = [open, Math.max(open, close) * 1.005, Math.min(open, close) * 0.995, close];
    bars.push({
      day,
      cells: [...cells.map((cell) => cell.toFixed(2)), String(1e6 + Math.floor(random() * 1e6))],
    });
    price = close;
  }
  return bars;
}
const bars = barsFrom('2024-01-01');
const line = ({ day, cells }: Bar) => [isoOf(day), ...cells].join(',');
const csv = (all: readonly Bar[], header = HEADER, row: (bar: Bar, i: number) => string = line) =>
  [header, ...all.map(row)].join('\n');
const codeOf = (text: string) => refusalOf(() => parse(text)).code;
const shifted = (all: readonly Bar[], isShifted: (day: string) => boolean, by: number) =>
  all.map((bar) => (isShifted(isoOf(bar.day)) ? { ...bar, day: bar.day + by } : bar));

describe('dates that a zone with daylight saving has shifted in a part of the year', () => {
  test.each([
    ['the day before in summer', (day: string) => day >= '2024-03-31', -1],
    ['the day before in winter', (day: string) => day < '2024-03-31', -1],
    ['the day after in summer', (day: string) => day >= '2024-03-10', 1],
    ['the day after in winter', (day: string) => day < '2024-03-10', 1],
  ])('%s are refused with the day of the change', (_, isShifted, by) => {
    const refusal = refusalOf(() => parse(csv(shifted(bars, isShifted, by))));
    expect(refusal).toMatchObject({ code: 'AMBIGUOUS_DATES', cure: expect.stringContaining('zone') });
    expect(refusal.cell).toMatch(/^2024-0[34]-\d\d$/);
  });

  test('an exchange that changes its week at the turn of a year is read', () => {
    const own = barsFrom('2021-10-04');
    const changed = shifted(own, (day) => day < '2022-01-01', -1);
    expect(parse(csv(changed)).candles.dates).toHaveLength(130);
  });

  test('bars of Sunday to Thursday all year, and of Monday to Saturday in 1924, are read', () => {
    expect(parse(csv(shifted(bars, () => true, -1))).candles.dates).toHaveLength(130);
    const old = barsFrom('1924-01-07');
    const withSaturdays = old.flatMap((bar) =>
      weekdayOf(bar.day) === 5 ? [bar, { ...bar, day: bar.day + 1 }] : [bar],
    );
    expect(parse(csv(withSaturdays)).candles.dates.at(0)).toBe('1924-01-07');
    expect(parse(csv(old)).candles.dates).toHaveLength(130);
  });
});

describe('bars that are not of every day', () => {
  test('every second day before daily bars is refused', () => {
    const refusal = refusalOf(() => parse(csv(bars.filter((_, i) => i > 60 || i % 2 === 0))));
    expect(refusal).toMatchObject({ code: 'NOT_DAILY', line: 2, why: expect.stringContaining('second day') });
  });

  test('a few weeks before daily bars are refused, and the cure names the first daily bar', () => {
    const weekly = bars.filter(({ day }, i) => i > 30 || weekdayOf(day) === 5);
    expect(refusalOf(() => parse(csv(weekly)))).toMatchObject({
      code: 'NOT_DAILY',
      cure: expect.stringContaining('2024-02-09'),
    });
  });

  test('a stock that trades on few days is read', () => {
    const random = randomOf(3);
    const rare = bars.filter(() => random() < 0.6);
    expect(parse(csv(rare)).candles.dates).toHaveLength(rare.length);
  });
});

describe('dates that begin again', () => {
  const dear = barsFrom('2024-01-01', 3);

  test.each([
    ['on the same days', bars, dear],
    ['on days before', bars.slice(60), dear.slice(0, 60)],
    ['on days between', bars.filter((_, i) => i % 2 === 0), dear.filter((_, i) => i % 2 === 1)],
  ])('%s with far prices are a second ticker', (_, one, other) => {
    const refusal = refusalOf(() => parse(`${csv(one)}\n${other.map(line).join('\n')}`));
    expect(refusal.code).toBe('SEVERAL_TABLES');
    expect(refusal.line).toBe(one.length + 2);
  });

  test('with prices that go on are pages of one series', () => {
    const file = parse(`${csv(bars.slice(60))}\n${bars.slice(0, 60).map(line).join('\n')}`);
    expect(file.candles).toEqual(parse(csv(bars)).candles);
    expect(codes(file)).toContain('SORTED');
  });
});

describe('a column of tickers', () => {
  const named = (all: readonly Bar[], nameOf: (i: number) => string) =>
    csv(all, `Ticker,${HEADER}`, (bar, i) => `${nameOf(i)},${line(bar)}`);

  test('with a new name for bars that go on is refused, and the cure says how to send them as one', () => {
    const refusal = refusalOf(() => parse(named(bars, (i) => (i < 60 ? 'FB' : 'META'))));
    expect(refusal).toMatchObject({ code: 'SEVERAL_TICKERS', line: 62, cell: 'META' });
    expect(refusal.why).toContain('FB ends on 2024-03-22 and META goes on from 2024-03-25');
    expect(refusal.cure).toContain('META is the new name of the same instrument');
    const newestFirst = named([...bars].reverse(), (i) => (i < 70 ? 'META' : 'FB'));
    expect(refusalOf(() => parse(newestFirst)).cure).toBe(refusal.cure);
    expect(parse(named(bars, () => 'META')).candles).toEqual(parse(csv(bars)).candles);
  });

  test.each([
    ['a jump of the price', barsFrom('2024-01-01').slice(0, 60), barsFrom('2024-01-01', 2).slice(60)],
    ['a gap of weeks', bars.slice(0, 50), bars.slice(60)],
    ['the same days', bars.slice(0, 60), bars.slice(0, 60)],
  ])('with another name after %s is refused', (_, one, other) => {
    const all = [...one, ...other];
    const refusal = refusalOf(() => parse(named(all, (i) => (i < one.length ? 'AAA' : 'BBB'))));
    expect(refusal).toMatchObject({ code: 'SEVERAL_TICKERS', cure: 'Make one file for each ticker.' });
  });

  test('in which a name comes again is refused', () => {
    expect(codeOf(named(bars, (i) => (i >= 40 && i < 80 ? 'BBB' : 'AAA')))).toBe('SEVERAL_TICKERS');
  });
});

describe('a row whose cells stand in other columns', () => {
  const withRow = (cells: (bar: Bar) => readonly string[]) =>
    csv(bars, HEADER, (bar, i) => (i === 50 ? [isoOf(bar.day), ...cells(bar)].join(',') : line(bar)));

  test.each([
    ['behind an empty open', ({ cells: [o, h, l, c] }: Bar) => ['', o, h, l, c]],
    ['because the low is left out', ({ cells: [o, h, , c, v] }: Bar) => [o, h, c, v, '']],
    ['because the open is left out', ({ cells: [, h, l, c, v] }: Bar) => [h, l, c, v, '']],
  ] as const)('%s is refused', (_, cells) => {
    const text = withRow(cells as (bar: Bar) => readonly string[]);
    expect(refusalOf(() => parse(text))).toMatchObject({ code: 'BAD_ROW', line: 52 });
  });

  test('is not seen in an empty volume, or in a wrong price beside one', () => {
    const silent = withRow(({ cells: [o, h, l, c] }) => [o, h, l, c, ''] as string[]);
    expect(parse(silent).candles.volume[50]).toBeNaN();
    const wrong = withRow(({ cells: [o, h, , c] }) => [o, h, '0.01', c, ''] as string[]);
    expect(parse(wrong).candles.low[50]).toBe(0.01);
  });
});

test.each([
  'Date,Premier,Plus haut,Plus bas,Dernier,Volume',
  'Datum,Anfang,Hoch,Tief,Ende,Volumen',
  'Datum,Första,Högst,Lägst,Sist,Volym',
  'Dato,Første,Høj,Lav,Sidste,Mængde',
  'Data,Primo,Massimo,Minimo,Ultimo,Quantità',
  'Fecha,Primero,Máximo,Mínimo,Último,Volumen',
  'Data,Deschidere,Maxim,Minim,Închidere,Volum',
  'Дата,Отваряне,Висока,Ниска,Затваряне,Обем',
  'Дата,Відкриття,Максимум,Мінімум,Закриття,Обсяг',
  'Datum,Prva,Najviša,Najniža,Zadnja,Količina',
  'Kuupäev,Avamine,Kõrgeim,Madalaim,Sulgemine,Kogus',
  'Datums,Atvēršana,Augstākā,Zemākā,Aizvēršana,Apjoms',
  'Data,Atidarymo,Aukščiausia,Žemiausia,Uždarymo,Apimtis',
  'Dátum,Otváracia,Maximálna,Minimálna,Zatváracia,Objem',
  'दिनांक,खुला,उच्च,निम्न,बंद,मात्रा',
  'Dátum,Nyitó,Maximum,Minimum,Záró,Forgalom (db)',
  'Päivämäärä,Avaus,Ylin,Alin,Päätös,Vaihto (kpl)',
])('the header %s is read', (header) => {
  expect(parse(csv(bars, header)).candles).toEqual(parse(csv(bars)).candles);
});

test.each(['Vaihto', 'Forgalom', 'Omsättning', 'Umsatz'])(
  'a turnover that may be money (%s) is no volume, and the warning names it',
  (name) => {
    const file = parse(csv(bars, `Date,Open,High,Low,Close,${name}`));
    expect(file.candles.volume.every((volume) => volume === 0)).toBe(true);
    const [warning] = file.warnings.filter(({ code }) => code === 'VOLUME_UNIT_UNKNOWN');
    expect(warning?.message).toContain(JSON.stringify(name));
  },
);

test('of the begin and the end of an interval the begin dates the bar, and weeks are refused', () => {
  const intervals = (length: number) =>
    csv(bars, 'Start,End,Open,High,Low,Close,Volume', ({ day, cells }) =>
      [isoOf(day), isoOf(day + length), ...cells].join(','),
    );
  expect(parse(intervals(1)).candles).toEqual(parse(csv(bars)).candles);
  const weekly = bars.map((bar, i) => ({ ...bar, day: (bars[0]?.day ?? 0) + 7 * i }));
  expect(codeOf(csv(weekly, 'Start,Open,High,Low,Close,Volume'))).toBe('NOT_DAILY');
});

/** `日付,始値,高値,安値,終値,出来高`, `Дата,Открытие,Максимум,Минимум,Закрытие,Объем` and so on, as other programs wrote them. */
test.each([
  ['euc-jp', 'c6fcc9d52cbbcfc3cd2cb9e2c3cd2cb0c2c3cd2cbdaac3cd2cbdd0cde8b9e2'],
  ['koi8-r', 'e4c1d4c12cefd4cbd2d9d4c9c52cedc1cbd3c9cdd5cd2cedc9cec9cdd5cd2cfac1cbd2d9d4c9c52cefc2dfc5cd'],
  ['ibm866', '84a0e2a02c8ee2aae0ebe2a8a52c8ca0aae1a8ace3ac2c8ca8ada8ace3ac2c87a0aae0ebe2a8a52c8ea1eaa5ac'],
  // Datum,Eröffnung,Höchst,Tiefst,Schluss,Stück
  ['cp850', '446174756d2c45729466666e756e672c4894636873742c5469656673742c5363686c7573732c537481636b'],
])('a header in %s is read by its letters', (encoding, hex) => {
  const header = Buffer.from(hex, 'hex');
  const body = Buffer.from(`\n${bars.map(line).join('\n')}`);
  const file = readPriceFile(Buffer.concat([header, body]));
  expect(file.candles).toEqual(parse(csv(bars)).candles);
  expect(file.assumptions).toContainEqual({ code: 'ENCODING', message: `The encoding is ${encoding}.` });
});

describe('a refusal says what happened, which value, and what to do', () => {
  const stamped = (separator: string, quote = '') =>
    [
      ['Date/Time', 'Open', 'High', 'Low', 'Close', 'Volume'],
      ...bars.map(({ day, cells }) => [`${quote}${isoOf(day).replaceAll('-', '')};000000${quote}`, ...cells]),
    ]
      .map((cells) => cells.join(separator))
      .join('\n');

  test('date and time with a semicolon are read, and refused where it parts columns, too', () => {
    const { candles } = parse(csv(bars));
    expect(parse(stamped(',')).candles).toEqual(candles);
    expect(parse(stamped(';', '"')).candles).toEqual(candles);
    expect(refusalOf(() => parse(stamped(';')))).toMatchObject({
      code: 'BAD_ROW',
      cure: 'Put the date and the time in quotes ("20240101;000000"), or name a column Time behind that of the date.',
    });
  });

  test.each([
    ['', 'EMPTY', 'The file is empty: it has no bytes.', 'Export the prices again'],
    [' \n\n', 'EMPTY', 'The file is empty: it has 3 blanks and no text.', 'Export the prices again'],
    [HEADER, 'EMPTY', `The file has the header "${HEADER}" and no bars below it.`, 'Export a period'],
  ])('%j is %s', (text, code, why, cure) => {
    expect(refusalOf(() => parse(text))).toMatchObject({ code, line: 1, why });
    expect(refusalOf(() => parse(text)).cure).toContain(cure);
  });

  test('exchanged columns are named with a value', () => {
    const low = refusalOf(() => parse(csv(bars, 'Date,Open,Low,High,Close,Volume')));
    const [first] = bars;
    expect(low.why).toContain(`on 2024-01-01 the high is ${Number(first?.cells[2])} and the low`);
    expect(low.cure).toContain('High and Low');
    const close = refusalOf(() => parse(csv(bars, 'Date,Close,High,Low,Open,Volume')));
    expect(close).toMatchObject({ code: 'SWAPPED_COLUMNS', line: 2 });
    expect([close.why, close.cure]).toEqual([
      expect.stringContaining('Open'),
      expect.stringContaining('Close'),
    ]);
  });

  test('a file of one row is too short, and the reason names its bar', () => {
    const days = { today: '2024-07-01', newestDay: '2024-07-01' };
    const { refusal } = reportFile('A.csv', Buffer.from(csv(bars.slice(0, 1))), days);
    expect(refusal).toMatchObject({
      code: 'TOO_FEW_BARS',
      why: '1 bar (2024-01-01) is too few; 50 are needed.',
      cure: expect.stringContaining('longer period'),
    });
  });
});
