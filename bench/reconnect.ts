import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Db, openDatabase } from '../src/db/client.ts';
import { sql } from '../src/db/drizzle.ts';
import { ring } from '../src/events/publish.ts';
import { submitJob } from '../src/jobs/submit-job.ts';
import { createLogger } from '../src/logger.ts';
import { jobRequest } from '../test/support/engine.ts';
import { run, urlOf } from '../test/support/processes.ts';
import type { Assignment, Report } from './reconnect-clients.ts';
import { withServer } from './server.ts';

const JOBS = 100;
const CLIENT_PROCESSES = 2;
const POOL = 10;
/** Events per second over all jobs while the sockets move. */
const EVENTS_PER_SECOND = 20;
const LIMIT_MS = 30_000;

/**
 * All sockets follow jobs at one API node; the node is stopped (SIGTERM) or killed (SIGKILL), and they come back at another, while events go on.
 * `npm run bench -- reconnect [sockets] [SIGTERM|SIGKILL]`
 */
export async function benchReconnect(sockets = '10000', signal = 'SIGTERM'): Promise<void> {
  const count = Number(sockets);
  const log = createLogger('error');
  await withServer(async ({ url }) => {
    const { db, close } = openDatabase({ url, max: 4, applicationName: 'bench', log });
    // A role of its own tells the new node's connections from the others.
    await db.execute(sql`create role new_node login superuser password 'new_node'`);
    const newUrl = Object.assign(new URL(url), { username: 'new_node', password: 'new_node' }).href;
    const env = {
      DATABASE_URL: url,
      PORT: '0',
      LOG_LEVEL: 'error',
      DATABASE_POOL_SIZE: String(POOL),
      SOCKETS_PER_ADDRESS: '20000',
      SUBSCRIPTIONS_PER_WORKSPACE: '50000',
    };
    const nodes = [run('api.mjs', env), run('api.mjs', { ...env, DATABASE_URL: newUrl })] as const;
    const children: ChildProcess[] = [];
    const stopWriting = new AbortController();
    try {
      const [from, to] = await Promise.all([urlOf(nodes[0]), urlOf(nodes[1])]);
      const ids: string[] = [];
      for (let i = 0; i < JOBS; i += 1) ids.push((await submitJob(db, log, jobRequest([`J${i}`]))).job.id);
      const jobs = ids.map((id) => Buffer.from(`Job:${id}`).toString('base64'));
      const began = Date.now();
      const groups = Array.from({ length: CLIENT_PROCESSES }, () => {
        const child = fork(fileURLToPath(new URL('./reconnect-clients.ts', import.meta.url)));
        children.push(child);
        child.send({ clients: count / CLIENT_PROCESSES, jobs, from, to } satisfies Assignment);
        return reportsOf(child);
      });
      await Promise.all(groups.map((group) => group.JOINED));
      console.log(`${count} sockets joined in ${((Date.now() - began) / 1_000).toFixed(1)} s`);

      const writing = write(db, ids, stopWriting.signal);
      const connections = watchConnections(db, stopWriting.signal);
      await delay(1_000);
      const stoppedAt = Date.now();
      nodes[0].child.kill(signal as NodeJS.Signals);
      const resumed = await Promise.all(groups.map((group) => group.RESUMED));
      const allMs = Math.max(...resumed.map(({ lastAt }) => lastAt)) - stoppedAt;
      console.log(
        `all ${count} receive again ${(allMs / 1_000).toFixed(1)} s after ${signal} (limit ${LIMIT_MS / 1_000} s)`,
      );
      for (const { gapMs } of resumed)
        console.log(`  without data, ms: p50 ${gapMs.p50}, p99 ${gapMs.p99}, worst ${gapMs.worst}`);
      const exit = await nodes[0].exited;
      await delay(1_000);
      stopWriting.abort();
      await writing;
      const peak = await connections;
      await endAll(db, ids);
      const ended = await Promise.all(groups.map((group) => group.ENDED));
      const { rows } = await db.execute<{ n: number }>(
        sql`select distinct last_seq as n from jobs order by 1`,
      );
      const lengths = new Set(rows.map(({ n }) => String(n)));
      const heard = ended.flatMap(({ logs }) => Object.entries(logs));
      const whole =
        heard.every(([length]) => lengths.has(length)) && heard.reduce((sum, [, n]) => sum + n, 0) === count;
      const faults = ended.reduce((sum, one) => sum + one.faults, 0);
      console.log(
        `logs: ${whole && faults === 0 ? 'every client has every event once, in order' : `FAULTY (${faults} out of order)`}`,
      );
      console.log(
        `close codes: ${JSON.stringify(ended.map(({ closeCodes }) => closeCodes))}, the node ended with ${exit}`,
      );
      console.log(
        `connections of the new node to PostgreSQL: ${peak} at most (pool ${POOL}, and one that listens)`,
      );
      if (!whole || faults > 0 || allMs > LIMIT_MS || peak > POOL + 1) process.exitCode = 1;
    } finally {
      stopWriting.abort();
      for (const child of children) child.kill('SIGKILL');
      await Promise.all(nodes.map((node) => node.stop('SIGKILL')));
      await close();
    }
  });
}

type Reports = { readonly [Type in Report['type']]: Promise<Extract<Report, { type: Type }>> };

function reportsOf(child: ChildProcess): Reports {
  const wait = <Type extends Report['type']>(type: Type) =>
    new Promise<Extract<Report, { type: Type }>>((resolve, reject) => {
      child.on('message', (report: Report) => {
        if (report.type === type) resolve(report as Extract<Report, { type: Type }>);
      });
      child.on('exit', (code) => reject(new Error(`the clients ended with ${code}`)));
    });
  const reports = { JOINED: wait('JOINED'), RESUMED: wait('RESUMED'), ENDED: wait('ENDED') };
  for (const report of Object.values(reports)) report.catch(() => undefined);
  return reports;
}

/** Appends an event to the next job, as a flush does, until the abort. */
async function write(db: Db, ids: readonly string[], signal: AbortSignal): Promise<void> {
  for (let turn = 0; !signal.aborted; turn += 1) {
    const id = ids[turn % ids.length] ?? '';
    await append(db, id, sql`'ITEM_PROGRESSED'`, sql`last_seq = last_seq + 1`);
    await delay(1_000 / EVENTS_PER_SECOND);
  }
}

async function endAll(db: Db, ids: readonly string[]): Promise<void> {
  const end = sql`last_seq = last_seq + 1, state = 'CANCELLED', queued = 0, cancelled = total, finished_at = clock_timestamp()`;
  for (const id of ids) await append(db, id, sql`'JOB_CANCELLED'`, end);
}

async function append(
  db: Db,
  id: string,
  type: ReturnType<typeof sql>,
  change: ReturnType<typeof sql>,
): Promise<void> {
  const { rows } = await db.execute<{ seq: number }>(sql`
    with moved as (update jobs set ${change} where id = ${id} returning id, last_seq)
    insert into job_events (job_id, seq, type, progress) select id, last_seq, ${type}, 0 from moved returning seq`);
  await ring(db, [{ about: 'job', id, at: rows[0]?.seq ?? 0 }]);
}

/** The largest number of connections that the new node had. */
async function watchConnections(db: Db, signal: AbortSignal): Promise<number> {
  let peak = 0;
  while (!signal.aborted) {
    const { rows } = await db.execute<{ n: number }>(
      sql`select count(*)::int as n from pg_stat_activity where usename = 'new_node'`,
    );
    peak = Math.max(peak, rows[0]?.n ?? 0);
    await delay(50);
  }
  return peak;
}
