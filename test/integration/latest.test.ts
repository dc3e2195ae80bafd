import { sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access/access.ts';
import { insertAnalyses, type StoredAnalysis, upsertLatest } from '../../src/analyses/analysis.store.ts';
import type { NewAnalysis } from '../../src/analyses/analysis.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { submit } from '../support/engine.ts';
import { newAnalysis } from '../support/feed.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

/** An id as a worker makes it whose clock is so far off. */
const idAt = (offsetMs: number) => uuidv7({ msecs: Date.now() + offsetMs });

async function store(ticker: string, ...results: Partial<NewAnalysis>[]): Promise<void> {
  const { db } = database;
  for (const changes of results) {
    const jobId = await submit(db, [ticker]);
    const row = { jobId, workspaceId: DEFAULT_WORKSPACE_ID, ticker, analysis: newAnalysis(changes) };
    await db.transaction(async (tx) => {
      await insertAnalyses(tx, [row]);
      await upsertLatest(tx, [row]);
    });
  }
}

async function latest(ticker: string): Promise<unknown> {
  const { rows } = await database.db.execute(
    sql`select analysis_id from latest_analyses where ticker = ${ticker}`,
  );
  return rows[0]?.analysis_id;
}

test('of two results of one day the one stored later is the latest, though its worker is an hour behind', async () => {
  const [ahead, behind] = [idAt(1_800_000), idAt(-1_800_000)];
  await store('SKEW', { id: ahead }, { id: behind });
  expect(await latest('SKEW')).toBe(behind);
});

test('an older day and made-up bars never displace what is there, a newer day and real bars do', async () => {
  const [real, newer] = [idAt(0), idAt(-3_600_000)];
  await store(
    'ORDER',
    { isDemo: true, asOf: '2026-02-10' },
    { id: real, isDemo: false, asOf: '2026-01-10' },
    { isDemo: true, asOf: '2026-02-20' },
    { isDemo: false, asOf: '2026-01-09' },
  );
  expect(await latest('ORDER')).toBe(real);
  await store('ORDER', { id: newer, isDemo: false, asOf: '2026-01-11' });
  expect(await latest('ORDER')).toBe(newer);
});

test('of equal results in one flush the last one counts', async () => {
  const { db } = database;
  const ids = [idAt(5_000), idAt(0)];
  const rows: StoredAnalysis[] = [];
  for (const id of ids) {
    const jobId = await submit(db, ['TWICE']);
    rows.push({ jobId, workspaceId: DEFAULT_WORKSPACE_ID, ticker: 'TWICE', analysis: newAnalysis({ id }) });
  }
  await db.transaction(async (tx) => {
    await insertAnalyses(tx, rows);
    await upsertLatest(tx, rows);
  });
  expect(await latest('TWICE')).toBe(ids[1]);
});
