import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../../src/access.ts';
import { apiLimits, openDatabase, sessionLimits } from '../../../src/db/client.ts';
import { sql } from '../../../src/db/drizzle.ts';
import { migrate } from '../../../src/db/migrate.ts';
import { databaseErrorCode } from '../../../src/db/retry.ts';
import { lockJobs } from '../../../src/jobs/job.store.ts';
import { rescueItems } from '../../../src/jobs/rescue-items.ts';
import { updateWatchlists } from '../../../src/jobs/update-watchlists.ts';
import { addToWatchlist } from '../../../src/watchlists/edit-watchlist.ts';
import { startAnalysisWorker } from '../../support/analysis-worker.ts';
import { apiAt, jobGid, startApi, type TestApi } from '../../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { clearJobs, endedJob, inconsistencies, submit } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { run, urlOf } from '../../support/processes.ts';
import { randomOf } from '../../support/series.ts';
import { silent } from '../../support/silent.ts';
import { startWireProxy } from '../../support/wire-proxy.ts';

const DEFAULT_WATCHLIST = '00000000-0000-7000-8000-000000000002';
/** How long writers and readers run. CI takes the default; 60 is the minute that the failure point names. */
const LOAD_SECONDS = Number(process.env.FAILURE_POINT_SECONDS ?? 10);

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  expect(await inconsistencies(database.db)).toEqual([]);
  await clearJobs(database.db);
});
afterAll(() => database.close());

/** Of this database, once the connections that ran into them have gone and so reported them. */
async function deadlocks(): Promise<number> {
  const { rows } = await database.db.execute<{ n: number }>(
    sql`select deadlocks::int as n from pg_stat_database where datname = current_database()`,
  );
  return rows[0]?.n ?? Number.NaN;
}

describe('13: eight that migrate an empty database at once all succeed, and each migration runs once', () => {
  const journal = new URL('../../../drizzle/meta/_journal.json', import.meta.url);
  const { entries } = JSON.parse(readFileSync(journal, 'utf8')) as { entries: unknown[] };

  async function migrated(start: (url: string) => Promise<unknown>): Promise<void> {
    const empty = await createTestDatabase('EMPTY');
    const ends = await Promise.allSettled(Array.from({ length: 8 }, () => start(empty.url)));
    const { rows } = await empty.db.execute(
      sql`select count(*)::int as n, count(distinct hash)::int as hashes from drizzle.__drizzle_migrations`,
    );
    await empty.close();
    expect(ends.filter(({ status }) => status === 'rejected')).toEqual([]);
    expect(rows).toEqual([{ n: entries.length, hashes: entries.length }]);
  }

  test('as processes', () =>
    migrated(async (url) => {
      const process = run('migrate.mjs', { DATABASE_URL: url, LOG_LEVEL: 'fatal' });
      expect(await process.exited).toBe(0);
    }));

  // Processes start one after the other on a small machine; these begin in the same moment.
  test('in the same moment', async () => {
    for (let round = 0; round < 3; round += 1) await migrated((url) => migrate(url, silent));
  });
});

test('13: the tables are changed by migrations only: no request, job or rescue runs DDL', async () => {
  await database.db.execute(sql`
    create function refuse_ddl() returns event_trigger language plpgsql as $$ begin raise exception 'DDL: %', tg_tag; end $$`);
  await database.db.execute(
    sql`create event trigger refuse_ddl on ddl_command_start execute function refuse_ddl()`,
  );
  const api = await startApi(database.url);
  const worker = await startAnalysisWorker(database);
  const rescuer = rescueItems({ db: database.db, leaseMs: 10_000, log: silent });
  const refused = database.db.execute(sql`create table proof (id int)`);
  await expect(refused).rejects.toMatchObject({ cause: { message: 'DDL: CREATE TABLE' } });
  const { job } = await api.submit({ tickers: ['AAA', 'BBB'], source: 'DEMO' });
  const states: string[] = [];
  for await (const { state } of api.follow<{ state: string }>(
    'subscription($id: ID!) { jobProgress(id: $id) { state } }',
    { id: job.id },
  )) {
    states.push(state);
  }
  expect(states.at(-1)).toBe('COMPLETED');
  await editLists(api, randomOf(1));
  expect(
    (
      await api.post(
        '{ jobs { edges { node { state items { edges { node { ticker } } } } } } queue { workers { name } } }',
      )
    ).errors,
  ).toBeUndefined();
  await worker.stop();
  await rescuer.stop();
  await api.close();
  await database.db.execute(sql`drop event trigger refuse_ddl`);
  await database.db.execute(sql`drop function refuse_ddl`);
});

