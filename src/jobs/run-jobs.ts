import { setTimeout as delay } from 'node:timers/promises';
import type { Db } from '../db/client.ts';
import type { Hint } from '../events/hint.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { type ClaimedItem, listHeldItems } from './claim.store.ts';
import { claimItems } from './claim-items.ts';
import type { AnyTask } from './define-task.ts';
import type { ReturnReason } from './event.ts';
import type { Presence } from './keep-alive.ts';
import type { Recorder } from './record-steps.ts';
import { runItem } from './run-item.ts';

export interface Runner {
  /** Tells the runner that items may be claimable or that a job was cancelled. */
  hear(hints: readonly Hint[]): void;
  /** Something may have been missed: look at everything now. */
  wake(): void;
  /**
   * Claims nothing more from this moment. Items under way may end for `graceMs`; the rest is given back without
   * spending a retry. Resolves when no item runs and all steps are stored, at the latest soon after the signal's abort.
   */
  stop(signal: AbortSignal): Promise<void>;
}

interface Running {
  readonly item: ClaimedItem;
  readonly workerId: string;
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

/** Items are short; one that needs longer than this is better started again elsewhere than waited for. */
const GRACE_MS = 2_000;

/** Claims items while there is room and runs them. One per worker process. */
export function runJobs(deps: {
  readonly db: Db;
  readonly presence: Presence;
  readonly tasks: ReadonlyMap<string, AnyTask>;
  readonly recorder: Recorder;
  readonly log: Logger;
  /** Items at once. */
  readonly capacity: number;
  readonly pollMs: number;
  readonly metrics?: Pick<Metrics, 'claimSeconds' | 'claimedItems'> | undefined;
}): Runner {
  const { db, presence, tasks, recorder, log, capacity, pollMs, metrics } = deps;
  const kinds = [...tasks.keys()];
  const running = new Map<number, Running>();
  const stopping = new AbortController();
  let stale = true;
  let bell = Promise.withResolvers<void>();
  const wake = () => bell.resolve();

  presence.onLost((workerId) => {
    for (const entry of running.values()) if (entry.workerId === workerId) entry.abort.abort('LEASE_LOST');
    wake();
  });

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      bell = Promise.withResolvers();
      try {
        if (stale) await compareHeld();
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

  /** Answers whether to look again at once: the claim was full, so more may wait. */
  async function claimMore(): Promise<boolean> {
    const room = capacity - running.size;
    const workerId = presence.workerId();
    if (room <= 0 || workerId === null) return false;
    const began = performance.now();
    const items = await claimItems(db, log, workerId, kinds, room);
    for (const item of items) start(item, workerId);
    if (items.length > 0) metrics?.claimSeconds.observe((performance.now() - began) / 1_000);
    metrics?.claimedItems.inc(items.length);
    return items.length === room && running.size < capacity;
  }

  function start(item: ClaimedItem, workerId: string): void {
    const task = tasks.get(item.kind);
    if (task === undefined) throw new Error(`claimed an item of the unknown kind ${item.kind}`);
    const abort = new AbortController();
    const done = runItem({ recorder, log: log.child({ workerId }) }, task, item, abort.signal)
      .then(async (retryInMs) => {
        if (abort.signal.reason === 'SHUTDOWN') await giveBack(item, 'SHUTDOWN');
        if (retryInMs !== null) setTimeout(wake, retryInMs + 1).unref();
      })
      .finally(() => {
        running.delete(item.fence);
        wake();
      });
    running.set(item.fence, { item, workerId, abort, done });
    // Shut down or lost between the claim's commit and here.
    if (stopping.signal.aborted && stopping.signal.reason === 'ABORTED') abort.abort('SHUTDOWN');
    if (presence.workerId() !== workerId) abort.abort('LEASE_LOST');
  }

  async function giveBack(item: Parameters<Recorder['record']>[0], reason: ReturnReason): Promise<void> {
    await recorder.record(item, { type: 'RETURNED', reason });
  }

  /**
   * What runs here must be what the database says this worker holds. Held but not running: the reply of a claim was
   * lost, so give it back. Running but not held: cancelled or taken away, so stop. No claim runs at the same time.
   */
  async function compareHeld(): Promise<void> {
    const workerId = presence.workerId();
    if (workerId === null) return;
    stale = false;
    const before = new Set(running.keys());
    const held = await listHeldItems(db, workerId);
    const fences = new Set(held.map((item) => item.fence));
    for (const fence of before) {
      const entry = running.get(fence);
      if (entry !== undefined && !fences.has(fence)) entry.abort.abort('TAKEN_AWAY');
    }
    for (const item of held) {
      if (before.has(item.fence)) continue;
      log.warn({ jobId: item.jobId, ticker: item.ticker }, 'held but not running: given back');
      await giveBack(item, 'CLAIM_LOST');
    }
  }

  async function bellOrPoll(): Promise<void> {
    const timer = new AbortController();
    const jittered = pollMs * (0.75 + Math.random() / 2);
    const poll = delay(jittered, undefined, { signal: timer.signal }).then(
      () => {
        stale = true;
      },
      () => undefined,
    );
    await Promise.race([bell.promise, poll]);
    timer.abort();
  }

  const looping = loop();

  return {
    hear(hints) {
      for (const hint of hints) {
        if (hint.about === 'cancel' && [...running.values()].some(({ item }) => item.jobId === hint.id))
          stale = true;
        if (hint.about === 'cancel' || hint.about === 'work') wake();
      }
    },
    wake() {
      stale = true;
      wake();
    },
    async stop(signal) {
      stopping.abort('DRAINING');
      wake();
      const abandoned = AbortSignal.any([signal, AbortSignal.timeout(GRACE_MS)]);
      const idle = () => Promise.all([looping, ...[...running.values()].map(({ done }) => done)]);
      const giveUp = new Promise<void>((resolve) => {
        if (abandoned.aborted) resolve();
        else abandoned.addEventListener('abort', () => resolve(), { once: true });
      });
      await Promise.race([idle(), giveUp]);
      for (const { abort } of running.values()) abort.abort('SHUTDOWN');
      await idle();
    },
  };
}
