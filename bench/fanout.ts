import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '../src/db/client.ts';
import { ring } from '../src/events/publish.ts';
import { submitJob } from '../src/jobs/submit-job.ts';
import { createLogger } from '../src/logger.ts';
import { jobRequest } from '../test/support/engine.ts';
import { run, urlOf } from '../test/support/processes.ts';
import { appendEvents } from './append-events.ts';
import type { Assignment, Report } from './fanout-clients.ts';
import { installPeers } from './install-peers.ts';
import { type BenchServer, withServer } from './server.ts';
import { cpuSecondsOf, memoryOf, quantile } from './usage.ts';

/** A server under test: all sockets subscribe to one job at it. */
interface Target {
  readonly port: number;
  readonly pid: number;
  /** Lets one more event happen. */
  publish(seq: number): unknown;
  stop(): Promise<unknown>;
}

interface Contestant {
  readonly title: string;
  readonly name: string;
  /** Messages of a block: as many as take seconds at the speed that was measured before. */
  readonly deliveries: number;
  open(server: BenchServer): Promise<Target>;
  /** Its sockets receive without asking for anything. */
  readonly isPlain?: true;
}

const peer = (name: string, module: string, title: string, deliveries: number): Contestant => ({
  title,
  name,
  deliveries,
  open: ({ url }) => openPeer(module, name, url),
});

const contestants: readonly Contestant[] = [
  { title: 'TheTool', name: 'thetool', deliveries: 200_000, open: openTheTool },
  { ...peer('plainWs', './peers-fanout/plain.mjs', 'ws 8.23, a ready message', 200_000), isPlain: true },
  peer('yogaGraphqlWs', './peers-fanout/yoga.mjs', 'yoga 5.24 + graphql-ws 6.4', 60_000),
  peer('postgraphile5', './peers-fanout/postgraphile.mjs', 'PostGraphile 5.1', 60_000),
];

/** Blocks of one contestant alternate with those of the others, so that none has the better moments of the machine. */
const BLOCKS = 3;
const WARM_UP_ROUNDS = 10;
const QUERY =
  'subscription($id: ID!) { jobEvents(jobId: $id, fromNow: true) { events { seq at type ticker phase progress attempt } cursor caughtUp gap } }';

/**
 * One event after the other to all sockets: the next happens when all have the one before, so every event is a message of its own. The sockets are
 * raw readers in a process of their own. `npm run bench -- fanout [sockets,…] [contestant,…]`
 */
export async function benchFanout(
  sockets = '2000,10000',
  only = 'thetool,plainWs,yogaGraphqlWs,postgraphile5',
) {
  const chosen = contestants.filter(({ name }) => only.split(',').includes(name));
  if (chosen.some(({ name }) => name !== 'thetool')) installPeers('peers-fanout');
  await withServer(async (server) => {
    for (const count of sockets.split(',').map(Number)) await compare(server, chosen, count);
  });
}

async function compare(server: BenchServer, chosen: readonly Contestant[], sockets: number): Promise<void> {
  console.log(`${sockets} sockets on one job`);
  const stands: Stand[] = [];
  try {
    for (const contestant of chosen) stands.push(await openStand(server, contestant, sockets));
    for (let block = 0; block < BLOCKS; block += 1) for (const stand of stands) await stand.runBlock();
    const results = await Promise.all(stands.map((stand) => stand.result()));
    const [ours] = results;
    for (const result of results) {
      const { title, cpuMicros, perSecond, bytes, messageBytes } = result;
      const ratio =
        ours === undefined || result === ours
          ? ''
          : `; ours is ${(ours.cpuMicros / cpuMicros).toFixed(2)} × that`;
      console.log(
        `  ${title.padEnd(28)} ${cpuMicros.toFixed(1)} µs of server CPU per message (${messageBytes} B)${ratio}; ` +
          `${Math.round(perSecond).toLocaleString('en-US')} messages/s; ${(bytes / 1_024).toFixed(1)} KB per subscription`,
      );
    }
  } finally {
    await Promise.allSettled(stands.map((stand) => stand.stop()));
  }
}

interface Stand {
  runBlock(): Promise<void>;
  result(): Promise<{
    readonly title: string;
    readonly cpuMicros: number;
    readonly perSecond: number;
    readonly bytes: number;
    readonly messageBytes: number;
  }>;
  stop(): Promise<void>;
}

