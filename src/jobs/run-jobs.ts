import { setTimeout as delay } from 'node:timers/promises';
import type { Db } from '../db/client.ts';
import type { Hint } from '../events/hint.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { listHeldItems } from './claim.store.ts';
import { claimItems } from './claim-items.ts';
import type { AnyTask } from './define-task.ts';
import { createExclusions } from './halves.ts';
import { createHeldItems } from './hold-items.ts';
import type { Presence } from './keep-alive.ts';
import { promoteDueJobs } from './promote-jobs.ts';
import type { Recorder } from './record-steps.ts';

export interface Runner {
  /** Tells the runner that items may be claimable or that a job was cancelled. */
  hear(hints: readonly Hint[]): void;
  /** Something may have been missed: look at everything now. */
  wake(): void;
  /**
   * Claims nothing more from this moment and gives back what has not begun. Items under way may end for `graceMs`; the rest is given
   * back without spending a retry. Resolves when no item runs and all steps are stored, at the latest soon after the signal's abort.
   */
  stop(signal: AbortSignal): Promise<void>;
}

/** Items are short; one that needs longer than this is better started again elsewhere than waited for. */
const GRACE_MS = 2_000;

/**
 * Claims items and runs them, `capacity` at once. One per worker process. An item gives its place free when it has computed; it is
 * held until it is stored. The next items are claimed while the ones before run.
 */