/** Start-up parameters of every connection that a process opens, by application name; read off the wire. */
async function parametersOf(entry: 'api.mjs' | 'worker.mjs'): Promise<Map<string, Map<string, string>>> {
  const proxy = await startWireProxy(database.url);
  const seen = new Map<string, Map<string, string>>();
  proxy.toServer = (bytes) => {
    // A start-up packet: length, protocol 3.x, then names and values.
    if (bytes.length > 8 && bytes.readUInt32BE(0) === bytes.length && bytes.readUInt16BE(4) === 3) {
      const words = bytes.subarray(8).toString().split('\0');
      const pairs = new Map<string, string>();
      for (let i = 0; i + 1 < words.length && words[i] !== ''; i += 2)
        pairs.set(words[i] ?? '', words[i + 1] ?? '');
      seen.set(pairs.get('application_name') ?? '', pairs);
    }
    return 'PASS';
  };
  const process = run(entry, { DATABASE_URL: proxy.url, PORT: '0', LOG_LEVEL: 'fatal' });
  if (entry === 'api.mjs')
    await apiAt(await urlOf(process)).post('{ __typename jobs { edges { node { id } } } }');
  else await process.said(/The worker is ready/);
  await process.stop();
  await proxy.close();
  return seen;
}

describe('13: every connection', () => {
  test.each([
    ['api.mjs', 'thetool api', { ...sessionLimits, ...apiLimits }],
    ['worker.mjs', 'thetool worker', sessionLimits],
  ] as const)('of %s has its limits from the first statement', async (entry, pool, limits) => {
    const seen = await parametersOf(entry);
    const names = [...seen.keys()];
    expect(names).toEqual(expect.arrayContaining(['thetool migrate', 'thetool listener', pool]));
    for (const name of names) {
      const parameters = seen.get(name);
      const missing = ['lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout'].filter(
        // A migration may take as long as it needs; what it waits for may not.
        (setting) =>
          !parameters?.has(setting) && !(name === 'thetool migrate' && setting === 'statement_timeout'),
      );
      expect({ name, missing }).toEqual({ name, missing: [] });
    }
    const parameters = seen.get(pool);
    expect(Number(parameters?.get('lock_timeout'))).toBe(limits.lock_timeout);
    expect(Number(parameters?.get('statement_timeout'))).toBe(limits.statement_timeout);
  });
});

