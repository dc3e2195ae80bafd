import { expect, test } from 'vitest';
import type { Analysis } from '../../../src/analyses/analysis.ts';
import { type FeedFilter, passes } from '../../../src/analyses/feed.ts';

const result = (code: string) =>
  ({ ticker: 'A', verdict: 'BUY', score: 0.5, warnings: [{ code, message: '' }] }) as unknown as Analysis;
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
