import { expect, test } from 'vitest';
import type { Analysis } from '../../../src/analyses/analysis.ts';
import { type FeedFilter, passes, restoredFilter, storedFilter } from '../../../src/analyses/feed.ts';

const result = (code: string) =>
  ({
    ticker: 'A',
    isBackfill: code === 'BACKFILL',
    verdict: 'BUY',
    score: 0.5,
    warnings: [{ code, message: '' }],
  }) as unknown as Analysis;
const passed = (filter: FeedFilter) =>
  ['PRICE_SPIKE', 'STALE_DATA'].filter((code) => passes(result(code), filter, undefined));

test('an alert on verdicts or scores leaves results of suspicious bars out unless they are asked for', () => {
  expect(passed({ verdicts: ['BUY'] })).toEqual(['STALE_DATA']);
  expect(passed({ minScore: 0.2 })).toEqual(['STALE_DATA']);
  expect(passed({ verdicts: ['BUY'], includeGated: true })).toEqual(['PRICE_SPIKE', 'STALE_DATA']);
});

test('a feed of all results has those of suspicious bars unless they are left out', () => {
  expect(passed({})).toEqual(['PRICE_SPIKE', 'STALE_DATA']);
  expect(passed({ includeGated: false })).toEqual(['STALE_DATA']);
});

test('a feed leaves results of spans of days out unless its filter asks for them, also as an alert', () => {
  const marked = result('BACKFILL');
  expect(passes(marked, {}, undefined)).toBe(false);
  expect(passes(marked, { minScore: 0.2 }, undefined)).toBe(false);
  expect(passes(marked, { includeBackfill: false }, undefined)).toBe(false);
  expect(passes(marked, { minScore: 0.2, includeBackfill: true }, undefined)).toBe(true);
  expect(passes(marked, restoredFilter(storedFilter({ includeBackfill: true })), undefined)).toBe(true);
});
