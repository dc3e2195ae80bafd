import { setTimeout as delay } from 'node:timers/promises';
import type { Db } from '../db/client.ts';
import type { Logger } from '../logger.ts';
import { listHeads } from './heads.store.ts';
import type { Hint } from './hint.ts';

export type Topic = 'job' | 'watchlist' | 'feed';

/** Tells that a row may have moved on since the last call. It is registered before the first read, so no change is missed. */
export interface Watch {
  /** True: read again. False: the watch is closed. Many changes between two calls are one. */
  changed(): Promise<boolean>;
  close(): void;
}

export interface Hub {
  watch(topic: Topic, id: string, signal?: AbortSignal): Watch;
  hear(hints: readonly Hint[]): void;
  /** Ids that somebody watches now. */
  watching(topic: Topic): string[];
  /** Something about the row that its head does not tell has changed, such as why a job waits: its readers read again. */
  nudge(topic: Topic, id: string): void;
  /** Anything may have been missed: everybody reads again. */
  wakeAll(): void;
  close(): Promise<void>;
}

interface Watcher {
  dirty: boolean;
  closed: boolean;
  bell: PromiseWithResolvers<void>;
}

interface Watched {
  readonly watchers: Set<Watcher>;
  /** The newest head that was announced or polled; null before either. */
  head: number | null;
}

/** Wakes the readers of this process. Hints make it quick; one statement per topic every `pollMs` makes it certain. */
export function createHub(deps: { readonly db: Db; readonly log: Logger; readonly pollMs?: number }): Hub {
  const { db, log, pollMs = 2_000 } = deps;
  const topics: Record<Topic, Map<string, Watched>> = {
    job: new Map(),
    watchlist: new Map(),
    feed: new Map(),
  };
  const closing = new AbortController();

  function wake(watched: Watched): void {
    for (const watcher of watched.watchers) {
      watcher.dirty = true;
      watcher.bell.resolve();
    }
  }

  async function poll(topic: Topic): Promise<void> {
    const watching = topics[topic];
    if (watching.size === 0) return;
    const heads = await listHeads(db, topic, [...watching.keys()]);
    for (const [id, watched] of watching) {
      const head = heads.get(id) ?? -1;
      if (watched.head === head) continue;
      watched.head = head;
      wake(watched);
    }
  }

  async function pollForever(): Promise<void> {
    while (!closing.signal.aborted) {
      const pause = pollMs * (0.75 + Math.random() / 2);
      await delay(pause, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);
      if (closing.signal.aborted) return;
      await Promise.all([poll('job'), poll('watchlist'), poll('feed')]).catch((error: unknown) =>
        log.warn({ err: error }, 'poll failed; trying again'),
      );
    }
  }

  const polling = pollForever();

  return {
    watch(topic, id, signal) {
      const watched = topics[topic].get(id) ?? { watchers: new Set(), head: null };
      topics[topic].set(id, watched);
      const watcher: Watcher = { dirty: false, closed: false, bell: Promise.withResolvers() };
      watched.watchers.add(watcher);
      const close = () => {
        watcher.closed = true;
        watched.watchers.delete(watcher);
        if (watched.watchers.size === 0 && topics[topic].get(id) === watched) topics[topic].delete(id);
        watcher.bell.resolve();
        signal?.removeEventListener('abort', close);
      };
      if (signal?.aborted === true || closing.signal.aborted) close();
      else signal?.addEventListener('abort', close, { once: true });
      return {
        async changed() {
          if (!watcher.dirty && !watcher.closed) await watcher.bell.promise;
          watcher.dirty = false;
          watcher.bell = Promise.withResolvers();
          return !watcher.closed;
        },
        close,
      };
    },
    hear(hints) {
      for (const { about, id, at } of hints) {
        if (about === 'work' || about === 'cancel') continue;
        const watched = topics[about].get(id);
        if (watched === undefined || (watched.head !== null && at <= watched.head)) continue;
        watched.head = at;
        wake(watched);
      }
    },
    watching: (topic) => [...topics[topic].keys()],
    nudge(topic, id) {
      const watched = topics[topic].get(id);
      if (watched !== undefined) wake(watched);
    },
    wakeAll() {
      for (const watching of Object.values(topics)) for (const watched of watching.values()) wake(watched);
    },
    async close() {
      closing.abort();
      await polling;
      for (const watching of Object.values(topics)) {
        for (const watched of watching.values()) {
          for (const watcher of watched.watchers) {
            watcher.closed = true;
            watcher.bell.resolve();
          }
        }
        watching.clear();
      }
    },
  };
}
