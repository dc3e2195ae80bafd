import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { submitAnalysis } from '../../src/analyses/submit-analysis.ts';
import { constraintMeanings } from '../../src/db/constraints.ts';
import { sql } from '../../src/db/drizzle.ts';
import { NotFoundError } from '../../src/errors.ts';
import { deleteWatchlist } from '../../src/watchlists/edit-watchlist.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { submit } from '../support/engine.ts';
import { silent } from '../support/silent.ts';

let database: TestDatabase;
let api: TestApi;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
});
afterEach(async () => {
  await database.db.execute(sql`drop table if exists violations cascade`);
  await database.db.execute(sql`drop function if exists violate() cascade`);
  await database.db.execute(sql`delete from jobs`);
});
afterAll(async () => {
  await api.close();
  await database.close();
});

/** Constraints that no request can violate, with the reason. The first pattern that matches a name is its reason. */
const unreachable: readonly (readonly [RegExp, string])[] = [
  [
    /^(jobs|watchlists|api_keys|webhooks|webhook_deliveries|workspace_members|workers|analyses|backtests)_pkey$/,
    'new UUIDs',
  ],
  [/^workspaces_pkey$/, 'made by the command line with a new UUID'],
  [/^(analysis_details|backtest_details|backtest_trades)_pkey$/, 'inserted with their parent, which is new'],
  [
    /^(instruments|candle_series|own_series|rate_limits|latest_analyses|mutation_answers|watchlist_tickers|feed_heads|job_end_heads)_pkey$/,
    'inserted with ON CONFLICT',
  ],
  [
    /^(job_items|job_events|feed_entries|job_ends|audit_entries)_pkey$/,
    'numbered under a lock, or a new UUID',
  ],
  [
    /^(analyses_job_ticker_strategy_day|backtests_job_ticker_strategy)_key$/,
    'inserted with ON CONFLICT by the engine',
  ],
  [/^latest_analyses_analysis_(key|fk|id_.*)$/, 'written by the engine with the result'],
  [/^audit_entries_refused_key$/, 'inserted with ON CONFLICT'],
  [/^watchlists_one_default_key$/, 'the default list is made with its workspace, by a trigger'],
  [/^(job_items|job_events)_job_id_/, 'inserted under the lock of the job'],
  [/^(backtest_details|backtest_trades)_backtest_id_/, 'inserted with their parent'],
  [/^analysis_details_analysis_/, 'inserted with their parent'],
  [/^webhook_deliveries_webhook_id_/, 'inserted by the statement that locks the webhook'],
  [/^(analyses|backtests)_job_id_jobs_id_fk$/, 'written by the engine, which holds the lock of the job'],
  [
    /^(analyses|backtests|latest_analyses|feed_heads|feed_entries)_workspace/,
    'written by the engine, not for a request',
  ],
  [/_check$/, 'input is checked before; the engine computes the rest'],
];

test('every constraint has a meaning for clients or a reason why no request can violate it', async () => {
  const { rows } = await database.db.execute<{ name: string }>(sql`
    select conname as name from pg_constraint where connamespace = 'public'::regnamespace and contype in ('f', 'u', 'p', 'c', 'x')
    union select c.relname from pg_index i join pg_class c on c.oid = i.indexrelid
      where i.indisunique and c.relnamespace = 'public'::regnamespace
    union select arg from pg_trigger t, regexp_split_to_table(encode(t.tgargs, 'escape'), '\\\\000') as arg
      where not t.tgisinternal and arg like '%\\_fk'
    union select m[1] from pg_proc p, regexp_matches(p.prosrc, 'CONSTRAINT = ''(\\w+)''', 'g') as m
      where p.pronamespace = 'public'::regnamespace`);
  const names = rows.map(({ name }) => name);
  expect(names.length).toBeGreaterThan(80);
  const isMapped = (name: string) => Object.hasOwn(constraintMeanings, name);
  const reasonOf = (name: string) => unreachable.find(([pattern]) => pattern.test(name))?.[1];
  // A new constraint: add it to src/db/constraints.ts, or to the list above with the reason.
  expect(names.filter((name) => !isMapped(name) && reasonOf(name) === undefined)).toEqual([]);
  expect(Object.keys(constraintMeanings).filter((name) => !names.includes(name))).toEqual([]);
  expect(unreachable.filter(([pattern]) => !names.some((name) => pattern.test(name)))).toEqual([]);
});

