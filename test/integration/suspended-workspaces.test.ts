import { once } from 'node:events';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { addMember } from '../../src/access/edit-members.ts';
import { createKey } from '../../src/access/issue-keys.ts';
import { insertWorkspace } from '../../src/access/key.store.ts';
import { deleteWorkspace, resumeWorkspace, suspendWorkspace } from '../../src/access/suspend-workspace.ts';
import { deletePiece, PIECES } from '../../src/access/workspace.store.ts';
import { DEFAULT_WORKSPACE_ID, SCOPES } from '../../src/access.ts';
import { sql } from '../../src/db/drizzle.ts';
import { pauseQueue, resumeQueue } from '../../src/jobs/pause-queue.ts';
import { tryPruneLock } from '../../src/jobs/retention.store.ts';
import { leaseWebhooks } from '../../src/webhooks/lease.store.ts';
import { fullAccess } from '../support/access.ts';
import { startAnalysisWorker } from '../support/analysis-worker.ts';
import { apiAt, startApi, type TestApi } from '../support/api.ts';
import { backtestTask } from '../support/backtest-worker.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { endedJob, startWorker, submit, type TestWorker, testTask } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { type Issuer, makeKeyOf, startIssuer } from '../support/issuer.ts';
import { silent } from '../support/silent.ts';
import { openSocket } from '../support/sockets.ts';

