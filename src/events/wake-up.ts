import type { Db } from '../db/client.ts';
import type { Role } from '../db/roles.ts';
import type { Logger } from '../logger.ts';
import type { Hint } from './hint.ts';
import { type Listener, listen } from './listener.ts';
import { trimNotifyQueue } from './notify-queue.store.ts';
import { notify, ringThrough } from './publish.ts';

export interface Subscriber {
  readonly onHints: (hints: readonly Hint[]) => void;
  /** Called at the beginning and after every loss: what was published meanwhile may be lost, so everything is read again. */
  readonly onConnected: () => void;
  readonly onReconnect?: () => void;
}

/**
 * How hints travel between processes. A transport may lose, double, delay, reorder and merge them (the newest `at` of a subject must
 * survive a merge), since readers read rows and poll. It must announce every connection, and publishing must wait for no subscriber.
 * `test/integration/wake-up.test.ts` holds a transport to that.
 */
export interface WakeUp {
  publish(hints: readonly Hint[]): Promise<void>;
  /** Resolves once it is connected. */
  subscribe(subscriber: Subscriber): Promise<Listener>;
  /** Ends the subscriptions: nothing is called any more. */
  close(): Promise<void>;
}

/** PostgreSQL's own NOTIFY: nothing more to run. Whatever is rung on `db`, or as another role or workspace of its connections, travels through it. */
export function createPostgresWakeUp(deps: {
  readonly db: Db;
  readonly url: string;
  /** What the listening connection works as; without it as what it logs in. */
  readonly role?: Role;
  readonly log: Logger;
}): WakeUp {
  const { db, url, role, log } = deps;
  const listeners: Listener[] = [];
  const wakeUp: WakeUp = {
    publish: (hints) => notify(db, hints),
    async subscribe(subscriber) {
      const listener = await listen({ url, role, log, trimQueue: () => trimNotifyQueue(db), ...subscriber });
      listeners.push(listener);
      return listener;
    },
    async close() {
      await Promise.all(listeners.splice(0).map((listener) => listener.close()));
    },
  };
  ringThrough(db, wakeUp.publish);
  return wakeUp;
}
