import { setTimeout as delay } from 'node:timers/promises';
import type { Db } from '../db/client.ts';
import type { Hint } from '../events/hint.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { createBreather } from './breather.ts';
import { type ClaimedItem, type HeldItem, LAST_CRASH, listHeldItems } from './claim.store.ts';
import { claimItems } from './claim-items.ts';
import type { AnyTask } from './define-task.ts';
import type { ReturnReason } from './event.ts';
import { createExclusions } from './halves.ts';
import type { Presence } from './keep-alive.ts';
import { createPace } from './pace.ts';
import { promoteDueJobs } from './promote-jobs.ts';
import type { Recorder } from './record-steps.ts';
import { runItem } from './run-item.ts';

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

interface Held {
  readonly item: ClaimedItem;
  readonly workerId: string;
  readonly claimedAt: number;
  readonly abort: AbortController;
  /** Set once it has begun. */
  done: Promise<void> | null;
  startedAt: number | null;
}

/** Limit of an attempt where no other is set. */
const ITEM_TIMEOUT_MS = 300_000;
/** Items are short; one that needs longer than this is better started again elsewhere than waited for. */
const GRACE_MS = 2_000;
/** As many items are claimed ahead as compute in this time: what waits here is soon begun, and slow work claims next to nothing ahead. */
const AHEAD_MS = 100;
/** More at once would hold the jobs' row locks for too long. */
const MAX_AHEAD = 1_000;
/** Items here at most that are done but not yet stored: above it computing waits for the database. */
const MAX_UNSTORED = 2_000;
/** What was claimed ahead and has not begun after this time goes back to the queue: somebody else may be idle. */
const STALE_MS = 1_000;
/** A suspect waits for so long until nothing else is here; then it starts beside what does not end. */
const ALONE_WAIT_MS = 2_000;
/** And for so long nothing else is claimed while it runs. An item that kills its worker usually does so at once. */
const ALONE_MS = 2_000;
/** Longest piece of computing between two turns of the event loop, but for the length of one step. */
const TURN_MS = 5;

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
  const timeoutMs = deps.itemTimeoutMs ?? ITEM_TIMEOUT_MS;
  const kinds = [...tasks.keys()];
  const held = new Map<number, Held>();
  let ready: Held[] = [];
  let computing = 0;
  const pace = createPace();
  const exclusions = createExclusions(() => performance.now());
  const breathe = createBreather(TURN_MS);
  const stopping = new AbortController();
  let stale = true;
  /** The last claim left nothing behind: there is nothing to look for until somebody says so. */
  let dry = false;
  /** How often somebody said so. */
  let calls = 0;
  /** What was claimed ahead had to be given back, and no item has computed since: nothing is claimed ahead. */
  let stalled = false;
  /** The item that should run alone: at most one is here. */
  let suspect: Held | null = null;
  /** When to look for jobs whose time has come, by `performance.now()`. */
  let promoteAt = 0;
  let bell = Promise.withResolvers<void>();
  const wake = () => bell.resolve();
  const lookAgain = () => {
    dry = false;
    calls += 1;
    wake();
  };

  presence.onLost((workerId) => {
    drop((entry) => entry.workerId === workerId, 'LEASE_LOST');
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

  /** Whether nothing may be claimed for the sake of the suspect. It ends by itself, so that a suspect never stops the others. */
  function isKeptAlone(): boolean {
    if (suspect === null) return false;
    const { startedAt, claimedAt } = suspect;
    return performance.now() < (startedAt === null ? claimedAt + ALONE_WAIT_MS : startedAt + ALONE_MS);
  }

  /** Starts a suspect that waited long enough, and claims again when its time alone is over. */
  function afterAlone(ms: number): void {
    setTimeout(() => {
      startReady();
      wake();
    }, ms + 1).unref();
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

  /** How many more items to claim now; 0 while enough is here. */
  function room(): number {
    const ahead = stalled ? 0 : Math.min(pace.reach(capacity, AHEAD_MS), MAX_AHEAD);
    if (isKeptAlone()) return 0;
    if (held.size - computing - ready.length >= MAX_UNSTORED) return 0;
    if (ready.length > ahead / 2) return 0;
    return capacity - computing + ahead - ready.length;
  }

  /** Answers whether to look again at once: the claim found something, so more may wait. */
  async function claimMore(): Promise<boolean> {
    const limit = dry ? 0 : room();
    const workerId = presence.workerId();
    if (limit <= 0 || workerId === null) return false;
    const callsBefore = calls;
    const began = performance.now();
    const items = await claimItems(db, log, workerId, kinds, limit, {
      onEmptied: () => {
        dry = calls === callsBefore;
      },
      exclusions,
      suspects: suspect === null,
    });
    const claimedAt = performance.now();
    if (items.length > 0) metrics?.claimSeconds.observe((claimedAt - began) / 1_000);
    metrics?.claimedItems.inc(items.length);
    for (const item of items) {
      const entry: Held = {
        item,
        workerId,
        claimedAt,
        abort: new AbortController(),
        done: null,
        startedAt: null,
      };
      held.set(item.fence, entry);
      if (isSuspect(entry)) {
        suspect = entry;
        afterAlone(ALONE_WAIT_MS);
      }
      ready.push(entry);
    }
    // Shut down or lost between the claim's commit and here.
    if (presence.workerId() !== workerId) drop((entry) => entry.workerId === workerId, 'LEASE_LOST');
    if (stopping.signal.aborted) await giveBackReady('SHUTDOWN');
    startReady();
    if (ready.length > 0) setTimeout(giveBackStale, STALE_MS).unref();
    return items.length > 0;
  }

  function startReady(): void {
    while (computing < capacity) {
      const [next] = ready;
      if (next === undefined || (next === suspect && held.size > 1 && isKeptAlone())) return;
      ready.shift();
      start(next);
    }
  }

  function start(entry: Held): void {
    const { item, abort } = entry;
    computing += 1;
    entry.startedAt = performance.now();
    if (entry === suspect) afterAlone(ALONE_MS);
    const began = performance.now();
    const onComputed = () => {
      computing -= 1;
      stalled = false;
      pace.observe(performance.now() - began);
      startReady();
      if (!dry && room() > 0) wake();
    };
    entry.done = runItem({ recorder, log, breathe, timeoutMs, onComputed }, tasks.get(item.kind), item, abort)
      .then(async ({ recorded, retryInMs }) => {
        if (!recorded && abort.signal.reason === 'SHUTDOWN') await giveBack(item, 'SHUTDOWN');
        if (retryInMs !== null) promoteIn(retryInMs + 1);
      })
      .finally(() => {
        release(entry);
        startReady();
        if (!dry && room() > 0) wake();
      });
  }

  function release(entry: Held): void {
    if (held.delete(entry.item.fence) && entry === suspect) {
      suspect = null;
      // Others like it were not looked at.
      lookAgain();
    }
  }

  /** Stops what the test names; what has not begun is forgotten. */
  function drop(test: (entry: Held) => boolean, reason: 'LEASE_LOST' | 'TAKEN_AWAY' | 'SHUTDOWN'): void {
    for (const entry of held.values()) {
      if (!test(entry)) continue;
      entry.abort.abort(reason);
      if (entry.done === null) release(entry);
    }
    ready = ready.filter(({ abort }) => !abort.signal.aborted);
  }

  async function giveBack(item: HeldItem, reason: ReturnReason): Promise<void> {
    await recorder.record(item, { type: 'RETURNED', reason });
  }

  async function giveBackReady(reason: ReturnReason): Promise<void> {
    const given = ready;
    ready = [];
    await Promise.all(
      given.map(async (entry) => {
        await giveBack(entry.item, reason);
        release(entry);
      }),
    );
  }

  function giveBackStale(): void {
    const [oldest] = ready;
    if (oldest === undefined || isSuspect(oldest) || performance.now() - oldest.claimedAt < STALE_MS) return;
    stalled = true;
    log.info({ items: ready.length }, 'claimed ahead and not begun: given back');
    void giveBackReady('NOT_STARTED');
  }

  /**
   * What is here must be what the database says this worker holds. Held but not here: the reply of a claim was lost, so give it back.
   * Here but not held: cancelled or taken away, so stop. No claim runs at the same time.
   */
  async function compareHeld(): Promise<void> {
    const workerId = presence.workerId();
    if (workerId === null) return;
    stale = false;
    const before = new Set(held.keys());
    const stored = await listHeldItems(db, workerId);
    const fences = new Set(stored.map((item) => item.fence));
    drop(({ item }) => before.has(item.fence) && !fences.has(item.fence), 'TAKEN_AWAY');
    for (const item of stored) {
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
        if (hint.about === 'cancel' && [...held.values()].some(({ item }) => item.jobId === hint.id)) {
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
        await Promise.all([looping, giveBackReady('SHUTDOWN')]);
        await Promise.all([...held.values()].map(({ done }) => done));
      };
      const giveUp = new Promise<void>((resolve) => {
        if (abandoned.aborted) resolve();
        else abandoned.addEventListener('abort', () => resolve(), { once: true });
      });
      await Promise.race([idle(), giveUp]);
      drop(() => true, 'SHUTDOWN');
      await idle();
    },
  };
}

/** Three deaths end an item: before the third it runs alone, so that nothing beside it is blamed. */
function isSuspect({ item }: Held): boolean {
  return item.crashes >= LAST_CRASH;
}
