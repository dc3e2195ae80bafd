import { once } from 'node:events';
import { chown, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type Running, run, temporaryDirectory, urlOf } from '../support/processes.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function dataDir(): Promise<string> {
  const directory = await temporaryDirectory();
  cleanups.push(() => directory.remove());
  return directory.path;
}

function start(env: Record<string, string>, options: Parameters<typeof run>[2] = {}): Running {
  const process = run('start.mjs', { PORT: '0', LOG_LEVEL: 'warn', ...env }, options);
  cleanups.push(() => process.stop('SIGKILL'));
  return process;
}

async function postmaster(path: string): Promise<number> {
  const text = await readFile(join(path, 'postgres-18', 'postmaster.pid'), 'utf8');
  return Number(text.split('\n')[0]);
}

/** Polls the process table: an ended process that is not our child leaves no event to wait for. */
async function gone(pid: number): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  while (performance.now() < giveUpAt) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
    if (stat === null || stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z')) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`process ${pid} is still there`);
}

describe('npm start', () => {
  test('is ready within 8 s the first time and 4 s later, and Ctrl-C ends it cleanly', async () => {
    const env = { DATA_DIR: await dataDir() };
    for (const limit of [8_000, 4_000]) {
      const began = performance.now();
      const process = start(env);
      await urlOf(process);
      const took = performance.now() - began;
      console.log(`ready after ${Math.round(took)} ms (limit ${limit})`);
      expect(took).toBeLessThan(limit);
      expect(await process.stop('SIGINT')).toBe(0);
    }
  });

  test('killed with SIGKILL leaves no server behind, and the next start works', async () => {
    const env = { DATA_DIR: await dataDir() };
    const first = start(env);
    await urlOf(first);
    const pid = await postmaster(env.DATA_DIR);
    await first.stop('SIGKILL');
    const second = start(env);
    await urlOf(second);
    await gone(pid);
    expect(await second.stop()).toBe(0);
  });

  test('on a data directory in use says who holds it', async () => {
    const env = { DATA_DIR: await dataDir() };
    const first = start(env);
    await urlOf(first);
    const second = start(env);
    expect(await second.exited).toBe(1);
    expect(second.output()).toMatch(new RegExp(`in use by process ${first.child.pid} since .*DATA_DIR`));
    expect(second.output().trim().split('\n')).toHaveLength(1);
    expect(await first.stop()).toBe(0);
  });

  test('on a taken port says so and stops the server that it started', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    cleanups.push(async () => blocker.close());
    const { port } = blocker.address() as { port: number };
    const env = { DATA_DIR: await dataDir(), PORT: String(port) };
    const process = start(env);
    expect(await process.exited).toBe(1);
    expect(process.output()).toContain(`Port ${port} is taken by another program`);
    await expect(postmaster(env.DATA_DIR)).rejects.toThrow();
  });

  test('on a data directory that cannot be written says so', async () => {
    const process = start({ DATA_DIR: '/dev/null/thetool' });
    expect(await process.exited).toBe(1);
    expect(process.output()).toMatch(
      /^The data directory \/dev\/null\/thetool cannot be written \(\w+\): .*DATA_DIR/,
    );
  });

  test('names every wrong setting at once, with what is right', async () => {
    const process = start({
      PORT: 'x',
      LOG_LEVEL: 'loud',
      WORKER_CAPACITIE: '3',
      DATABASE_URL: 'mysql://u:secret@h/d',
    });
    expect(await process.exited).toBe(1);
    for (const name of ['PORT', 'LOG_LEVEL', 'WORKER_CAPACITIE', 'DATABASE_URL'])
      expect(process.output()).toContain(`  ${name}: `);
    expect(process.output()).not.toContain('secret');
  });

  test('with a DATABASE_URL that leads nowhere says what answers there, without the password', async () => {
    const process = start({ DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/none' });
    expect(await process.exited).toBe(1);
    expect(process.output()).toContain('nothing listens at 127.0.0.1:1');
    expect(process.output()).not.toContain('secret');
    expect(process.output().trim().split('\n')).toHaveLength(1);
  });

  test.runIf(process.getuid?.() === 0)('works for a normal user, too', async () => {
    const path = await dataDir();
    const nobody = { uid: 65_534, gid: 65_534 };
    const refused = start({ DATA_DIR: path }, nobody);
    expect(await refused.exited).toBe(1);
    expect(refused.output()).toContain('cannot be written (EACCES)');
    await chown(path, nobody.uid, nobody.gid);
    const started = start({ DATA_DIR: path }, nobody);
    await urlOf(started);
    const pid = await postmaster(path);
    await started.stop('SIGKILL');
    await gone(pid);
  });
});

test('a worker of its own without DATABASE_URL says what it needs', async () => {
  const worker = run('worker.mjs', {});
  expect(await worker.exited).toBe(1);
  expect(worker.output()).toContain('needs DATABASE_URL');
});

test('the demo runs to its end by itself and prints plain lines without a terminal', async () => {
  const demo = run('demo.mjs', {});
  expect(await demo.exited).toBe(0);
  const text = demo.output();
  for (const part of [
    '0 %',
    '25 %',
    '50 %',
    '75 %',
    '100 %',
    'job completed',
    'LONG entry 166.19',
    'as of 2017-11-02, source SAMPLE',
    'made-up bars',
    'What to try next',
  ]) {
    expect(text).toContain(part);
  }
  expect(text).not.toContain('\x1b[');
});
