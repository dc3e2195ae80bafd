import { expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID as WORKSPACE } from '../../src/access.ts';
import { sql } from '../../src/db/drizzle.ts';
import { migrate } from '../../src/db/migrate.ts';
import { createTestDatabase } from '../support/database.ts';
import { migrateBefore } from '../support/migrate-before.ts';
import { silent } from '../support/silent.ts';

const HOME = '00000000-0000-7000-8000-000000000002';

test('the migration keeps the newest status of each ticker of every list', async () => {
  const old = await createTestDatabase('EMPTY');
  await migrateBefore(old.url, 'keep_status_per_ticker');
  const { db } = old;
  const jobs = [1, 2].map((n) => `00000000-0000-7000-8000-00000000000${n}`) as [string, string];
  for (const id of jobs)
    await db.execute(sql`insert into jobs (id, workspace_id, kind, state, origin, strategy, source, is_demo, options, priority, run_at,
        fingerprint, request_hash, total, queued, last_seq)
      values (${id}, ${WORKSPACE}, 'x', 'QUEUED', 'TICKERS', 'BALANCED', 'DEMO', true, '{}', 5, now(), 'f', 'r', 1, 1, 1)`);
  const lists = ['A', 'B'].map((name) => ({ id: crypto.randomUUID(), name }));
  for (const { id, name } of lists)
    await db.execute(
      sql`insert into watchlists (id, workspace_id, name) values (${id}, ${WORKSPACE}, ${name})`,
    );
  const add = (list: number, ticker: string, job: string | null, status: string | null) =>
    db.execute(sql`insert into watchlist_items (watchlist_id, workspace_id, ticker, last_job_id, last_status)
      values (${lists[list]?.id}, ${WORKSPACE}, ${ticker}, ${job}, ${status})`);
  await add(0, 'BOTH', jobs[1], 'FAILED');
  await add(1, 'BOTH', jobs[0], 'COMPLETED');
  await add(0, 'LATER', null, null);
  await add(1, 'LATER', jobs[0], 'QUEUED');
  await add(0, 'PRUNED', null, 'COMPLETED');
  await add(1, 'PRUNED', null, null);
  await add(0, 'NEVER', null, null);
  await migrate(old.url, silent);
  const { rows } = await db.execute(
    sql`select ticker, last_job_id, last_status from watchlist_tickers where workspace_id = ${WORKSPACE} order by ticker`,
  );
  expect(rows).toEqual([
    { ticker: 'BOTH', last_job_id: jobs[1], last_status: 'FAILED' },
    { ticker: 'LATER', last_job_id: jobs[0], last_status: 'QUEUED' },
    { ticker: 'NEVER', last_job_id: null, last_status: null },
    { ticker: 'PRUNED', last_job_id: null, last_status: 'COMPLETED' },
  ]);
  await old.close();
});

test('the migration fills the start of the runs that lists show', async () => {
  const old = await createTestDatabase('EMPTY');
  await migrateBefore(old.url, 'keep_start_of_runs');
  const { db } = old;
  const add = async (ticker: string, runAt: string, startedAt: string | null) => {
    const id = crypto.randomUUID();
    await db.execute(sql`insert into jobs (id, workspace_id, kind, state, origin, strategy, source, is_demo, options, priority, run_at,
        fingerprint, request_hash, total, queued, last_seq)
      values (${id}, ${WORKSPACE}, 'x', 'QUEUED', 'TICKERS', 'BALANCED', 'DEMO', true, '{}', 5, ${runAt}, 'f', 'r', 1, 1, 1)`);
    await db.execute(sql`insert into job_items (job_id, ticker, workspace_id, kind, state, priority, run_at, queued_at, started_at, finished_at)
      values (${id}, ${ticker}, ${WORKSPACE}, 'x', case when ${startedAt}::timestamptz is null then 'QUEUED' else 'CANCELLED' end, 5, ${runAt}, '2026-01-02Z', ${startedAt}, ${startedAt})`);
    await db.execute(sql`insert into watchlist_items (watchlist_id, workspace_id, ticker, last_job_id, last_status)
      values (${HOME}, ${WORKSPACE}, ${ticker}, ${id}, 'QUEUED')`);
  };
  await add('DUE', '2026-01-01Z', null);
  await add('RAN', '2026-01-01Z', '2026-01-03Z');
  await add('SCHEDULED', '2999-01-01Z', null);
  // More than one batch.
  await db.execute(sql`insert into watchlist_items (watchlist_id, workspace_id, ticker)
    select ${HOME}, ${WORKSPACE}, 'N' || n from generate_series(1, 2500) n`);
  await migrate(old.url, silent);
  const { rows } = await db.execute(
    sql`select ticker, last_started_at from watchlist_tickers where last_job_id is not null order by ticker`,
  );
  expect(
    rows.map(({ ticker, last_started_at: at }) => [
      ticker,
      at === null ? null : new Date(at as string).toISOString(),
    ]),
  ).toEqual([
    ['DUE', '2026-01-02T00:00:00.000Z'],
    ['RAN', '2026-01-03T00:00:00.000Z'],
    ['SCHEDULED', null],
  ]);
  await old.close();
});
