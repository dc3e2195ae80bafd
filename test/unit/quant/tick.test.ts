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