/** Makes inserts of idempotency answers violate a constraint, the first `times` of them. The count is a sequence: a rollback does not undo it. */
async function violate(constraint: string, times: number): Promise<void> {
  await database.db.execute(sql`create sequence if not exists violation_number`);
  await database.db.execute(sql`select setval('violation_number', 1, false)`);
  await database.db.execute(sql`grant usage on sequence violation_number to public`);
  await database.db.execute(
    sql.raw(`create function violate() returns trigger language plpgsql as $$ begin
      if nextval('violation_number') <= ${times} then raise unique_violation using constraint = '${constraint}'; end if;
      return new; end $$`),
  );
  await database.db.execute(
    sql`create trigger violate before insert on mutation_answers for each row execute function violate()`,
  );
}

describe('a constraint that a request violates', () => {
  const entries = Object.entries(constraintMeanings);
  let key = 0;

  async function cancel(): Promise<{ readonly errors: unknown; readonly code: unknown }> {
    const id = Buffer.from(`Job:${await submit(database.db, ['AAPL'])}`).toString('base64');
    const { data, errors } = await api.post(
      `mutation($id: ID!, $key: String!) { cancelJob(input: { id: $id, idempotencyKey: $key }) { __typename ... on UserError { code } } }`,
      { id, key: `constraint ${++key}` },
    );
    return { errors, code: errors?.[0]?.extensions?.code ?? Object(data?.cancelJob).code };
  }

  test.each(entries.filter(([, meaning]) => meaning !== 'TRY_AGAIN'))(
    'is a typed error: %s',
    async (name, meaning) => {
      await violate(name, 1_000);
      expect((await cancel()).code).toBe(typeof meaning === 'function' ? meaning().code : '');
    },
  );

  test.each(entries.filter(([, meaning]) => meaning === 'TRY_AGAIN'))('is tried again: %s', async (name) => {
    await violate(name, 2);
    expect(await cancel()).toEqual({ errors: undefined, code: undefined });
  });

  test('that no request should violate is INTERNAL', async () => {
    await violate('jobs_counters_check', 1_000);
    expect((await cancel()).code).toBe('INTERNAL');
  });
});

describe('an object that is deleted while a request is under way', () => {
  const deps = () => ({
    db: database.db,
    log: silent,
    now: () => new Date(),
    sources: new Map([['DEMO', { isDemo: true }]]),
    defaultSource: 'DEMO',
    listUniverse: () => Promise.resolve([]),
    listOwnTickers: () => Promise.resolve([]),
  });

  test('is NOT_FOUND when it is the watchlist of a submit', async () => {
    const made = await api.one<{ watchlist: { id: string } }>(
      'mutation { createWatchlist(input: { name: "Leaving", tickers: ["AAPL"] }) { ... on WatchlistPayload { watchlist { id } } } }',
    );
    const id = Buffer.from(made.watchlist.id, 'base64').toString().slice('Watchlist:'.length);
    const submitted = submitAnalysis(
      {
        ...deps(),
        // The list is read, and deleted before the job is stored.
        async listWatchlistTickers(workspaceId, watchlistId) {
          await deleteWatchlist({ db: database.db, log: silent }, workspaceId, { id: watchlistId });
          return ['AAPL'];
        },
      },
      DEFAULT_WORKSPACE_ID,
      { watchlistId: id },
    );
    await expect(submitted).rejects.toThrow(NotFoundError);
  });

  test('is NOT_FOUND when it is the job of a retry', async () => {
    const retry = submit(database.db, ['AAPL'], { retryOf: '0198c0de-0000-7000-8000-000000000000' });
    await expect(retry).rejects.toThrow(NotFoundError);
  });

  test('is NOT_FOUND when it is the workspace of the request', async () => {
    const submitted = submit(database.db, ['AAPL'], { workspaceId: '0198c0de-0000-7000-8000-000000000000' });
    await expect(submitted).rejects.toThrow(NotFoundError);
  });
});
