import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { insertAnalyses, insertDetails, type StoredAnalysis } from '../../src/analyses/analysis.store.ts';
import { upsertLatest } from '../../src/analyses/latest.store.ts';
import type { Tx } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';
import { violatedConstraint } from '../../src/db/retry.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { clearJobs, submit } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { newAnalysis } from '../support/feed.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  expect(await orphans()).toEqual([]);
  await clearJobs(database.db);
  expect(await orphans()).toEqual([]);
});
afterAll(() => database.close());

async function orphans(): Promise<unknown[]> {
  const { rows } = await database.db.execute(sql`
    select 'details', analysis_id from analysis_details d where not exists (select from analyses where id = d.analysis_id)
    union all select 'latest', analysis_id from latest_analyses l where not exists (select from analyses where id = l.analysis_id)
    union all select 'workspace', id from analyses a where not exists (select from workspaces where id = a.workspace_id)
    union all select 'latest of a workspace', analysis_id from latest_analyses l where not exists (select from workspaces where id = l.workspace_id)`);
  return rows;
}

async function resultOf(ticker: string): Promise<StoredAnalysis> {
  const jobId = await submit(database.db, [ticker]);
  return { jobId, workspaceId: DEFAULT_WORKSPACE_ID, ticker, analysis: newAnalysis() };
}

/** A stored result without details, of which nothing says that it is the latest. */
async function bare(ticker: string): Promise<StoredAnalysis> {
  const row = await resultOf(ticker);
  await database.db.transaction((tx) => insertAnalyses(tx, [row]));
  return row;
}

const remove = (db: Pick<Tx, 'execute'>, { analysis }: StoredAnalysis) =>
  db.execute(sql`delete from analyses where id = ${analysis.id}`);

const refusal = (work: Promise<unknown>) => work.then(() => null, violatedConstraint);

/** Resolves when some session waits for a lock. */
const blocked = () =>
  eventually(async () => {
    const { rows } = await database.db.execute<{ n: number }>(
      sql`select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return (rows[0]?.n ?? 0) > 0;
  });

describe.each([
  ['details', insertDetails, 'analysis_details_analysis_id_analyses_id_fk'],
  ['latest', upsertLatest, 'latest_analyses_analysis_fk'],
] as const)('%s of a result', (_name, insert, constraint) => {
  test('that is not there are refused, and so are the other rows of their statement', async () => {
    const good = await bare('GOOD');
    const bad = { ...good, ticker: 'BAD', analysis: newAnalysis() };
    expect(await refusal(database.db.transaction((tx) => insert(tx, [good, bad])))).toBe(constraint);
  });

  test('that is being deleted wait for its end, and are refused', async () => {
    const row = await bare('GOING');
    let inserting: Promise<unknown> = Promise.resolve();
    await database.db.transaction(async (tx) => {
      await remove(tx, row);
      inserting = refusal(database.db.transaction((other) => insert(other, [row])));
      await blocked();
    });
    expect(await inserting).toBe(constraint);
  });

  test('hold back its deletion until they are there, so that it does not pass them by', async () => {
    const row = await bare('STAYING');
    let removing: Promise<unknown> = Promise.resolve();
    await database.db.transaction(async (tx) => {
      await insert(tx, [row]);
      removing = refusal(remove(database.db, row) as unknown as Promise<unknown>);
      await blocked();
    });
    expect(await removing).toBe(insert === upsertLatest ? constraint : null);
  });
});

test('a result of no workspace is refused, and a workspace takes results, details and latest along', async () => {
  const { db } = database;
  const lost = { ...(await resultOf('LOST')), workspaceId: uuidv7() };
  expect(await refusal(db.transaction((tx) => insertAnalyses(tx, [lost])))).toBe(
    'analyses_workspace_id_workspaces_id_fk',
  );
  const row = await bare('KEPT');
  expect(await refusal(db.transaction((tx) => upsertLatest(tx, [{ ...row, workspaceId: uuidv7() }])))).toBe(
    'latest_analyses_workspace_fk',
  );
  const workspaceId = uuidv7();
  await db.execute(sql`insert into workspaces (id, name) values (${workspaceId}, 'other')`);
  const other = { ...row, workspaceId, ticker: 'OTHER', analysis: newAnalysis() };
  await db.transaction(async (tx) => {
    await insertAnalyses(tx, [other]);
    await insertDetails(tx, [other]);
    await upsertLatest(tx, [other]);
  });
  await db.execute(sql`delete from workspaces where id = ${workspaceId}`);
  const { rows } = await db.execute(sql`select ticker from analyses`);
  expect(rows).toEqual([{ ticker: 'KEPT' }]);
});

test.each([
  ['analyses', 'id', null],
  ['workspaces', 'id', null],
  ['analyses', 'workspace_id', 'analyses_workspace_id_workspaces_id_fk'],
  ['analysis_details', 'analysis_id', 'analysis_details_analysis_id_analyses_id_fk'],
])('a change of %s.%s that would orphan a row is refused', async (table, column, constraint) => {
  const row = await bare('A');
  await database.db.transaction((tx) => insertDetails(tx, [row]));
  const change = database.db.execute(sql.raw(`update ${table} set ${column} = gen_random_uuid()`));
  await expect(change).rejects.toMatchObject({ cause: { code: '23503' } });
  if (constraint !== null)
    expect(
      await refusal(
        database.db.execute(sql.raw(`update ${table} set ${column} = gen_random_uuid()`)) as never,
      ),
    ).toBe(constraint);
});
