import type pg from 'pg';
import type { Db } from '../../src/db/client.ts';
import { startProxy, type TcpProxy } from '../chaos/proxy.ts';
import { submit } from './engine.ts';
import { type Running, run } from './processes.ts';

/** A worker of test/support/probe-worker.ts behind a link of its own. */
export interface FleetWorker {
  /** The name of its sessions; its row in `workers` is found by `process`. */
  readonly name: string;
  readonly process: Running;
  readonly link: TcpProxy;
}

export const PROBE_KIND = 'probe';

/** What the task of the test worker stores its results in. */
export const createProbeResults =
  'create table probe_results (job_id uuid not null, ticker text not null); grant all on probe_results to thetool_worker';

let numbered = 0;

export async function startFleetWorker(
  databaseUrl: string,
  env: Readonly<Record<string, string>> = {},
): Promise<FleetWorker> {
  const url = new URL(databaseUrl);
  const link = await startProxy(Number(url.port));
  numbered += 1;
  const name = `w${numbered}.1`;
  url.port = String(link.port);
  url.searchParams.set('application_name', name);
  const process = run('../../test/support/probe-worker.ts', {
    LOG_LEVEL: 'info',
    DATABASE_URL: url.href,
    ...env,
  });
  await process.said(/The worker is ready/);
  return { name, process, link };
}

/** Ends a worker however it is, frozen and cut off included. */
export async function endFleetWorker({ process, link }: FleetWorker): Promise<void> {
  await process.stop('SIGKILL');
  await link.close();
}

export function submitProbe(db: Db, tickers: readonly string[], priority = 5): Promise<string> {
  return submit(db, tickers, { kind: PROBE_KIND, priority });
}

/** Who holds which items of a job: name of the worker's row (host:pid) to tickers. */
export async function holders(pool: pg.Pool, jobId: string): Promise<Map<string, string[]>> {
  const { rows } = await pool.query<{ name: string; tickers: string[] }>(
    `select w.name, array_agg(i.ticker order by i.ticker) as tickers from job_items i join workers w on w.id = i.worker_id
     where i.job_id = $1 and i.state = 'PROCESSING' group by w.name`,
    [jobId],
  );
  return new Map(rows.map((row) => [row.name, row.tickers]));
}

/** True for the row name of this worker's process. */
export function isRowOf(worker: FleetWorker, name: string): boolean {
  return name.endsWith(`:${worker.process.child.pid}`);
}
