import { setTimeout as delay } from 'node:timers/promises';
import { ItemError } from '../errors.ts';
import { createBreaker } from './breaker.ts';
import { type Answer, fetchJson, type Service } from './fetch-json.ts';
import { createLimiter } from './limiter.ts';

export interface Pace {
  readonly concurrent: number;
  readonly gapMs: number;
  /** Of one request, from its start to the last byte. */
  readonly deadlineMs: number;
  /** Tries of one call, the first included, while the service is unavailable or late. */
  readonly tries: number;
  /** The pause before the second try is up to this, at random. */
  readonly retryMs: number;
  readonly failuresToOpen: number;
  readonly openMs: number;
}

/** What a free service without an agreement is asked at most. */
export const politePace: Pace = {
  concurrent: 2,
  gapMs: 300,
  deadlineMs: 10_000,
  tries: 2,
  retryMs: 1_500,
  failuresToOpen: 5,
  openMs: 30_000,
};

/** Queueing behind other items and a pause that the service asked for included; a request itself has `deadlineMs`. */
export const QUEUE_DEADLINE_MS = 300_000;

export type Ask = (path: string, signal: AbortSignal) => Promise<Answer>;

/**
 * Asks a service at a bearable pace: limiter, deadline, one retry with jitter, circuit breaker. A 429 pauses everybody for as long
 * as the service asked (at most a minute) and goes to the engine, which runs the item again then. Throws ItemError; waiting ends
 * with the signal's reason.
 */
export function createAsk(service: Service, pace: Pace): Ask {
  const limiter = createLimiter(pace);
  const breaker = createBreaker({
    failures: pace.failuresToOpen,
    openMs: pace.openMs,
    now: () => performance.now(),
  });

  function request(path: string, signal: AbortSignal): Promise<Answer> {
    return limiter.run(signal, async () => {
      const closedFor = breaker.admit();
      if (closedFor > 0) {
        throw new ItemError(
          'SOURCE_UNAVAILABLE',
          `${service.title} failed repeatedly, so requests to it are paused.`,
          {
            detail: 'CIRCUIT_OPEN',
            retryAfterMs: closedFor,
          },
        );
      }
      const late = AbortSignal.timeout(pace.deadlineMs);
      try {
        const answer = await fetchJson(service, path, AbortSignal.any([signal, late]));
        breaker.report(true);
        return answer;
      } catch (error) {
        signal.throwIfAborted();
        const known = late.aborted
          ? new ItemError(
              'SOURCE_TIMEOUT',
              `${service.title} did not respond within ${pace.deadlineMs / 1_000} s.`,
            )
          : error;
        // Too much data or a pause asked for is an answer: the service works.
        breaker.report(!isOutage(known));
        if (known instanceof ItemError && known.code === 'RATE_LIMITED')
          limiter.pause(known.retryAfterMs ?? 0);
        throw known;
      }
    });
  }

  return async (path, signal) => {
    for (let round = 1; ; round += 1) {
      try {
        return await request(path, signal);
      } catch (error) {
        signal.throwIfAborted();
        const again = isOutage(error) && (error as ItemError).detail === null && round < pace.tries;
        if (!again) throw error;
        await delay(Math.random() * pace.retryMs, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    }
  };
}

function isOutage(error: unknown): boolean {
  return (
    error instanceof ItemError && (error.code === 'SOURCE_UNAVAILABLE' || error.code === 'SOURCE_TIMEOUT')
  );
}
