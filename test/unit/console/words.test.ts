import { expect, test } from 'vitest';
import { ago, day, duration, exact } from '../../../console/src/format/time.ts';
import {
  clauseWords,
  plural,
  sentenceCase,
  tickersOf,
  verdictTone,
} from '../../../console/src/format/words.ts';

const noon = Date.parse('2026-03-02T12:00:00Z');

test.each([
  [340, '340 ms'],
  [4_000, '4 s'],
  [4_260, '4.3 s'],
  [59_000, '59 s'],
  [61_000, '1 min'],
  [7_300_000, '2 h'],
  [3 * 86_400_000, '3 d'],
])('%d ms last %s', (ms, text) => expect(duration(ms)).toBe(text));

test('a time is told from now, before and after it', () => {
  expect(ago(noon - 1_000, noon)).toBe('just now');
  expect(ago(noon - 180_000, noon)).toBe('3 min ago');
  expect(ago(noon + 2 * 3_600_000, noon)).toBe('in 2 h');
});

test('the exact time names the zone of the exchange where it differs', () => {
  expect(exact(noon, 'America/New_York', 'en-US')).toMatch(/7:00:00\sAM EST at the exchange$/);
});

test('a trading day is the same day in every zone', () => {
  expect(day('2018-05-11', 'en-US')).toBe('May 11, 2018');
  expect(day(null)).toBe('–');
});

test('names of the API are words', () => {
  expect(sentenceCase('MEAN_REVERSION')).toBe('Mean reversion');
  expect([plural(1, 'job'), plural(2, 'job')]).toEqual(['1 job', '2 jobs']);
  expect(['STRONG_BUY', 'HOLD', 'SELL'].map(verdictTone)).toEqual(['up', '', 'down']);
});

test.each([
  ['CLOSE_AT_LEAST_SMA50', 'Close at least SMA 50'],
  ['RSI_30_70', 'RSI 30 to 70'],
  ['MACD_ABOVE_SIGNAL', 'MACD above signal'],
  ['WILLIAMS_R_ABOVE_MINUS_80', 'Williams r above minus 80'],
])('the clause %s is "%s"', (clause, words) => expect(clauseWords(clause)).toBe(words));

test('tickers of a text are in capitals, each once, whatever is between them', () => {
  expect(tickersOf(' aapl, MSFT;\n nvda aapl ')).toEqual(['AAPL', 'MSFT', 'NVDA']);
  expect(tickersOf('  ')).toEqual([]);
});
