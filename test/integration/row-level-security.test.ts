import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { insertWorkspace } from '../../src/access/key.store.ts';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { inLockedTransaction, openPool } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';
import { createLender } from '../../src/db/lend.ts';
import { databaseErrorCode } from '../../src/db/retry.ts';
import { ROLES } from '../../src/db/roles.ts';
import { type ApiDatabase, openApiDatabase } from '../../src/db/workspaces.ts';
import { cursorKey, listEventPages } from '../../src/events/event-log.store.ts';
import { ring, ringThrough } from '../../src/events/publish.ts';
import { findJob, listFollowedJobs, lockJob } from '../../src/jobs/job.store.ts';
import { listFollowedWatchlists, listTickersOfLists } from '../../src/watchlists/watchlist.store.ts';
import { startAnalysisWorker } from '../support/analysis-worker.ts';
import { startApi } from '../support/api.ts';
import { backtestTask } from '../support/backtest-worker.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { endedJob, startWorker, submit } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { silent } from '../support/silent.ts';
import { countStatements } from '../support/statements.ts';

const STRANGER = uuidv7();
/** What belongs to no workspace. A new table is not in here: it has policies. */
const EVERYBODYS = ['candle_series', 'instruments', 'workers'];
const REFUSED = '42501';

let database: TestDatabase;
/** Every table that row-level security holds. */
let tables: string[];

beforeAll(async () => {
  database = await createTestDatabase();
  await insertWorkspace(database.db, { id: STRANGER, name: 'Stranger' });
  const { rows } = await database.db.execute<{ name: string }>(sql`
    select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relrowsecurity order by 1`);
  tables = rows.map(({ name }) => name);
  const api = await startApi(database.url);
  const workers = [
    await startAnalysisWorker(database),
    await startWorker(database.url, database.db, backtestTask(database)),
  ];
  await api.one(
    'mutation { createWatchlist(input: { name: "List", tickers: ["A"], idempotencyKey: "list" }) { __typename } }',
  );
  const ids = [
    (await api.submit({ tickers: ['A'], source: 'DEMO' })).job.uuid,
    (
      await api.one<{ job: { uuid: string } }>(
        'mutation { submitBacktest(input: { tickers: ["A"], source: DEMO }) { ... on SubmitJobPayload { job { uuid } } } }',
      )
    ).job.uuid,
  ];
  for (const id of ids) await eventually(() => endedJob(database.db, id));
  for (const worker of workers) await worker.stop();
  await api.close();
  const webhook = uuidv7();
  await database.db.execute(sql`insert into webhooks (id, workspace_id, url, description, event, filter, state, secret, position)
    values (${webhook}, ${DEFAULT_WORKSPACE_ID}, 'https://example.com/', '', 'JOB_FINISHED', '{}', 'PAUSED', 'x', 0)`);
  await database.db.execute(sql`insert into webhook_deliveries (id, webhook_id, workspace_id, position, subject_ids)
    values (${uuidv7()}, ${webhook}, ${DEFAULT_WORKSPACE_ID}, 1, array[${uuidv7()}::uuid])`);
  await database.db.execute(sql`insert into api_keys (id, workspace_id, key_id, name, hash, scopes, created_by)
    values (${uuidv7()}, ${DEFAULT_WORKSPACE_ID}, 'Key00000', 'x', sha256('x'), array['admin'], 'test')`);
  await database.db.execute(sql`insert into workspace_members (id, workspace_id, issuer, subject, scopes, created_by)
    values (${uuidv7()}, ${DEFAULT_WORKSPACE_ID}, 'https://id.example', 'x', array['admin'], 'test')`);
  await database.db.execute(sql`insert into own_series (workspace_id, ticker, bars, first_day, last_day, adjustment, body)
    values (${DEFAULT_WORKSPACE_ID}, 'A', 1, '2024-01-02', '2024-01-02', 'UNKNOWN', decode(repeat('00', 44), 'hex'))`);
  await database.db.execute(sql`insert into rate_limits values ('Key00000', 1, 1, now())`);
}, 60_000);
afterAll(() => database.close());

