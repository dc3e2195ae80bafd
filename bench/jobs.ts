import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { Measured } from './contestant.ts';
import { installPeers } from './install-peers.ts';
import { measureInteractive } from './interactive.ts';
import { type BenchServer, withServer } from './server.ts';
import { cpuSecondsOf } from './usage.ts';

const ROUNDS = 200;

/** Counts that keep each run within seconds at the speed that was measured before. */
const contestants = [
  { title: 'TheTool', module: './ours.ts', name: 'thetool', count: 20_000 },
  { title: 'graphile-worker 0.18', module: './peers/graphile.mjs', name: 'graphileDefault', count: 4_000 },
  {
    title: 'graphile-worker 0.18, batched',
    module: './peers/graphile.mjs',
    name: 'graphileBatched',
    count: 40_000,
  },
  { title: 'pg-boss 12.38', module: './peers/pg-boss.mjs', name: 'pgBoss', count: 3_000 },
  { title: 'pg-boss 12.38, batched', module: './peers/pg-boss.mjs', name: 'pgBossBatched', count: 20_000 },
  { title: 'BullMQ 6.7 on PostgreSQL', module: './peers/bullmq.mjs', name: 'bullmq', count: 3_000 },
] as const;

interface Result extends Measured {
  readonly title: string;
  readonly name: string;
  readonly walPerItem: number;
  readonly postgresCpuPerItem: number | null;
  readonly deadPerItem: number;
}

/**
 * The whole life of an item (claim, four stored steps with their events, a result with details, counters, rings) against job queues that
 * only run and forget a no-op, each in its best documented configuration, on the same server in the same run.
 */
export async function benchJobs(only?: string): Promise<void> {
  const chosen = contestants.filter(({ name }) => only === undefined || name.startsWith(only));
  if (chosen.some(({ module }) => module.startsWith('./peers/'))) installPeers('peers');
  await withServer(async (server) => {
    const results: Result[] = [];
    for (const contestant of chosen) {
      const result = await runContestant(server, contestant);
      results.push(result);
      console.log(lineOf(result));
    }
    if (only === undefined || 'interactive'.startsWith(only)) await reportInteractive(server, results);
    reportRatios(results);
  });
}

async function runContestant(server: BenchServer, contestant: (typeof contestants)[number]): Promise<Result> {
  const sql = new pg.Client({ connectionString: server.url });
  await sql.connect();
  const child = fork(
    fileURLToPath(new URL('./run-contestant.ts', import.meta.url)),
    [contestant.module, contestant.name, server.url, String(contestant.count), String(ROUNDS)],
    { env: { PATH: process.env.PATH ?? '', NODE_ENV: 'production' } },
  );
  const before = { wal: 0n, cpu: null as number | null };
  const after = { wal: 0n, cpu: null as number | null };
  const look = async (into: typeof before) => {
    const { rows } = await sql.query("select (pg_current_wal_insert_lsn() - '0/0')::text as wal");
    into.wal = BigInt(rows[0].wal);
    into.cpu = await cpuSecondsOf(server.pid);
  };
  try {
    const measured = await new Promise<Measured>((resolve, reject) => {
      child.on('message', (message: { moment?: string; measured?: Measured }) => {
        if (message.measured !== undefined) return resolve(message.measured);
        look(message.moment === 'BEFORE' ? before : after).then(() => child.send({}), reject);
      });
      child.on('exit', (code) => reject(new Error(`${contestant.title} ended with ${code}`)));
    });
    const { rows } = await sql.query(
      `select coalesce(sum(n_dead_tup), 0)::int as dead from pg_stat_user_tables where schemaname = $1`,
      [measured.schema],
    );
    const { count, title, name } = contestant;
    return {
      ...measured,
      title,
      name,
      walPerItem: Number(after.wal - before.wal) / count,
      postgresCpuPerItem:
        before.cpu === null || after.cpu === null ? null : (1e6 * (after.cpu - before.cpu)) / count,
      deadPerItem: rows[0].dead / count,
    };
  } finally {
    child.kill();
    await sql.end();
  }
}

const whole = (value: number) => Math.round(value).toLocaleString('en-US');

function lineOf(result: Result): string {
  const postgres = result.postgresCpuPerItem === null ? '?' : whole(result.postgresCpuPerItem);
  return [
    `${result.title.padEnd(30)} ${whole(result.itemsPerSecond).padStart(7)} items/s`,
    `submit to start p50 ${result.startP50.toFixed(1)} p99 ${result.startP99.toFixed(1)} ms`,
    `WAL ${whole(result.walPerItem)} B/item`,
    `dead tuples ${result.deadPerItem.toFixed(2)}/item`,
    `CPU ${whole(result.cpuPerItem)} µs/item in the worker, ${postgres} in PostgreSQL`,
  ].join(', ');
}

function reportRatios(results: readonly Result[]): void {
  const ours = results.find(({ name }) => name === 'thetool');
  if (ours === undefined) return;
  for (const peer of results) {
    if (peer !== ours)
      console.log(
        `ratio: ${(ours.itemsPerSecond / peer.itemsPerSecond).toFixed(2)} × the items/s of ${peer.title}`,
      );
  }
}

async function reportInteractive(server: BenchServer, results: readonly Result[]): Promise<void> {
  const { p50, p99 } = await measureInteractive(server.url, ROUNDS);
  console.log(
    `submit to PROCESSING event at a websocket client: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
  );
  const peer = results.find(({ name }) => name === 'graphileDefault');
  if (peer !== undefined)
    console.log(`ratio: ${(p50 / peer.startP50).toFixed(2)} × the add to start of ${peer.title} (p50)`);
}
