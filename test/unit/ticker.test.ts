import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InvalidTickerError } from '../../src/errors.ts';
import { normaliseTicker, parseTickers } from '../../src/instruments/ticker.ts';

test.each([
  'ARE&M',
  'GMRP&UI',
  'GVT&D',
  'IL&FSENGG',
  'IL&FSTRANS',
  'J&KBANK',
  'M&M',
  'M&MFIN',
  'S&SPOWER',
  'SURANAT&P',
  '^GSPC',
  'BRK-B',
  'RELIANCE.NS',
  'EURUSD=X',
])('%s is a ticker', (ticker) => {
  expect(normaliseTicker(` ${ticker.toLowerCase()} `)).toBe(ticker);
});

test.each([
  "'; DROP TABLE jobs;--",
  '../../etc/passwd',
  '%00',
  'A\r\nB',
  '\u202eLPAA',
  'ＡＡＰＬ',
  '🍎',
  'ſ',
  'A'.repeat(21),
  'A'.repeat(10_000),
  '',
  ' ',
  '.',
  '..',
  '-',
  'A B',
  'A/B',
  'a\u0000',
])('%j is refused by name', (text) => {
  expect(normaliseTicker(text)).toBeNull();
  expect(() => parseTickers(['AAPL', text])).toThrow(InvalidTickerError);
  expect(() => parseTickers(['AAPL', text])).toThrow(
    expect.objectContaining({ tickers: [text.slice(0, 40)] }),
  );
});

test('duplicates merge after normalisation, in the order of first mention', () => {
  expect(parseTickers(['msft', 'AAPL', ' aapl', 'MSFT'])).toEqual(['MSFT', 'AAPL']);
});

test('whatever passes is safe as a file name and normalises to itself', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 25 }), (text) => {
      const ticker = normaliseTicker(text);
      if (ticker === null) return;
      expect(ticker).toMatch(/^[A-Z0-9.\-&^=_]{1,20}$/);
      expect(ticker).not.toMatch(/^\.+$/);
      expect(normaliseTicker(ticker)).toBe(ticker);
    }),
    { numRuns: 2_000 },
  );
});
