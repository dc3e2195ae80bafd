import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { Sample } from './history.ts';
import type { CrashingPostgres } from './postgres.ts';

const EVERY_MS = 200;

const now = 'pg_catalog.clock_timestamp()';
const lastHeartbeat = '(select h.at from chaos_heartbeats h where h.worker_id = w.id)';
const endedAt = `(select min(n.at) from chaos_worker_writes n where n.worker_id = w.id and n.new_state in ('LOST', 'STOPPED'))`;

/**
 * One look at queue and workers. A worker that is silent for its lease is gone. Workers are judged by the times of the notes, which steps of the
 * clock leave alone; what is due is judged by the stepped clock, as the processes do it,
 * and what was due when it was queued stays due.
 */
const look = `
  select
    (select coalesce(json_agg(job_id || ' ' || ticker), '[]') from (
      select job_id, ticker from job_items where state = 'QUEUED' and (run_at <= clock_timestamp() or run_at <= queued_at) order by run_at, job_id, ticker limit 100) q) as claimable,
    (select coalesce(json_agg(w.name || ' ' || w.id), '[]') from workers w
      where w.state = 'ALIVE' and ${lastHeartbeat} > ${now} - make_interval(secs => $1)
        and exists (select from chaos_worker_writes n where n.worker_id = w.id and n.new_state = 'ALIVE' and n.at < ${now} - interval '2 s')
        and w.capacity > (select count(*) from job_items i where i.worker_id = w.id and i.state = 'PROCESSING')
        and not exists (select from chaos_item_writes c where c.new_worker = w.id and c.new_state = 'PROCESSING'
          and c.old_state = 'QUEUED' and c.at > ${now} - interval '2 s')) as idle,
    (select coalesce(json_agg(json_build_object('item', i.job_id || ' ' || i.ticker || ' ' || i.fence, 'forMs',
        1000 * extract(epoch from ${now} - coalesce(${endedAt}, ${lastHeartbeat} + make_interval(secs => $1), i.started_at)))), '[]')
      from job_items i left join workers w on w.id = i.worker_id
      where i.state = 'PROCESSING' and (w.id is null or w.state in ('LOST', 'STOPPED')
        or ${lastHeartbeat} < ${now} - make_interval(secs => $1))) as orphans`;

export interface Sampler {
  readonly samples: readonly Sample[];
  stop(): Promise<void>;
}

/** Looks all the time, past every proxy; while the database is away there is nothing to see. */
export function startSampler(postgres: CrashingPostgres, leaseMs: number, calmMs: () => number): Sampler {
  const samples: Sample[] = [];
  const stopping = new AbortController();
  let client: pg.Client | null = null;

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        client ??= await postgres.connect();
        const { rows } = await client.query<Pick<Sample, 'claimable' | 'idle' | 'orphans'>>(look, [
          leaseMs / 1_000,
        ]);
        if (rows[0] !== undefined) samples.push({ atMs: performance.now(), calmMs: calmMs(), ...rows[0] });
      } catch {
        void client?.end().catch(() => undefined);
        client = null;
      }
      await delay(EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  const watching = watch();
  return {
    samples,
    async stop() {
      stopping.abort();
      await watching;
      await client?.end().catch(() => undefined);
    },
  };
}