describe('by the catalogue', () => {
  test('every table has policies or belongs to nobody, and each that names a workspace has one for the API', async () => {
    const { rows } = await database.db.execute<{
      name: string;
      secured: boolean;
      direct: boolean;
      api: boolean;
    }>(sql`
      select c.relname as name, c.relrowsecurity as secured,
        exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'workspace_id' and not a.attisdropped) as direct,
        exists (select from pg_policies p where p.schemaname = 'public' and p.tablename = c.relname and ${ROLES.api} = any(p.roles)
          and p.cmd = 'ALL' and p.permissive = 'PERMISSIVE' and p.qual like '%current_setting(''app.workspace''%' and p.with_check is null) as api
      from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by 1`);
    expect(rows.filter(({ secured }) => !secured).map(({ name }) => name)).toEqual(EVERYBODYS);
    expect(rows.filter(({ direct }) => direct).length).toBeGreaterThan(13);
    expect(rows.filter(({ direct, api }) => direct && !api)).toEqual([]);
    // Buckets belong to keys, and the API’s documents cannot even name the table.
    expect(rows.filter(({ secured, api }) => secured && !api).map(({ name }) => name)).toEqual([
      'rate_limits',
    ]);
  });

  test('no other policy is for whoever runs documents, and no view reads as its owner', async () => {
    const policies = await database.db.execute(sql`
      select tablename, policyname from pg_policies where (${ROLES.api} = any(roles) or 'public' = any(roles)) and policyname <> 'api_workspace'`);
    expect(policies.rows).toEqual([]);
    const views = await database.db.execute(sql`
      select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('v', 'm')
        and not coalesce(reloptions @> array['security_invoker=true'], false)`);
    expect(views.rows).toEqual([]);
    const functions = await database.db.execute(sql`
      select proname from pg_proc where pronamespace = 'public'::regnamespace and prosecdef`);
    expect(functions.rows).toEqual([]);
  });

  test('the roles log in nowhere, own nothing, pass over nothing and are not each other', async () => {
    const names = Object.values(ROLES);
    const { rows } = await database.db.execute(sql`
      select count(*)::int as n from pg_roles r where rolname = any(${sql.param(names)}::text[])
        and not (rolcanlogin or rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)
        and not exists (select from pg_class where relowner = r.oid) and not exists (select from pg_auth_members m where m.member = r.oid)`);
    expect(rows).toEqual([{ n: names.length }]);
  });

  test('whoever works may do what it does and no more', async () => {
    const { rows } = await database.db.execute<{ role: string; tables: string }>(sql`
      select r as role, string_agg(c.relname, ' ' order by c.relname) as tables
      from unnest(${sql.param(Object.values(ROLES))}::text[]) r
      join pg_class c on c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and not has_any_column_privilege(r, c.oid, 'select')
      group by r order by r`);
    expect(Object.fromEntries(rows.map((row) => [row.role, row.tables]))).toEqual({
      [ROLES.api]: 'rate_limits workers',
      [ROLES.relay]:
        'analysis_details backtest_details backtest_trades backtests job_end_heads job_ends latest_analyses mutation_answers own_series webhook_deliveries webhooks',
      [ROLES.worker]: 'api_keys workspace_members',
    });
    const relay = await database.db.execute<{ name: string }>(sql`
      select distinct table_name as name from information_schema.column_privileges
      where grantee = ${ROLES.relay} and privilege_type in ('UPDATE', 'INSERT') and table_schema = 'public' order by 1`);
    expect(relay.rows.map(({ name }) => name)).toEqual([
      'api_keys',
      'audit_entries',
      'instruments',
      'rate_limits',
    ]);
  });
});

