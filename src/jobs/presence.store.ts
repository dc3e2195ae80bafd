import type { ClientBase } from 'pg';
import { WORKER_LOCK_SPACE } from './worker.store.ts';

export interface WorkerRow {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly capacity: number;
  readonly kinds: readonly string[];
}

/** Takes the lock that lives as long as the connection. The key is new, so nobody can hold it. */
export async function holdWorkerLock(client: ClientBase, lockKey: number): Promise<void> {
  await client.query('/* holdWorkerLock */ select pg_advisory_lock($1, $2)', [WORKER_LOCK_SPACE, lockKey]);
}

/**
 * The lock is held before the row appears: no rescuer sees a living worker without its lock. The statement also ends the rows that this process
 * had before. Their items return to the queue at once, and no death is counted, since the process lives.
 */
export async function insertWorker(
  client: ClientBase,
  worker: WorkerRow,
  lockKey: number,
  earlier: readonly string[],
): Promise<void> {
  const { id, name, version, capacity, kinds } = worker;
  await client.query(
    `/* insertWorker */ with ended as (
       update workers set state = 'STOPPED', stopped_at = greatest(clock_timestamp(), started_at)
       where id = any($7::uuid[]) and state in ('ALIVE', 'DRAINING')
     )
     insert into workers (id, name, version, state, capacity, kinds, lock_key) values ($1, $2, $3, 'ALIVE', $4, $5, $6)`,
    [id, name, version, capacity, kinds, lockKey, earlier],
  );
}

/** Renews the lease on the database's clock, under a new lock after a reconnect. False: the worker was declared lost. */
export async function renewLease(
  client: ClientBase,
  id: string,
  lockKey: number,
  finishedPerMinute: number,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `/* renewLease */ update workers set heartbeat_at = clock_timestamp(), lock_key = $2, finished_per_minute = $3
     where id = $1 and state in ('ALIVE', 'DRAINING')`,
    [id, lockKey, finishedPerMinute],
  );
  return rowCount === 1;
}

export async function markDraining(client: ClientBase, id: string): Promise<void> {
  await client.query(
    `/* markDraining */ update workers set state = 'DRAINING' where id = $1 and state = 'ALIVE'`,
    [id],
  );
}

export async function markStopped(client: ClientBase, id: string): Promise<void> {
  await client.query(
    `/* markStopped */ update workers set state = 'STOPPED', stopped_at = greatest(clock_timestamp(), started_at)
     where id = $1 and state in ('ALIVE', 'DRAINING')`,
    [id],
  );
}
