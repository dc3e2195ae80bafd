import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { parseConfig } from '../../src/config.ts';
import { openDatabase } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';
import { type Pruned, pruneBatch, type Retention } from '../../src/jobs/prune-history.ts';
import { runWorker } from '../../src/main/run-worker.ts';
import type { Shutdown } from '../../src/main/shutdown.ts';
import { jobGid, startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { endedJob, eventRows, jobRow, submit } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { injectCuts } from '../support/faults.ts';
import { silent } from '../support/silent.ts';

const KEEP: Retention = { eventDays: 30, jobDays: 90, keyDays: 7, auditDays: 365 };
let database: TestDatabase;
let api: TestApi;
const stops: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
  const onStop = (_name: string, stop: (signal: AbortSignal) => Promise<unknown>) =>
    void stops.push(() => stop(AbortSignal.timeout(5_000)));
  await runWorker(parseConfig({}), database.url, silent, { onStop } as unknown as Shutdown);
  // Counts the rows that one statement removed.
  await database.db.execute(sql`create table removals (what text, rows int)`);
  for (const table of ['job_events', 'jobs', 'job_items']) {
    await database.db.execute(
      sql.raw(`create function count_${table}() returns trigger language plpgsql as $$ begin
          insert into removals select '${table}', count(*) from gone; return null; end $$;
        create trigger count_${table} after delete on ${table} referencing old table as gone
          for each statement execute function count_${table}()`),
    );
  }
});
beforeEach(async () => {
  await database.db.execute(sql`delete from removals`);
});
afterEach(async () => {
  await database.db.execute(sql`delete from jobs`);
});
afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
  await api.close();
  await database.close();
});

async function analysed(tickers: string[]): Promise<string> {
  const { job } = await api.one<{ job: { uuid: string } }>(
    'mutation($input: SubmitAnalysisInput!) { submitAnalysis(input: $input) { ... on SubmitJobPayload { job { uuid } } } }',
    { input: { tickers, force: true, source: 'DEMO' } },
  );
  await eventually(() => endedJob(database.db, job.uuid));
  return job.uuid;
}

/** Moves a job and its events into the past. */
async function age(id: string, days: number): Promise<void> {
  await database.db.execute(sql`update jobs set created_at = created_at - make_interval(days => ${days}),
    started_at = started_at - make_interval(days => ${days}), finished_at = finished_at - make_interval(days => ${days}) where id = ${id}`);
}

/** Ended jobs of the past with `events` events and `items` items each, made by statements. */
async function oldJobs(count: number, days: number, items: number, events: number): Promise<void> {
  await database.db.execute(sql`
    with made as (
      insert into jobs (id, workspace_id, kind, state, origin, strategy, source, is_demo, options, priority, run_at, fingerprint,
        request_hash, total, queued, succeeded, progress_sum, last_seq, created_at, started_at, finished_at)
      select gen_random_uuid(), ${DEFAULT_WORKSPACE_ID}, 'test', 'COMPLETED', 'TICKERS', 'BALANCED', 'DEMO', true, '{}', 5, now(), 'f', 'r',
        ${items}, 0, ${items}, 100 * ${items}::int, ${events}, now() - make_interval(days => ${days}), now() - make_interval(days => ${days}), now() - make_interval(days => ${days})
      from generate_series(1, ${count}) returning id
    ), logged as (
      insert into job_events (job_id, seq, type, progress)
      select id, seq, case seq when ${events} then 'JOB_COMPLETED' else 'ITEM_PROGRESSED' end, 0 from made, generate_series(1, ${events}::int) as seq
    )
    insert into job_items (job_id, ticker, workspace_id, kind, state, priority, run_at, phase, attempt, fence, started_at, finished_at)
    select id, 'T' || n, ${DEFAULT_WORKSPACE_ID}, 'test', 'COMPLETED', 5, now(), 100, 1, 1, now(), now() from made, generate_series(1, ${items}::int) as n`);
}

async function pruneAll(db = database.db, retention = KEEP): Promise<Pruned & { batches: number }> {
  const sum = { events: 0, jobs: 0, keys: 0, ends: 0, entries: 0, batches: 0 };
  for (;;) {
    const pruned = await pruneBatch(db, retention);
    if (pruned === null || Object.values(pruned).every((rows) => rows === 0)) return sum;
    for (const [what, rows] of Object.entries(pruned)) sum[what as keyof Pruned] += rows;
    sum.batches += 1;
  }
}

