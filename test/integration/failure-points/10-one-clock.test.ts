import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../../src/db/drizzle.ts';
import { violatedConstraint } from '../../../src/db/retry.ts';
import { apiAt, type TestApi } from '../../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { clearJobs, endedJob, inconsistencies, startWorker, submit, testTask } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { type Running, run, urlOf } from '../../support/processes.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  expect(await inconsistencies(database.db)).toEqual([]);
  await clearJobs(database.db);
  await database.db.execute(sql`delete from workers where state = 'STOPPED'`);
});
afterAll(() => database.close());

const databaseNow = async () => {
  const { rows } = await database.db.execute<{ at: string }>(sql`select clock_timestamp()::text as at`);
  return rows[0]?.at ?? '';
};

/** Times that lie outside of the window, or out of order; by table and column. */
async function wrongTimes(from: string, to: string): Promise<unknown[]> {
  const columns = [
    ['jobs', 'created_at'],
    ['jobs', 'started_at'],
    ['jobs', 'finished_at'],
    ['job_items', 'started_at'],
    ['job_items', 'finished_at'],
    ['job_log', 'at'],
    ['analyses', 'created_at'],
    ['workers', 'started_at'],
    ['workers', 'heartbeat_at'],
    ['watchlist_items', 'added_at'],
  ];
  const outside = columns.map(
    ([table, column]) => `select '${table}.${column}' as what, ${column}::text as at from ${table}
      where ${column} not between '${from}'::timestamptz - interval '2 ms' and '${to}'::timestamptz + interval '2 ms'`,
  );
  const disordered = [
    `select 'job order', id::text from jobs where not (created_at <= started_at and started_at <= finished_at)`,
    `select 'item order', i.ticker from job_items i join jobs j on j.id = i.job_id
      where not (j.created_at <= i.started_at and i.started_at <= i.finished_at and i.finished_at <= j.finished_at)`,
    `select 'event order', job_id || ' ' || seq from (select job_id, seq, at, lag(at) over (partition by job_id order by seq) as before from job_log) e where at < before`,
  ];
  const { rows } = await database.db.execute(sql.raw([...outside, ...disordered].join(' union all ')));
  return rows;
}

describe('10: with an API two hours ahead, another two behind, and a worker a day behind', () => {
  const processes: Running[] = [];
  let ahead: TestApi;
  let behind: TestApi;
  const skewed = (entry: string, hours: number) => {
    const process = run(entry, {
      DATABASE_URL: database.url,
      PORT: '0',
      NODE_OPTIONS: `--import=${new URL('../../support/skewed-clock.mjs', import.meta.url)}`,
      CLOCK_SKEW_MS: String(hours * 3_600_000),
      LOG_LEVEL: 'fatal',
    });
    processes.push(process);
    return process;
  };
  let began: string;
  beforeAll(async () => {
    began = await databaseNow();
    const [first, second, worker] = [skewed('api.mjs', 2), skewed('api.mjs', -2), skewed('worker.mjs', -24)];
    ahead = apiAt(await urlOf(first));
    behind = apiAt(await urlOf(second));
    await worker.said(/The worker is ready/);
  });
  afterAll(async () => {
    await Promise.all(processes.map((process) => process.stop()));
  });

  test('every time is from the database’s clock, and created ≤ started ≤ finished holds for jobs and items', async () => {
    await ahead.one(
      'mutation { createWatchlist(input: { name: "Mine", tickers: ["AAA", "NOPE"] }) { __typename } }',
    );
    const jobs = [
      await ahead.submit({ tickers: ['AAA', 'BBB', 'CCC'], source: 'DEMO' }),
      await behind.submit({ tickers: ['AAPL', 'NOPE'], source: 'SAMPLE' }),
    ];
    for (const { job } of jobs) await eventually(() => endedJob(database.db, job.uuid), 20_000);
    expect(await wrongTimes(began, await databaseNow())).toEqual([]);
  });

  test('the newest job is the one that was submitted last, wherever: lists, watchlists and latest results agree', async () => {
    await ahead.one(
      'mutation { createWatchlist(input: { name: "Order", tickers: ["AAA"] }) { __typename } }',
    );
    const order: string[] = [];
    for (const api of [ahead, behind, ahead, behind]) {
      const { job } = await api.submit({ tickers: ['AAA'], source: 'DEMO', force: true });
      await eventually(() => endedJob(database.db, job.uuid), 20_000);
      order.unshift(job.uuid);
    }
    const { edges } = await behind.one<{ edges: { node: { uuid: string } }[] }>(
      '{ jobs { edges { node { uuid } } } }',
    );
    expect(edges.map(({ node }) => node.uuid)).toEqual(order);
    const { rows } = await database.db.execute(
      sql`select last_job_id as id from watchlist_tickers where ticker = 'AAA'`,
    );
    expect(rows).toEqual([{ id: order[0] }]);
    const latest = await ahead.one<{ job: { uuid: string } }[]>(
      '{ latestAnalyses(tickers: ["AAA"]) { job { uuid } } }',
    );
    expect(latest).toEqual([{ job: { uuid: order[0] } }]);
  });
});

describe('10: the tables refuse', () => {
  test.each([
    [
      'a job that started before it was created',
      `update jobs set started_at = created_at - interval '1 s', state = 'PROCESSING'`,
      'jobs_times_check',
    ],
    [
      'an item that ended before it started',
      `update job_items set state = 'CANCELLED', started_at = now(), finished_at = now() - interval '1 s'`,
      'job_items_times_check',
    ],
  ])('%s', async (_name, statement, constraint) => {
    await submit(database.db, ['A']);
    expect(await database.db.execute(sql.raw(statement)).then(() => null, violatedConstraint)).toBe(
      constraint,
    );
    await database.db.execute(sql`delete from jobs`);
  });
});

test('10: the heartbeat of a running worker is never older than 3 s by the defaults, also while its pool is full', async () => {
  const { parseConfig } = await import('../../../src/config.ts');
  const { leaseMs, heartbeatMs } = parseConfig({}).worker;
  const until = Promise.withResolvers<void>();
  const worker = await startWorker(
    database.url,
    database.db,
    testTask(() => until.promise),
    { leaseMs, heartbeatMs },
  );
  await submit(database.db, ['A']);
  // Every connection of the worker's pool but the one that looks is kept busy by somebody who sleeps.
  const sleepers = Array.from({ length: 9 }, () => database.db.execute(sql`select pg_sleep(7)`));
  let oldest = 0;
  const beats = new Set<number>();
  for (const end = performance.now() + 7_000; performance.now() < end; ) {
    const { rows } = await database.db.execute<{ age: number; beat: number }>(sql`
      select extract(epoch from clock_timestamp() - heartbeat_at)::float8 as age, extract(epoch from heartbeat_at)::float8 as beat,
        pg_sleep(0.02) from workers where state = 'ALIVE'`);
    for (const { age, beat } of rows) {
      oldest = Math.max(oldest, age);
      beats.add(beat);
    }
  }
  // A heartbeat is as old as it gets just before the next one: looks may miss that moment, the two times cannot.
  const times = [...beats];
  for (const [i, beat] of times.slice(1).entries()) oldest = Math.max(oldest, beat - (times[i] ?? beat));
  expect(times.length).toBeGreaterThan(2);
  await Promise.all(sleepers);
  until.resolve();
  console.log(`oldest heartbeat: ${oldest.toFixed(2)} s`);
  expect(oldest).toBeGreaterThan(1);
  expect(oldest).toBeLessThanOrEqual(3);
  await worker.stop();
});
