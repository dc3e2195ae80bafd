import { setTimeout as delay } from 'node:timers/promises';
import type { Db } from '../db/client.ts';
import type { Logger } from '../logger.ts';
import { type Head, listHeads } from './heads.store.ts';
import type { Hint } from './hint.ts';

export const TOPICS = ['job', 'watchlist', 'feed'] as const;
export type Topic = (typeof TOPICS)[number];

/** Told that a row may have moved on. `nudged`: what belongs to the row has changed although the row itself has not. */
export type Listening = (nudged: boolean) => void;

export interface Hub {
  /** Calls `listener` when the row may have moved on. Register before the first read, so that no change is missed. Answers how to stop. */
  onChange(topic: Topic, id: string, listener: Listening): () => void;
  hear(hints: readonly Hint[]): void;
  /** Ids that somebody follows now. */
  watching(topic: Topic): string[];
  /** Something about the row that its head does not tell has changed, such as why a job waits: its readers read again. */
  nudge(topic: Topic, id: string): void;
  /** Anything may have been missed: everybody reads again. */
  wakeAll(): void;
  /** After this nothing is followed any more; every listener has been called. */
  readonly closed: boolean;
  close(): Promise<void>;
}

/** Of a row that does not exist. */
const ABSENT: Head = { at: -1, mark: '' };

interface Watched {
  readonly listeners: Set<Listening>;
  /** The newest head that was announced or polled; null before either. */
  head: number | null;
  /** The mark that was polled last; null before the first poll. */
  mark: string | null;
}

/** Wakes the readers of this process. Hints make it quick; one statement per topic every `pollMs` makes it certain. */
export function createHub(deps: { readonly db: Db; readonly log: Logger; readonly pollMs?: number }): Hub {
  const { db, log, pollMs = 2_000 } = deps;
  const topics = Object.fromEntries(TOPICS.map((topic) => [topic, new Map()])) as Record<
    Topic,
    Map<string, Watched>
  >;
  const closing = new AbortController();

  function wake(watched: Watched | undefined, nudged = false): void {
    for (const listener of watched?.listeners ?? []) listener(nudged);
  }

  function wakeAll(): void {
    for (const topic of TOPICS) for (const watched of topics[topic].values()) wake(watched);
  }

  async function poll(topic: Topic): Promise<void> {
    const watching = topics[topic];
    if (watching.size === 0) return;
    const heads = await listHeads(db, topic, [...watching.keys()]);
    for (const [id, watched] of watching) {
      const { at, mark } = heads.get(id) ?? ABSENT;
      if (watched.head === at && watched.mark === mark) continue;
      watched.head = at;
      watched.mark = mark;
      wake(watched);
    }
  }

  async function pollForever(): Promise<void> {
    while (!closing.signal.aborted) {
      const pause = pollMs * (0.75 + Math.random() / 2);
      await delay(pause, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);
      if (closing.signal.aborted) return;
      await Promise.all(TOPICS.map(poll)).catch((error: unknown) =>
        log.warn({ err: error }, 'poll failed; trying again'),
      );
    }
  }

  const polling = pollForever();

  return {
    onChange(topic, id, listener) {
      const watched: Watched = topics[topic].get(id) ?? { listeners: new Set(), head: null, mark: null };
      topics[topic].set(id, watched);
      watched.listeners.add(listener);
      return () => {
        watched.listeners.delete(listener);
        if (watched.listeners.size === 0 && topics[topic].get(id) === watched) topics[topic].delete(id);
      };
    },
    hear(hints) {
      for (const { about, id, at } of hints) {
        if (about === 'row') wake(topics.job.get(id));
        if (!isTopic(about)) continue;
        const watched = topics[about].get(id);
        if (watched === undefined || (watched.head !== null && at <= watched.head)) continue;
        watched.head = at;
        wake(watched);
      }
    },
    watching: (topic) => [...topics[topic].keys()],
    nudge: (topic, id) => wake(topics[topic].get(id), true),
    wakeAll,
    get closed() {
      return closing.signal.aborted;
    },
    async close() {
      closing.abort();
      wakeAll();
      await polling;
    },
  };
}

function isTopic(about: string): about is Topic {
  return (TOPICS as readonly string[]).includes(about);
}
