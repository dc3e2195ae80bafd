import type { Tx } from './client.ts';
import { execute } from './statement.ts';

/**
 * A flush of a job may hold its row for longer than a request usually waits for a lock, on a busy machine. The database is there, and the request
 * waits for its turn. Below the limit of a statement of the API.
 */
const LOCK_TIMEOUT_MS = 4_000;

/** For every transaction of a request that locks jobs which exist: from now on its statements wait for a lock as long as a flush may take. */
export async function waitForJobs(tx: Tx): Promise<void> {
  await execute(tx, 'waitForJobs', `select set_config('lock_timeout', $1, true)`, [String(LOCK_TIMEOUT_MS)]);
}
