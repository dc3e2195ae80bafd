import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { noticeDeadClient } from '../db/client.ts';
import { prepareSession } from '../db/prepare-session.ts';
import type { Role } from '../db/roles.ts';
import type { Logger } from '../logger.ts';
import { newId } from '../uuid.ts';
import { holdWorkerLock, insertWorker, markDraining, markStopped, renewLease } from './presence.store.ts';

export interface Presence {
  /** The id under which this process may claim and write, or null while its lease is not certain. */
  workerId(): string | null;
  /** Calls back with the id whose claims are void from now on. */
  onLost(listener: (workerId: string) => void): void;
  /** Claims nothing more; the row says so. */
  drain(): Promise<void>;
  /** Signs off and closes the connection. */
  stop(): Promise<void>;
}

/** Time kept free between the last moment of work and the end of the lease, for statements under way. */
const MARGIN_MS = 1_000;
const RECONNECT_MS = 100;
/** The next beat is sent before the last one is as old as the setting says: its round trip comes on top. */
const BEAT_EARLY = 0.75;

/**
 * Keeps this worker's row alive on a connection of its own, so that a full pool cannot cost the lease. Two detectors look
 * at it: the session lock, free as soon as the connection is gone, and the heartbeat on the database's clock. A worker that
 * could not renew in time stops by itself before its lease ends, and comes back under a new id.
 */
export async function keepAlive(options: {
  readonly url: string;
  /** What the connection works as; without it as what it logs in. */
  readonly role?: Role;
  readonly name: string;
  readonly version: string;
  readonly capacity: number;
  /** Kinds of jobs that this worker claims. */
  readonly kinds: readonly string[];
  /** Items that ended within the last minute: what waiting jobs are estimated by. */
  readonly finishedPerMinute?: () => number;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly log: Logger;
}): Promise<Presence> {
  const { url, role, name, version, capacity, kinds, leaseMs, heartbeatMs, log } = options;
  const finishedPerMinute = options.finishedPerMinute ?? (() => 0);
  const stopping = new AbortController();
  const listeners: ((workerId: string) => void)[] = [];
  let id: string | null = null;
  let client: pg.Client | null = null;
  let lockKey = 0;
  /** Ids of this process whose rows may still count as alive. */
  let earlier: string[] = [];
  /** Monotonic time at which the last successful renewal was sent: the lease runs from no earlier than this. */
  let renewedAt = Number.NEGATIVE_INFINITY;
  let beat = Promise.withResolvers<void>();
  let fence: NodeJS.Timeout | undefined;

  function lose(reason: string): void {
    if (id === null) return;
    const lost = id;
    id = null;
    earlier.push(lost);
    log.warn({ workerId: lost, reason }, 'lease lost: dropping all items');
    for (const listener of listeners) listener(lost);
  }

  function renewed(sentAt: number): void {
    renewedAt = sentAt;
    clearTimeout(fence);
    fence = setTimeout(() => lose('no renewal'), sentAt + leaseMs - MARGIN_MS - performance.now());
    fence.unref();
  }

  async function connect(): Promise<pg.Client> {
    const fresh = new pg.Client({
      connectionString: url,
      application_name: 'thetool worker presence',
      ...(role !== undefined && { options: `-c role=${role}` }),
      connectionTimeoutMillis: 3_000,
      query_timeout: Math.min(5_000, leaseMs / 2),
      statement_timeout: 5_000,
      lock_timeout: 3_000,
      idle_in_transaction_session_timeout: 5_000,
      keepAlive: true,
    });
    fresh.on('error', (error) => {
      log.warn({ err: error }, 'presence connection lost');
      client = null;
      beat.resolve();
    });
    try {
      await fresh.connect();
      await Promise.all([prepareSession(fresh), noticeDeadClient(fresh)]);
      lockKey = randomInt(2 ** 31);
      await holdWorkerLock(fresh, lockKey);
      return fresh;
    } catch (error) {
      await fresh.end().catch(() => undefined);
      throw error;
    }
  }

  async function renew(): Promise<void> {
    client ??= await connect();
    const sentAt = performance.now();
    const asked = id;
    // The lease may end while the reply is under way, as after a freeze: the row is then fresh, and nobody works under it.
    if (asked !== null && (await renewLease(client, asked, lockKey, finishedPerMinute())) && id === asked)
      return renewed(sentAt);
    lose('declared lost');
    const next = newId();
    const ending = earlier;
    // A reply may be lost after the row was stored: the next try ends that row, too.
    earlier = [...ending, next];
    await insertWorker(client, { id: next, name, version, capacity, kinds }, lockKey, ending);
    earlier = [];
    renewed(sentAt);
    id = next;
    log.info({ workerId: id, name, capacity }, 'worker registered');
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      beat = Promise.withResolvers();
      try {
        await renew();
        await Promise.race([beat.promise, sleep(heartbeatMs * BEAT_EARLY)]);
      } catch (error) {
        log.warn({ err: error }, 'heartbeat failed; connecting again');
        await client?.end().catch(() => undefined);
        client = null;
        await sleep(RECONNECT_MS * (0.5 + Math.random()));
      }
    }
  }

  const sleep = (ms: number) => delay(ms, undefined, { signal: stopping.signal }).catch(() => undefined);

  await renew();
  const looping = loop();

  return {
    workerId: () => (performance.now() - renewedAt < leaseMs - MARGIN_MS ? id : null),
    onLost: (listener) => void listeners.push(listener),
    async drain() {
      if (client !== null && id !== null) await markDraining(client, id).catch(() => undefined);
    },
    async stop() {
      stopping.abort();
      clearTimeout(fence);
      await looping;
      try {
        if (client !== null && id !== null) await markStopped(client, id);
      } catch (error) {
        log.warn({ err: error }, 'could not sign off; the lease will end by itself');
      }
      await client?.end().catch(() => undefined);
    },
  };
}
