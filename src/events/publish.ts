import type { Db, Executor } from '../db/client.ts';
import { execute } from '../db/statement.ts';
import type { Logger } from '../logger.ts';
import { encodeHints, type Hint } from './hint.ts';

/** The one channel: on PostgreSQL up to 18 a notification wakes every listening backend anyway. */
export const HINT_CHANNEL = 'thetool_hints';

type Publish = (hints: readonly Hint[]) => Promise<void>;

/** Transports by the connections that they stand beside: who writes has these, and need not know how hints travel. */
const transports = new WeakMap<object, Publish>();

/** From now on what is rung on these connections is published by this transport, whatever role and workspace they work as. */
export function ringThrough(db: Db, publish: Publish): void {
  transports.set(db.family, publish);
}

/**
 * Wakes readers of what just committed. Call it AFTER the commit, never inside the transaction that wrote. A failure costs the readers one
 * poll interval and nothing else, so callers may ignore a rejection after counting it.
 */
export function ring(db: Db, hints: readonly Hint[]): Promise<void> {
  const publish = transports.get(db.family);
  return publish === undefined ? notify(db, hints) : publish(hints);
}

/**
 * As `ring`, for callers that have committed: a lost notification is logged and never rejects, because subscribers also poll. Nothing is sent
 * without hints.
 */
export async function notifySubscribers(db: Db, log: Logger, hints: readonly Hint[]): Promise<void> {
  if (hints.length === 0) return;
  await ring(db, hints).catch((error: unknown) =>
    log.warn({ err: error }, 'subscribers could not be notified; they poll'),
  );
}

/**
 * Through PostgreSQL, in a statement of its own: a notifying transaction holds a database-wide lock until its commit is flushed (32 writers:
 * 603 instead of 5,939 transactions/s).
 */
export async function notify(executor: Executor, hints: readonly Hint[]): Promise<void> {
  const payloads = encodeHints(hints);
  if (payloads.length === 0) return;
  await execute(executor, 'ring', 'select pg_notify($1, payload) from unnest($2::text[]) as payload', [
    HINT_CHANNEL,
    payloads,
  ]);
}