describe('a connection of the API', () => {
  let client: pg.Client;
  beforeAll(async () => {
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
  });
  beforeEach(async () => {
    await client.query('reset all; reset role');
  });
  afterAll(() => client.end());

  const code = (statement: string) =>
    client.query(statement).then(({ rowCount }) => rowCount, databaseErrorCode);

  async function expectNothing(): Promise<void> {
    for (const name of tables) {
      const { rows } = await database.db.execute<{ n: number; own: string }>(
        sql.raw(
          `select count(*)::int as n, (select attname from pg_attribute where attrelid = '${name}'::regclass and attnum = 1) as own from ${name}`,
        ),
      );
      const [{ n, own } = { n: 0, own: '' }] = rows;
      // Nothing would be shown by a table without rows.
      expect(n, name).toBeGreaterThan(0);
      const before = await fingerprint(name);
      const read = await client
        .query(`select from ${name}`)
        .then((result) => result.rowCount, databaseErrorCode);
      expect([0, REFUSED], name).toContain(read);
      expect(name === 'rate_limits').toBe(read === REFUSED);
      for (const write of [
        `update ${name} set ${own} = ${own}`,
        `update ${name} set ${own} = ${own} returning *`,
        `delete from ${name}`,
        `select from ${name} for update`,
      ])
        expect([0, REFUSED], write).toContain(await code(write));
      expect(await code(`insert into ${name} default values`), name).toBe(REFUSED);
      expect(await code(`truncate ${name} cascade`), name).toBe(REFUSED);
      expect(await fingerprint(name)).toBe(before);
    }
  }

  async function fingerprint(table: string): Promise<unknown> {
    const { rows } = await database.db.execute(
      sql.raw(`select md5(string_agg(t::text, ',' order by t::text)) as sum from ${table} t`),
    );
    return rows[0]?.sum;
  }

  test.each([
    ['without a workspace', []],
    ['whose workspace was taken back', [`set app.workspace = '${STRANGER}'`, 'reset app.workspace']],
    ['with an empty workspace', [`set app.workspace = ''`]],
  ])('%s reads no row of any table with a workspace and writes none', async (_name, statements) => {
    await client.query(`set role ${ROLES.api}`);
    for (const statement of statements) await client.query(statement);
    await expectNothing();
  });

  test('of another workspace neither, nor makes rows of this one', async () => {
    // The stranger has a row of its own in the workspaces and among the watchlists: its default list.
    await client.query(`set role ${ROLES.api}`);
    await client.query(`set app.workspace = '${STRANGER}'`);
    const direct = tables.filter(
      (name) =>
        ![
          'workspaces',
          'rate_limits',
          'job_events',
          'analysis_details',
          'backtest_details',
          'backtest_trades',
        ].includes(name),
    );
    expect(direct.length).toBeGreaterThan(13);
    for (const name of direct) {
      expect(await code(`select from ${name} where workspace_id <> '${STRANGER}'`), name).toBe(0);
      expect(await code(`insert into ${name} (workspace_id) values ('${DEFAULT_WORKSPACE_ID}')`), name).toBe(
        REFUSED,
      );
    }
    const jobs = await database.db.execute<{ id: string }>(sql`select id from jobs limit 1`);
    expect(
      await code(
        `insert into job_events (job_id, seq, type, progress) values ('${jobs.rows[0]?.id}', 1000, 'JOB_STARTED', 0)`,
      ),
    ).toBe(REFUSED);
    expect((await client.query('select id from workspaces')).rows).toEqual([{ id: STRANGER }]);
  });

  test('with a workspace that is none fails', async () => {
    await client.query(`set role ${ROLES.api}`);
    await client.query(`set app.workspace = 'x'`);
    expect(await code('select from jobs')).toBe('22P02');
  });
});

