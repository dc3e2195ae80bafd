import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readPriceFile } from '../../../src/market/files/read-price-file.ts';
import {
  base,
  body,
  codes,
  expectEqual,
  first,
  HEADER,
  lines,
  parse,
  prices,
  refusalOf,
  rows,
  usual,
  values,
} from '../../support/price-files.ts';

const rowsBy = (write: (i: number) => string) => Array.from({ length: 30 }, (_, i) => write(i));
const day = (i: number) => base.dates[i] ?? '';
const compact = (i: number) => day(i).replaceAll('-', '');
const ms = (i: number) => Date.parse(day(i));
const partsOf = (i: number) => day(i).split('-') as [string, string, string];

describe('dates', () => {
  test.each<[string, (y: string, m: string, d: string) => string]>([
    ['2024年1月2日', (y, m, d) => `${y}年${Number(m)}月${Number(d)}日`],
    ['2024年01月02日(火)', (y, m, d) => `${y}年${m}月${d}日(火)`],
    ['2024년 01월 02일', (y, m, d) => `${y}년 ${m}월 ${d}일`],
    ['2. 1. 2024', (y, m, d) => `${Number(d)}. ${Number(m)}. ${y}`],
    ['2024. 01. 02.', (y, m, d) => `${y}. ${m}. ${d}.`],
    ['2024. 1. 2', (y, m, d) => `${y}. ${Number(m)}. ${Number(d)}`],
    ['24/01/02', (y, m, d) => `${y.slice(2)}/${m}/${d}`],
    ['20240102.0', (y, m, d) => `${y}${m}${d}.0`],
    ['20240102000000', (y, m, d) => `${y}${m}${d}000000`],
    ['202401021600', (y, m, d) => `${y}${m}${d}1600`],
    ['20240102 000000', (y, m, d) => `${y}${m}${d} 000000`],
    ['20240102T000000Z', (y, m, d) => `${y}${m}${d}T000000Z`],
    ['milliseconds with a decimal', (y, m, d) => `${Date.parse(`${y}-${m}-${d}`)}.0`],
    ['01/02/2024 Tue', (y, m, d) => `${m}/${d}/${y} Tue`],
    ['2024-01-02 (Tue)', (y, m, d) => `${y}-${m}-${d} (Tue)`],
    ['2024/01/02(火)', (y, m, d) => `${y}/${m}/${d}(火)`],
    ['02.01.2024 00:00:00.000 GMT+0100', (y, m, d) => `${d}.${m}.${y} 00:00:00.000 GMT+0100`],
    ['="2024-01-02"', (y, m, d) => `="${y}-${m}-${d}"`],
  ])('%s', (_name, write) => {
    expectEqual(parse(body(HEADER, (i) => `${write(...partsOf(i))},${values(i, usual)}`)).candles, first(30));
  });

  test.each([
    ['Year,Month,Day', ([y, m, d]: readonly string[]) => [y, Number(m), Number(d)]],
    ['DD,MM,YYYY', ([y, m, d]: readonly string[]) => [d, m, y]],
    ['年,月,日', ([y, m, d]: readonly string[]) => [y, m, d]],
  ])('in three columns, %s', (names, write) => {
    const text = body(
      `${names},Open,High,Low,Close,Volume`,
      (i) => `${write(partsOf(i)).join(',')},${values(i, usual)}`,
    );
    expectEqual(parse(text).candles, first(30));
  });
});

describe('numbers', () => {
  test.each<(price: number) => string>([
    (price) => `${price}p`,
    (price) => `${price} zł`,
    (price) => `${price}円`,
    (price) => `Fr. ${price}`,
    (price) => `USD${price}`,
    (price) => `${price}USD`,
    (price) => `${price} GBp`,
    (price) => `${price}*`,
    (price) => `'${price}`,
  ])('prices as %s', (write) => {
    const cell = (i: number, column: (typeof prices)[number]) => write(base[column][i] ?? 0);
    const text = body(
      HEADER,
      (i) => `${day(i)},${prices.map((column) => cell(i, column)).join(',')},${base.volume[i]}`,
    );
    expectEqual(parse(text).candles, first(30));
  });

  test.each<(volume: number) => string>([
    (volume) => `${volume} Stk.`,
    (volume) => `${volume} shares`,
    (volume) => `${volume}株`,
    (volume) => `${volume / 100}手`,
    (volume) => `${volume / 1e6} MIO`,
    (volume) => `${volume / 1e6} MLN`,
    (volume) => `${volume / 1e4}万`,
  ])('volumes as %s', (write) => {
    const text = body(HEADER, (i) => `${day(i)},${values(i, prices)},${write(base.volume[i] ?? 0)}`);
    expectEqual(parse(text).candles, first(30), 1e-12);
  });
});

