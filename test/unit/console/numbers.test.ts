import { expect, test } from 'vitest';
import {
  arrow,
  count,
  decimalsOf,
  fixed,
  NONE,
  percent,
  price,
  short,
  signed,
  toneOf,
} from '../../../console/src/format/numbers.ts';

const en = 'en-US';

test('a value that does not exist is a dash, never zero', () => {
  for (const format of [fixed, signed, percent, short, count, price]) {
    expect(format(null)).toBe(NONE);
    expect(format(undefined)).toBe(NONE);
    expect(format(Number.NaN)).toBe(NONE);
  }
});

test('a number has as many decimals as its column, and a real minus', () => {
  expect(fixed(1234.5, 2, en)).toBe('1,234.50');
  expect(fixed(-0.126, 2, en)).toBe('−0.13');
  expect(count(12_345, en)).toBe('12,345');
});

test('what is rounded to nothing has no sign', () => {
  expect(fixed(-0.001, 2, en)).toBe('0.00');
  expect(signed(0.001, 2, en)).toBe('0.00');
  expect(percent(-0.004, 2, en)).toBe('0.00\u00a0%');
});

test('a change has its sign', () => {
  expect(percent(0.71, 2, en)).toBe('+0.71\u00a0%');
  expect(percent(-3.05, 2, en)).toBe('−3.05\u00a0%');
  expect([1, 0, -1, null].map(arrow)).toEqual(['▲', '', '▼', '']);
  expect([1, 0, -1, null].map(toneOf)).toEqual(['up', '', 'down', '']);
});

test.each([
  [0, '0'],
  [999, '999'],
  [999.4, '999'],
  [1_000, '1.00\u00a0k'],
  [999_400, '999\u00a0k'],
  [999_950, '1.00\u00a0M'],
  [1_234_567, '1.23\u00a0M'],
  [25_800_000, '25.8\u00a0M'],
  [-4_560_000_000, '−4.56\u00a0B'],
])('%d is short as %s', (value, text) => expect(short(value, en)).toBe(text));

test.each([
  ['0.01', 2],
  ['0.05', 2],
  ['1', 0],
  ['0.50', 1],
  ['1e-8', 8],
  [null, 2],
])('a price of the tick %s has %d decimals', (tick, digits) => expect(decimalsOf(tick)).toBe(digits));

test('a price follows the tick of its instrument; without one small prices have four decimals', () => {
  expect(price('188.5900', '0.01', en)).toBe('188.59');
  expect(price(2_450, '1', en)).toBe('2,450');
  expect(price(0.01234, null, en)).toBe('0.0123');
});
