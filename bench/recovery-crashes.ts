import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { migrate } from '../src/db/migrate.ts';
import { type Cluster, startCluster } from '../test/chaos/cluster.ts';
import { LISTENING } from '../test/chaos/inject.ts';
import { type CrashingPostgres, startCrashingPostgres } from '../test/chaos/postgres.ts';
import { authorized } from '../test/support/key.ts';
import { temporaryDirectory } from '../test/support/processes.ts';
import { silent } from '../test/support/silent.ts';
import type { Recovery } from './recovery.ts';

/** Outages, ms: shorter than a retry interval, and long enough for every back-off to reach its ceiling. */
const DOWN_MS = [0, 500, 1_000, 2_000, 5_000, 10_000, 0, 1_000, 3_000, 15_000];
const slots = { workers: ['w0', 'w1'], apis: ['a0'] };

/** kill -9 of the postmaster, PostgreSQL back → the API answers, every process listens again; and no process was restarted. */
export function measureCrashes(): Promise<Recovery[]> {
  return withCluster(async (postgres, cluster) => {
    const answered: number[] = [];
    const listening: number[] = [];
    const starts = cluster.starts();
    for (const downMs of DOWN_MS) {
      await postgres.crash('SIGKILL', downMs);
      const backAt = performance.now();
      await Promise.all([
        untilAnswered(cluster).then(() => answered.push(performance.now() - backAt)),
        untilListening(postgres).then(() => listening.push(performance.now() - backAt)),
      ]);
      await delay(500);
    }
    return [
      {
        name: 'PostgreSQL back after kill -9 → the API answers',
        values: answered,
        limit: 2_000,
        of: 'max',
        unit: 'ms',
      },
      {
        name: 'PostgreSQL back after kill -9 → all processes listen again',
        values: listening,
        limit: 2_000,
        of: 'max',
        unit: 'ms',
      },
      {
        name: 'processes that ended or were restarted meanwhile',
        values: [cluster.starts() - starts + cluster.selfExits.length],
        limit: 0,
        of: 'max',
        unit: '',
      },
    ];
  });
}

export async function withCluster(
  measure: (postgres: CrashingPostgres, cluster: Cluster) => Promise<Recovery[]>,
): Promise<Recovery[]> {
  const directory = await temporaryDirectory();
  let aimLinks: (port: number) => void = () => undefined;
  const data = join(directory.path, 'data');
  const postgres = await startCrashingPostgres(data, {}, (port) => aimLinks(port));
  await migrate(postgres.url(), silent);
  const cluster = await startCluster({ slots, databaseUrl: postgres.url, env: { LOG_LEVEL: 'info' } });
  aimLinks = cluster.aimLinks;
  cluster.aimLinks(Number(new URL(postgres.url()).port));
  try {
    await cluster.allReady(30_000);
    return await measure(postgres, cluster);
  } finally {
    await cluster.stop();
    await postgres.stop();
    await directory.remove();
  }
}

async function untilAnswered(cluster: Cluster): Promise<void> {
  for (;;) {
    const response = await fetch(cluster.urls[0] ?? '', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorized },
      body: JSON.stringify({ query: '{ jobs(first: 1) { edges { node { id } } } }' }),
    }).catch(() => null);
    const answer = (await response?.json()) as { data?: { jobs: unknown } | null } | undefined;
    if (answer?.data?.jobs !== undefined) return;
    await delay(5);
  }
}

async function untilListening(postgres: CrashingPostgres): Promise<void> {
  const client = await postgres.connect();
  try {
    for (;;) {
      const { rows } = await client.query<{ slots: number }>(
        `select count(distinct split_part(application_name, '.', 1))::int as slots from pg_stat_activity
         where pid <> pg_backend_pid() and ${LISTENING}`,
      );
      if (rows[0]?.slots === slots.workers.length + slots.apis.length) return;
      await delay(5);
    }
  } finally {
    await client.end();
  }
}