async function openStand(server: BenchServer, contestant: Contestant, sockets: number): Promise<Stand> {
  const target = await contestant.open(server);
  const clients = fork(fileURLToPath(new URL('./fanout-clients.ts', import.meta.url)));
  const stop = async () => {
    clients.kill('SIGKILL');
    await target.stop();
  };
  try {
    return { ...(await prepareStand(contestant, target, clients, sockets)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function prepareStand(
  contestant: Contestant,
  target: Target,
  clients: ChildProcess,
  sockets: number,
): Promise<Omit<Stand, 'stop'>> {
  const ask = asker(clients);
  const before = (await memoryOf(target.pid)) ?? Number.NaN;
  const variables = { id: 'id' in target ? target.id : 'any' };
  clients.send({
    port: target.port,
    sockets,
    operation: contestant.isPlain ? null : { query: QUERY, variables },
  } satisfies Assignment);
  await ask.next('OPEN');
  let seq = 0;

  /** Whether one event reaches all in a time that is long for every contestant. */
  async function tryRound(): Promise<boolean> {
    const { total } = await ask.ask('TOTAL', 'RECEIVED');
    const all = ask.until((received) => received >= total + sockets);
    seq += 1;
    await target.publish(seq);
    return Promise.race([all.then(() => true), delay(5_000, false)]);
  }
  for (let inRow = 0; inRow < WARM_UP_ROUNDS; ) inRow = (await tryRound()) ? inRow + 1 : 0;
  const bytes = (((await memoryOf(target.pid)) ?? Number.NaN) - before) / sockets;
  const blocks: { readonly cpuMicros: number; readonly perSecond: number }[] = [];

  return {
    async runBlock() {
      const rounds = Math.ceil(contestant.deliveries / sockets);
      await ask.ask('EACH', 'EACH');
      const { total } = await ask.ask('TOTAL', 'RECEIVED');
      const cpuBefore = await cpuSecondsOf(target.pid);
      const began = performance.now();
      for (let round = 1; round <= rounds; round += 1) {
        const all = ask.until((received) => received >= total + round * sockets);
        seq += 1;
        await target.publish(seq);
        await all;
      }
      const tookMs = performance.now() - began;
      const cpu = ((await cpuSecondsOf(target.pid)) ?? Number.NaN) - (cpuBefore ?? 0);
      const each = await ask.ask('EACH', 'EACH');
      if (each.least !== rounds || each.most !== rounds)
        throw new Error(
          `${contestant.title}: sockets have ${each.least} to ${each.most} of ${rounds} messages`,
        );
      const messages = rounds * sockets;
      blocks.push({ cpuMicros: (1e6 * cpu) / messages, perSecond: (1_000 * messages) / tookMs });
    },
    async result() {
      const median = (values: readonly number[]) => quantile(values, 0.5);
      const { messageBytes } = await ask.ask('EACH', 'EACH');
      return {
        title: contestant.title,
        cpuMicros: median(blocks.map(({ cpuMicros }) => cpuMicros)),
        perSecond: median(blocks.map(({ perSecond }) => perSecond)),
        bytes,
        messageBytes,
      };
    },
  };
}

type ReportOf<Type extends Report['type']> = Extract<Report, { type: Type }>;

/** The clients' process, asked. */
function asker(child: ChildProcess) {
  // Rounds before all have subscribed are waited for in vain.
  child.setMaxListeners(0);
  const ended = new Promise<never>((_, reject) => {
    child.once('exit', (code) => reject(new Error(`the clients ended with ${code}`)));
  });
  ended.catch(() => undefined);
  function wait<Type extends Report['type']>(type: Type, fits: (report: ReportOf<Type>) => boolean) {
    const found = new Promise<ReportOf<Type>>((resolve) => {
      const look = (report: Report) => {
        if (report.type !== type || !fits(report as ReportOf<Type>)) return;
        child.off('message', look);
        resolve(report as ReportOf<Type>);
      };
      child.on('message', look);
    });
    return Promise.race([found, ended]);
  }
  const next = <Type extends Report['type']>(type: Type) => wait(type, () => true);
  return {
    next,
    until: (fits: (total: number) => boolean) => wait('RECEIVED', ({ total }) => fits(total)),
    ask<Type extends Report['type']>(question: 'TOTAL' | 'EACH', type: Type) {
      const answer = next(type);
      child.send(question);
      return answer;
    },
  };
}

/** An API node as it runs in production, with its log in PostgreSQL: commit, NOTIFY, read, execute, send. */
async function openTheTool({ url }: BenchServer): Promise<Target & { readonly id: string }> {
  const log = createLogger('error');
  const { db, close } = openDatabase({ url, max: 2, applicationName: 'bench', log });
  const api = run('api.mjs', {
    DATABASE_URL: url,
    PORT: '0',
    LOG_LEVEL: 'error',
    NODE_ENV: 'production',
    SOCKETS_PER_ADDRESS: '20000',
    SUBSCRIPTIONS_PER_WORKSPACE: '50000',
  });
  async function stop(): Promise<void> {
    await api.stop('SIGKILL');
    await close();
  }
  try {
    const { job } = await submitJob(db, log, jobRequest(['FANOUT']));
    return {
      port: Number(new URL(await urlOf(api)).port),
      pid: api.child.pid ?? 0,
      id: Buffer.from(`Job:${job.id}`).toString('base64'),
      async publish() {
        const appended = await appendEvents(db, [job.id]);
        await ring(
          db,
          appended.map(({ job: id, seq: at }) => ({ about: 'job', id, at })),
        );
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function openPeer(module: string, name: string, url: string): Promise<Target> {
  const child = fork(fileURLToPath(new URL('./run-fanout-peer.ts', import.meta.url)), [module, name, url], {
    env: { PATH: process.env.PATH ?? '', NODE_ENV: 'production' },
  });
  const port = new Promise<number>((resolve, reject) => {
    child.once('message', (message: { port: number }) => resolve(message.port));
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
  });
  return {
    port: await port,
    pid: child.pid ?? 0,
    publish: (seq) => child.send({ publish: seq }),
    async stop() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
