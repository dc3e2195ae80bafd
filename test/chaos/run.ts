import { randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { migrate } from '../../src/db/migrate.ts';
import { temporaryDirectory } from '../support/processes.ts';
import { steppableClock } from '../support/server-clock.ts';
import { silent } from '../support/silent.ts';
import { auditSchema } from './audit.ts';
import { checkHistory } from './checker.ts';
import { startCluster } from './cluster.ts';
import { mountDisk, moveTables } from './disk.ts';
import { makePriceFolder } from './files.ts';
import { startFollowers } from './followers.ts';
import { type History, readStored, type SecondServer } from './history.ts';
import { inject } from './inject.ts';
import { startLoad } from './load.ts';
import { disturbsDatabase, type FaultKind, planFaults, type Round } from './plan.ts';
import { startCrashingPostgres } from './postgres.ts';
import { startSampler } from './sampler.ts';
import { createSender } from './send.ts';
import type { Violation } from './violation.ts';
import { startWatchlistLoad } from './watchlist-load.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '12' },
    seed: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const seed = Number(values.seed ?? randomInt(2 ** 31));
if (!Number.isInteger(rounds) || rounds < 1 || !Number.isInteger(seed)) {
  console.error('npm run chaos -- [--rounds 12] [--seed 1] [--keep]');
  process.exit(2);
}
const again = `npm run chaos -- --rounds ${rounds} --seed ${seed}`;
console.log(`seed ${seed}; the same faults again: ${again}`);

const slots = { workers: ['w0', 'w1', 'w2'], apis: ['a0', 'a1'] };
const LEASE_MS = 3_000;
const START_LIMIT_MS = 60_000;
/** After the last fault is healed everything acknowledged must have ended within this: back-off of retries, backlog, and a slow machine. */
const END_LIMIT_MS = 60_000;
const FOLLOW_LIMIT_MS = 20_000;
const env = {
  LOG_LEVEL: 'info',
  WORKER_LEASE_MS: String(LEASE_MS),
  WORKER_HEARTBEAT_MS: '900',
  WORKER_CAPACITY: '8',
  DATABASE_POOL_SIZE: '4',
};

const began = performance.now();
const say = (text: string) =>
  console.log(`${((performance.now() - began) / 1_000).toFixed(1).padStart(6)} s  ${text}`);
const directory = await temporaryDirectory();
const dataDir = join(directory.path, 'data');
let aimLinks: (port: number) => void = () => undefined;
const postgres = await startCrashingPostgres(dataDir, { max_connections: '60' }, (port) => aimLinks(port));
await migrate(postgres.url(), silent);
const disk = await mountDisk(directory.path, join(dataDir, 'postgres-18'));
if (disk === null) say('no full disk: this account may not mount a file system');
else await moveTables(postgres, directory.path);
await postgres.query(steppableClock);
await postgres.query(auditSchema);

const priceFolder = join(directory.path, 'prices');
await makePriceFolder(priceFolder);
const cluster = await startCluster({
  slots,
  databaseUrl: postgres.url,
  env: { ...env, CSV_DIR: priceFolder },
});
aimLinks = cluster.aimLinks;
cluster.aimLinks(Number(new URL(postgres.url()).port));

let violations: Violation[] = [];
try {
  await cluster.allReady(START_LIMIT_MS);
  let calmSince: number | null = performance.now();
  const calmMs = () => (calmSince === null ? 0 : performance.now() - calmSince);
  const followers = startFollowers(cluster.urls);
  const sampler = startSampler(postgres, LEASE_MS, calmMs);
  /** Since when the database has been available to every node. */
  let steadySince: number | null = calmSince;
  const sender = createSender(cluster.urls, () =>
    steadySince === null ? 0 : performance.now() - steadySince,
  );
  const load = startLoad({ seed, sender, onAcknowledged: followers.follow });
  const watchlists = startWatchlistLoad({ seed, sender });
  const secondServers: SecondServer[] = [];
  const onSecondServer = (result: SecondServer) => void secondServers.push(result);
  const injected = new Map<FaultKind, number>();

  async function pass({ faults, calmMs: calm }: Round, index: number): Promise<void> {
    say(
      `round ${index + 1} of ${rounds}: ${faults.map(({ kind, targets }) => [kind, ...targets].join(' ')).join(', ')}; ${load.submits.length} submits so far`,
    );
    calmSince = null;
    if (disturbsDatabase(faults)) steadySince = null;
    await Promise.all(
      faults.map(async (fault) => {
        await delay(fault.startMs);
        if (await inject(fault, { cluster, postgres, disk, priceFolder, watchlists, onSecondServer }))
          injected.set(fault.kind, (injected.get(fault.kind) ?? 0) + 1);
      }),
    );
    await cluster.allReady(START_LIMIT_MS);
    calmSince = performance.now();
    steadySince ??= calmSince;
    await delay(calm);
  }

  for (const [index, round] of planFaults(seed, rounds, slots, LEASE_MS).entries()) await pass(round, index);
  say('all faults are healed; waiting for every job and subscriber to end');
  await watchlists.stop();
  await load.stop();
  const lateMs = await untilEnded();
  await followers.finish(FOLLOW_LIMIT_MS);
  await sampler.stop();
  const history: History = {
    submits: [...load.submits, ...watchlists.submits],
    followers: followers.all,
    selfExits: cluster.selfExits,
    samples: sampler.samples,
    failedMutations: sender.failures,
    secondServers,
    deadlocks: { reports: postgres.deadlocks, counted: await countDeadlocks() },
    ...(await readStored(postgres)),
  };
  violations = checkHistory(history);
  summarise(history, injected, lateMs, sender);
  console.log(
    `lists:       ${watchlists.mutations()} mutations, ${watchlists.submits.length} submits and retries among them; ${history.deadlocks.counted} deadlocks`,
  );
  if (violations.length > 0 || values.keep) await keep(history);
} catch (error) {
  violations.push({
    rule: 'the run itself failed',
    detail: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
} finally {
  await cluster.stop();
  await postgres.stop();
  await disk?.unmount();
}

/** Since the last crash of the server. */
async function countDeadlocks(): Promise<number> {
  const [row] = await postgres.query<{ n: number }>(
    'select deadlocks::int as n from pg_stat_database where datname = current_database()',
  );
  return row?.n ?? Number.NaN;
}

/** Milliseconds until no job was open any more; the checker names those that still are at the limit. */
async function untilEnded(): Promise<number> {
  const from = performance.now();
  while (performance.now() - from < END_LIMIT_MS) {
    const [row] = await postgres.query<{ open: number }>(
      'select count(*)::int as open from jobs where finished_at is null',
    );
    if (row?.open === 0) break;
    await delay(100);
  }
  return performance.now() - from;
}

function summarise(
  history: History,
  injected: ReadonlyMap<FaultKind, number>,
  lateMs: number,
  sender: { repeats(): number; refusals(): number },
): void {
  const { jobs, items, events, itemWrites, workerWrites, followers, samples, submits } = history;
  const states = [...Map.groupBy(jobs, (job) => job.state)].map(([state, of]) => `${of.length} ${state}`);
  const returned = events.filter(({ type }) => type === 'ITEM_RETURNED').length;
  const retried = events.filter(({ type }) => type === 'ITEM_RETRYING').length;
  const lost = workerWrites.filter(({ new_state }) => new_state === 'LOST').length;
  const delivered = followers.reduce((sum, { seqs }) => sum + seqs.length, 0);
  const quiet = samples.filter((sample) => sample.calmMs >= 3_000).length;
  const fenced = cluster.logs().reduce((sum, [, text]) => sum + text.split('"FENCED"').length - 1, 0);
  console.log(`faults:      ${[...injected].map(([kind, count]) => `${count} ${kind}`).join(', ')}`);
  console.log(
    `processes:   ${cluster.starts()} starts, ${lost} workers declared lost, ${fenced} writes fenced`,
  );
  console.log(
    `requests:    ${submits.length} submits acknowledged, ${sender.repeats()} repeated, ${sender.refusals()} refused for the moment`,
  );
  console.log(
    `jobs:        ${states.join(', ')}; the last one ended ${Math.round(lateMs)} ms after the load`,
  );
  console.log(
    `items:       ${items.length}, ${itemWrites.length} writes, ${returned} returned, ${retried} tried again`,
  );
  console.log(`subscribers: ${followers.length}, ${delivered} events delivered of ${events.length} stored`);
  console.log(`samples:     ${samples.length}, ${quiet} in quiet moments`);
}

/** The history and the logs, for whoever looks for the cause. */
async function keep(history: History): Promise<void> {
  await writeFile(join(directory.path, 'history.json'), JSON.stringify(history));
  for (const [name, text] of cluster.logs()) await writeFile(join(directory.path, `${name}.log`), text);
  console.log(`history and logs: ${directory.path}`);
}

if (violations.length === 0) {
  if (!values.keep) await directory.remove();
  say(`passed: ${again}`);
} else {
  const shown = violations.slice(0, 30);
  for (const { rule, detail } of shown) console.error(`VIOLATION ${rule}: ${detail}`);
  if (shown.length < violations.length) console.error(`… and ${violations.length - shown.length} more`);
  console.error(`${violations.length} violations; again: ${again}`);
}
process.exit(violations.length === 0 ? 0 : 1);
