import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ANALYSIS_KIND } from '../../src/analyses/kind.ts';
import { resolveOptions } from '../../src/analyses/options.ts';
import { sql } from '../../src/db/drizzle.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { clearJobs, endedJob, inconsistencies, jobRow, submit } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { insertWorkspace } from '../support/insert-key.ts';
import { type Running, run, temporaryDirectory } from '../support/processes.ts';
import { openSecondWorkspace } from '../support/second-workspace.ts';

let database: TestDatabase;
const processes: Running[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await Promise.all(processes.splice(0).map((process) => process.stop('SIGKILL')));
  expect(await inconsistencies(database.db)).toEqual([]);
  await clearJobs(database.db);
});
afterAll(() => database.close());

async function start(entry: string, said: RegExp, env: Record<string, string> = {}): Promise<Running> {
  const started = run(entry, { DATABASE_URL: database.url, LOG_LEVEL: 'info', ...env });
  processes.push(started);
  await started.said(said);
  return started;
}
const startTestWorker = () => start('../../test/support/worker-process.ts', /running/);

async function items(id: string) {
  const { rows } = await database.db.execute<{ ticker: string; state: string; error_code: string | null }>(
    sql`select ticker, state, error_code, failures, crashes from job_items where job_id = ${id} order by ticker`,
  );
  return rows;
}
const ended = (id: string) => eventually(() => endedJob(database.db, id), 120_000);

test('an unhandled rejection is the failure of the item that left it; the worker goes on', async () => {
  const worker = await startTestWorker();
  const id = await submit(database.db, ['FORGETFUL', 'LATE', 'QUICK']);
  const beside = await openSecondWorkspace(database.db);
  await beside.complete();
  await ended(id);
  expect(await items(id)).toMatchObject([
    { ticker: 'FORGETFUL', state: 'FAILED', error_code: 'INTERNAL', crashes: 0 },
    { ticker: 'LATE', state: 'COMPLETED' },
    { ticker: 'QUICK', state: 'COMPLETED' },
  ]);
  const { output } = worker;
  await worker.said(/too late/);
  expect(output()).toMatch(new RegExp(`forgotten.*"jobId":"${id}","ticker":"FORGETFUL","attempt":1`));
  expect(output()).toMatch(new RegExp(`too late.*"jobId":"${id}","ticker":"LATE"`));
  await ended(await submit(database.db, ['QUICK']));
  await beside.expectUnchanged();
  expect(await worker.stop()).toBe(0);
}, 180_000);

test('an uncaught exception of an item ends its worker and counts as a failed attempt of the item', async () => {
  const worker = await startTestWorker();
  const workspaceId = await insertWorkspace(database.db);
  const beside = await submit(database.db, ['SLOW'], { workspaceId });
  await eventually(async () => (await jobRow(database.db, beside)).processing === 1);
  const id = await submit(database.db, ['THROWING']);
  expect(await worker.exited).toBe(1);
  expect(worker.output()).toMatch(/thrown.*"event":"uncaughtException".*"ticker":"THROWING"/);
  expect(await items(id)).toMatchObject([{ state: 'QUEUED', failures: 1, crashes: 0 }]);
  // Another workspace's item in the same process did nothing wrong.
  expect(await items(beside)).toMatchObject([{ state: 'QUEUED', failures: 0, crashes: 0 }]);
}, 180_000);

/** Process ids of the children of a process. */
function childrenOf(parent: number): number[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid = 0, ppid]) => (ppid === parent ? [pid] : []));
}
const isAlive = (pid: number) => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

test('a directory or a FIFO in CSV_DIR fails its ticker; a file whose read hangs does not keep the worker from its end', async () => {
  const folder = await temporaryDirectory();
  try {
    await cp(
      createRequire(import.meta.url).resolve('@observablehq/sample-datasets/aapl.csv'),
      join(folder.path, 'AAPL.csv'),
    );
    await mkdir(join(folder.path, 'FOLDER.csv'));
    execFileSync('mkfifo', [join(folder.path, 'FIFO.csv')]);
    const worker = await start('worker.mjs', /The worker is ready/, { CSV_DIR: folder.path });
    const asked = { kind: ANALYSIS_KIND, source: 'CSV', isDemo: false };
    const options = resolveOptions({}, '2018-05-11');
    const id = await submit(database.db, ['AAPL', 'FIFO', 'FOLDER'], { ...asked, options });
    await ended(id);
    expect(await items(id)).toMatchObject([
      { ticker: 'AAPL', state: 'COMPLETED' },
      { ticker: 'FIFO', state: 'FAILED', error_code: 'BAD_DATA' },
      { ticker: 'FOLDER', state: 'FAILED', error_code: 'BAD_DATA' },
    ]);
    const readers = childrenOf(worker.child.pid ?? 0);
    expect(readers.length).toBeGreaterThan(0);
    // A stopped reader has the effect of a read that does not return.
    for (const pid of readers) process.kill(pid, 'SIGSTOP');
    const hung = await submit(database.db, ['AAPL'], { ...asked, options });
    await eventually(async () => (await jobRow(database.db, hung)).processing === 1);
    const beside = await openSecondWorkspace(database.db);
    // Needs no file.
    await beside.complete({ kind: ANALYSIS_KIND, options }, 'AAPL');
    const began = performance.now();
    expect(await worker.stop()).toBe(0);
    expect(performance.now() - began).toBeLessThan(15_000);
    expect(await items(hung)).toMatchObject([{ state: 'QUEUED', failures: 0, crashes: 0 }]);
    await eventually(async () => !readers.some(isAlive));
    await beside.expectUnchanged();
  } finally {
    await folder.remove();
  }
}, 180_000);
