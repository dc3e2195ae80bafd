import { setTimeout as delay } from 'node:timers/promises';
import type { Access } from '../access.ts';
import { allowanceOf, type RateState, type Rates } from '../rates/rate.ts';

/** The workspace does not have the points now. */
export class OutOfPointsError extends Error {
  override readonly name = 'OutOfPointsError';
  readonly retryAfterMs: number;
  readonly state: RateState;
  constructor(retryAfterMs: number, state: RateState) {
    super(`The rate limit of the workspace is exceeded; try again in ${Math.ceil(retryAfterMs / 1_000)} s.`);
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
  const key = allowanceOf(access);
  return {
    async begin(points) {
      if (points === 0) return;
      const admission = await rates.take(key, points);
      if (!admission.admitted) throw new OutOfPointsError(admission.retryAfterMs, rates.stateOf(key));
    },
    async goOn(rows, pauseMs, gone) {
      const until = performance.now() + pauseMs;
      while (!gone.aborted) {
        const admission = rows === 0 ? { admitted: true as const } : await rates.take(key, rows);
        if (admission.admitted) return true;
        if (performance.now() + admission.retryAfterMs > until) return false;
        await delay(admission.retryAfterMs, undefined, { signal: gone }).catch(() => undefined);
      }
      return false;
    },
  };
}
