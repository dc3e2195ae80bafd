import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { openDatabase } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';
import { migrate } from '../../src/db/migrate.ts';
import { openApiDatabase } from '../../src/db/workspaces.ts';
import { ItemError } from '../../src/errors.ts';
import { listen } from '../../src/events/listener.ts';
import { keepAlive } from '../../src/jobs/keep-alive.ts';
import { submitJob } from '../../src/jobs/submit-job.ts';
import { administer, createTestDatabase, type TestDatabase } from '../support/database.ts';
import { endedJob, eventRows, jobRequest, startWorker, submit, testTask } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { silent } from '../support/silent.ts';

/** Defaults that an administrator may have chosen for a database, each of which once changed what this program does. */
const hostile: Readonly<Record<string, string>> = {
  datestyle: 'SQL, DMY',
  intervalstyle: 'sql_standard',
  timezone: 'America/St_Johns',
  bytea_output: 'escape',
  extra_float_digits: '-15',
  standard_conforming_strings: 'off',
  array_nulls: 'off',
  transform_null_equals: 'on',
  row_security: 'off',
  default_transaction_isolation: 'repeatable read',
  default_transaction_read_only: 'on',
  default_transaction_deferrable: 'on',
  idle_session_timeout: '1s',
};

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase('EMPTY');
  const name = new URL(database.url).pathname.slice(1);
  for (const [setting, value] of Object.entries(hostile))
    await administer(`alter database ${name} set ${setting} = '${value}'`);
  await migrate(database.url, silent);
});
afterAll(() => database.close());

test('a pool, a worker’s connection and a listener have the program’s settings, not those of the database', async () => {
  const names = Object.keys(hostile);
  const api = openApiDatabase({ url: database.url, max: 3, applicationName: 'test api', log: silent });
  const listed = sql`select lower(name) as name, setting from pg_settings where lower(name) = any(${sql.param(names)}::text[]) order by name`;
  const pools = [database.db, api.relay, api.of(DEFAULT_WORKSPACE_ID)];
  for (const db of pools) {
    const { rows } = await db.execute<{ name: string; setting: string }>(listed);
    expect(rows.length).toBe(names.length);
    expect(rows.filter(({ name, setting }) => setting.startsWith(hostile[name] ?? ''))).toEqual([]);
  }
  const { rows } = await database.db.transaction((tx) => tx.execute(sql`show transaction_isolation`));
  expect(rows).toEqual([{ transaction_isolation: 'read committed' }]);
  await api.close();
});

test('sessions of a worker and of a listener outlive the idle limit of the server', async () => {
  const lost: string[] = [];
  const presence = await keepAlive({
    url: database.url,
    name: 'idle',
    version: '0',
    capacity: 1,
    kinds: [],
    leaseMs: 60_000,
    heartbeatMs: 20_000,
    log: silent,
  });
  presence.onLost((id) => lost.push(id));
  let connections = 0;
  const listener = await listen({
    url: database.url,
    log: silent,
    onHints: () => undefined,
    onConnected: () => {
      connections += 1;
    },
  });
  const sessions = sql`select application_name as name from pg_stat_activity
    where datname = current_database() and application_name in ('thetool worker presence', 'thetool listener')
      and state_change < clock_timestamp() - interval '1.5 seconds' order by 1`;
  await eventually(async () => {
    const { rows } = await database.db.execute<{ name: string }>(sessions);
    return rows.length === 2;
  });
  expect(connections).toBe(1);
  expect(lost).toEqual([]);
  await listener.close();
  await presence.stop();
});

test('a transient error is retried, and twenty equal submits at once make one job', async () => {
  const { db, close } = openDatabase({ url: database.url, max: 10, applicationName: 'test', log: silent });
  const worker = await startWorker(
    database.url,
    db,
    testTask((_ticker, attempt) =>
      attempt === 1
        ? Promise.reject(new ItemError('SOURCE_TIMEOUT', 'The source did not respond.'))
        : Promise.resolve(),
    ),
  );
  const id = await submit(db, ['AAPL', 'MSFT']);
  const row = await eventually(() => endedJob(db, id));
  expect(row).toMatchObject({ state: 'COMPLETED', succeeded: 2 });
  const retries = (await eventRows(db, id)).filter(({ type }) => type === 'ITEM_RETRYING');
  expect(retries).toHaveLength(2);
  await worker.stop();

  const equal = { force: false, runAt: new Date(Date.now() + 3_600_000) };
  const submitted = await Promise.all(
    Array.from({ length: 20 }, () => submitJob(db, silent, jobRequest(['NVDA'], equal))),
  );
  expect(new Set(submitted.map(({ job }) => job.id)).size).toBe(1);
  await close();
});