describe('13: rows are locked in one order', () => {
  /** Runs both at once, 200 times, without the second try that hides a deadlock. */
  async function race(
    one: (tx: Parameters<Parameters<typeof database.db.transaction>[0]>[0]) => Promise<unknown>,
    other: typeof one,
  ) {
    const { db, close } = openDatabase({ url: database.url, max: 8, applicationName: 'race', log: silent });
    const codes: (string | null)[] = [];
    for (let round = 0; round < 50; round += 1) {
      const both = [one, other, one, other].map((work) => db.transaction(work));
      for (const end of await Promise.allSettled(both)) {
        if (end.status === 'rejected') codes.push(databaseErrorCode(end.reason));
      }
      if (codes.length > 0) break;
    }
    await close();
    expect(codes).toEqual([]);
  }
  const tickers = Array.from({ length: 60 }, (_, i) => `T${i}`);

  test('jobs: 200 transactions that want the same ones, asked for in opposite orders', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 30; i += 1) ids.push(await submit(database.db, ['A']));
    await race(
      (tx) => lockJobs(tx, ids),
      (tx) => lockJobs(tx, ids.toReversed()),
    );
  });

  test('tickers of watchlists and the lists: 200 flushes over the same tickers, in opposite orders', async () => {
    const deps = { db: database.db, log: silent };
    await addToWatchlist(deps, DEFAULT_WORKSPACE_ID, { id: DEFAULT_WATCHLIST, tickers, note: '' });
    const jobId = await submit(database.db, ['A']);
    const statuses = tickers.map((ticker) => ({
      workspaceId: DEFAULT_WORKSPACE_ID,
      ticker,
      jobId,
      status: 'PROCESSING' as const,
      analysisId: null,
    }));
    await race(
      (tx) => updateWatchlists(tx, statuses),
      (tx) => updateWatchlists(tx, statuses.toReversed()),
    );
  });

  // Statistics change the plans; the order of the locks must not follow them.
  test.each(['NO STATISTICS', 'STATISTICS'])(
    'a flush locks all its tickers before the list that holds them, planned with %s',
    async (kind) => {
      const deps = { db: database.db, log: silent };
      await addToWatchlist(deps, DEFAULT_WORKSPACE_ID, { id: DEFAULT_WATCHLIST, tickers, note: '' });
      if (kind === 'STATISTICS')
        await database.db.execute(sql`analyze watchlists, watchlist_items, watchlist_tickers`);
      const jobId = await submit(database.db, ['A']);
      const last = tickers.toSorted().at(-1);
      const holder = new pg.Client({ connectionString: database.url });
      await holder.connect();
      await holder.query('begin');
      await holder.query('select from watchlist_tickers where ticker = $1 for update', [last]);
      const flush = database.db.transaction((tx) =>
        updateWatchlists(
          tx,
          tickers.map((ticker) => ({
            workspaceId: DEFAULT_WORKSPACE_ID,
            ticker,
            jobId,
            status: 'PROCESSING',
            analysisId: null,
          })),
        ),
      );
      await eventually(async () => {
        const waiting = await holder.query(
          'select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))',
        );
        return waiting.rowCount === 1;
      });
      await holder.query('select from watchlists where id = $1 for update nowait', [DEFAULT_WATCHLIST]);
      await holder.query('commit');
      await holder.end();
      expect(await flush).toMatchObject([{ id: DEFAULT_WATCHLIST }]);
    },
  );
});

test('13: while somebody holds a table, the API says within 2 s that it is to be asked again; afterwards nothing is doubled', async () => {
  const api = await startApi(database.url);
  const worker = await startAnalysisWorker(database);
  const holder = new pg.Client({ connectionString: database.url });
  await holder.connect();
  await holder.query('begin; lock table jobs in access exclusive mode');
  const inputs = Array.from({ length: 8 }, (_, i) => ({
    tickers: [`L${i}`],
    source: 'DEMO',
    idempotencyKey: `l${i}`,
  }));
  const began = performance.now();
  const answers = await Promise.allSettled(inputs.map((input) => api.submit(input)));
  const took = performance.now() - began;
  for (const answer of answers) {
    expect(answer).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringMatching(/"code":"UNAVAILABLE".*"retryable":true/) },
    });
  }
  console.log(`answered after ${Math.round(took)} ms`);
  expect(took).toBeLessThan(2_000);
  await holder.query('rollback');
  await holder.end();
  for (const input of inputs) {
    const { job } = await api.submit(input);
    expect((await api.submit(input)).job).toEqual(job);
    await eventually(() => endedJob(database.db, job.uuid));
  }
  await worker.stop();
  await api.close();
  const { rows } = await database.db.execute(
    sql`select (select count(*) from jobs)::int as jobs, (select count(*) from analyses)::int as analyses`,
  );
  expect(rows).toEqual([{ jobs: 8, analyses: 8 }]);
});

async function editLists(api: TestApi, random: () => number): Promise<void> {
  const ticker = `T${Math.floor(random() * 20)}`;
  const list = Buffer.from(`Watchlist:${DEFAULT_WATCHLIST}`).toString('base64');
  const field = random() < 0.7 ? 'addToWatchlist' : 'removeFromWatchlist';
  await api.one(
    `mutation($id: ID!) { ${field}(input: { id: $id, tickers: ["${ticker}"] }) { __typename } }`,
    {
      id: list,
    },
  );
}

