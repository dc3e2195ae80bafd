import { setTimeout as delay } from 'node:timers/promises';
import { type Access, limitKeyOf } from '../access/access.ts';
import type { RateState, Rates } from '../rates/rate.ts';

/** The key has not the points now. */
export class OutOfPointsError extends Error {
  override readonly name = 'OutOfPointsError';
  readonly retryAfterMs: number;
  readonly state: RateState;
  constructor(retryAfterMs: number, state: RateState) {
    super(`Too much was asked for; try again in ${Math.ceil(retryAfterMs / 1_000)} s.`);
    this.retryAfterMs = retryAfterMs;
    this.state = state;
  }
}

export interface Charge {
  /** Takes points before something is sent. Throws OutOfPointsError. */
  begin(points: number): Promise<void>;
  /** Takes points of more rows, and waits for them up to `pauseMs`. False: there are none so soon, or the reader has gone. */
  goOn(rows: number, pauseMs: number, gone: AbortSignal): Promise<boolean>;
}

/** An export costs its caller a point when it is asked for, and one a row. */
export function chargeRows(rates: Rates, access: Access): Charge {
  const key = limitKeyOf(access);
  // A chunk that is larger than the bucket would wait for ever.
  const take = (points: number) => rates.take(key, Math.min(points, rates.stateOf(key).limit));
  return {
    async begin(points) {
      if (points === 0) return;
      const admission = await take(points);
      if (!admission.admitted) throw new OutOfPointsError(admission.retryAfterMs, rates.stateOf(key));
    },
    async goOn(rows, pauseMs, gone) {
      const until = performance.now() + pauseMs;
      while (!gone.aborted) {
        const admission = rows === 0 ? { admitted: true as const } : await take(rows);
        if (admission.admitted) return true;
        if (performance.now() + admission.retryAfterMs > until) return false;
        await delay(admission.retryAfterMs, undefined, { signal: gone }).catch(() => undefined);
      }
      return false;
    },
  };
}
