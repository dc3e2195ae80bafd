import { describe, expect, test } from 'vitest';
import { isSameCurrency } from '../../../src/market/files/currencies.ts';
import { listedTick } from '../../../src/quant/tick.ts';
import {
  base,
  body,
  codes,
  expectEqual,
  first,
  HEADER,
  parse,
  prices,
  refusalOf,
  usual,
  values,
} from '../../support/price-files.ts';

const DAYS = 30;
const row = (i: number) => `${base.dates[i]},${values(i, usual)}`;
const withColumn = (name: string, cell: (i: number) => string) =>
  body(`${HEADER},${name}`, (i) => `${row(i)},${cell(i)}`);
const withCells = (write: (price: number) => string) =>
  body(HEADER.replaceAll(',', ';'), (i) =>
    [base.dates[i], ...prices.map((column) => write(base[column][i] ?? 0)), base.volume[i]].join(';'),
  );
const named = (name: string) => body(HEADER.replace('Close', name), row);

describe('the currency of a file', () => {
  test.each([
    ['a column', withColumn('Currency', () => 'USD'), 'USD'],
    ['a column in French', withColumn('Devise', () => 'EUR'), 'EUR'],
    ['a column in German', withColumn('Währung', () => 'CHF'), 'CHF'],
    ['a column in Chinese', withColumn('币种', () => 'CNY'), 'CNY'],
    ['a column of pence', withColumn('Currency', () => 'GBp'), 'GBp'],
    ['a column of cents', withColumn('currency', () => 'ZAC'), 'ZAc'],
    ['a column with gaps', withColumn('Currency', (i) => (i === 3 ? '' : 'ILA')), 'ILA'],
    ['a line above the header', `Currency,GBp\n${body(HEADER, row)}`, 'GBp'],
    ['a comment above the header', `# Currency: USD\n${body(HEADER, row)}`, 'USD'],
    ['a sentence above the header', `Currency in EUR\n${body(HEADER, row)}`, 'EUR'],
    ['the name of a price', named('Close (GBX)'), 'GBX'],
    ['a unit behind the name of a price', named('Close in EUR'), 'EUR'],
    ['a sign behind prices', withCells((price) => `${price} €`), 'EUR'],
    ['a code before prices', withCells((price) => `USD${price}`), 'USD'],
    ['pence behind prices', withCells((price) => `${price}p`), 'GBp'],
    [
      'a sign and a code that may be one',
      withCells((price) => `$${price}`).replace('Close', 'Close (CAD)'),
      'CAD',
    ],
  ])('is that of %s', (_, text, currency) => {
    const file = parse(text);
    expect(file.currency).toBe(currency);
    expect(codes(file)).toContain('QUOTED_IN');
    expectEqual(file.candles, first(DAYS));
  });

  test.each([
    ['says nothing', body(HEADER, row), []],
    ['has a sign of several currencies', withCells((price) => `$${price}`), []],
    ['has small letters that may be pence', withColumn('Currency', () => 'gbp'), ['CURRENCY_UNKNOWN']],
    ['has a word that is not known', withColumn('Currency', () => 'shells'), ['CURRENCY_UNKNOWN']],
  ])('is not known when it %s', (_, text, warnings) => {
    const file = parse(text);
    expect(file.currency).toBe(null);
    expect(file.warnings.map(({ code }) => code)).toEqual(warnings);
  });

  test.each([
    ['rows', withColumn('Currency', (i) => (i < 20 ? 'USD' : 'EUR'))],
    ['rows of pounds and pence', withColumn('Currency', (i) => (i < 20 ? 'GBP' : 'GBp'))],
    ['names', named('Close (EUR)').replace('Open', 'Open (USD)')],
    ['a name and a column', withColumn('Currency', () => 'GBP').replace('Close', 'Close (GBX)')],
    ['cells', withCells((price) => (price > (base.open[9] ?? 0) ? `${price} €` : `${price} £`))],
    ['a line above and the cells', `Currency;EUR\n${withCells((price) => `$${price}`)}`],
  ])('is refused when two are said: %s', (_, text) => {
    const refusal = refusalOf(() => parse(text));
    expect([refusal.code, refusal.line]).toEqual(['SEVERAL_CURRENCIES', expect.any(Number)]);
  });
});

test('pence have two codes, and are not pounds', () => {
  expect([isSameCurrency('GBX', 'GBp'), isSameCurrency('GBP', 'GBp')]).toEqual([true, false]);
});

test('a tick of a list in pence counts for prices in pence and in pounds', () => {
  const listed = { tick: '0.5', currency: 'GBp' };
  expect([listedTick(listed, 'GBX'), listedTick(listed, 'GBP'), listedTick(listed, null)]).toEqual([
    '0.5',
    '0.005',
    '0.5',
  ]);
});
