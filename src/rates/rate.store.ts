import type { Executor, Tx } from '../db/client.ts';
import { sql } from '../db/drizzle.ts';
import { execute } from '../db/statement.ts';

export interface Lease {
  /** Points that were given: at least as many as were needed, or none. */
  readonly granted: number;
  /** Points of the bucket that are spent now. */
  readonly used: number;
}

/**
 * Gives up to `wanted` points of a bucket that holds `limit` and gets `perSecond` back, but at least `needed` or none. One statement, one row:
 * nodes that ask at once do so one after the other. The table is unlogged: nothing waits for a disk, and a server that crashed begins with full
 * buckets. The time of the last lease is the server's clock even if that was set back: points come back from then on, and none came back for the
 * time that is counted twice. A bucket that was larger when its points were spent counts as empty: nobody waits for what a former limit allowed.
 */
export async function leasePoints(
  db: Executor,
  ask: {
    readonly key: string;
    readonly needed: number;
    readonly wanted: number;
    readonly limit: number;
    readonly perSecond: number;
  },
): Promise<Lease> {
  const [row] = await execute<{ granted: number; used: number }>(
    db,
    'leasePoints',
    `insert into rate_limits as r (key, used, granted, at) values ($1, least($3::float8, $4), least($3::float8, $4), clock_timestamp())
     on conflict (key) do update set (used, granted, at) = (
       select old.used + given.points, given.points, old.now
       from (select greatest(0, least(r.used, $4) - greatest(0, extract(epoch from c.now - r.at)) * $5::float8) as used, c.now
             from (select clock_timestamp() as now) as c) as old,
         lateral (select case when old.used + $2::float8 <= $4 then least($3::float8, $4 - old.used) else 0 end as points) as given)
     returning granted, used`,
    [ask.key, ask.needed, ask.wanted, ask.limit, ask.perSecond],
  );
  if (row === undefined) throw new Error('a lease answered nothing');
  return row;
}

/** Buckets that nobody asked for within a day are full: they need no row. */
export async function deleteFullBuckets(tx: Tx): Promise<number> {
  const { rowCount } = await tx.execute(
    sql`/* deleteFullBuckets */ delete from rate_limits where at < clock_timestamp() - interval '1 day'`,
  );
  return rowCount ?? 0;
}
