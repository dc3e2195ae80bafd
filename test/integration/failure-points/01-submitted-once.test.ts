import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../../src/db/client.ts';
import { sql } from '../../../src/db/drizzle.ts';
import { isTransient, violatedConstraint } from '../../../src/db/retry.ts';
import { submitJob } from '../../../src/jobs/submit-job.ts';
import { apiAt, type TestApi } from '../../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { inconsistencies, jobRequest } from '../../support/engine.ts';
import { type Cut, injectCuts, refuseWrites, statementName } from '../../support/faults.ts';
import { type Running, run, urlOf } from '../../support/processes.ts';
import { silent } from '../../support/silent.ts';
import { countRows } from '../../support/snapshot.ts';
import { loseCommitReply, startWireProxy, type WireProxy } from '../../support/wire-proxy.ts';

let database: TestDatabase;
let proxy: WireProxy;
let processes: Running[];
/** Two nodes; the first reaches the database through the proxy. */
let nodes: [TestApi, TestApi];

beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await startWireProxy(database.url);
  processes = [proxy.url, database.url].map((url) =>
    run('api.mjs', { DATABASE_URL: url, PORT: '0', LOG_LEVEL: 'fatal' }),
  );
  const [first = '', second = ''] = await Promise.all(processes.map(urlOf));
  nodes = [apiAt(first), apiAt(second)];
  // A submit writes to watchlists when one of them holds a ticker of its job.
  await nodes[0].one(
    'mutation { createWatchlist(input: { name: "Held", tickers: ["AAPL"] }) { __typename } }',
    {},
  );
});
afterEach(async () => {
  expect(await inconsistencies(database.db)).toEqual([]);
  await database.db.execute(sql`delete from jobs`);
});
afterAll(async () => {
  await Promise.all(processes.map((process) => process.stop()));
  await proxy.close();
  await database.close();
});

const nothing = {
  jobs: 0,
  job_items: 0,
  job_events: 0,
  analyses: 0,
  analysis_details: 0,
  latest_analyses: 0,
};
const oneJob = { ...nothing, jobs: 1, job_items: 2, job_events: 1 };

/** `count` submits at once, in turn to both nodes. A node whose pool is full for too long says UNAVAILABLE: it is asked again. */
function submitAll(count: number, input: (i: number) => object) {
  const submit = (i: number): ReturnType<(typeof nodes)[0]['submit']> =>
    nodes[i % 2 === 0 ? 0 : 1].submit(input(i)).catch((error: unknown) => {
      if (!String(error).includes('"UNAVAILABLE"')) throw error;
      return submit(i);
    });
  return Promise.all(Array.from({ length: count }, (_, i) => submit(i)));
}

describe('1: 200 parallel identical submits over two processes', () => {
  test('under one idempotency key make one job, and every answer carries it', async () => {
    const answers = await submitAll(200, () => ({ tickers: ['AAPL', 'MSFT'], idempotencyKey: 'same' }));
    expect(new Set(answers.map(({ job }) => job.uuid)).size).toBe(1);
    expect(answers.filter(({ deduplicated }) => !deduplicated)).toHaveLength(1);
    expect(await countRows(database.db)).toEqual(oneJob);
  });

  test('without a key make one job while it has not ended, whatever the order of their tickers', async () => {
    const answers = await submitAll(200, (i) => ({
      tickers: i % 3 === 0 ? ['MSFT', 'aapl'] : ['AAPL', 'MSFT'],
    }));
    expect(new Set(answers.map(({ job }) => job.uuid)).size).toBe(1);
    expect(answers.filter(({ deduplicated }) => !deduplicated)).toHaveLength(1);
    expect(await countRows(database.db)).toEqual(oneJob);
  });

  test('and another request under the key is a conflict on both nodes that names the job', async () => {
    const first = await nodes[0].submit({ tickers: ['AAPL', 'MSFT'], idempotencyKey: 'used' });
    const others = await submitAll(10, () => ({ tickers: ['NVDA'], idempotencyKey: 'used' }));
    for (const other of others) {
      expect(other).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT', jobId: first.job.uuid });
    }
    expect(await countRows(database.db)).toEqual(oneJob);
  });
});

test('1: the table itself refuses a second job under a key', async () => {
  await nodes[0].submit({ tickers: ['AAPL', 'MSFT'], idempotencyKey: 'twice' });
  const again =
    database.db.execute(sql`insert into jobs (id, workspace_id, kind, state, origin, strategy, source, is_demo, options,
      priority, run_at, fingerprint, idempotency_key, request_hash, total, queued, last_seq)
    select gen_random_uuid(), workspace_id, kind, state, origin, strategy, source, is_demo, options, priority, run_at, fingerprint,
      idempotency_key, request_hash, total, queued, last_seq from jobs`);
  expect(await again.then(() => null, violatedConstraint)).toBe('jobs_idempotency_key');
});

