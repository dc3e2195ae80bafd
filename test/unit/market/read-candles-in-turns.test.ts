import { expect, test } from 'vitest';
import type { Db } from '../../../src/db/client.ts';
import { createReadCandles } from '../../../src/market/read-candles.ts';
import { createDemoSource } from '../../../src/market/sources/demo.ts';

test('series that a source computes are begun one per turn of the event loop', async () => {
  const turns = new Set<number>();
  let turn = 0;
  let isOver = false;
  const next = () => {
    turn += 1;
    if (!isOver) setImmediate(next);
  };
  setImmediate(next);
  const demo = createDemoSource(() => new Date('2026-01-01'));
  const load: typeof demo.load = (...args) => {
    turns.add(turn);
    return demo.load(...args);
  };
  const db = { execute: async () => ({ rows: [] }) } as unknown as Db;
  const read = createReadCandles({ db, sources: new Map([['DEMO', { ...demo, load }]]) });
  const wanted = Array.from({ length: 10 }, (_, i) => ({
    source: 'DEMO' as const,
    ticker: `T${i}`,
    adjustment: null,
    workspaceId: '',
  }));
  expect((await read(wanted)).size).toBe(10);
  isOver = true;
  expect(turns.size).toBe(10);
});
