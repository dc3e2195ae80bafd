import { execFile } from 'node:child_process';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { run, temporaryDirectory } from '../support/processes.ts';

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
    expect(source).not.toMatch(/from '(?!node:fs'|\.\/)/);
  }
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
