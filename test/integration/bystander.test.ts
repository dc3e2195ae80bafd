import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { sql } from '../../src/db/drizzle.ts';
import { ItemError } from '../../src/errors.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { type Bystander, openBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startWorker, testTask } from '../support/engine.ts';
import { openSecondWorkspace } from '../support/second-workspace.ts';

let database: TestDatabase;
let api: TestApi;
beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
});
afterAll(async () => {
  await api.close();
  await database.close();
});

const open = (at = api) => openBystander({ url: at.url, db: database.db });

test('a bystander that nobody touches passes its checks, also those at once', async () => {
  const bystander = await open();
  await Promise.all([bystander.check(), bystander.check(), bystander.check()]);
  await bystander.leave();
});

const changes: readonly [
  name: string,
  change: (bystander: Bystander) => Promise<unknown>,
  noticed: string,
][] = [
  [
    'a row of its workspace is changed',
    ({ workspaceId }) =>
      database.db.execute(sql`update watchlist_items set note = 'x' where workspace_id = ${workspaceId}`),
    'rows of the bystander',
  ],
  [
    'a row of its workspace is added',
    ({ workspaceId }) =>
      database.db.execute(sql`
          insert into watchlist_items (workspace_id, watchlist_id, ticker)
          select workspace_id, id, 'ADDED' from watchlists where workspace_id = ${workspaceId} limit 1`),
    'rows of the bystander',
  ],
  [
    'its job is removed',
    ({ workspaceId }) => database.db.execute(sql`delete from jobs where workspace_id = ${workspaceId}`),
    'rows of the bystander',
  ],
];

test.each(changes)('a check fails when %s', async (_name, change, noticed) => {
  const bystander = await open();
  await change(bystander);
  await expect(bystander.check()).rejects.toThrow(noticed);
  await expect(bystander.leave()).rejects.toThrow(noticed);
});

test('a check fails when its followers are cut off', async () => {
  const other = await startApi(database.url);
  const bystander = await open(other);
  await other.close();
  await expect(bystander.leave()).rejects.toThrow('the followers of the bystander are open');
});

test('the check of a second workspace without an API fails when its job has failed, and when its rows change afterwards', async () => {
  const { db, url } = database;
  const task = testTask((ticker) =>
    ticker === 'FAILS' ? Promise.reject(new ItemError('NO_DATA', 'none')) : Promise.resolve(),
  );
  const worker = await startWorker(url, db, task);
  onTestFinished(() => worker.stop());
  const beside = await openSecondWorkspace(db);
  await expect(beside.complete({}, 'FAILS')).rejects.toThrow('the job of the second workspace');
  await beside.complete();
  await beside.expectUnchanged();
  await db.execute(sql`update job_items set crashes = 1 where ticker = 'BESIDE'`);
  await expect(beside.expectUnchanged()).rejects.toThrow('rows of the second workspace');
});