let database: TestDatabase;
let issuer: Issuer;
let api: TestApi;
let workers: TestWorker[];
let serial = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  issuer = await startIssuer(await makeKeyOf('one'));
  await issue(DEFAULT_WORKSPACE_ID);
  api = await startApi(database.url, issuer.settings, { access: 'real' });
  workers = [
    await startAnalysisWorker(database),
    await startWorker(database.url, database.db, backtestTask(database)),
  ];
});
afterAll(async () => {
  for (const worker of workers) await worker.stop();
  await api.close();
  await issuer.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

const deps = () => ({ db: database.db, log: silent });
async function issue(workspaceId: string): Promise<string> {
  const request = { workspaceId, name: 'k', scopes: SCOPES, expiresAt: null, maker: fullAccess(workspaceId) };
  return (await createKey(deps(), request)).secret;
}

interface Tenant {
  readonly id: string;
  readonly secret: string;
  readonly token: string;
}
async function newTenant(): Promise<Tenant> {
  const id = uuidv7();
  serial += 1;
  await insertWorkspace(database.db, { id, name: `Tenant ${serial}` });
  const who = { workspaceId: id, issuer: issuer.settings.JWT_ISSUER, subject: 'anna' };
  await addMember(deps(), { ...who, scopes: SCOPES, createdBy: 'test' });
  return { id, secret: await issue(id), token: await issuer.token({ workspace: id }) };
}
async function status(credential: string): Promise<number> {
  const response = await fetch(api.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${credential}` },
    body: '{"query":"{ __typename }"}',
  });
  await response.arrayBuffer();
  return response.status;
}

describe('a suspended workspace', () => {
  let tenant: Tenant;
  beforeEach(async () => {
    tenant = await newTenant();
  });

  test('admits no key and no token and ends what is open, within 2 s, until it is resumed', async () => {
    const { secret, token, id } = tenant;
    const closed = [];
    for (const credential of [secret, token]) {
      const { socket, send, next } = await openSocket(api.url, { init: false });
      send({ type: 'connection_init', payload: { authorization: `Bearer ${credential}` } });
      expect((await next()).type).toBe('connection_ack');
      closed.push(once(socket, 'close'));
    }
    await suspendWorkspace(deps(), id);
    for (const [code] of await Promise.all(closed)) expect(code).toBe(4403);
    for (const credential of [secret, token])
      await eventually(async () => (await status(credential)) === 401, 2_000);
    await resumeWorkspace(deps(), id);
    for (const credential of [secret, token])
      await eventually(async () => (await status(credential)) === 200, 2_000);
  });

  test('starts no item until it is resumed', async () => {
    const ran: string[] = [];
    const worker = await startWorker(
      database.url,
      database.db,
      testTask(async (ticker) => void ran.push(ticker)),
    );
    onTestFinished(() => worker.stop());
    await suspendWorkspace(deps(), tenant.id);
    const held = await submit(database.db, ['HELD'], { workspaceId: tenant.id });
    // Its queue cannot be opened by a request that was admitted before.
    await resumeQueue(database.db, silent, tenant.id, null);
    const other = await submit(database.db, ['OTHER']);
    await eventually(() => endedJob(database.db, other));
    expect(ran).toEqual(['OTHER']);
    await resumeWorkspace(deps(), tenant.id);
    await eventually(() => endedJob(database.db, held));
  });

  test('keeps a pause that is older than the suspension', async () => {
    await pauseQueue(database.db, silent, tenant.id, 'ours');
    await suspendWorkspace(deps(), tenant.id);
    await resumeWorkspace(deps(), tenant.id);
    const { rows } = await database.db.execute(
      sql`select paused_at is not null as paused, pause_note as note from workspaces where id = ${tenant.id}`,
    );
    expect(rows).toEqual([{ paused: true, note: 'ours' }]);
  });

  test('sends no messages', async () => {
    await database.db.execute(sql`insert into job_end_heads values (${tenant.id}, 5)`);
    const webhook = uuidv7();
    await database.db.execute(sql`insert into webhooks (id, workspace_id, url, description, event, filter, state, secret, position)
      values (${webhook}, ${tenant.id}, 'https://example.com/', '', 'JOB_FINISHED', '{}', 'ACTIVE', 'x', 0)`);
    const slots = { free: 10, quota: 10, quotaAlone: 10, underWay: [] };
    const leased = async () =>
      (await leaseWebhooks(database.db, slots, 0)).filter(({ id }) => id === webhook).length;
    await suspendWorkspace(deps(), tenant.id);
    expect(await leased()).toBe(0);
    await resumeWorkspace(deps(), tenant.id);
    expect(await leased()).toBe(1);
  });
});

/** Rows of a workspace by table; of tables that do not name the workspace, those of its objects. */
async function rowsOf(workspaceId: string): Promise<Record<string, number>> {
  const { rows: tables } = await database.db.execute<{ name: string }>(sql`
    select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id'
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace order by 1`);
  const counts = tables.map(
    ({ name }) =>
      [
        name,
        sql`select count(*)::int as n from ${sql.identifier(name)} where workspace_id = ${workspaceId}`,
      ] as const,
  );
  const inner = [
    ['job_events', 'job_id', 'jobs'],
    ['analysis_details', 'analysis_id', 'analyses'],
    ['backtest_details', 'backtest_id', 'backtests'],
    ['backtest_trades', 'backtest_id', 'backtests'],
  ].map(
    ([table = '', key = '', parent = '']) =>
      [
        table,
        sql`select count(*)::int as n from ${sql.identifier(table)} t left join ${sql.identifier(parent)} p on p.id = t.${sql.identifier(key)} where p.id is null or p.workspace_id = ${workspaceId}`,
      ] as const,
  );
  const found: Record<string, number> = {};
  for (const [name, query] of [...counts, ...inner])
    found[name] = (await database.db.execute<{ n: number }>(query)).rows[0]?.n ?? 0;
  found.workspaces =
    (
      await database.db.execute<{ n: number }>(
        sql`select count(*)::int as n from workspaces where id = ${workspaceId}`,
      )
    ).rows[0]?.n ?? 0;
  return found;
}

/** At least one row in every table. */
async function fill({ id, secret }: Tenant): Promise<void> {
  const client = apiAt(api.url, secret);
  await client.one(
    'mutation { createWatchlist(input: { name: "L", tickers: ["A"], idempotencyKey: "l" }) { __typename } }',
  );
  const analysed = await client.submit({ tickers: ['A'], source: 'DEMO' });
  const tested = await client.one<{ job: { uuid: string } }>(
    'mutation { submitBacktest(input: { tickers: ["A"], source: DEMO }) { ... on SubmitJobPayload { job { uuid } } } }',
  );
  for (const { job } of [analysed, tested]) await eventually(() => endedJob(database.db, job.uuid));
  await submit(database.db, ['LATER'], { workspaceId: id, runAt: new Date(Date.now() + 3_600_000) });
  await database.db.execute(sql`insert into own_series (workspace_id, ticker, bars, first_day, last_day, adjustment, body)
    values (${id}, 'OWN', 1, '2024-01-02', '2024-01-02', 'NONE', decode(repeat('00', 44), 'hex'))`);
  const webhook = uuidv7();
  await database.db.execute(sql`insert into webhooks (id, workspace_id, url, description, event, filter, state, secret, position)
    values (${webhook}, ${id}, 'https://example.com/', '', 'JOB_FINISHED', '{}', 'PAUSED', 'x', 0)`);
  await database.db.execute(sql`insert into webhook_deliveries (id, webhook_id, workspace_id, position, subject_ids)
    values (${uuidv7()}, ${webhook}, ${id}, 1, array[${uuidv7()}::uuid])`);
  await client.close();
}

describe('a workspace that is deleted', () => {
  test('leaves no row but its audit log, and other workspaces as they are, also when the deletion was interrupted', async () => {
    const [tenant, bystander] = [await newTenant(), await newTenant()];
    await fill(tenant);
    await fill(bystander);
    const before = await rowsOf(bystander.id);
    expect(Object.entries(before).filter(([, n]) => n === 0)).toEqual([]);
    await suspendWorkspace(deps(), tenant.id);
    for (let number = 0; number < PIECES; number += 2) await deletePiece(database.db, tenant.id, number);
    await Promise.allSettled([deleteWorkspace(deps(), tenant.id), deleteWorkspace(deps(), tenant.id)]);
    const left = Object.entries(await rowsOf(tenant.id)).filter(([, n]) => n > 0);
    expect(left.map(([name]) => name)).toEqual(['audit_entries']);
    expect(await rowsOf(bystander.id)).toEqual(before);
    expect([await status(tenant.secret), await status(bystander.secret)]).toEqual([401, 200]);
    await expect(deleteWorkspace(deps(), tenant.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('waits for a batch of retention, which locks the same rows in another order', async () => {
    const tenant = await newTenant();
    await submit(database.db, ['LATER'], { workspaceId: tenant.id, runAt: new Date(Date.now() + 3_600_000) });
    await suspendWorkspace(deps(), tenant.id);
    const before = await rowsOf(tenant.id);
    let deleting: Promise<void> | null = null;
    await database.db.transaction(async (tx) => {
      expect(await tryPruneLock(tx)).toBe(true);
      deleting = deleteWorkspace(deps(), tenant.id);
      await eventually(async () => {
        const { rows } = await database.db.execute(
          sql`select from pg_stat_activity where datname = current_database() and query like '%holdOffPruning%' and wait_event = 'advisory'`,
        );
        return rows.length === 1;
      });
      expect(await rowsOf(tenant.id)).toEqual(before);
    });
    await deleting;
    expect((await rowsOf(tenant.id)).jobs).toBe(0);
  });

  test('must be suspended, and no item of it may run', async () => {
    const tenant = await newTenant();
    await expect(deleteWorkspace(deps(), tenant.id)).rejects.toMatchObject({ state: 'ACTIVE' });
    const [started, open] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const worker = await startWorker(
      database.url,
      database.db,
      testTask(() => {
        started.resolve();
        return open.promise;
      }),
    );
    onTestFinished(() => worker.stop());
    const job = await submit(database.db, ['RUNS'], { workspaceId: tenant.id });
    await started.promise;
    await suspendWorkspace(deps(), tenant.id);
    await expect(deleteWorkspace(deps(), tenant.id)).rejects.toMatchObject({ state: 'RUNNING' });
    open.resolve();
    await eventually(() => endedJob(database.db, job));
    await deleteWorkspace(deps(), tenant.id);
  });

  test('is never the default one', async () => {
    await expect(suspendWorkspace(deps(), DEFAULT_WORKSPACE_ID)).rejects.toMatchObject({ state: 'DEFAULT' });
    await expect(deleteWorkspace(deps(), DEFAULT_WORKSPACE_ID)).rejects.toMatchObject({ state: 'ACTIVE' });
  });
});
