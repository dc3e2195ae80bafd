import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Db, openDatabase } from '../src/db/client.ts';
import { ring } from '../src/events/publish.ts';
import { submitJob } from '../src/jobs/submit-job.ts';
import { createLogger } from '../src/logger.ts';
import { jobRequest } from '../test/support/engine.ts';
import { append } from '../test/support/log.ts';
import { run, urlOf } from '../test/support/processes.ts';
import { appendEvents } from './append-events.ts';
import type { Assignment, Commits, Report, Stall } from './latency-clients.ts';
import { withServer } from './server.ts';
import { memoryOf, now } from './usage.ts';

const SUBSCRIBERS = 5_000;
const JOBS = 500;
/** Commits per second, and jobs that each of them moves on: 2,000 events/s, 20,000 deliveries/s. */
const COMMITS_PER_SECOND = 100;
const JOBS_PER_COMMIT = 20;
const WARM_UP_MS = 3_000;
const MEASURED_MS = 15_000;
const LIMIT_MS = 25;
/** Clients that ask for a long log and do not read it. */
const STALLED = 100;
const LONG_LOG = 100_000;
/** Behind the 15 s after which a client that takes nothing is closed, and before the end of the 6 s that it is given to read why. */
const RESUME_AFTER_MS = 19_000;

const QUERY =
  'subscription($id: ID!, $after: Int, $fromNow: Boolean) { jobEvents(jobId: $id, after: $after, fromNow: $fromNow) { events { seq at type ticker phase progress } cursor caughtUp } }';

interface Phase {
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
}

/**
 * From the commit of an event to its arrival at its subscribers, while the sockets' reader, the writer, PostgreSQL and the server share the machine:
 * first through the raw limit, then through an API node at its default limits, then beside clients that do not read.
 */
export async function benchLatency(): Promise<void> {
  const log = createLogger('error');
  await withServer(async ({ url }) => {
    const { db, close } = openDatabase({ url, max: 4, applicationName: 'bench', log });
    const api = run('api.mjs', {
      DATABASE_URL: url,
      PORT: '0',
      LOG_LEVEL: 'error',
      NODE_ENV: 'production',
      SOCKETS_PER_ADDRESS: '20000',
    });
    const raw = fork(fileURLToPath(new URL('./run-latency-raw.ts', import.meta.url)), [url]);
    try {
      const [{ port: rawPort }] = (await once(raw, 'message')) as [{ port: number }];
      const apiPort = Number(new URL(await urlOf(api)).port);
      const jobs: string[] = [];
      for (let i = 0; i < JOBS; i += 1) jobs.push((await submitJob(db, log, jobRequest([`J${i}`]))).job.id);
      const subscribe = (id: string, variables: object) =>
        JSON.stringify({
          id: '1',
          type: 'subscribe',
          payload: {
            query: QUERY,
            variables: { id: Buffer.from(`Job:${id}`).toString('base64'), ...variables },
          },
        });

      const limit = await withClients(
        {
          port: rawPort,
          sockets: SUBSCRIBERS,
          init: false,
          messages: jobs.map((job) => JSON.stringify({ job, seq: 1 })),
        },
        (clients) => measure(db, jobs, clients),
      );
      tell('raw limit: NOTIFY to plain ws', limit);

      const long = (await submitJob(db, log, jobRequest(['LONG']))).job.id;
      for (let i = 0; i < 10; i += 1) await append(db, long, LONG_LOG / 10);
      const messages = jobs.map((id) => subscribe(id, { fromNow: true }));
      await withClients({ port: apiPort, sockets: SUBSCRIBERS, init: true, messages }, async (clients) => {
        const alone = await measure(db, jobs, clients);
        tell('TheTool', alone, `; ${(alone.p99 / limit.p99).toFixed(2)} × the raw limit (p99)`);
        const pid = api.child.pid ?? 0;
        const before = (await memoryOf(pid)) ?? Number.NaN;
        const resume = delay(RESUME_AFTER_MS).then(() => clients.send('RESUME'));
        const codes = next(clients, 'RESUMED');
        clients.send({ stall: STALLED, message: subscribe(long, { after: 0 }) } satisfies Stall);
        await next(clients, 'STALLED');
        const beside = await measure(db, jobs, clients, 0);
        const each = (((await memoryOf(pid)) ?? Number.NaN) - before) / STALLED;
        tell(
          `TheTool beside ${STALLED} that do not read`,
          beside,
          `; ${(beside.p99 / alone.p99).toFixed(2)} × without them (p99)`,
        );
        await resume;
        console.log(
          `  they are closed with ${JSON.stringify((await codes).codes)}; ${Math.round(each / 1_024)} KB each more in the process while they last`,
        );
        if (alone.p99 > LIMIT_MS) process.exitCode = 1;
      });
    } finally {
      raw.kill('SIGKILL');
      await api.stop('SIGKILL');
      await close();
    }
  });
}

