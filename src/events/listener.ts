import { setTimeout as delay } from 'node:timers/promises';
import createSubscriber from 'pg-listen';
import { sessionOptions } from '../db/prepare-session.ts';
import { databaseErrorCode } from '../db/retry.ts';
import type { Role } from '../db/roles.ts';
import type { Logger } from '../logger.ts';
import { decodeHints, type Hint } from './hint.ts';
import { HINT_CHANNEL } from './publish.ts';

export interface Listener {
  /** False from the moment the connection is known to be lost until the next one listens. */
  connected(): boolean;
  /** Share of the server's queue of notifications in use when it was last read, 0 to 1; null before the first time. */
  queueUsage(): number | null;
  close(): Promise<void>;
}

/** A half-open connection is noticed within the check's interval plus its time limit. */
const CHECK_MS = 2_000;
const CHECK_LIMIT_MS = 1_500;
/** Every so many checks, and after each that the server rejected, the queue of notifications is trimmed. */
const TRIM_EVERY = 5;

/** Full jitter would let a first try wait for nothing; half of it keeps many processes apart. */
const backOff = (attempt: number) => Math.min(50 * 2 ** attempt, 1_000) * (0.5 + Math.random() / 2);

type Subscriber = ReturnType<typeof createSubscriber.default>;

/**
 * The one LISTEN connection of a process. It reconnects for ever; what was sent meanwhile is lost, so `onConnected` must read everything
 * again. Resolves once it listens for the first time.
 *
 * Every two seconds the connection notifies itself and must hear it: that proves the whole way, which a query does not. A connection
 * may answer and yet not listen (a LISTEN that failed after a reconnect, a standby), and the library's own check is a query.
 */
export async function listen(options: {
  readonly url: string;
  readonly role?: Role | undefined;
  readonly log: Logger;
  readonly onHints: (hints: readonly Hint[]) => void;
  readonly onConnected: () => void;
  readonly onReconnect?: () => void;
  /** Removes what every listener has received from the server's queue, and returns how full it is then, 0 to 1. */
  readonly trimQueue?: () => Promise<number>;
}): Promise<Listener> {
  const { url, role, log, onHints, onConnected, onReconnect } = options;
  const checkChannel = `thetool_check_${crypto.randomUUID().replaceAll('-', '')}`;
  const closing = new AbortController();
  let current: Subscriber | null = null;
  let connected = false;
  let renewing = false;
  let heard = Promise.withResolvers<void>();
  let queueUsage: number | null = null;
  let trimming = false;

  async function trim(): Promise<void> {
    if (options.trimQueue === undefined || trimming) return;
    trimming = true;
    try {
      queueUsage = await options.trimQueue();
    } catch (error) {
      log.debug({ err: error }, 'the queue of notifications could not be trimmed');
    } finally {
      trimming = false;
    }
  }

  async function open(): Promise<void> {
    const subscriber = createSubscriber.default(
      {
        connectionString: url,
        application_name: 'thetool listener',
        options: sessionOptions(role),
        keepAlive: true,
        connectionTimeoutMillis: 3_000,
        // Bounds the check too, which would otherwise hang on a dead connection.
        query_timeout: CHECK_LIMIT_MS,
        statement_timeout: CHECK_LIMIT_MS,
        lock_timeout: CHECK_LIMIT_MS,
        // A listener that stays in a transaction keeps the server's queue of notifications from being emptied.
        idle_in_transaction_session_timeout: 5_000,
      },
      {
        native: false,
        paranoidChecking: false,
        // 0 is "never give up"; the library's default stops for good after 3 s.
        retryTimeout: 0,
        retryInterval: backOff,
        parse: (payload: string) => payload,
      },
    );
    const isCurrent = () => current === subscriber && !closing.signal.aborted;
    // The library says `connected` before the first LISTEN; from then on it says it after it has listened again.
    let listening = false;
    current = subscriber;
    subscriber.notifications.on(HINT_CHANNEL, (payload: unknown) => onHints(decodeHints(String(payload))));
    subscriber.notifications.on(checkChannel, () => heard.resolve());
    subscriber.events.on('error', (error) => {
      log.warn({ err: error }, 'listener error');
      if (isCurrent()) void renew();
    });
    subscriber.events.on('reconnect', (attempt) => {
      if (isCurrent()) connected = false;
      onReconnect?.();
      log.info({ attempt }, 'listener reconnects');
    });
    subscriber.events.on('connected', () => {
      // `close` during a reconnect leaves the library's loop running; end what it opens.
      if (!isCurrent()) void subscriber.close().catch(() => undefined);
      else if (listening) {
        connected = true;
        onConnected();
      }
    });
    try {
      await subscriber.connect();
      await subscriber.listenTo(HINT_CHANNEL);
      await subscriber.listenTo(checkChannel);
    } catch (error) {
      await subscriber.close().catch(() => undefined);
      throw error;
    }
    listening = true;
    connected = true;
    onConnected();
  }

  /** A new connection in the place of one that does not do its work. */
  async function renew(): Promise<void> {
    if (renewing) return;
    renewing = true;
    connected = false;
    onReconnect?.();
    // Not awaited: to a peer that is gone the library's goodbye never ends.
    void current?.close().catch(() => undefined);
    for (let attempt = 0; !closing.signal.aborted; attempt += 1) {
      try {
        await open();
        break;
      } catch (error) {
        log.info({ err: error, attempt }, 'listener connects again');
        await delay(backOff(attempt), undefined, { signal: closing.signal }).catch(() => undefined);
      }
    }
    renewing = false;
  }

  async function check(): Promise<void> {
    if (!connected || current === null) return;
    heard = Promise.withResolvers();
    try {
      await current.notify(checkChannel, '');
      const limit = AbortSignal.timeout(CHECK_LIMIT_MS);
      const late = new Promise((_, reject) => limit.addEventListener('abort', () => reject(limit.reason)));
      await Promise.race([heard.promise, late]);
    } catch (error) {
      if (!connected || closing.signal.aborted) return;
      log.warn({ err: error }, 'listener does not hear itself');
      // The server refuses to notify (its queue is full): another connection would not help, polling does.
      if (databaseErrorCode(error)?.startsWith('5')) return void trim();
      void renew();
    }
  }

  async function checkForever(): Promise<void> {
    for (let round = 0; !closing.signal.aborted; round += 1) {
      await delay(CHECK_MS, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);
      if (closing.signal.aborted) return;
      await check();
      // Not awaited: it goes over another connection, and a reply that does not come must not delay the next check.
      if (round % TRIM_EVERY === 0) void trim();
    }
  }

  await open();
  void checkForever();
  return {
    connected: () => connected,
    queueUsage: () => queueUsage,
    async close() {
      closing.abort();
      connected = false;
      await current
        ?.close()
        .catch((error: unknown) => log.debug({ err: error }, 'listener closed with an error'));
    },
  };
}
