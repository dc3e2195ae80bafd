import createSubscriber from 'pg-listen';
import type { Logger } from '../logger.ts';
import { decodeHints, type Hint } from './hint.ts';
import { HINT_CHANNEL } from './publish.ts';

export interface Listener {
  /** False from the moment the connection is known to be lost until the next one listens. */
  connected(): boolean;
  close(): Promise<void>;
}

/** A half-open connection is noticed within the check's interval plus its time limit. */
const CHECK_MS = 2_000;
const CHECK_LIMIT_MS = 1_500;

/**
 * The one LISTEN connection of a process. It reconnects for ever; what was sent meanwhile is lost, so `onConnected` must read everything
 * again. Resolves once it listens for the first time.
 */
export async function listen(options: {
  readonly url: string;
  readonly log: Logger;
  readonly onHints: (hints: readonly Hint[]) => void;
  readonly onConnected: () => void;
  readonly onReconnect?: () => void;
}): Promise<Listener> {
  const { url, log, onHints, onConnected, onReconnect } = options;
  const subscriber = createSubscriber.default(
    {
      connectionString: url,
      application_name: 'thetool listener',
      keepAlive: true,
      connectionTimeoutMillis: 3_000,
      // Bounds the liveness check too, which would otherwise hang on a dead connection.
      query_timeout: CHECK_LIMIT_MS,
      statement_timeout: CHECK_LIMIT_MS,
      lock_timeout: CHECK_LIMIT_MS,
      // A listener that stays in a transaction keeps the server's queue of notifications from being emptied.
      idle_in_transaction_session_timeout: 5_000,
    },
    {
      native: false,
      paranoidChecking: CHECK_MS,
      // 0 is "never give up"; the library's default stops for good after 3 s.
      retryTimeout: 0,
      retryInterval: (attempt: number) => Math.min(50 * 2 ** attempt, 1_000) * (0.5 + Math.random() / 2),
      parse: (payload: string) => payload,
    },
  );
  let closed = false;
  let connected = false;
  subscriber.notifications.on(HINT_CHANNEL, (payload: unknown) => onHints(decodeHints(String(payload))));
  subscriber.events.on('error', (error) => log.warn({ err: error }, 'listener error'));
  subscriber.events.on('reconnect', (attempt) => {
    connected = false;
    onReconnect?.();
    log.info({ attempt }, 'listener reconnects');
  });
  subscriber.events.on('connected', () => {
    // `close` during a reconnect leaves the library's loop running; end what it opens.
    if (closed) void subscriber.close().catch(() => undefined);
    else {
      connected = true;
      onConnected();
    }
  });
  await subscriber.connect();
  await subscriber.listenTo(HINT_CHANNEL);
  connected = true;
  onConnected();
  return {
    connected: () => connected,
    async close() {
      closed = true;
      await subscriber
        .close()
        .catch((error: unknown) => log.debug({ err: error }, 'listener closed with an error'));
    },
  };
}
