import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { DEFAULT_WORKSPACE_ID } from '../src/access.ts';
import { type Db, openDatabase } from '../src/db/client.ts';
import { cancelJob } from '../src/jobs/cancel-job.ts';
import { auditSchema } from '../test/chaos/audit.ts';
import { createProbeResults, type FleetWorker, holders, isRowOf } from '../test/support/fleet.ts';
import { silent } from '../test/support/silent.ts';
import { withServer } from './server.ts';

export interface Ground {
  readonly url: string;
  readonly db: Db;
  readonly pool: pg.Pool;
}

/** How often to look who holds what: what the times are exact to. */
const LOOK_MS = 4;

/** A database of its own that notes every write, for workers that are about to die. */
export async function withGround<T>(work: (ground: Ground) => Promise<T>): Promise<T> {
  let result: T | undefined;
  await withServer(async ({ url }) => {
    // The audit knows writers by their names: what cancels here does so as an API node.
    const { db, close } = openDatabase({ url, max: 4, applicationName: 'api', log: silent });
    const pool = new pg.Pool({ connectionString: url, max: 4, application_name: 'bench' });
    pool.on('error', () => undefined);
    try {
      await pool.query(createProbeResults);
      await pool.query(auditSchema);
      result = await work({ url, db, pool });
    } finally {
      await pool.end();
      await close();
    }
  });
  return result as T;
}

/** Items of the job that this worker holds. */
export async function heldBy(ground: Ground, jobId: string, worker: FleetWorker): Promise<string[]> {
  const held = [...(await holders(ground.pool, jobId))].find(([name]) => isRowOf(worker, name));
  return held?.[1] ?? [];
}

/** Resolves when `count` items of the job are running. */
export async function untilRunning(ground: Ground, jobId: string, count: number): Promise<void> {
  for (;;) {
    const held = [...(await holders(ground.pool, jobId)).values()].flat();
    if (held.length === count) return;
    await delay(LOOK_MS);
  }
}

/** A worker that is gone, and what it held. */
export interface Loss {
  readonly worker: FleetWorker;
  readonly tickers: readonly string[];
}

/** For each loss the moment at which all its items were in the hands of other workers. */
export async function untilTaken(ground: Ground, jobId: string, losses: readonly Loss[]): Promise<number[]> {
  const takenAt = new Map<Loss, number>();
  for (;;) {
    const all = [...(await holders(ground.pool, jobId))];
    for (const loss of losses) {
      const others = all.filter(([name]) => !isRowOf(loss.worker, name)).flatMap(([, held]) => held);
      const taken = new Set(others);
      if (!takenAt.has(loss) && loss.tickers.every((ticker) => taken.has(ticker)))
        takenAt.set(loss, performance.now());
    }
    if (takenAt.size === losses.length) return losses.map((loss) => takenAt.get(loss) ?? Number.NaN);
    await delay(LOOK_MS);
  }
}

export function cancel(ground: Ground, jobId: string): Promise<unknown> {
  return cancelJob(ground.db, silent, DEFAULT_WORKSPACE_ID, jobId);
}

export const tickersOf = (word: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${word}-${i}`);
