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
import { type Running, run, urlOf } from '../test/support/processes.ts';
import { appendEvents } from './append-events.ts';
import type { Assignment, Commits, Report, Stall } from './latency-clients.ts';
import { withServer } from './server.ts';
import { cpuSecondsOf, now } from './usage.ts';

const SUBSCRIBERS = 5_000;
const JOBS = 500;
/** Each commit moves so many jobs on by an event, as a flush under load does. */
const JOBS_PER_COMMIT = 20;
const DELIVERIES_PER_COMMIT = (JOBS_PER_COMMIT * SUBSCRIBERS) / JOBS;
const WARM_UP_MS = 3_000;
const MEASURED_MS = 15_000;
const LIMIT_MS = 25;
/** Clients that ask for a long log and do not read it. */
const STALLED = 100;
/** Of these it is seen how they learn of their end. */
const READING_AGAIN = 20;
const LONG_LOG = 100_000;
/** For what the kernel takes of the long log to be read and sent: that is work for readers, not the cost of those that do not read. */
const STALLING_MS = 5_000;
/** Who does not read is closed within it, and costs no more of this process's memory. */
const CLOSE_LIMIT_MS = 30_000;
const HELD_LIMIT_BYTES = 65_536;

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
 * `npm run bench -- latency [deliveries per second]`
 */
