import { expect, test } from 'vitest';
import { createRecentRecords } from '../../../src/analyses/records.ts';
import { universeRecord } from '../../../src/analyses/tallies.ts';

const record = universeRecord('LONG', { results: 1, tickers: 1 }, [1, 0, 0, 1, 2_000_000]);

test('a record is shown for a minute, to its workspace alone', () => {
  let now = 1_000;
  const recent = createRecentRecords(() => now);
  recent.put('w1', 'BALANCED LONG false', record);
  now += 59_999;
  expect(recent.get('w1', 'BALANCED LONG false')).toBe(record);
  expect(recent.get('w2', 'BALANCED LONG false')).toBeUndefined();
  expect(recent.get('w1', 'BALANCED SHORT false')).toBeUndefined();
  now += 1;
  expect(recent.get('w1', 'BALANCED LONG false')).toBeUndefined();
});

test('the oldest records make room for others', () => {
  const recent = createRecentRecords(() => 0);
  for (let n = 0; n < 1_001; n += 1) recent.put(`w${n}`, 'key', record);
  expect(recent.get('w0', 'key')).toBeUndefined();
  expect(recent.get('w1', 'key')).toBe(record);
  expect(recent.get('w1000', 'key')).toBe(record);
});
