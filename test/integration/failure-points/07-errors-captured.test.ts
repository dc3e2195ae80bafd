import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../../src/access.ts';
import { sql } from '../../../src/db/drizzle.ts';
import { violatedConstraint } from '../../../src/db/retry.ts';
import { ItemError } from '../../../src/errors.ts';
import { claimItems } from '../../../src/jobs/claim-items.ts';
import type { AnyTask } from '../../../src/jobs/define-task.ts';
import { CRASH_LIMIT, RETRY_LIMIT } from '../../../src/jobs/job.ts';
import { returnOrphans } from '../../../src/jobs/rescue-items.ts';
import { jobGid, startApi, type TestApi } from '../../support/api.ts';
import { keepBystander } from '../../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import {
  deadWorker,
  endedJob,
  inconsistencies,
  KIND,
  loseWorker,
  startWorker,
  submit,
  testTask,
} from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { silent } from '../../support/silent.ts';

let database: TestDatabase;
let api: TestApi;
beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
});
afterEach(() => database.db.execute(sql`delete from jobs where workspace_id = ${DEFAULT_WORKSPACE_ID}`));
afterAll(async () => {
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

/** Fails in every way that there is, each ticker in its own. */
const failing: AnyTask = {
  ...testTask((ticker) => {
    if (ticker === 'PERMANENT') return Promise.reject(new ItemError('NO_DATA', 'There are no bars.'));
    if (ticker === 'TRANSIENT') return Promise.reject(new ItemError('SOURCE_TIMEOUT', 'The source is slow.'));
    if (ticker === 'UNEXPECTED') return Promise.reject(new Error('password=secret'));
    return Promise.resolve();
  }),
  save: (_tx, saved) =>
    saved.some(({ ticker }) => ticker === 'UNSTORABLE')
      ? Promise.reject(new Error('value out of range'))
      : Promise.resolve(),
};

interface Item {
  readonly ticker: string;
  readonly state: string;
  readonly attempt: number;
  readonly error: { code: string; message: string } | null;
  readonly startedAt: string;
  readonly finishedAt: string;
}
interface Items {
  readonly totalCount: number;
  readonly edges: { node: Item }[];
}

test('7: each failed item has code, message, attempts and times; they can be queried and filtered', async () => {
  const tickers = ['FINE', 'PERMANENT', 'TRANSIENT', 'UNEXPECTED', 'UNSTORABLE'];
  const poison = await submit(database.db, ['POISON']);
  for (let crash = 0; crash < CRASH_LIMIT; crash += 1) {
    const [item] = await claimItems(database.db, silent, await deadWorker(database.db), [KIND], 1);
    if (item === undefined) throw new Error('nothing to claim');
    await loseWorker(database.db, item);
    await returnOrphans(database.db, silent);
  }
  const worker = await startWorker(database.url, database.db, failing);
  const uuid = await submit(database.db, tickers);
  await eventually(() => endedJob(database.db, uuid), 28_000);
  await worker.stop();
  expect(await inconsistencies(database.db)).toEqual([]);

  const ask = (id: string, field: string) =>
    api.one<{ errors: Item[]; items: Items }>(`query($id: ID!) { job(id: $id) { ${field} } }`, {
      id: jobGid(id),
    });
  const facts = 'ticker state attempt error { code message } startedAt finishedAt';
  const page = `{ totalCount edges { node { ${facts} } } }`;
  const { errors } = await ask(uuid, `errors { ${facts} }`);
  expect(errors.map(({ ticker }) => ticker)).toEqual(['PERMANENT', 'TRANSIENT', 'UNEXPECTED', 'UNSTORABLE']);
  const masked = (start: string) =>
    expect.stringMatching(new RegExp(`^${start} \\(correlation id [\\w-]{36}\\)\\.$`));
  expect(errors.map(({ error, attempt }) => ({ ...error, attempt }))).toEqual([
    { code: 'NO_DATA', message: 'There are no bars.', attempt: 1 },
    { code: 'SOURCE_TIMEOUT', message: 'The source is slow.', attempt: RETRY_LIMIT + 1 },
    { code: 'INTERNAL', message: masked('Unexpected error'), attempt: RETRY_LIMIT + 1 },
    { code: 'INTERNAL', message: masked('The result could not be stored'), attempt: 1 },
  ]);
  const poisoned = await ask(poison, `errors { ${facts} }`);
  expect(poisoned.errors).toMatchObject([
    { error: { code: 'POISON', message: expect.stringContaining('3 workers') }, attempt: CRASH_LIMIT },
  ]);
  for (const item of [...errors, ...poisoned.errors]) {
    expect(item.state).toBe('FAILED');
    expect(Date.parse(item.startedAt)).toBeLessThanOrEqual(Date.parse(item.finishedAt));
  }

  const failed = await ask(uuid, `items(states: [FAILED]) ${page}`);
  expect(failed.items.totalCount).toBe(4);
  const fine = await ask(uuid, `items(states: [COMPLETED]) ${page}`);
  expect(fine.items.edges.map(({ node }) => node)).toMatchObject([
    { ticker: 'FINE', error: null, attempt: 1 },
  ]);
  const internal = await ask(uuid, `items(errorCode: "INTERNAL") ${page}`);
  expect(internal.items.totalCount).toBe(2);
  expect(internal.items.edges.map(({ node }) => node.ticker)).toEqual(['UNEXPECTED', 'UNSTORABLE']);
  const none = await ask(uuid, `items(states: [COMPLETED], errorCode: "INTERNAL") ${page}`);
  expect(none.items).toEqual({ totalCount: 0, edges: [] });

  // The log tells the same to whoever followed.
  const events = await database.db.execute<{ ticker: string; code: string }>(sql`
    select ticker, payload -> 'error' ->> 'code' as code from job_log where job_id = ${uuid} and type = 'ITEM_FAILED' order by ticker`);
  expect(events.rows).toEqual(errors.map(({ ticker, error }) => ({ ticker, code: error?.code })));
});

test.each([
  ['error_code', `error_message = 'x'`],
  ['error_message', `error_code = 'X'`],
])('7: the table refuses a failed item without %s', async (_column, rest) => {
  await submit(database.db, ['A']);
  const statement = `update job_items set state = 'FAILED', started_at = now(), finished_at = now(), ${rest}`;
  const refused = database.db.execute(sql.raw(statement)).then(() => null, violatedConstraint);
  expect(await refused).toBe('job_items_state_machine_check');
});
