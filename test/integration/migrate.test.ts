import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { sql } from '../../src/db/drizzle.ts';
import { violatedConstraint } from '../../src/db/retry.ts';
import { foldName } from '../../src/name.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { clearJobs, submit } from '../support/engine.ts';

describe('the tables refuse impossible rows', () => {
  let database: TestDatabase;
  let job: string;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  beforeEach(async () => {
    job = await submit(database.db, ['AAPL', 'MSFT']);
  });
  afterEach(async () => {
    await clearJobs(database.db);
  });
  afterAll(() => database.close());

  test.each([
    ['a QUEUED job that started', `update jobs set started_at = now()`, 'jobs_state_machine_check'],
    [
      'a COMPLETED job with items that wait',
      `update jobs set state = 'COMPLETED', started_at = now(), finished_at = now()`,
      'jobs_state_machine_check',
    ],
    [
      'a PROCESSING job that did not start',
      `update jobs set state = 'PROCESSING'`,
      'jobs_state_machine_check',
    ],
    [
      'a FAILED job with a success',
      `update jobs set state = 'FAILED', queued = 0, succeeded = 1, failed = 1, started_at = now(), finished_at = now()`,
      'jobs_state_machine_check',
    ],
    ['counters that do not add up', `update jobs set queued = 1`, 'jobs_counters_check'],
    [
      'a job that ended before it was created',
      `update jobs set state = 'CANCELLED', queued = 0, cancelled = 2, finished_at = '2000-01-01'`,
      'jobs_times_check',
    ],
    ['an unknown state', `update jobs set state = 'STUCK'`, 'jobs_state_check'],
    [
      'a PROCESSING item without a worker',
      `update job_items set state = 'PROCESSING', fence = 1, started_at = now()`,
      'job_items_state_machine_check',
    ],
    [
      'a COMPLETED item that did not pass its phases',
      `update job_items set state = 'COMPLETED', started_at = now(), finished_at = now()`,
      'job_items_state_machine_check',
    ],
    [
      'a FAILED item without a code',
      `update job_items set state = 'FAILED', started_at = now(), finished_at = now()`,
      'job_items_state_machine_check',
    ],
    [
      'a QUEUED item that a worker holds',
      `update job_items set worker_id = job_id`,
      'job_items_state_machine_check',
    ],
    ['a phase between the phases', `update job_items set phase = 30`, 'job_items_phase_check'],
  ])('%s', async (_name, statement, constraint) => {
    const refused = await database.db.execute(sql.raw(statement)).then(() => null, violatedConstraint);
    expect(refused).toBe(constraint);
  });

  test('the same ticker twice in a job, or the same seq twice in its log', async () => {
    const again = database.db.execute(sql`insert into job_items select * from job_items`);
    expect(await again.then(() => null, violatedConstraint)).toBe('job_items_pkey');
    const event = database.db.execute(sql`insert into job_events select * from job_events`);
    expect(await event.then(() => null, violatedConstraint)).toBe('job_events_pkey');
  });

  test('two watchlists or workspaces of one folded name, or two default lists', async () => {
    const insert = (name: string, isDefault: boolean) =>
      database.db
        .execute(
          sql`insert into watchlists (id, workspace_id, name, name_key, is_default)
            values (gen_random_uuid(), ${DEFAULT_WORKSPACE_ID}, ${name}, ${foldName(name)}, ${isDefault})`,
        )
        .then(() => null, violatedConstraint);
    expect(await insert('DEFAULT', false)).toBe('watchlists_folded_name_key');
    const workspace = database.db.execute(
      sql`insert into workspaces (id, name, name_key) values (gen_random_uuid(), 'x', 'x'), (gen_random_uuid(), 'X', 'x')`,
    );
    expect(await workspace.then(() => null, violatedConstraint)).toBe('workspaces_folded_name_key');
    expect(await insert('Other', true)).toBe('watchlists_one_default_key');
  });

  test('deleting a job takes items and events along and leaves its results', async () => {
    await database.db.execute(sql`
      insert into analyses (id, workspace_id, job_id, ticker, strategy, score, score_verdict, verdict, regime, coverage, conviction,
        buy_votes, neutral_votes, sell_votes, unavailable_votes, source, is_demo, customised, as_of)
      values ('00000000-0000-7000-8000-0000000000aa', ${DEFAULT_WORKSPACE_ID}, ${job}, 'AAPL', 'BALANCED', 0, 'HOLD', 'HOLD', 'UNKNOWN', 1, 0, 0, 11, 0, 0, 'DEMO', true, false, '2026-01-01')`);
    await database.db.execute(
      sql`insert into latest_analyses values (${DEFAULT_WORKSPACE_ID}, 'AAPL', 'BALANCED', '00000000-0000-7000-8000-0000000000aa', true, '2026-01-01')`,
    );
    await database.db.execute(sql`delete from jobs where id = ${job}`);
    const { rows } = await database.db.execute(sql`
      select (select count(*) from job_items)::int as items, (select count(*) from job_events)::int as events,
        (select count(*) from analyses where job_id is null)::int as analyses`);
    expect(rows).toEqual([{ items: 0, events: 0, analyses: 1 }]);
    const latest = database.db.execute(sql`delete from analyses`).then(() => null, violatedConstraint);
    expect(await latest).toBe('latest_analyses_analysis_fk');
  });
});

test('the hot tables leave room for updates in place, and timeouts are set on every connection', async () => {
  const database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    const { rows } = await client.query(
      "select relname, array_to_string(reloptions, ',') as options from pg_class where relname in ('jobs', 'job_items') order by relname",
    );
    for (const row of rows) expect(row.options).toMatch(/fillfactor=\d+.*autovacuum/);
    const settings = await database.db.execute(sql`
      select current_setting('statement_timeout') as s, current_setting('lock_timeout') as l, current_setting('idle_in_transaction_session_timeout') as i`);
    expect(settings.rows).toEqual([{ s: '15s', l: '5s', i: '5s' }]);
  } finally {
    await client.end();
    await database.close();
  }
});
