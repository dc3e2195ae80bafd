import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { type Db, openDatabase } from '../src/db/client.ts';
import { startPostgres } from '../src/db/embedded.ts';
import { migrate } from '../src/db/migrate.ts';
import { defineTask } from '../src/jobs/define-task.ts';
import { keepAlive } from '../src/jobs/keep-alive.ts';
import { createRecorder } from '../src/jobs/record-steps.ts';
import { runJobs } from '../src/jobs/run-jobs.ts';
import { submitJob } from '../src/jobs/submit-job.ts';
import { createLogger } from '../src/logger.ts';
import { jobRequest } from '../test/support/engine.ts';

const ITEMS = 5_000;
const CAPACITY = 256;
const RAW_MS = 3_000;
const RAW_CLIENTS = 8;

const task = defineTask<unknown, null>({
  kind: 'bench',
  parse: (options) => options,
  async *run() {
    yield 25;
    yield 50;
    yield 75;
    return { result: null, facts: {} };
  },
  save: () => Promise.resolve(),
});

/**
 * Life cycle of items with a no-op task (claim, four stored steps and events, counters, rings), against one-row updates of
 * eight clients on the same server in the same run.
 */
export async function benchEngine(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'thetool-bench-'));
  await chmod(dataDir, 0o755);
  const log = createLogger('error');
  const server = await startPostgres({ dataDir, log });
  await migrate(server.url, log);
  const { db, close } = openDatabase({ url: server.url, max: 10, applicationName: 'bench', log });
  try {
    const raw = await rawUpdates(db);
    const items = await lifeCycles(db, server.url);
    console.log(`one-row update transactions, ${RAW_CLIENTS} clients: ${Math.round(raw)} per second`);
    console.log(
      `item life cycles, one worker:              ${Math.round(items)} per second (${ITEMS} items)`,
    );
    console.log(`ratio: ${(items / raw).toFixed(2)} life cycles per raw update`);
  } finally {
    await close();
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function rawUpdates(db: Db): Promise<number> {
  await db.execute(
    sql`create table raw_rows as select generate_series(1, ${sql.raw(String(RAW_CLIENTS))}) as id, 0 as n`,
  );
  let done = 0;
  const began = performance.now();
  const client = async (id: number) => {
    for (; performance.now() - began < RAW_MS; done += 1)
      await db.execute(sql`update raw_rows set n = n + 1 where id = ${id}`);
  };
  await Promise.all(Array.from({ length: RAW_CLIENTS }, (_, i) => client(i + 1)));
  return (1_000 * done) / (performance.now() - began);
}

async function lifeCycles(db: Db, url: string): Promise<number> {
  const log = createLogger('error');
  const tasks = new Map([[task.kind, task]]);
  const tickers = Array.from({ length: ITEMS }, (_, i) => `B${i}`);
  const { job } = await submitJob(db, log, jobRequest(tickers, { kind: task.kind }));
  const presence = await keepAlive({
    url,
    name: 'bench',
    version: '0',
    capacity: CAPACITY,
    leaseMs: 10_000,
    heartbeatMs: 3_000,
    log,
  });
  const recorder = createRecorder({ db, tasks, log });
  const began = performance.now();
  const runner = runJobs({ db, presence, tasks, recorder, log, capacity: CAPACITY, pollMs: 2_000 });
  for (;;) {
    const { rows } = await db.execute<{ ended: boolean }>(
      sql`select finished_at is not null as ended from jobs where id = ${job.id}`,
    );
    if (rows[0]?.ended === true) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const rate = (1_000 * ITEMS) / (performance.now() - began);
  await runner.stop(AbortSignal.timeout(5_000));
  await recorder.close(AbortSignal.timeout(5_000));
  await presence.stop();
  return rate;
}
