import type { Hub, Topic } from './hub.ts';

/** What this process knows of something that is followed. */
export interface Tail {
  /** A change was announced: what is known may be old. */
  changed(nudged: boolean): void;
}

export interface Tails<Known extends Tail> {
  of(id: string): Known;
  /** Keeps the tail and tells it of changes, then the listener, until it is stopped. */
  onChange(id: string, listener: () => void): () => void;
}

/** One tail per thing that is followed in this process; it goes with its last follower. */
export function createTails<Known extends Tail>(
  hub: Hub,
  topic: Topic,
  create: (id: string) => Known,
): Tails<Known> {
  const kept = new Map<string, { readonly tail: Known; readonly listeners: Set<() => void>; stop(): void }>();

  function keep(id: string) {
    const known = kept.get(id);
    if (known !== undefined) return known;
    const tail = create(id);
    const listeners = new Set<() => void>();
    const stop = hub.onChange(topic, id, (nudged) => {
      tail.changed(nudged);
      for (const listener of listeners) listener();
    });
    const entry = { tail, listeners, stop };
    kept.set(id, entry);
    return entry;
  }

  return {
    of: (id) => kept.get(id)?.tail ?? create(id),
    onChange(id, listener) {
      const entry = keep(id);
      entry.listeners.add(listener);
      return () => {
        entry.listeners.delete(listener);
        if (entry.listeners.size > 0 || kept.get(id) !== entry) return;
        kept.delete(id);
        entry.stop();
      };
    },
  };
}