async function withClients<Answer>(
  assignment: Assignment,
  work: (clients: ChildProcess) => Promise<Answer>,
): Promise<Answer> {
  const clients = fork(fileURLToPath(new URL('./latency-clients.ts', import.meta.url)));
  try {
    clients.send(assignment);
    await next(clients, 'OPEN');
    return await work(clients);
  } finally {
    clients.kill('SIGKILL');
  }
}

type ReportOf<Type extends Report['type']> = Extract<Report, { type: Type }>;

function next<Type extends Report['type']>(clients: ChildProcess, type: Type): Promise<ReportOf<Type>> {
  return new Promise((resolve, reject) => {
    const look = (report: Report) => {
      if (report.type !== type) return;
      clients.off('message', look);
      resolve(report as ReportOf<Type>);
    };
    clients.on('message', look);
    clients.once('exit', (code) => reject(new Error(`the clients ended with ${code}`)));
  });
}

/** Writes for the measured time and lets the clients tell how late each event was. */
async function measure(
  db: Db,
  jobs: readonly string[],
  clients: ChildProcess,
  warmUpMs = WARM_UP_MS,
): Promise<Phase> {
  await write(db, jobs, warmUpMs);
  const commits = await write(db, jobs, MEASURED_MS);
  await delay(1_000);
  const expected = (commits.length / 3) * (SUBSCRIBERS / JOBS);
  const answer = next(clients, 'LATENCIES');
  clients.send({ commits } satisfies Commits);
  const { count, ...phase } = await answer;
  if (count !== expected) throw new Error(`${count} of ${expected} events arrived`);
  console.log(`  ${Math.round((1_000 * expected) / MEASURED_MS).toLocaleString('en-US')} deliveries/s`);
  return phase;
}

/** Moves the jobs on, group by group, at the pace; a commit that is late does not take the next one with it. */
async function write(db: Db, jobs: readonly string[], forMs: number): Promise<number[]> {
  const places = new Map(jobs.map((job, place) => [job, place]));
  const commits: number[] = [];
  const began = now();
  for (let turn = 0; ; turn += 1) {
    const due = began + (1_000 * turn) / COMMITS_PER_SECOND;
    if (due >= began + forMs) return commits;
    if (due > now()) await delay(due - now());
    const from = (turn * JOBS_PER_COMMIT) % jobs.length;
    const appended = await appendEvents(db, jobs.slice(from, from + JOBS_PER_COMMIT));
    const committedAt = now();
    for (const { job, seq } of appended) commits.push(places.get(job) ?? 0, seq, committedAt);
    await ring(
      db,
      appended.map(({ job, seq }) => ({ about: 'job', id: job, at: seq })),
    );
  }
}

function tell(title: string, { p50, p99, worst }: Phase, more = ''): void {
  console.log(
    `${title}: commit to client p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, worst ${worst.toFixed(1)} ms${more}`,
  );
}