const count = async (table: string) =>
  (await database.db.execute<{ n: number }>(sql.raw(`select count(*)::int as n from ${table}`))).rows[0]?.n;

describe('retention', () => {
  test('removes the events of old jobs but their last, then the jobs, and nothing that is younger or has not ended', async () => {
    const [fresh, old, ancient] = [await analysed(['F']), await analysed(['O']), await analysed(['X'])];
    await age(old, 31);
    await age(ancient, 91);
    const waiting = await submit(database.db, ['W'], { kind: 'unknown' });
    await database.db.execute(
      sql`update jobs set created_at = created_at - interval '400 days' where id = ${waiting}`,
    );
    expect(await pruneAll()).toMatchObject({ events: 14, jobs: 1 });
    expect(await eventRows(database.db, fresh)).toHaveLength(8);
    expect((await eventRows(database.db, old)).map(({ seq, type }) => [seq, type])).toEqual([
      [8, 'JOB_COMPLETED'],
    ]);
    expect(await jobRow(database.db, old)).toMatchObject({ state: 'COMPLETED', succeeded: 1, last_seq: 8 });
    expect(await eventRows(database.db, waiting)).toHaveLength(1);
    await expect(jobRow(database.db, ancient)).rejects.toThrow('no job');
    expect(await pruneAll()).toMatchObject({ events: 0, jobs: 0 });
  });

  test('0 keeps for ever', async () => {
    await oldJobs(2, 4_000, 1, 5);
    expect(await pruneAll(database.db, { eventDays: 0, jobDays: 0, keyDays: 0, auditDays: 0 })).toMatchObject(
      {
        events: 0,
        jobs: 0,
      },
    );
    expect(await pruneAll(database.db, { ...KEEP, jobDays: 0 })).toMatchObject({
      events: 8,
      jobs: 0,
    });
    expect(await pruneAll(database.db, { ...KEEP, eventDays: 0 })).toMatchObject({
      events: 0,
      jobs: 2,
    });
  });

  test('forgets the answers under idempotency keys after a week, in batches, unless they are kept for ever', async () => {
    const key = (idempotencyKey: string) =>
      api.one('mutation($input: PauseQueueInput!) { pauseQueue(input: $input) { __typename } }', {
        input: { idempotencyKey, note: idempotencyKey },
      });
    await key('fresh');
    await database.db.execute(sql`insert into mutation_answers (workspace_id, key, operation, request_hash, created_at)
      select ${DEFAULT_WORKSPACE_ID}, 'old' || n, 'test', '', now() - interval '8 days' from generate_series(1, 1500) n`);
    expect(await pruneAll(database.db, { ...KEEP, keyDays: 0 })).toMatchObject({ keys: 0 });
    expect(await pruneAll()).toMatchObject({ keys: 1_500, batches: 2 });
    const { rows } = await database.db.execute(sql`select key from mutation_answers`);
    expect(rows).toEqual([{ key: 'fresh' }]);
    await api.one('mutation { resumeQueue(input: {}) { __typename } }');
  });

  test('forgets the audit log after a year, in batches, unless it is kept for ever', async () => {
    await database.db.execute(sql`insert into audit_entries (workspace_id, id, subject, action, target_ids, outcome, created_at)
      select ${DEFAULT_WORKSPACE_ID}, gen_random_uuid(), 'test', 'old', '{}', 'OK', now() - make_interval(days => d)
      from generate_series(1, 1500) n, unnest(array[364, 366]) d`);
    expect(await pruneAll(database.db, { ...KEEP, auditDays: 0 })).toMatchObject({ entries: 0 });
    expect(await pruneAll()).toMatchObject({ entries: 1_500, batches: 2 });
    expect(await count("audit_entries where action = 'old'")).toBe(1_500);
  });

  describe('the log of ended jobs', () => {
    /** Ends of jobs that were submitted so long ago and are gone, each with the next position. */
    const oldEnds = (n: number, days: number) =>
      database.db.execute(sql`with head as (
          insert into job_end_heads as h (workspace_id, position) values (${DEFAULT_WORKSPACE_ID}, ${n})
          on conflict (workspace_id) do update set position = h.position + ${n} returning position)
        insert into job_ends (workspace_id, position, job_id)
        select ${DEFAULT_WORKSPACE_ID}, position - ${n} + i,
          (lpad(to_hex(((extract(epoch from now()) - ${days} * 86400) * 1000)::bigint), 12, '0') || '7000' || '8000' || lpad(i::text, 12, '0'))::uuid
        from head, generate_series(1, ${n}::int) as i`);
    const webhook = (position: number, state: string) =>
      database.db.execute(sql`insert into webhooks (id, workspace_id, url, description, event, filter, state, secret, position)
        values (gen_random_uuid(), ${DEFAULT_WORKSPACE_ID}, 'https://x.example', '', 'JOB_FINISHED', '{}', ${state}, 's', ${position})`);
    const positions = async () =>
      (
        await database.db.execute<{ position: string }>(sql`select position from job_ends order by position`)
      ).rows.map(({ position }) => Number(position));
    beforeEach(async () => {
      await database.db.execute(sql`truncate jobs, job_ends, job_end_heads cascade`);
    });
    afterEach(async () => {
      await database.db.execute(sql`delete from webhooks`);
    });

    test('leaves with its jobs, in batches, and stays as long as they do', async () => {
      await oldEnds(1_500, 91);
      const kept = await analysed(['K']);
      expect(await pruneAll(database.db, { ...KEEP, jobDays: 0 })).toMatchObject({ ends: 0 });
      expect(await pruneAll()).toMatchObject({ ends: 1_500, batches: 2 });
      expect(await positions()).toEqual([1_501]);
      await age(kept, 91);
      expect(await pruneAll()).toMatchObject({ jobs: 1, ends: 1 });
      // Positions go on where they were.
      await analysed(['L']);
      expect(await positions()).toEqual([1_502]);
    });

    test('is never cut before the slowest webhook, running or paused', async () => {
      await oldEnds(10, 91);
      await webhook(7, 'ACTIVE');
      await webhook(4, 'PAUSED');
      expect(await pruneAll()).toMatchObject({ ends: 4 });
      expect(await positions()).toEqual([5, 6, 7, 8, 9, 10]);
    });

    test('is cut before it when the jobs were submitted 30 days before what is kept', async () => {
      await oldEnds(3, 121);
      await oldEnds(3, 119);
      await webhook(0, 'PAUSED');
      expect(await pruneAll()).toMatchObject({ ends: 3 });
      expect(await positions()).toEqual([4, 5, 6]);
    });
  });

  test('leaves results, the newest result of a ticker, and what a watchlist says of it', async () => {
    const made = await api.one<{ watchlist: { id: string } }>(
      'mutation { createWatchlist(input: { name: "Kept", tickers: ["KEPT"] }) { ... on WatchlistPayload { watchlist { id } } } }',
    );
    const id = await analysed(['KEPT']);
    await age(id, 100);
    await pruneAll();
    const list = await api.one<{ items: object[] }>(
      `query($id: ID!) { watchlist(id: $id) { items { ticker lastStatus lastJob { id } lastAnalysis { ticker verdict job { id } } } } }`,
      { id: made.watchlist.id },
    );
    expect(list.items).toEqual([
      {
        ticker: 'KEPT',
        lastStatus: 'COMPLETED',
        lastJob: null,
        lastAnalysis: { ticker: 'KEPT', verdict: expect.any(String), job: null },
      },
    ]);
    expect(await api.one('{ latestAnalyses(tickers: ["KEPT"]) { ticker } }')).toEqual([{ ticker: 'KEPT' }]);
    await expect(database.db.execute(sql`delete from analyses where ticker = 'KEPT'`)).rejects.toMatchObject({
      cause: { constraint: 'latest_analyses_analysis_fk' },
    });
  });

  test('tells a follower of a pruned log that there is a gap, gives it the rest, and ends', async () => {
    const id = await analysed(['G']);
    await age(id, 31);
    await pruneAll();
    type Batch = { gap: boolean; caughtUp: boolean; events: { seq: number; type: string }[] };
    const batches: Batch[] = [];
    for await (const batch of api.follow<Batch>(
      'subscription($id: ID!) { jobEvents(jobId: $id, after: 2) { gap caughtUp events { seq type } } }',
      { id: jobGid(id) },
    ))
      batches.push(batch);
    expect(batches).toEqual([{ gap: true, caughtUp: true, events: [{ seq: 8, type: 'JOB_COMPLETED' }] }]);
    const { events } = await api.one<{ events: Batch }>(
      'query($id: ID!) { job(id: $id) { events(after: 7) { gap events { seq } } } }',
      { id: jobGid(id) },
    );
    expect(events).toEqual({ gap: false, events: [{ seq: 8 }] });
  });

  test('works in small batches, each a transaction of its own', async () => {
    await oldJobs(3, 100, 400, 1_500);
    await oldJobs(1, 100, 5_000, 100);
    await oldJobs(300, 100, 1, 8);
    const began = performance.now();
    const pruned = await pruneAll();
    const ms = performance.now() - began;
    expect(pruned).toMatchObject({ events: 3 * 1_499 + 99 + 300 * 7, jobs: 304 });
    const { rows } = await database.db.execute<{ what: string; most: number }>(
      sql`select what, max(rows) as most from removals group by what`,
    );
    const most = Object.fromEntries(rows.map((row) => [row.what, row.most]));
    expect(most.job_events).toBeLessThanOrEqual(1_000);
    expect(most.jobs).toBeLessThanOrEqual(1_000);
    expect(most.job_items).toBe(5_000);
    console.log(
      `pruned ${pruned.events} events and ${pruned.jobs} jobs in ${pruned.batches} batches, ${(ms / pruned.batches).toFixed(0)} ms each`,
    );
    expect([await count('jobs'), await count('job_items'), await count('job_events')]).toEqual([0, 0, 0]);
  });

  test('by two at once, and by one that dies in the middle, removes the same', async () => {
    await oldJobs(200, 31, 1, 20);
    const dying = openDatabase({ url: database.url, max: 2, applicationName: 'dying', log: silent });
    let cuts = 0;
    injectCuts(dying.db, (text) => {
      if (!/deleteEvents|markLogsPruned|^commit/.test(text) || cuts >= 6) return null;
      cuts += 1;
      return cuts % 2 === 0 ? 'AFTER' : 'BEFORE';
    });
    const dyingPass = (async () => {
      while (cuts < 6) await pruneBatch(dying.db, KEEP).catch(() => null);
    })();
    const lasting = (async () => {
      await dyingPass;
      return Promise.all([pruneAll(), pruneAll()]);
    })();
    await lasting;
    await pruneAll();
    await dying.close();
    expect(cuts).toBe(6);
    const { rows } =
      await database.db.execute(sql`select count(*)::int as jobs, count(*) filter (where log_pruned)::int as pruned,
      (select count(*)::int from job_events) as events from jobs`);
    expect(rows).toEqual([{ jobs: 200, pruned: 200, events: 200 }]);
  });

  test('passes over a job whose retry is in use, and removes it later', async () => {
    await oldJobs(1, 100, 1, 1);
    const { rows } = await database.db.execute<{ id: string }>(
      sql`update jobs set log_pruned = true returning id`,
    );
    const old = rows[0]?.id ?? '';
    const retry = await submit(database.db, ['A'], {
      retryOf: old,
      runAt: new Date(Date.now() + 86_400_000),
    });
    await database.db.transaction(async (tx) => {
      await tx.execute(sql`select from jobs where id = ${retry} for no key update`);
      // It would wait for this transaction, which waits for it.
      expect(await pruneBatch(database.db, KEEP)).toMatchObject({ jobs: 0 });
    });
    expect(await pruneBatch(database.db, KEEP)).toMatchObject({ jobs: 1 });
    expect(await jobRow(database.db, retry)).toMatchObject({ state: 'QUEUED', retry_of: null });
  });

  test('passes over a job that somebody holds, and blocks nobody', async () => {
    await oldJobs(2, 31, 1, 5);
    const { rows } = await database.db.execute<{ id: string }>(sql`select id from jobs order by id limit 1`);
    await database.db.transaction(async (tx) => {
      await tx.execute(sql`select from jobs where id = ${rows[0]?.id} for update`);
      expect(await pruneAll()).toMatchObject({ events: 4 });
    });
    expect(await pruneAll()).toMatchObject({ events: 4 });
  });
});