describe('1: a database error while a submit is stored', () => {
  const tables = ['jobs', 'job_items', 'job_events', 'watchlist_tickers', 'watchlists'];
  test.each(tables.flatMap((table) => ['53100', '55P03', '57014'].map((code) => [table, code] as const)))(
    'on %s (SQLSTATE %s) leaves no row and is answered as one that may be repeated; the repeat makes one job',
    async (table, sqlstate) => {
      const fault = await refuseWrites(database.db, table, sqlstate);
      const request = { tickers: ['AAPL', 'MSFT'], idempotencyKey: `${table} ${sqlstate}` };
      const refused = nodes[1].submit(request);
      await expect(refused).rejects.toThrow(/"code":"UNAVAILABLE".*"retryable":true/);
      expect(await fault.refused()).toBeGreaterThan(0);
      await fault.lift();
      expect(await countRows(database.db)).toEqual(nothing);
      expect(await nodes[0].submit(request)).toMatchObject({ deduplicated: false });
      expect(await countRows(database.db)).toEqual(oneJob);
    },
  );

  test.each(['40001', '40P01'])(
    'that asks for another try (SQLSTATE %s) is tried again unseen',
    async (code) => {
      const fault = await refuseWrites(database.db, 'job_items', code, [1, 2]);
      expect(await nodes[0].submit({ tickers: ['AAPL', 'MSFT'] })).toMatchObject({ deduplicated: false });
      expect(await fault.refused()).toBe(2);
      await fault.lift();
      expect(await countRows(database.db)).toEqual(oneJob);
    },
  );
});

test('1: a submit whose commit is answered to nobody is one that may be repeated, on any node, and stays one job', async () => {
  const lost = loseCommitReply(proxy);
  const request = { tickers: ['AAPL', 'MSFT'], idempotencyKey: 'lost reply' };
  await expect(nodes[0].submit(request)).rejects.toThrow(/"code":"UNAVAILABLE".*"retryable":true/);
  await lost;
  expect(await countRows(database.db)).toEqual(oneJob);
  expect(await submitAll(2, () => request)).toMatchObject([{ deduplicated: true }, { deduplicated: true }]);
  expect(await countRows(database.db)).toEqual(oneJob);
});

test('1: cut at any of its statements, a submit is stored whole or not at all, and its repeat answers the one job', async () => {
  const { db, close } = openDatabase({ url: database.url, max: 2, applicationName: 'cut', log: silent });
  const seen: string[] = [];
  let at = -1;
  let cut: Cut = 'BEFORE';
  injectCuts(db, (text) => {
    seen.push(statementName(text));
    return seen.length - 1 === at ? cut : null;
  });
  const submit = (key: string) =>
    submitJob(db, silent, jobRequest(['AAPL', 'MSFT'], { idempotencyKey: key, asked: key }));
  await submit('clean');
  const statements = seen.slice();
  expect(statements).toEqual(
    expect.arrayContaining(['begin', 'insertItems', 'insertEvents', 'commit', 'ring']),
  );
  const stored = sql`select count(*)::int as n from jobs where idempotency_key <> 'clean'`;
  for (let i = 0; i < statements.length; i += 1) {
    for (const kind of ['BEFORE', 'AFTER'] as const) {
      await database.db.execute(sql`delete from jobs where idempotency_key <> 'clean'`);
      cut = kind;
      at = seen.length + i;
      const key = `${statements[i]} ${i} ${kind}`;
      const answer = await submit(key).catch((error: unknown) => error);
      at = -1;
      const wasStored = (await database.db.execute(stored)).rows[0]?.n === 1;
      if (answer instanceof Error) expect(isTransient(answer)).toBe(true);
      else expect({ key, wasStored }).toEqual({ key, wasStored: true });
      // Once the job is committed, nothing that happens afterwards makes the answer a failure.
      expect({ key, failed: answer instanceof Error }).toEqual({ key, failed: statements[i] !== 'ring' });
      expect(await submit(key)).toMatchObject({ deduplicated: wasStored });
      expect(await inconsistencies(database.db)).toEqual([]);
      expect((await database.db.execute(stored)).rows).toEqual([{ n: 1 }]);
    }
  }
  await close();
});