export function runJobs(deps: {
  readonly db: Db;
  readonly presence: Presence;
  readonly tasks: ReadonlyMap<string, AnyTask>;
  readonly recorder: Recorder;
  readonly log: Logger;
  /** Items computing at once. */
  readonly capacity: number;
  readonly pollMs: number;
  /** How long an attempt of an item may run, in ms. */
  readonly itemTimeoutMs?: number;
  readonly metrics?: Pick<Metrics, 'claimSeconds' | 'claimedItems'> | undefined;
}): Runner {
  const { db, presence, tasks, recorder, log, capacity, pollMs, metrics } = deps;
  const kinds = [...tasks.keys()];
  const exclusions = createExclusions(() => performance.now());
  const stopping = new AbortController();
  let stale = true;
  /** The last claim left nothing behind: there is nothing to look for until somebody says so. */
  let dry = false;
  /** How often somebody said so. */
  let calls = 0;
  /** When to look for jobs whose time has come, by `performance.now()`. */
  let promoteAt = 0;
  let bell = Promise.withResolvers<void>();
  const wake = () => bell.resolve();
  const lookAgain = () => {
    dry = false;
    calls += 1;
    wake();
  };

  const held = createHeldItems({
    tasks,
    recorder,
    log,
    capacity,
    timeoutMs: deps.itemTimeoutMs,
    onRoom: () => {
      if (!dry && held.room() > 0) wake();
    },
    onSuspectEnded: lookAgain,
    onRetry: promoteIn,
  });

  presence.onLost((workerId) => {
    held.drop((entry) => entry.workerId === workerId, 'LEASE_LOST');
    lookAgain();
  });

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      bell = Promise.withResolvers();
      try {
        if (stale) await compareHeld();
        if (performance.now() >= promoteAt) await promote();
        if (await claimMore()) continue;
      } catch (error) {
        if (stopping.signal.aborted) break;
        log.warn({ err: error }, 'claiming failed; trying again');
        await delay(Math.random() * 1_000, undefined, { signal: stopping.signal }).catch(() => undefined);
        continue;
      }
      await bellOrPoll();
    }
  }

  /**
   * Makes the jobs claimable whose time has come, a batch at most: between two batches items are claimed. Every worker looks at each poll
   * and when the first scheduled job is due that it knows of. A fault stops no claim.
   */
  async function promote(): Promise<void> {
    let nextInMs = pollMs;
    try {
      nextInMs = await promoteDueJobs(db, log, exclusions);
    } catch (error) {
      if (!stopping.signal.aborted)
        log.warn({ err: error }, 'due jobs could not be made claimable; trying again');
    }
    promoteAt = performance.now() + Math.min(nextInMs, pollMs);
    // Also when there was nothing to promote: another worker or the job's own flush may have done it.
    dry = false;
  }

  /** Has the loop look for due jobs after this time, at the latest. */
  function promoteIn(ms: number): void {
    const at = performance.now() + ms;
    if (at >= promoteAt) return;
    promoteAt = at;
    wake();
  }

  /** Answers whether to look again at once: the claim found something, so more may wait. */
  async function claimMore(): Promise<boolean> {
    const limit = dry ? 0 : held.room();
    const workerId = presence.workerId();
    if (limit <= 0 || workerId === null) return false;
    const callsBefore = calls;
    const began = performance.now();
    const items = await claimItems(db, log, workerId, kinds, limit, {
      onEmptied: () => {
        dry = calls === callsBefore;
      },
      exclusions,
      suspects: !held.hasSuspect(),
    });
    const claimedAt = performance.now();
    if (items.length > 0) metrics?.claimSeconds.observe((claimedAt - began) / 1_000);
    metrics?.claimedItems.inc(items.length);
    held.add(items, workerId, claimedAt);
    // Shut down or lost between the claim's commit and here.
    if (presence.workerId() !== workerId) held.drop((entry) => entry.workerId === workerId, 'LEASE_LOST');
    if (stopping.signal.aborted) await held.giveBackReady('SHUTDOWN');
    held.startReady();
    return items.length > 0;
  }

  /**
   * What is here must be what the database says this worker holds. Held but not here: the reply of a claim was lost, so give it back.
   * Here but not held: cancelled or taken away, so stop. No claim runs at the same time.
   */
  async function compareHeld(): Promise<void> {
    const workerId = presence.workerId();
    if (workerId === null) return;
    stale = false;
    const before = held.fences();
    const stored = await listHeldItems(db, workerId);
    const fences = new Set(stored.map((item) => item.fence));
    held.drop(({ item }) => before.has(item.fence) && !fences.has(item.fence), 'TAKEN_AWAY');
    for (const item of stored) {
      if (before.has(item.fence)) continue;
      log.warn({ jobId: item.jobId, ticker: item.ticker }, 'held but not running: given back');
      await held.giveBack(item, 'CLAIM_LOST');
    }
  }

  async function bellOrPoll(): Promise<void> {
    const timer = new AbortController();
    const jittered = pollMs * (0.75 + Math.random() / 2);
    const poll = delay(jittered, undefined, { signal: timer.signal }).then(
      () => {
        stale = true;
        dry = false;
      },
      () => undefined,
    );
    const due = delay(Math.max(promoteAt - performance.now(), 0), undefined, { signal: timer.signal }).catch(
      () => undefined,
    );
    await Promise.race([bell.promise, poll, due]);
    timer.abort();
  }

  const looping = loop();

  return {
    hear(hints) {
      for (const hint of hints) {
        if (hint.about === 'cancel' && held.isOfJob(hint.id)) {
          stale = true;
          wake();
        }
        if (hint.about !== 'work') continue;
        if (hint.at > 0) promoteIn(hint.at);
        else lookAgain();
      }
    },
    wake() {
      stale = true;
      lookAgain();
    },
    async stop(signal) {
      stopping.abort('DRAINING');
      wake();
      const abandoned = AbortSignal.any([signal, AbortSignal.timeout(GRACE_MS)]);
      const idle = async () => {
        await Promise.all([looping, held.giveBackReady('SHUTDOWN')]);
        await held.ended();
      };
      const giveUp = new Promise<void>((resolve) => {
        if (abandoned.aborted) resolve();
        else abandoned.addEventListener('abort', () => resolve(), { once: true });
      });
      await Promise.race([idle(), giveUp]);
      held.drop(() => true, 'SHUTDOWN');
      await idle();
    },
  };
}
