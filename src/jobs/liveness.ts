/** What one look at a worker's row says. */
interface Pulse {
  readonly id: string;
  readonly name: string;
  /** The lock of its connection is free. */
  readonly unlocked: boolean;
  /** A new value means a new heartbeat. */
  readonly heartbeat: string;
}

/** What one rescuer knows of the workers from looking at their rows again and again. */
export interface Liveness {
  /** Takes in a look at all workers, at a monotonic time in ms. Returns those that are dead by now and forgets them. */
  observe(pulses: readonly Pulse[], at: number): readonly Pulse[];
  /** Takes in the server's clock in ms, asked for at a monotonic time in ms. */
  compareClock(clockMs: number, askedAt: number): void;
  /** Whether the server's clock was set back lately. True for several looks in a row, which covers transactions that were open then. */
  clockWasSetBack(): boolean;
  /** Milliseconds from `at` until a worker that is known to be unlocked counts as dead; `Infinity` without one. */
  untilDead(at: number): number;
  /** The database could not be asked: silence that was not observed is no silence. */
  forget(): void;
}

/** A clock is corrected by less than this all the time. */
const STEP_MS = 500;
/** Looks after a step at which items are still searched for. */
const LOOKS = 8;

/**
 * Judges by this process's monotonic clock how long a heartbeat has not changed. The server's clock takes no part: if it is set forward, no
 * worker seems silent, and if it is set back, no silent worker seems alive.
 */
export function createLiveness(limits: { readonly leaseMs: number; readonly unlockedMs: number }): Liveness {
  const beats = new Map<string, { readonly heartbeat: string; readonly since: number }>();
  const unlockedSince = new Map<string, number>();
  let clock: { readonly ms: number; readonly askedAt: number } | null = null;
  let looks = 0;
  let lastLook = 0;

  function forget(): void {
    beats.clear();
    unlockedSince.clear();
  }

  return {
    observe(pulses, at) {
      // This process did not look, because it was frozen or could not. It has not observed any silence, so it starts to measure again.
      if (at - lastLook > limits.leaseMs / 2) forget();
      lastLook = at;
      const present = new Set(pulses.map(({ id }) => id));
      for (const known of [beats, unlockedSince])
        for (const id of known.keys()) if (!present.has(id)) known.delete(id);
      const dead = pulses.filter(({ id, unlocked, heartbeat }) => {
        const last = beats.get(id);
        if (last?.heartbeat !== heartbeat) beats.set(id, { heartbeat, since: at });
        const silent = last?.heartbeat === heartbeat && at - last.since >= limits.leaseMs;
        if (!unlocked) {
          unlockedSince.delete(id);
          return silent;
        }
        const since = unlockedSince.get(id) ?? at;
        unlockedSince.set(id, since);
        return silent || at - since >= limits.unlockedMs;
      });
      for (const { id } of dead) {
        beats.delete(id);
        unlockedSince.delete(id);
      }
      return dead;
    },
    compareClock(ms, askedAt) {
      looks = Math.max(0, looks - 1);
      if (clock !== null && clock.ms + (askedAt - clock.askedAt) - ms > STEP_MS) looks = LOOKS;
      clock = { ms, askedAt };
    },
    clockWasSetBack: () => looks > 0,
    untilDead: (at) => Math.min(...unlockedSince.values()) + limits.unlockedMs - at,
    forget,
  };
}
