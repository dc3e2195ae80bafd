import { expect, test } from 'vitest';
import { toHundredths } from '../../../src/quant/minor-units.ts';
import { listedTick, lotOf, usualTick } from '../../../src/quant/tick.ts';

test.each([
  ['EURUSD=X', 1.18973, 'USD', '0.00001'],
  ['EURUSD', 1.18973, null, '0.00001'],
  ['USDJPY=X', 151.2, 'JPY', '0.001'],
  ['EURJPY', 163.1, null, '0.001'],
  ['JPY=X', 151.2, 'JPY', '0.001'],
  ['GBP=X', 0.79, 'GBP', '0.00001'],
  ['BTC-USD', 64_000, 'USD', '0.00000001'],
  ['DOGE-USD', 0.08, 'USD', '0.00000001'],
  ['BTCUSDT', 64_000, null, '0.00000001'],
  ['BTCBUSD', 64_000, null, '0.00000001'],
  ['BTCTRY', 2_000_000, null, '0.00000001'],
  ['BTC-AUD', 98_000, null, '0.00000001'],
  ['BTC_USDT', 64_000, null, '0.00000001'],
  ['ATOMUSDT', 9.5, null, '0.00000001'],
  ['EUR_USD', 1.18973, null, '0.00001'],
  ['EUR-USD', 1.18973, null, '0.00001'],
  ['EURUSD.FOREX', 1.18973, null, '0.00001'],
  ['USD_JPY', 151.2, null, '0.001'],
  ['VOD.L', 72.34, 'GBp', '0.01'],
  ['HSBA.L', 661.2, 'GBX', '0.01'],
  ['PENNY.L', 0.42, 'GBp', '0.01'],
  ['NPN.JO', 331_000, 'ZAc', '0.01'],
  ['VOD.L', 0.72, 'GBP', '0.0001'],
  ['HSBA.L', 6.61, null, '0.0001'],
  ['AAPL', 190, 'USD', '0.01'],
  ['BRK-B', 410, null, '0.01'],
  ['GOOGLE', 150, null, '0.01'],
  ['PENNY', 0.42, 'USD', '0.0001'],
])('the usual tick of %s at %s %s is %s', (ticker, price, currency, tick) => {
  expect(usualTick(ticker, price, currency)).toBe(tick);
});

test.each([
  ['EURUSD=X', 1.18973, 'USD', { kind: 'CURRENCY', decimals: 4 }, '0.0001'],
  ['EURUSD=X', 1.18973, 'USD', { kind: 'CURRENCY', decimals: null }, '0.00001'],
  ['GBPKES=X', 171.2, 'KES', { kind: 'CURRENCY', decimals: null }, '0.00001'],
  ['KESJPY=X', 1.16, 'JPY', { kind: 'CURRENCY', decimals: null }, '0.001'],
  ['PEPE24478-USD', 0.00001, 'USD', { kind: 'COIN', decimals: null }, '0.00000001'],
  ['BTC-USD', 64_000, 'USD', { kind: 'COIN', decimals: 2 }, '0.01'],
  // A stock whose ticker looks like a pair.
  ['USDCAD', 24.5, 'USD', { kind: 'OTHER', decimals: null }, '0.01'],
  ['PENNY', 0.42, 'USD', { kind: 'OTHER', decimals: 4 }, '0.0001'],
  ['VOD.L', 72.34, 'GBp', { kind: 'OTHER', decimals: 2 }, '0.01'],
  ['WON.KS', 71_000, 'KRW', { kind: 'OTHER', decimals: 0 }, '1'],
  ['TINY', 1e-7, 'USD', { kind: null, decimals: 8 }, '0.00000001'],
] as const)('the usual tick of %s at %s %s, quoted %j, is %s', (ticker, price, currency, quoted, tick) => {
  expect(usualTick(ticker, price, currency, quoted)).toBe(tick);
});

test('the kind that a source says decides fractions, after the request and the list', () => {
  const coin = { kind: 'COIN', decimals: 6 } as const;
  const stock = { kind: 'OTHER', decimals: 2 } as const;
  expect(lotOf('PEPE24478', {}, {}, coin)).toBe('0.000001');
  expect(lotOf('USDCAD', {}, {}, stock)).toBe('1');
  expect(lotOf('PEPE24478', {}, { fractional: false }, coin)).toBe('1');
  expect(lotOf('PEPE24478', { lot: '10' }, {}, coin)).toBe('10');
  expect(lotOf('BTC-USD', {}, {}, { kind: null, decimals: 2 })).toBe('0.000001');
});

test.each([
  ['0.0001', 'GBP', 'GBp', '0.01'],
  ['0.0005', 'GBP', 'GBX', '0.05'],
  ['0.01', 'GBX', 'GBX', '0.01'],
  ['0.01', 'GBP', 'GBP', '0.01'],
  ['0.01', 'USD', 'GBp', '0.01'],
  ['0.01', 'GBP', null, '0.01'],
])('a listed tick of %s %s is, for prices in %s, %s', (tick, currency, ofPrices, expected) => {
  expect(listedTick({ tick, currency }, ofPrices)).toBe(expected);
});

test('an amount in hundredths is exact', () => {
  expect(toHundredths('100000.29')).toBe('10000029');
});

test.each([
  ['AAPL', {}, {}, '1'],
  ['BTC-USD', {}, {}, '0.000001'],
  ['EURUSD', {}, {}, '0.000001'],
  ['BTC-USD', {}, { fractional: false }, '1'],
  ['AAPL', {}, { fractional: true }, '0.000001'],
  ['7203.T', {}, { lot: '100', fractional: false }, '100'],
  ['7203.T', { fractional: true }, { lot: '100' }, '0.000001'],
  ['7203.T', { fractional: false }, { lot: '100' }, '100'],
  ['7203.T', { lot: '10', fractional: true }, { lot: '100' }, '10'],
  ['BTC-USD', { fractional: false }, {}, '1'],
])('the lot of %s, asked for %j, listed %j, is %s', (ticker, asked, listed, lot) => {
  expect(lotOf(ticker, asked, listed)).toBe(lot);
});
