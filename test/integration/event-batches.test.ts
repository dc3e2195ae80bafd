import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { sql } from '../../src/db/drizzle.ts';
import { cursorKey, type LogCursor, listEventPages } from '../../src/events/event-log.store.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { endedJob, eventRows, startWorker, submit, testTask } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const TICKERS = Array.from({ length: 150 }, (_, i) => `T${i}`);

async function page(cursor: LogCursor) {
  const pages = await listEventPages(database.db, [cursor]);
  const [found] = pages.values();
  if (found === undefined) throw new Error('no page');
  return found;
}

/** The id of a job of all tickers that has ended. */
async function ended(): Promise<string> {
  const id = await submit(database.db, TICKERS, { force: true });
  const worker = await startWorker(
    database.url,
    database.db,
    testTask(() => Promise.resolve()),
  );
  try {
    await eventually(() => endedJob(database.db, id));
  } finally {
    await worker.stop();
  }
  return id;
}

test('a log that is stored in batches is read from any cursor, at any length, as if each event were a row', async () => {
  const id = await ended();
  const { rows } = await database.db.execute<{ rows: number; most: number }>(
    sql`select count(*)::int as rows, max(size) as most from job_events where job_id = ${id}`,
  );
  const log = await eventRows(database.db, id);
  expect(log.length).toBeGreaterThanOrEqual(4 * TICKERS.length + 3);
  expect(rows[0]?.rows).toBeLessThan(log.length / 4);
  expect(rows[0]?.most).toBeGreaterThan(1);
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, i) => i + 1));

  const cursors: LogCursor[] = [];
  for (let after = 0; after <= log.length + 1; after += 1)
    for (const limit of [1, 7, 64, 200])
      cursors.push({ workspaceId: DEFAULT_WORKSPACE_ID, jobId: id, after, limit });
  const pages = await listEventPages(database.db, cursors);
  for (const { after, limit } of cursors) {
    const found = pages.get(cursorKey({ workspaceId: DEFAULT_WORKSPACE_ID, jobId: id, after, limit }));
    expect(found).toMatchObject({ lastSeq: log.length, ended: true });
    const expected = log.slice(after, after + limit);
    expect(found?.events.map(({ seq, type, ticker }) => [seq, type, ticker])).toEqual(
      expected.map(({ seq, type, ticker }) => [seq, type, ticker]),
    );
    expect(found?.events.map(({ progress, payload }) => [progress, payload])).toEqual(
      expected.map(({ progress, payload }) => [progress, payload]),
    );
  }
});

test('behind a gap a page begins with what is left', async () => {
  const id = await ended();
  const last = (await eventRows(database.db, id)).at(-1)?.seq ?? 0;
  await database.db.execute(sql`delete from job_events where job_id = ${id} and seq <= 300`);
  const left = await eventRows(database.db, id);
  const first = left[0]?.seq ?? 0;
  expect(first).toBeGreaterThan(64);
  const { events } = await page({ workspaceId: DEFAULT_WORKSPACE_ID, jobId: id, after: 5, limit: 100 });
  expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, i) => first + i));
  expect(
    (await page({ workspaceId: DEFAULT_WORKSPACE_ID, jobId: id, after: last, limit: 100 })).events,
  ).toEqual([]);
});
