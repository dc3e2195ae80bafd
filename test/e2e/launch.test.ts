import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from '../../src/postgres/embedded.ts';
import { isAlive } from '../../src/postgres/process-identity.ts';
import { eventually } from '../support/eventually.ts';
import { run, runNpm, temporaryDirectory, urlOf } from '../support/processes.ts';
import { silent } from '../support/silent.ts';

const exec = promisify(execFile);
const entries = ['start', 'api', 'worker', 'migrate', 'demo'];
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

test.each(entries)('%s on an old Node says which one is needed and how to get it', async (entry) => {
  // The process believes that it is Node 20; nothing after the check may run.
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } })`;
  const old = run(`${entry}.mjs`, {
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(pretend)}`,
  });
  expect(await old.exited).toBe(1);
  expect(old.output()).toMatch(/^This is Node 20\.1\.0, but Node 24 or newer is needed: .*npm ci.*\n$/);
});

test('what an old Node has to parse uses no syntax or module that Node 14 lacks', async () => {
  const sources = await Promise.all(
    [...entries, 'launch'].map((name) =>
      readFile(join(import.meta.dirname, `../../src/main/${name}.mjs`), 'utf8'),
    ),
  );
  for (const source of sources) {
    expect(source).not.toMatch(/^await |\?\?=|\|\|=|&&=|#\w+\s*[=(]|static \{|with \{/m);
    expect(source).not.toMatch(/from '(?!node:fs'|node:v8'|\.\/)/);
  }
});

test('a server bounds the memory that V8 takes, unless it was given bounds already', async () => {
  const print = `console.log('flags of', process.pid, process.execArgv.join(' '))`;
  async function flagsOf(entry: string, options = '') {
    const server = run(`${entry}.mjs`, {
      WORKER_CAPACITY: 'many',
      NODE_OPTIONS: `${options} --import=data:text/javascript,${encodeURIComponent(print)}`,
    });
    expect(await server.exited).toBe(1);
    const started = [...server.output().matchAll(/^flags of (\d+) ?(.*)$/gm)];
    // The process is replaced, not started by another one that has to pass signals on.
    expect(new Set(started.map(([, pid]) => pid))).toEqual(new Set([String(server.child.pid)]));
    return started.at(-1)?.[2];
  }
  for (const entry of ['start', 'api', 'worker'])
    expect(await flagsOf(entry)).toMatch(/^--max-semi-space-size=16( --max-old-space-size=1536)?$/);
  expect(await flagsOf('api', '--max_semi_space_size=4')).not.toContain('semi');
  expect(await flagsOf('api', '--max-semi-space-size=4 --max-old-space-size=64')).toBe('');
});

test('without installed dependencies the start says what to run', async () => {
  const { path, remove } = await temporaryDirectory();
  cleanups.push(remove);
  await cp(join(import.meta.dirname, '../../src'), join(path, 'src'), { recursive: true });
  const failed = await exec(process.execPath, [join(path, 'src/main/start.mjs')], { env: {} }).catch(
    (error: { code: number; stderr: string }) => error,
  );
  expect(failed).toMatchObject({
    code: 1,
    stderr: 'The dependencies are not installed: run "npm ci" first.\n',
  });
});

test('a fault of the program itself shows its stack', async () => {
  const { path, remove } = await temporaryDirectory();
  cleanups.push(remove);
  const bug = `import crypto from 'node:crypto';
    import { syncBuiltinESMExports } from 'node:module';
    crypto.randomBytes = () => { throw new TypeError('a bug'); };
    syncBuiltinESMExports();`;
  const buggy = run('start.mjs', {
    DATA_DIR: path,
    LOG_LEVEL: 'warn',
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(bug)}`,
  });
  expect(await buggy.exited).toBe(1);
  expect(buggy.output()).toMatch(/TypeError: a bug\n +at /);
});

test('settings are read from .env, and environment variables take precedence', async () => {
  const { path, remove } = await temporaryDirectory();
  cleanups.push(remove);
  const lines = [
    '# comment',
    'HOST=127.0.0.2',
    'PORT=1',
    `DATA_DIR="${join(path, 'data')}"`,
    'LOG_LEVEL=warn',
  ];
  await writeFile(join(path, '.env'), lines.join('\n'));
  const server = run('start.mjs', { PORT: '0' }, { cwd: path });
  cleanups.push(() => server.stop('SIGKILL'));
  const url = new URL(await urlOf(server));
  expect(url.hostname).toBe('127.0.0.2');
  expect(url.port).not.toBe('1');
  expect(await readFile(join(path, 'data', 'password'), 'utf8')).not.toBe('');
  expect(await server.stop()).toBe(0);
});

test('a .env file with a wrong setting, or that cannot be read, ends the start with what to do', async () => {
  const { path, remove } = await temporaryDirectory();
  cleanups.push(remove);
  await writeFile(join(path, '.env'), 'WORKER_CAPACITY=many\n');
  const wrong = run('api.mjs', {}, { cwd: path });
  expect(await wrong.exited).toBe(1);
  expect(wrong.output()).toContain('  WORKER_CAPACITY: must be a whole number');
  await mkdir(join(path, 'other/.env'), { recursive: true });
  const unreadable = run('api.mjs', {}, { cwd: join(path, 'other') });
  expect(await unreadable.exited).toBe(1);
  expect(unreadable.output()).toMatch(/^The file \S+\/other\/\.env cannot be read .*\n$/);
});

describe('signals to npm', () => {
  let postgres: PostgresServer;
  beforeAll(async () => {
    const { path, remove } = await temporaryDirectory();
    postgres = await startPostgres({ dataDir: path, log: silent, settings: { fsync: 'off' } });
    return async () => {
      await postgres.stop();
      await remove();
    };
  });

  /** The processes below npm, by number. */
  async function descendants(pid: number): Promise<number[]> {
    const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
    const children = text.split(' ').filter(Boolean).map(Number);
    return (await Promise.all(children.map(async (child) => [child, ...(await descendants(child))]))).flat();
  }

  const scripts = [
    ['start', /is ready/],
    ['api', /is ready/],
    ['worker', /is ready/],
  ] as const;

  test.each(scripts)('SIGTERM to npm run %s stops the server before npm ends', async (script, ready) => {
    const npm = runNpm(script, { DATABASE_URL: postgres.url, PORT: '0' });
    cleanups.push(() => npm.stop('SIGKILL'));
    await npm.said(ready);
    const servers = await descendants(npm.child.pid ?? 0);
    expect(servers).toHaveLength(1);
    await npm.stop('SIGTERM');
    expect(npm.output()).toContain('"msg":"stopped"');
    expect(servers.filter(isAlive)).toEqual([]);
  });

  test('a server whose npm was killed with SIGKILL stops by itself', async () => {
    const npm = runNpm('start', { DATABASE_URL: postgres.url, PORT: '0' });
    await npm.said(/is ready/);
    const servers = await descendants(npm.child.pid ?? 0);
    cleanups.push(async () => {
      for (const pid of servers.filter(isAlive)) process.kill(pid, 'SIGKILL');
    });
    expect(servers).toHaveLength(1);
    process.kill(npm.child.pid ?? 0, 'SIGKILL');
    await eventually(async () => !servers.some(isAlive), 60_000);
    expect(npm.output()).toContain('"msg":"stopped"');
  });
});
