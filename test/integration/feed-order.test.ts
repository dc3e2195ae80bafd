import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { appendToFeed } from '../../src/analyses/feed.store.ts';
import { ANALYSIS_KIND } from '../../src/analyses/kind.ts';
import { resolveOptions } from '../../src/analyses/options.ts';
import { sql } from '../../src/db/drizzle.ts';
import { startAnalysisWorker } from '../support/analysis-worker.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { endedJob, jobRow, submit } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { statementName } from '../support/faults.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const OTHER_WORKSPACE_ID = '00000000-0000-7000-8000-0000000000ff';
const idsOf = (count: number) => Array.from({ length: count }, () => crypto.randomUUID());
const here = (ids: readonly string[], workspaceId = DEFAULT_WORKSPACE_ID) =>
  ids.map((analysisId) => ({ workspaceId, analysisId }));

/** The feed as it is stored: id by position. */
async function stored(workspaceId = DEFAULT_WORKSPACE_ID): Promise<{ position: number; id: string }[]> {
  const { rows } = await database.db.execute<{ position: string; id: string }>(sql`
    select e.last_position - cardinality(e.analysis_ids) + o.n as position, o.id
    from feed_entries e cross join unnest(e.analysis_ids) with ordinality as o(id, n)
    where e.workspace_id = ${workspaceId} order by 1`);
  return rows.map((row) => ({ position: Number(row.position), id: row.id }));
}

test('a writer that began first and commits last gets the later positions', async () => {
  const [early = '', late = ''] = idsOf(2);
  const before = (await stored()).length;
  const began = Promise.withResolvers<void>();
  const resume = Promise.withResolvers<void>();
  const first = database.db.transaction(async (tx) => {
    // It has written, and so has the older transaction id; its place in the feed comes with its last statement.
    await tx.execute(sql`update workers set name = name`);
    began.resolve();
    await resume.promise;
    await appendToFeed(tx, here([early]));
  });
  await began.promise;
  await database.db.transaction((tx) => appendToFeed(tx, here([late])));
  expect((await stored()).slice(before)).toEqual([{ position: before + 1, id: late }]);
  resume.resolve();
  await first;
  expect((await stored()).slice(before)).toEqual([
    { position: before + 1, id: late },
    { position: before + 2, id: early },
  ]);
});

test('a writer that took its place and has not committed holds the later ones back; rolled back, it leaves no hole', async () => {
  const [lost = '', kept = ''] = idsOf(2);
  const before = (await stored()).length;
  const placed = Promise.withResolvers<void>();
  const resume = Promise.withResolvers<void>();
  const first = database.db
    .transaction(async (tx) => {
      await appendToFeed(tx, here([lost]));
      placed.resolve();
      await resume.promise;
      throw new Error('rolled back');
    })
    .catch((error: Error) => error.message);
  await placed.promise;
  const second = database.db.transaction((tx) => appendToFeed(tx, here([kept])));
  await eventually(async () => {
    const { rows } = await database.db.execute(
      sql`select from pg_stat_activity where wait_event_type = 'Lock' and query like '%appendToFeed%'`,
    );
    return rows.length > 0;
  });
  expect(await stored()).toHaveLength(before);
  resume.resolve();
  expect(await first).toBe('rolled back');
  expect(await second).toEqual([{ workspaceId: DEFAULT_WORKSPACE_ID, position: before + 1 }]);
  expect((await stored()).slice(before)).toEqual([{ position: before + 1, id: kept }]);
});

test('one flush places the results of several workspaces, in the order given, however many', async () => {
  await database.db.execute(sql`insert into workspaces (id, name) values (${OTHER_WORKSPACE_ID}, 'Other')`);
  const before = (await stored()).length;
  const [mine, others] = [idsOf(250), idsOf(3)];
  const mixed = [
    ...here(others.slice(0, 1), OTHER_WORKSPACE_ID),
    ...here(mine),
    ...here(others.slice(1), OTHER_WORKSPACE_ID),
  ];
  await database.db.transaction((tx) => appendToFeed(tx, mixed));
  expect((await stored()).slice(before)).toEqual(mine.map((id, i) => ({ position: before + i + 1, id })));
  expect(await stored(OTHER_WORKSPACE_ID)).toEqual(others.map((id, i) => ({ position: i + 1, id })));
});

test('the engine places a result in the last statement before the commit but the one that places ended jobs', async () => {
  const worker = await startAnalysisWorker(database);
  onTestFinished(() => worker.stop());
  // What a worker without work asks may come in between, and the reads of this test.
  const start = database.statements.length;
  await eventually(async () => database.statements.length > start + 8);
  const from = database.statements.length;
  const idle = new Set(database.statements.slice(start, from).map(statementName));
  const id = await submit(database.db, ['LAST'], {
    kind: ANALYSIS_KIND,
    options: resolveOptions({}, '2026-01-30'),
  });
  await eventually(() => endedJob(database.db, id));
  expect((await jobRow(database.db, id)).state).toBe('COMPLETED');
  const names = database.statements.slice(from).map(statementName);
  const at = names.indexOf('appendToFeed');
  expect(at).toBeGreaterThan(0);
  const rest = names.slice(at + 1, names.indexOf('commit', at));
  expect(rest.filter((name) => !idle.has(name) && !name.startsWith('select '))).toEqual(['appendJobEnds']);
});
