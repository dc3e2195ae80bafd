import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Running, run, temporaryDirectory, urlOf } from '../support/processes.ts';

const script = '../../test/support/shutdown-process.ts';
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function directory(): Promise<string> {
  const { path, remove } = await temporaryDirectory();
  cleanups.push(remove);
  return path;
}

function scenario(name: string, drainMs = 60_000): Running {
  const process = run(script, { SCENARIO: name, DRAIN_MS: String(drainMs) });
  cleanups.push(() => process.stop('SIGKILL'));
  return process;
}

const said = (process: Running) =>
  process
    .output()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('{'));

describe('a process', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('stops in reverse order on %s', async (signal) => {
    const process = scenario('quick');
    await process.said(/running/);
    expect(await process.stop(signal)).toBe(0);
    expect(said(process)).toEqual(['running', 'second stopped', 'first stopped']);
  });

  test('drains until a second signal aborts what is under way', async () => {
    const process = scenario('busy');
    await process.said(/running/);
    process.child.kill('SIGINT');
    await process.said(/draining/);
    process.child.kill('SIGINT');
    expect(await process.exited).toBe(0);
    expect(said(process)).toEqual(['running', 'draining', 'aborted', 'first stopped']);
  });

  test('aborts by itself when the time for draining is over', async () => {
    const process = scenario('busy', 50);
    await process.said(/running/);
    expect(await process.stop()).toBe(0);
    expect(said(process)).toEqual(['running', 'draining', 'aborted', 'first stopped']);
  });

  test('leaves a part behind that does not even end after the abort, and stops the others', async () => {
    const process = scenario('stuck', 0);
    await process.said(/running/);
    expect(await process.stop()).toBe(1);
    expect(said(process)).toEqual(['running', 'draining', 'first stopped']);
    expect(process.output()).toMatch(/"part":"stuck".*"did not stop cleanly"/);
  });

  test('ends within 15 s of SIGTERM though file calls that hang occupy all threads', async () => {
    const env = { SCENARIO: 'threads', DRAIN_MS: '0', DATA_DIR: await directory() };
    const process = run(script, env);
    cleanups.push(() => process.stop('SIGKILL'));
    await process.said(/running/);
    const began = performance.now();
    expect(await process.stop()).toBe('SIGKILL');
    expect(performance.now() - began).toBeLessThan(15_000);
    expect(said(process)).toEqual(['running', 'first stopped']);
  });

  test('ends on the spot at a third signal', async () => {
    const process = scenario('stuck');
    await process.said(/running/);
    process.child.kill('SIGTERM');
    await process.said(/draining/);
    process.child.kill('SIGTERM');
    // Equal signals that are pending at once are one; the other name is always delivered.
    process.child.kill('SIGINT');
    expect(await process.exited).toBe(1);
    expect(said(process)).toEqual(['running', 'draining']);
  });

  test('stops the other parts when one fails, and its exit code says so', async () => {
    const process = scenario('failing');
    await process.said(/running/);
    expect(await process.stop()).toBe(1);
    expect(said(process)).toEqual(['running', 'first stopped']);
    expect(process.output()).toContain('no way');
  });

  test('stops what is registered while it is stopping', async () => {
    const process = scenario('late');
    await process.said(/running/);
    expect(await process.stop()).toBe(0);
    expect(said(process)).toEqual(['running', 'late stopped', 'first stopped']);
  });

  test.each([
    ['rejection', 'unhandledRejection', 'forgotten'],
    ['exception', 'uncaughtException', 'unexpected'],
  ])('stops with exit code 1 on an unhandled %s and logs it', async (name, event, message) => {
    const process = scenario(name);
    expect(await process.exited).toBe(1);
    expect(said(process)).toContain('first stopped');
    expect(process.output()).toMatch(new RegExp(`"level":60.*${message}.*"msg":"${event}"`));
  });

  test('goes on when a second item of a list fails after an operation was answered, and logs it', async () => {
    const process = scenario('list');
    await process.said(/running/);
    expect(process.output()).toMatch(/"level":50.*second.*"msg":"another part of an answer failed, too"/);
    expect(await process.stop()).toBe(0);
    expect(said(process)).toEqual(['answered 1 error', 'running', 'first stopped']);
  });
});

test('Ctrl-C reaches the database only after the parts above it have drained', async () => {
  const env = { DATA_DIR: await directory(), SCENARIO: 'database', DRAIN_MS: '60000' };
  // A terminal signals the whole process group, so the process needs one of its own.
  const child = spawn(process.execPath, [join(import.meta.dirname, '../support/shutdown-process.ts')], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  cleanups.push(async () => child.kill('SIGKILL'));
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await eventually(async () => text.includes('running'));
  process.kill(-(child.pid ?? 0), 'SIGINT');
  expect(await once(child, 'close')).toEqual([0, null]);
  expect(text).toBe('running\ndrained 42\nfirst stopped\n');
});

test('a signal during the first start ends it without an error, leaves no server, and the next start works', async () => {
  const env = { DATA_DIR: await directory(), PORT: '0', LOG_LEVEL: 'warn' };
  const interrupted = run('start.mjs', env);
  cleanups.push(() => interrupted.stop('SIGKILL'));
  await eventually(async () => (await readdir(env.DATA_DIR)).some((name) => name.startsWith('draft-')));
  expect(await interrupted.stop('SIGINT')).toBe(0);
  expect(interrupted.output()).toBe('');
  expect(await readdir(env.DATA_DIR)).not.toContain('holder.json');
  expect(await readdir(join(env.DATA_DIR, 'postgres-18'))).not.toContain('postmaster.pid');
  const next = run('start.mjs', env);
  cleanups.push(() => next.stop('SIGKILL'));
  await urlOf(next);
  expect(await next.stop()).toBe(0);
});

test('a database that ends unexpectedly ends the process with exit code 1', async () => {
  const env = { DATA_DIR: await directory(), SCENARIO: 'provided', DRAIN_MS: '60000' };
  const started = run(script, env);
  cleanups.push(() => started.stop('SIGKILL'));
  await started.said(/running/);
  const lock = await readFile(join(env.DATA_DIR, 'postgres-18', 'postmaster.pid'), 'utf8');
  process.kill(Number(lock.split('\n')[0]), 'SIGKILL');
  expect(await started.exited).toBe(1);
  expect(started.output()).toContain('the embedded PostgreSQL ended unexpectedly');
  expect(said(started)).toEqual(['running', 'first stopped']);
  expect(await readdir(env.DATA_DIR)).not.toContain('holder.json');
});
