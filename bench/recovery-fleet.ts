import pg from 'pg';
import { DEFAULT_WORKSPACE_ID } from '../src/access/access.ts';
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

/** A database of its own that notes every write, for workers that are about to die. */
export async function withGround<T>(work: (ground: Ground) => Promise<T>): Promise<T> {
  let result: T | undefined;
  await withServer(async ({ url }) => {
    const { db, close } = openDatabase({ url, max: 4, applicationName: 'bench', log: silent });
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
  }
}

/** The moment at which all these items are in the hands of workers other than `lost`. */
export async function untilTaken(
  ground: Ground,
  jobId: string,
  lost: FleetWorker,
  tickers: readonly string[],
): Promise<number> {
  for (;;) {
    const others = [...(await holders(ground.pool, jobId))].filter(([name]) => !isRowOf(lost, name));
    const taken = new Set(others.flatMap(([, held]) => held));
    if (tickers.every((ticker) => taken.has(ticker))) return performance.now();
  }
}

export function cancel(ground: Ground, jobId: string): Promise<unknown> {
  return cancelJob(ground.db, silent, DEFAULT_WORKSPACE_ID, jobId);
}

export const tickersOf = (word: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${word}-${i}`);
