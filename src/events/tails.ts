import { type Owned, ownedKey } from '../db/owned.ts';
import type { Hub, Topic } from './hub.ts';

/** What this process knows of something that is followed. */
export interface Tail {
  /** A change was announced: what is known may be old. */
  changed(nudged: boolean): void;
}

export interface Tails<Known extends Tail> {
  of(what: Owned): Known;
  /** Keeps the tail and tells it of changes, then the listener, until it is stopped. */
  onChange(what: Owned, listener: () => void): () => void;
}

/** One tail per thing that is followed in this process; it goes with its last follower. */
export function createTails<Known extends Tail>(
  hub: Hub,
  topic: Topic,
  create: (what: Owned) => Known,
): Tails<Known> {
  const kept = new Map<string, { readonly tail: Known; readonly listeners: Set<() => void>; stop(): void }>();

  function keep(what: Owned) {
    const known = kept.get(ownedKey(what));
    if (known !== undefined) return known;
    const tail = create(what);
    const listeners = new Set<() => void>();
    const stop = hub.onChange(topic, what.id, (nudged) => {
      tail.changed(nudged);
      for (const listener of listeners) listener();
    });
    const entry = { tail, listeners, stop };
    kept.set(ownedKey(what), entry);
    return entry;
  }

  return {
    of: (what) => kept.get(ownedKey(what))?.tail ?? create(what),
    onChange(what, listener) {
      const key = ownedKey(what);
      const entry = keep(what);
      entry.listeners.add(listener);
      return () => {
        entry.listeners.delete(listener);
        if (entry.listeners.size > 0 || kept.get(key) !== entry) return;
        kept.delete(key);
        entry.stop();
      };
    },
  };
}