describe('rows and columns', () => {
  const names = ['Open', 'High', 'Low', 'Close', 'Volume'];
  test.each([
    [
      'blanks and names of rows (R)',
      [names.map((name) => `"${name}"`).join(' '), ...rowsBy((i) => `"${day(i)}" ${values(i, usual, ' ')}`)],
    ],
    ['numbers of rows (R)', [HEADER, ...rowsBy((i) => `"${i + 1}",${day(i)},${values(i, usual)}`)]],
    ['days as names of rows (R)', [names.join(), ...rowsBy((i) => `${day(i)},${values(i, usual)}`)]],
    [
      'aligned columns (pandas)',
      [
        `            ${names.join('    ')}`,
        'Date',
        ...rowsBy((i) => `${day(i)}  ${values(i, usual, '   ')}`),
      ],
    ],
    ['colons', [HEADER.replaceAll(',', ':'), ...rowsBy((i) => `${day(i)}:${values(i, usual, ':')}`)]],
    ['quotes around whole lines', [`"${HEADER}"`, ...rowsBy((i) => `"${day(i)},${values(i, usual)}"`)]],
    ['quotes around rows', [HEADER, ...rowsBy((i) => `"${day(i)},${values(i, usual)}"`)]],
  ])('%s', (_name, all) => {
    expectEqual(parse(lines(...all)).candles, first(30));
  });

  test('decimals or thousands without quotes are no names of rows', () => {
    const text = body(HEADER, (i) => `${day(i)},${values(i, prices)},145,952`);
    expect(refusalOf(() => parse(text)).code).toBe('BAD_ROW');
  });

  test.each<[string, (i: number) => string]>([
    ['MetaTrader', (i) => `${day(i).replaceAll('-', '.')},00:00,${values(i, usual)}`],
    ['Binance', (i) => `${ms(i)},${values(i, usual)},${ms(i) + 86_399_999},1000.5,77,500,400.25,0`],
    ['Kraken, 7 columns', (i) => `${ms(i) / 1_000},${values(i, usual)},77`],
    [
      'Kraken, 8 columns',
      (i) => `${ms(i) / 1_000},${values(i, prices)},${base.close[i]},${base.volume[i]},77`,
    ],
    ['HistData', (i) => `${compact(i)} 000000;${values(i, usual, ';')}`],
    ['MetaStock', (i) => `AAPL,D,${compact(i)},000000,${values(i, usual)},0`],
  ])('%s without a header', (_name, write) => {
    const file = parse(lines(...rowsBy(write)));
    expectEqual(file.candles, first(30));
    expect(codes(file)).toContain('NO_HEADER');
  });

  test.each<[string, (i: number) => string]>([
    ['open and close exchanged', (i) => `${day(i)},${values(i, ['close', 'high', 'low', 'open', 'volume'])}`],
    ['high and low exchanged', (i) => `${day(i)},${values(i, ['open', 'low', 'high', 'close', 'volume'])}`],
    ['an adjusted close at the end', (i) => `${day(i)},${values(i, prices)},${base.close[i]}`],
    ['a column that nobody knows', (i) => `${day(i)},${values(i, usual)},${base.close[i]}`],
  ])('rows without a header with %s are refused', (_name, write) => {
    expect(refusalOf(() => parse(lines(...rowsBy(write)))).code).toBe('MISSING_HEADER');
  });

  test('the newest bar may be there twice, with the noise of its numbers and a volume that has grown', () => {
    const again = (i: number) =>
      `${day(i)},${prices.map((column) => (base[column][i] ?? 0) * (1 + 1e-8)).join(',')},${(base.volume[i] ?? 0) + 5}`;
    const { candles } = parse(lines(HEADER, ...rows(30), again(29)));
    expect(candles.dates).toEqual(first(30).dates);
    expect(candles.volume[29]).toBe((base.volume[29] ?? 0) + 5);
    expect(refusalOf(() => parse(lines(HEADER, ...rows(30), again(28)))).code).toBe('DUPLICATE_DATE');
  });

  test('two layers of gzip are unpacked', () => {
    expectEqual(readPriceFile(gzipSync(gzipSync(lines(HEADER, ...rows(30))))).candles, first(30));
  });
});

describe('what is no table of prices', () => {
  test.each([
    ['{"error":"limit reached"}', 'limit reached'],
    ['{"Note": "5 calls per minute"}', '5 calls per minute'],
    [
      '<?xml version="1.0"?><Error><Message>Access Denied</Message></Error>',
      'XML, not a CSV file. It says: "Access Denied"',
    ],
    ['Access Denied\nYou have no permission.', 'Access Denied You have no permission.'],
  ])('%s is refused with what it says', (text, said) => {
    expect(refusalOf(() => parse(text))).toMatchObject({
      code: 'NOT_CSV',
      why: expect.stringContaining(said),
    });
  });

  test('intraday bars without times are named', () => {
    const text = body(HEADER, (i) => `${day(Math.floor(i / 8))},${values(i, usual)}`);
    const refusal = refusalOf(() => parse(text));
    expect(refusal).toMatchObject({ code: 'DUPLICATE_DATE', why: expect.stringContaining('intraday') });
    const stamped = body(HEADER, (i) => `${compact(Math.floor(i / 8))}${10 + (i % 8)}00,${values(i, usual)}`);
    expect(refusalOf(() => parse(stamped)).code).toBe('NOT_DAILY');
  });
});
