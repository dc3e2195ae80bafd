import { createLocalJWKSet } from 'jose';
import type { Logger } from '../logger.ts';
import { createResolve } from '../net/resolve-name.ts';
import { loadKeySet } from './load-key-set.ts';

export interface KeySetTimes {
  /** Keys are loaded again after this. When that fails the known ones go on. */
  readonly maxAgeMs: number;
  /** A key that is not known makes them load again, but not more often than this. */
  readonly cooldownMs: number;
  readonly timeoutMs: number;
  /** After a failure no other try is made for so long. */
  readonly pauseMs: number;
}

/** Keys of an issuer as they were read at some time. */
export interface KeySet {
  readonly find: ReturnType<typeof createLocalJWKSet>;
  /** On `performance.now()`: when the request was sent that returned them. */
  readonly askedAtMs: number;
}

/** The keys cannot be had at the moment. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
  /** The token names a key that no token has named before it. A client that repeats a request names one key, and a guesser many. */
  readonly namesNewKey: boolean;

  constructor(
    message: string,
    { cause, namesNewKey = false }: { readonly cause?: unknown; readonly namesNewKey?: boolean } = {},
  ) {
    super(message, { cause });
    this.namesNewKey = namesNewKey;
  }
}

/** The keys of one issuer, kept up to date. */
export interface KeySets {
  /** The known keys, loaded first where there are none or they are old. Rejects with KeysUnavailable while there are none. */
  current(): Promise<KeySet>;
  /**
   * Newer keys than a set which lacks the key of this name, which a token showed at `shownAtMs` (`performance.now()`). Null: the keys were read after the name was seen first, so there is no such key. Rejects with
   * KeysUnavailable while they may not be read again yet: the issuer may have published the key since.
   */
  after(set: KeySet, name: string, shownAtMs: number): Promise<KeySet | null>;
}

/** Names of unknown keys that are remembered; the oldest is forgotten. */
const MAX_NAMES = 1_000;

/**
 * One load at a time, none within the cool-down after a load, and none within a pause after a failure: tokens decide neither how often the issuer is asked
 * nor how much is read.
 */
export function followKeySet(url: string, log: Logger, times: KeySetTimes): KeySets {
  const { maxAgeMs, cooldownMs, timeoutMs, pauseMs } = times;
  const seenAtMs = new Map<string, number>();
  const resolve = createResolve({ deadlineMs: timeoutMs });
  let known: KeySet | null = null;
  let loading: Promise<KeySet> | null = null;
  let nextAtMs = 0;
  let refreshAtMs = 0;

  async function load(): Promise<KeySet> {
    const askedAtMs = performance.now();
    try {
      known = { find: createLocalJWKSet(await loadKeySet(url, timeoutMs, resolve)), askedAtMs };
      refreshAtMs = performance.now() + maxAgeMs;
      nextAtMs = performance.now() + cooldownMs;
      return known;
    } catch (error) {
      nextAtMs = performance.now() + pauseMs;
      refreshAtMs = performance.now() + cooldownMs;
      log.warn({ err: error }, 'the keys of tokens could not be loaded');
      throw new KeysUnavailable('the keys of tokens could not be loaded', { cause: error });
    }
  }

  function loadOnce(): Promise<KeySet> {
    loading ??= load().finally(() => {
      loading = null;
    });
    return loading;
  }

  const mayLoad = () => loading !== null || performance.now() >= nextAtMs;

  function firstSeen(name: string, shownAtMs: number): number {
    const at = seenAtMs.get(name) ?? shownAtMs;
    seenAtMs.set(name, at);
    if (seenAtMs.size > MAX_NAMES) for (const oldest of seenAtMs.keys().take(1)) seenAtMs.delete(oldest);
    return at;
  }

  return {
    async current() {
      const old = known;
      if (old !== null && performance.now() < refreshAtMs) return old;
      // A key that its issuer has withdrawn must not be good indefinitely. While the page is unavailable, known keys are.
      if (old !== null) return loadOnce().catch(() => old);
      if (!mayLoad()) throw new KeysUnavailable('the keys of tokens could not be loaded a moment ago');
      return loadOnce();
    },
    async after(set, name, shownAtMs) {
      const at = firstSeen(name, shownAtMs);
      if (known !== null && known !== set) return known;
      const namesNewKey = at === shownAtMs;
      if (mayLoad())
        return loadOnce().catch((cause: unknown) => {
          throw new KeysUnavailable('the keys of tokens could not be loaded', { cause, namesNewKey });
        });
      if (set.askedAtMs >= at) return null;
      throw new KeysUnavailable(
        'the keys of tokens were read before this one was seen, and are read again soon',
        { namesNewKey },
      );
    },
  };
}
