import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, expect, test } from 'vitest';
import { type Running, run, temporaryDirectory } from '../support/processes.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function directory(): Promise<string> {
  const { path, remove } = await temporaryDirectory();
  cleanups.push(remove);
  return path;
}

function start(entry: string, dataDir: string, ...args: readonly string[]): Running {
  const started = run(entry, { DATA_DIR: dataDir, LOG_LEVEL: 'fatal' }, { args });
  cleanups.push(() => started.stop('SIGKILL'));
  return started;
}

const startServer = (dataDir: string) => start('../../test/support/embedded-process.ts', dataDir);

async function urlOf(server: Running): Promise<string> {
  const [, url = ''] = await server.said(/^ready \d+ (\S+)$/m);
  return url;
}

async function column(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text, rowMode: 'array' })).rows.map(([cell]) => cell);
  } finally {
    await client.end();
  }
}

test('keys, members, instruments and migrate work on the embedded server of another process, which goes on', async () => {
  const dataDir = await directory();
  const server = startServer(dataDir);
  const url = await urlOf(server);
  const file = join(dataDir, 'list.csv');
  await writeFile(file, 'symbol,name,exchange,currency,sector\nXYZ,Xyz,NYSE,USD,Energy\n');
  const commands = [
    start('migrate.mjs', dataDir),
    start('keys.mjs', dataDir, 'create', '--name', 'beside'),
    start('members.mjs', dataDir, 'add', 'somebody', '--issuer', 'https://id.example'),
    start('instruments.mjs', dataDir, 'import', file),
  ];
  for (const command of commands)
    expect([await command.exited, command.output()]).toEqual([0, expect.anything()]);
  expect(await column(url, 'select name from api_keys')).toEqual(['beside']);
  expect(await column(url, 'select subject from workspace_members')).toEqual(['somebody']);
  expect(await column(url, "select name from instruments where ticker = 'XYZ'")).toEqual(['Xyz']);
  expect(await server.stop()).toBe(0);
}, 120_000);

test('without a running server two commands at once work one after the other, and a server waits for a command', async () => {
  const dataDir = await directory();
  const commands = ['first', 'second'].map((name) => start('keys.mjs', dataDir, 'create', '--name', name));
  for (const command of commands)
    expect([await command.exited, command.output()]).toEqual([0, expect.anything()]);
  const third = start('keys.mjs', dataDir, 'create', '--name', 'third');
  const server = startServer(dataDir);
  const url = await urlOf(server);
  expect([await third.exited, third.output()]).toEqual([0, expect.anything()]);
  expect((await column(url, 'select name from api_keys')).toSorted()).toEqual(['first', 'second', 'third']);
  const other = startServer(dataDir);
  expect(await other.exited).toBe(1);
  expect(other.output()).toContain('is in use by process');
}, 120_000);
