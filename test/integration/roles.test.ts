import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { openDatabase } from '../../src/db/client.ts';
import { migrate } from '../../src/db/migrate.ts';
import { ROLES } from '../../src/db/roles.ts';
import { type PostgresServer, startPostgres } from '../../src/postgres/embedded.ts';
import { startApi } from '../support/api.ts';
import { endedJob } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { run, temporaryDirectory } from '../support/processes.ts';
import { silent } from '../support/silent.ts';

/** A server of its own: roles belong to the whole server, and here there are none yet. */
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let server: PostgresServer;
let admin: pg.Client;
const databases: string[] = [];

beforeAll(async () => {
  directory = await temporaryDirectory();
  server = await startPostgres({ dataDir: directory.path, log: silent, settings: { fsync: 'off' } });
  admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
});
/** As at the beginning: no role is there, and so nothing that was granted to one. */
afterEach(async () => {
  for (const name of databases.splice(0)) await admin.query(`drop database ${name} with (force)`);
  await admin.query(`drop role if exists ${[...Object.values(ROLES), 'plain', 'operator'].join(', ')}`);
});
afterAll(async () => {
  await admin.end();
  await server.stop();
  await directory.remove();
});

/** A database that a user without a superuser's rights owns, as managed servers give them. */
async function makeDatabase(name: string, owner: string): Promise<string> {
  await admin.query(`create database ${name} owner ${owner}`);
  databases.push(name);
  const url = new URL(server.url);
  return Object.assign(url, { pathname: `/${name}`, username: owner, password: 'secret' }).href;
}

const makeUser = (name: string, rights: string) =>
  admin.query(`create role ${name} login password 'secret' nosuperuser ${rights}`);

test('a user who may not make roles is told what an administrator has to run, and that is enough', async () => {
  await makeUser('plain', '');
  const url = await makeDatabase('of_plain', 'plain');
  const error = await migrate(url, silent).then(
    () => null,
    (reason: Error) => reason,
  );
  expect(error?.name).toBe('StartupError');
  const lines = (error?.message ?? '').split('\n').filter((line) => /^ {2}(CREATE|GRANT) /.test(line));
  expect(lines).toEqual([
    ...Object.values(ROLES).map((role) => `  CREATE ROLE ${role} NOLOGIN;`),
    `  GRANT ${Object.values(ROLES).join(', ')} TO plain;`,
  ]);
  await admin.query(lines.join('\n'));
  await migrate(url, silent);
});

test('a user who may make roles migrates several databases at once, and API and worker work as what it made', async () => {
  await makeUser('operator', 'createrole');
  const urls: string[] = [];
  for (const name of ['first', 'second', 'third', 'fourth']) urls.push(await makeDatabase(name, 'operator'));
  await Promise.all(urls.map((url) => migrate(url, silent)));
  await Promise.all(urls.map((url) => migrate(url, silent)));
  const [url = ''] = urls;
  const { db, close } = openDatabase({ url, max: 1, applicationName: 'test', log: silent });
  const worker = run('worker.mjs', { DATABASE_URL: url, LOG_LEVEL: 'warn' });
  const api = await startApi(url);
  try {
    await worker.said(/The worker is ready/);
    const { job } = await api.submit({ tickers: ['A'], source: 'DEMO', force: true });
    expect((await eventually(() => endedJob(db, job.uuid)))?.state).toBe('COMPLETED');
    expect(await api.one('{ viewer { workspaceId } }')).toEqual({ workspaceId: DEFAULT_WORKSPACE_ID });
    const { rows } = await admin.query<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity where usename = 'operator' and application_name like 'thetool%'`,
    );
    expect(rows[0]?.n).toBeGreaterThan(3);
  } finally {
    await api.close();
    await worker.stop();
    await close();
  }
});

test('a role that another migration makes at the same moment is there, not a fault', async () => {
  await admin.query('create database moment');
  databases.push('moment');
  const url = Object.assign(new URL(server.url), { pathname: '/moment' }).href;
  const other = new pg.Client({ connectionString: server.url });
  await other.connect();
  await other.query('begin');
  await other.query(`create role ${ROLES.api} nologin`);
  const migrating = migrate(url, silent);
  migrating.catch(() => undefined);
  // It waits to see whether the role comes about.
  await eventually(async () => {
    const { rows } = await admin.query(
      `select from pg_stat_activity where application_name = 'thetool migrate' and wait_event_type = 'Lock'`,
    );
    return rows.length > 0;
  });
  await other.query('commit');
  await other.end();
  await migrating;
});

test('a role that row-level security does not hold for is not accepted', async () => {
  await admin.query(`create role ${ROLES.api} nologin bypassrls`);
  await expect(migrate(server.url, silent)).rejects.toThrow('NOBYPASSRLS');
});