test(
  `13: ${LOAD_SECONDS} s of writers and readers: no deadlock, no lock waited for longer than its limit, no error`,
  async () => {
    const opened = openDatabase({ url: database.url, max: 12, applicationName: 'load', log: silent });
    const api = await startApi(database.url, { DATABASE_POOL_SIZE: '12' });
    const workers = [
      await startAnalysisWorker({ ...database, db: opened.db }),
      await startAnalysisWorker({ ...database, db: opened.db }),
    ];
    const rescuer = rescueItems({ db: opened.db, leaseMs: 10_000, log: silent });
    const until = performance.now() + LOAD_SECONDS * 1_000;
    const going = () => performance.now() < until;
    const jobs = [(await api.submit({ tickers: ['T0'], source: 'DEMO' })).job.uuid];
    let operations = 0;
    const repeat = (work: (random: () => number) => Promise<unknown>) => async (_: unknown, seed: number) => {
      for (const random = randomOf(seed); going(); operations += 1) await work(random);
    };
    const many = (count: number, work: (random: () => number) => Promise<unknown>) =>
      Array.from({ length: count }).map(repeat(work));
    const pick = (random: () => number) => jobGid(jobs[Math.floor(random() * jobs.length)] ?? '');
    const some = (random: () => number) => [
      ...new Set(Array.from({ length: 1 + Math.floor(random() * 6) }, () => `T${Math.floor(random() * 20)}`)),
    ];

    // As a server does by itself within a minute; what it knows of the tables changes its plans.
    await database.db.execute(sql`analyze`);
    const sampler = new pg.Client({ connectionString: database.url });
    await sampler.connect();
    let longest = 0;
    let waits = 0;
    const sampling = (async () => {
      while (going()) {
        const { rows } = await sampler.query<{ ms: number | null; n: number }>(`
          select max(extract(epoch from clock_timestamp() - waitstart) * 1000)::float8 as ms, count(*)::int as n
          from pg_locks where not granted and waitstart is not null
            and pid in (select pid from pg_stat_activity where datname = current_database())`);
        longest = Math.max(longest, rows[0]?.ms ?? 0);
        waits += rows[0]?.n ?? 0;
        await delay(20);
      }
    })();

    const writers = [
      ...many(4, async (random) => {
        const { job } = await api.submit({ tickers: some(random), source: 'DEMO', force: random() < 0.7 });
        jobs.push(job.uuid);
      }),
      ...many(3, (random) => editLists(api, random)),
      ...many(1, (random) =>
        api.one('mutation($id: ID!) { cancelJob(input: { id: $id }) { __typename } }', { id: pick(random) }),
      ),
      ...many(1, (random) =>
        api.one('mutation($id: ID!) { retryJob(input: { id: $id }) { __typename } }', { id: pick(random) }),
      ),
    ];
    const readers = many(4, async (random) => {
      await api.one(
        '{ jobs(first: 10) { edges { node { state items { edges { node { ticker state analysis { score } } } } } } } }',
      );
      await api.one('query($t: [String!]!) { latestAnalyses(tickers: $t) { ticker rawData } }', {
        t: some(random),
      });
      await api.one(
        '{ watchlists { items { ticker lastStatus lastJob { state } lastAnalysis { verdict } } } }',
      );
    });
    await Promise.all([...writers, ...readers, sampling]).catch((error: unknown) => {
      const leftMs = Math.round(until - performance.now());
      throw new Error(`${leftMs} ms before the end, the longest wait until then ${Math.round(longest)} ms`, {
        cause: error,
      });
    });
    for (const id of jobs) await eventually(() => endedJob(database.db, id), 30_000);
    await Promise.all(workers.map((worker) => worker.stop()));
    await rescuer.stop();
    await api.close();
    await opened.close();
    await sampler.end();
    console.log(
      `${operations} operations, ${jobs.length} submits; ${waits} waits seen, the longest ${Math.round(longest)} ms`,
    );
    expect(jobs.length).toBeGreaterThan(20);
    expect(await deadlocks()).toBe(0);
    expect(longest).toBeLessThan(apiLimits.lock_timeout);
  },
  (LOAD_SECONDS + 60) * 1_000,
);
