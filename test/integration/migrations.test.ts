import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runMigrations } from '../../src/db/run-migrations.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { silent } from '../support/silent.ts';

let database: TestDatabase;
let folder: string;
let client: pg.Client;
let others: pg.Client[];

async function connect(): Promise<pg.Client> {
  const other = new pg.Client({ connectionString: database.url });
  await other.connect();
  others.push(other);
  return other;
}

beforeEach(async () => {
  others = [];
  database = await createTestDatabase('EMPTY');
  folder = await mkdtemp(join(tmpdir(), 'thetool-migrations-'));
  client = await connect();
});
afterEach(async () => {
  await Promise.all(others.map((other) => other.end()));
  await database.close();
  await rm(folder, { recursive: true });
});

/** A folder of migrations, as drizzle-kit writes one. */
async function write(texts: readonly string[]): Promise<void> {
  await mkdir(join(folder, 'meta'), { recursive: true });
  const entries = texts.map((_, i) => ({ idx: i, when: i + 1, tag: String(i), breakpoints: true }));
  await writeFile(join(folder, 'meta/_journal.json'), JSON.stringify({ entries }));
  await Promise.all(texts.map((text, i) => writeFile(join(folder, `${i}.sql`), text)));
}

const run = () => runMigrations(client, { folder }, silent);
const count = async (text: string) =>
  Number((await client.query(`select count(*) from ${text}`)).rows[0].count);
const recorded = () => count('drizzle.__drizzle_migrations');

const table = 'create table t (a int);\n--> statement-breakpoint\ninsert into t values (1), (1);';
const index = '-- concurrently\ncreate unique index concurrently t_a_key on t using btree (a);';

test('each migration commits alone: one that fails leaves those before it', async () => {
  await write([
    table,
    'create table u (a int);',
    'insert into u values (1);\n--> statement-breakpoint\nselect 1 / 0;',
  ]);
  await expect(run()).rejects.toThrow('division by zero');
  expect(await recorded()).toBe(2);
  expect(await count('u')).toBe(0);
  await write([table, 'create table u (a int);', 'insert into u values (1);']);
  await run();
  expect([await recorded(), await count('t'), await count('u')]).toEqual([3, 2, 1]);
});

test('an index whose creation was interrupted is made again', async () => {
  await write([table, index]);
  await expect(run()).rejects.toThrow('could not create unique index');
  expect(await count("pg_index where indexrelid = 't_a_key'::regclass and not indisvalid")).toBe(1);
  await client.query('delete from t where ctid = (select min(ctid) from t)');
  await run();
  expect(await count("pg_index where indexrelid = 't_a_key'::regclass and indisvalid")).toBe(1);
  expect(await recorded()).toBe(2);
});

test('a concurrent migration of a process that died is repeated, and what it had done is kept', async () => {
  await write([
    table,
    '-- concurrently\ncreate index concurrently t_a_idx on t using btree (a);\n--> statement-breakpoint\nanalyze missing;',
  ]);
  await expect(run()).rejects.toThrow('missing');
  const { rows: before } = await client.query("select 't_a_idx'::regclass::oid as id");
  await client.query('create table missing ()');
  await run();
  expect((await client.query("select 't_a_idx'::regclass::oid as id")).rows).toEqual(before);
  expect(await recorded()).toBe(2);
});

test('a concurrent migration lets others write while it waits for their transactions', async () => {
  await write([table]);
  await run();
  const holder = await connect();
  await holder.query('begin');
  await holder.query('update t set a = a + 1');
  await write([table, index.replace('unique ', '')]);
  const migrating = run();
  const writer = await connect();
  await eventually(async () => {
    const waits = "pg_stat_activity where query like '%concurrently%' and wait_event_type = 'Lock'";
    return (await writer.query(`select from ${waits}`)).rowCount === 1;
  });
  await writer.query("set lock_timeout = '2s'");
  await writer.query('insert into t values (3)');
  await holder.query('commit');
  await migrating;
  expect(await recorded()).toBe(2);
});

test('a migration that waits for a table steps back so that others reach it, and runs when the table is free', async () => {
  await write([table]);
  await run();
  const holder = await connect();
  await holder.query('begin');
  await holder.query('select from t');
  await write([table, 'alter table t add column b int;']);
  const migrating = run();
  const reader = await connect();
  await eventually(async () => {
    const waits = "pg_stat_activity where query like 'alter table%' and wait_event_type = 'Lock'";
    return (await reader.query(`select from ${waits}`)).rowCount === 1;
  });
  // Reads behind the statement that waits; 3 s are ten times its patience.
  await reader.query("set lock_timeout = '3s'");
  await reader.query('select from t');
  await holder.query('commit');
  await migrating;
  expect(await recorded()).toBe(2);
});

test('a migration queues behind a vacuum of its table with a lock that lets others write', async () => {
  await write([table]);
  await run();
  const vacuum = await connect();
  await vacuum.query('begin');
  await vacuum.query('lock table t in share update exclusive mode');
  await write([table, 'alter table t add column b int;']);
  const migrating = run();
  const writer = await connect();
  await eventually(async () => {
    const waits =
      "pg_locks where mode = 'ShareUpdateExclusiveLock' and relation = 't'::regclass and not granted";
    return (await writer.query(`select from ${waits}`)).rowCount === 1;
  });
  await writer.query("set lock_timeout = '100ms'");
  await writer.query('insert into t values (3)');
  await vacuum.query('commit');
  await migrating;
  expect(await recorded()).toBe(2);
});