export async function benchLatency(deliveriesPerSecond = '20000'): Promise<void> {
  const commitsPerSecond = Number(deliveriesPerSecond) / DELIVERIES_PER_COMMIT;
  const log = createLogger('error');
  await withServer(async ({ url, pid: postgresPid }) => {
    const { db, close } = openDatabase({ url, max: 4, applicationName: 'bench', log });
    const api = run('api.mjs', {
      DATABASE_URL: url,
      PORT: '0',
      LOG_LEVEL: 'info',
      NODE_ENV: 'production',
      SOCKETS_PER_ADDRESS: '20000',
      SUBSCRIPTIONS_PER_WORKSPACE: '50000',
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

      const load = { db, jobs, commitsPerSecond, postgresPid };
      const limit = await withClients(
        {
          port: rawPort,
          sockets: SUBSCRIBERS,
          init: false,
          messages: jobs.map((job) => JSON.stringify({ job, seq: 1 })),
        },
        (clients) => measure({ ...load, clients, serverPid: raw.pid ?? 0 }),
      );
      tell('raw limit: NOTIFY to plain ws', limit);

      const long = (await submitJob(db, log, jobRequest(['LONG']))).job.id;
      for (let i = 0; i < 10; i += 1) await append(db, long, LONG_LOG / 10);
      const messages = jobs.map((id) => subscribe(id, { fromNow: true }));
      await withClients({ port: apiPort, sockets: SUBSCRIBERS, init: true, messages }, async (clients) => {
        const mine = { ...load, clients, serverPid: api.child.pid ?? 0 };
        const alone = await measure(mine);
        tell('TheTool', alone, `; ${(alone.p99 / limit.p99).toFixed(2)} × the raw limit (p99)`);
        const idle = { port: apiPort, init: true, message: subscribe(long, { after: 0 }) };
        const { beside, closing } = await stallBeside(api, idle, () =>
          measure({ ...mine, warmUpMs: STALLING_MS }),
        );
        tell(
          `TheTool beside ${STALLED} that do not read`,
          beside,
          `; ${(beside.p99 / alone.p99).toFixed(2)} × without them (p99)`,
        );
        const { count, slowestMs, mostBytes } = closing;
        console.log(
          `  ${count} of them are closed after at most ${(slowestMs / 1_000).toFixed(1)} s, holding at most ${mostBytes} B`,
        );
        if (count < STALLED || slowestMs > CLOSE_LIMIT_MS || mostBytes > HELD_LIMIT_BYTES)
          process.exitCode = 1;
        const codes = await stallAndReadAgain(api, idle);
        console.log(
          `  of ${READING_AGAIN} that read again as soon as they are closed: ${JSON.stringify(codes)}`,
        );
        if (codes['1013'] !== READING_AGAIN) process.exitCode = 1;
        if (alone.p99 > LIMIT_MS) process.exitCode = 1;
      });
    } finally {
      raw.kill('SIGKILL');
      await api.stop('SIGKILL');
      await close();
    }
  });
}

interface Idle {
  readonly port: number;
  readonly init: boolean;
  /** What they ask and do not read. */
  readonly message: string;
}

/** They are of a process of their own, and read nothing to the end: what they take must not slow down the readers that are measured. */
function stallBeside<Answer>(api: Running, { message, ...where }: Idle, work: () => Promise<Answer>) {
  return withClients({ ...where, sockets: 0, messages: [] }, async (clients) => {
    const closed = awaitClosed(api, STALLED);
    clients.send({ stall: STALLED, message } satisfies Stall);
    await next(clients, 'STALLED');
    const beside = await work();
    return { beside, closing: await closed };
  });
}

/** How those learn of their end who read again when they are closed, by close code. */
function stallAndReadAgain(api: Running, { message, ...where }: Idle) {
  return withClients({ ...where, sockets: 0, messages: [] }, async (clients) => {
    const closed = awaitClosed(api, READING_AGAIN);
    clients.send({ stall: READING_AGAIN, message } satisfies Stall);
    await next(clients, 'STALLED');
    await closed;
    const codes = next(clients, 'RESUMED');
    clients.send('RESUME');
    return (await codes).codes;
  });
}

/** What the API says of those that do not read, from now until `expected` are closed or the time is up. */
async function awaitClosed(api: Running, expected: number) {
  const began = Date.now();
  const before = api.output().length;
  const closings = () =>
    api
      .output()
      .slice(before)
      .split('\n')
      .filter((line) => line.includes('closed with 1013'))
      .map((line) => JSON.parse(line) as { readonly time: number; readonly bufferedBytes: number });
  while (closings().length < expected && Date.now() < began + CLOSE_LIMIT_MS + 2_000) await delay(200);
  const all = closings();
  return {
    count: all.length,
    slowestMs: Math.max(...all.map(({ time }) => new Date(time).getTime())) - began,
    mostBytes: Math.max(...all.map(({ bufferedBytes }) => bufferedBytes)),
  };
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

interface Load {
  readonly db: Db;
  readonly jobs: readonly string[];
  readonly commitsPerSecond: number;
  readonly clients: ChildProcess;
  readonly serverPid: number;
  readonly postgresPid: number;
  readonly warmUpMs?: number;
}

/** Writes for the measured time and lets the clients tell how late each event was. */
async function measure(load: Load): Promise<Phase> {
  const { clients, serverPid, postgresPid, warmUpMs = WARM_UP_MS } = load;
  // The children of this process are the others.
  const own = () => process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6;
  const cores = async () => ({
    server: (await cpuSecondsOf(serverPid)) ?? Number.NaN,
    PostgreSQL: (await cpuSecondsOf(postgresPid)) ?? Number.NaN,
    readers: (await cpuSecondsOf(clients.pid ?? 0)) ?? Number.NaN,
    writer: own(),
  });
  await write(load, warmUpMs);
  const before = await cores();
  const commits = await write(load, MEASURED_MS);
  const after = await cores();
  await delay(1_000);
  const expected = (commits.length / 3) * (SUBSCRIBERS / JOBS);
  const answer = next(clients, 'LATENCIES');
  clients.send({ commits } satisfies Commits);
  const { count, ...phase } = await answer;
  if (count !== expected) throw new Error(`${count} of ${expected} events arrived`);
  const used = Object.entries(after).map(([name, seconds]) => {
    const spent = seconds - before[name as keyof typeof before];
    return `${name} ${((1_000 * spent) / MEASURED_MS).toFixed(2)}`;
  });
  const rate = Math.round((1_000 * expected) / MEASURED_MS).toLocaleString('en-US');
  console.log(`  ${rate} deliveries/s; cores used: ${used.join(', ')}`);
  return phase;
}

/** Moves the jobs on, group by group, at the pace; a commit that is late does not take the next one with it. */
async function write({ db, jobs, commitsPerSecond }: Load, forMs: number): Promise<number[]> {
  const places = new Map(jobs.map((job, place) => [job, place]));
  const commits: number[] = [];
  const began = now();
  for (let turn = 0; ; turn += 1) {
    const due = began + (1_000 * turn) / commitsPerSecond;
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