describe('what the API’s connections are lent as', () => {
  let walled: ApiDatabase;
  let job: string;
  beforeAll(async () => {
    job = await submit(database.db, ['B']);
  });

  const open = (max: number) =>
    openApiDatabase({ url: database.url, max, applicationName: 'walled', log: silent });
  const whoIsIt = sql`select current_user::text as role, current_setting('app.workspace') as workspace`;

  test('is the role and the workspace of the borrower, in statements and transactions', async () => {
    walled = open(3);
    try {
      const mine = walled.of(DEFAULT_WORKSPACE_ID);
      const other = walled.of(STRANGER);
      for (const [db, workspace, role] of [
        [mine, DEFAULT_WORKSPACE_ID, ROLES.api],
        [other, STRANGER, ROLES.api],
        [walled.relay, '', ROLES.relay],
        [mine, DEFAULT_WORKSPACE_ID, ROLES.api],
      ] as const) {
        expect((await db.execute(whoIsIt)).rows).toEqual([{ role, workspace }]);
        const inside = await db.transaction(async (tx) => (await tx.execute(whoIsIt)).rows);
        expect(inside).toEqual([{ role, workspace }]);
      }
      expect((await findJob(mine, DEFAULT_WORKSPACE_ID, job))?.id).toBe(job);
      expect(await findJob(other, DEFAULT_WORKSPACE_ID, job)).toBeNull();
      const lock = (db: typeof mine) =>
        inLockedTransaction(
          db,
          (tx) => lockJob(tx, DEFAULT_WORKSPACE_ID, job),
          async (_tx, locked) => locked?.id ?? null,
        );
      expect([await lock(mine), await lock(other)]).toEqual([job, null]);
    } finally {
      await walled.close();
    }
  });

  test('many workspaces at once on few connections are never mixed up, also when statements fail', async () => {
    walled = open(4);
    const workspaces = Array.from({ length: 20 }, () => uuidv7());
    try {
      const seen = await Promise.all(
        Array.from({ length: 400 }, async (_, i) => {
          const workspace = workspaces[(i * 7) % workspaces.length] ?? '';
          const db = walled.of(workspace);
          if (i % 10 === 0) await db.execute(sql`select 1 / 0`).catch(() => undefined);
          const [row] =
            i % 3 === 0
              ? await db.transaction(async (tx) => (await tx.execute(whoIsIt)).rows)
              : (await db.execute(whoIsIt)).rows;
          return row?.workspace === workspace;
        }),
      );
      expect(seen).toEqual(Array(400).fill(true));
    } finally {
      await walled.close();
    }
  });

  test('costs a statement when a connection was another’s, and none when one that is idle is set to it already', async () => {
    walled = open(3);
    const counter = countStatements('walled');
    const entries = async (workspaces: readonly string[]) => {
      const { entered } = await counter.during(async () => {
        for (const workspace of workspaces) await walled.of(workspace).execute(sql`/* look */ select 1`);
      });
      return entered;
    };
    try {
      // Both connections are open, one for each.
      await Promise.all([entries([DEFAULT_WORKSPACE_ID]), entries([STRANGER])]);
      const both = Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? DEFAULT_WORKSPACE_ID : STRANGER));
      expect(await entries(both)).toBe(0);
      const third = uuidv7();
      expect(await entries([third, third, third])).toBe(1);
    } finally {
      counter.stop();
      await walled.close();
    }
  });

  test('a session that is refused sends nothing, and its connection is not kept', async () => {
    const { pool, over } = openPool({
      url: database.url,
      max: 1,
      applicationName: 'refused',
      log: silent,
    });
    const counter = countStatements('refused');
    try {
      const db = over(createLender(pool, { role: 'thetool_nobody' as never, workspaceId: null }), pool);
      const { statements, entered } = await counter.during(async () => {
        for (const work of [
          () => db.execute(sql`/* look */ select 1`),
          () => db.transaction(async () => null),
        ])
          expect(await work().then(() => null, databaseErrorCode)).toBe('22023');
      });
      expect([statements, entered]).toEqual([[], 2]);
      expect(pool.totalCount).toBe(0);
    } finally {
      counter.stop();
      await pool.end();
    }
  });

  test('may be all workspaces’ for what subscribers share, which is read for the workspace that it belongs to', async () => {
    walled = open(3);
    try {
      const { rows } = await database.db.execute<{ id: string }>(sql`select id from watchlists limit 1`);
      const list = rows[0]?.id ?? '';
      const asked = (id: string) => [
        { workspaceId: STRANGER, id },
        { workspaceId: DEFAULT_WORKSPACE_ID, id },
      ];
      const cursors = asked(job).map(({ workspaceId, id }) => ({
        workspaceId,
        jobId: id,
        after: 0,
        limit: 10,
      }));
      const pages = await listEventPages(walled.relay, cursors);
      expect([...pages.keys()]).toEqual(cursors.slice(1).map(cursorKey));
      expect((await listEventPages(walled.relay, cursors.slice(0, 1))).size).toBe(0);
      const found = [
        await listFollowedJobs(walled.relay, asked(job)),
        await listFollowedWatchlists(walled.relay, asked(list)),
      ].flat();
      expect(found.map(({ workspaceId, id }) => ({ workspaceId, id }))).toEqual([
        { workspaceId: DEFAULT_WORKSPACE_ID, id: job },
        { workspaceId: DEFAULT_WORKSPACE_ID, id: list },
      ]);
      const tickers = await listTickersOfLists(walled.relay, asked(list));
      expect([...tickers.keys()]).toEqual([`${DEFAULT_WORKSPACE_ID} ${list}`]);
      const foreign = [{ workspaceId: STRANGER, id: job }];
      expect(await listFollowedJobs(walled.relay, foreign)).toEqual([]);
      expect(await listFollowedWatchlists(walled.relay, [{ workspaceId: STRANGER, id: list }])).toEqual([]);
    } finally {
      await walled.close();
    }
  });

  test('whatever is rung as a workspace goes the way that the node’s hints go', async () => {
    walled = open(3);
    try {
      const heard: unknown[] = [];
      ringThrough(walled.relay, async (hints) => void heard.push(...hints));
      const hint = { about: 'job', id: job, at: 1 } as const;
      await ring(walled.of(STRANGER), [hint]);
      expect(heard).toEqual([hint]);
    } finally {
      await walled.close();
    }
  });
});
