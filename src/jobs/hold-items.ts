import type { Logger } from '../logger.ts';
import { createBreather } from './breather.ts';
import { type ClaimedItem, type HeldItem, LAST_CRASH } from './claim.store.ts';
import type { AnyTask } from './define-task.ts';
import type { ReturnReason } from './event.ts';
import { createPace } from './pace.ts';
import type { Recorder } from './record-steps.ts';
import { runItem } from './run-item.ts';

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

/** Why an item stops before its end. */
type DropReason = 'LEASE_LOST' | 'TAKEN_AWAY' | 'SHUTDOWN';

/** The items that this worker process has claimed: some compute, the others wait for a place or are being stored. */
export interface HeldItems {
  /** Takes what a claim returned and starts what finds a place. */
  add(items: readonly ClaimedItem[], workerId: string, claimedAt: number): void;
  /** How many more items to claim now; 0 while enough is here. */
  room(): number;
  /** Whether an item is here that should run alone: no second one is claimed. */
  hasSuspect(): boolean;
  isOfJob(jobId: string): boolean;
  /** Fences of all items. */
  fences(): ReadonlySet<number>;
  /** Starts items while there are places. */
  startReady(): void;
  /** Stops what the test names; what has not begun is forgotten. */
  drop(test: (entry: Held) => boolean, reason: DropReason): void;
  giveBack(item: HeldItem, reason: ReturnReason): Promise<void>;
  /** Gives back all items that have not begun. */
  giveBackReady(reason: ReturnReason): Promise<void>;
  /** Resolves when every item that has begun is stored. */
  ended(): Promise<void>;
}

/**
 * Runs claimed items, `capacity` at once. An item gives its place free when it has computed; it is held until it is stored. An item that was held at
 * `LAST_CRASH` deaths runs alone for a while.
 */
export function createHeldItems(deps: {
  readonly tasks: ReadonlyMap<string, AnyTask>;
  readonly recorder: Recorder;
  readonly log: Logger;
  /** Items computing at once. */
  readonly capacity: number;
  /** How long an attempt of an item may run, in ms. */
  readonly timeoutMs?: number | undefined;
  /** A place became free, or the time of an item alone is over. */
  readonly onRoom: () => void;
  /** The item that ran alone has ended: others like it may be claimed. */
  readonly onSuspectEnded: () => void;
  /** An item may run again after this many ms. */
  readonly onRetry: (ms: number) => void;
}): HeldItems {
  const { tasks, recorder, log, capacity, onRoom, onSuspectEnded, onRetry } = deps;
  const timeoutMs = deps.timeoutMs ?? ITEM_TIMEOUT_MS;
  const held = new Map<number, Held>();
  let ready: Held[] = [];
  let computing = 0;
  const pace = createPace();
  const breathe = createBreather(TURN_MS);
  /** What was claimed ahead had to be given back, and no item has computed since: nothing is claimed ahead. */
  let stalled = false;
  /** The item that should run alone: at most one is here. */
  let suspect: Held | null = null;

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
      onRoom();
    }, ms + 1).unref();
  }

  /** How many more items to claim now; 0 while enough is here. */
  function room(): number {
    const ahead = stalled ? 0 : Math.min(pace.reach(capacity, AHEAD_MS), MAX_AHEAD);
    if (isKeptAlone()) return 0;
    if (held.size - computing - ready.length >= MAX_UNSTORED) return 0;
    if (ready.length > ahead / 2) return 0;
    return capacity - computing + ahead - ready.length;
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
      onRoom();
    };
    entry.done = runItem({ recorder, log, breathe, timeoutMs, onComputed }, tasks.get(item.kind), item, abort)
      .then(async ({ recorded, retryInMs }) => {
        if (!recorded && abort.signal.reason === 'SHUTDOWN') await giveBack(item, 'SHUTDOWN');
        if (retryInMs !== null) onRetry(retryInMs + 1);
      })
      .finally(() => {
        release(entry);
        startReady();
        onRoom();
      });
  }

  function release(entry: Held): void {
    if (held.delete(entry.item.fence) && entry === suspect) {
      suspect = null;
      // Others like it were not looked at.
      onSuspectEnded();
    }
  }

  /** Stops what the test names; what has not begun is forgotten. */
  function drop(test: (entry: Held) => boolean, reason: DropReason): void {
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

  return {
    add(items, workerId, claimedAt) {
      for (const item of items) {
        const abort = new AbortController();
        const entry: Held = { item, workerId, claimedAt, abort, done: null, startedAt: null };
        held.set(item.fence, entry);
        if (isSuspect(entry)) {
          suspect = entry;
          afterAlone(ALONE_WAIT_MS);
        }
        ready.push(entry);
      }
      if (items.length > 0) setTimeout(giveBackStale, STALE_MS).unref();
    },
    room,
    hasSuspect: () => suspect !== null,
    isOfJob: (jobId) => [...held.values()].some(({ item }) => item.jobId === jobId),
    fences: () => new Set(held.keys()),
    startReady,
    drop,
    giveBack,
    giveBackReady,
    async ended() {
      await Promise.all([...held.values()].map(({ done }) => done));
    },
  };
}

/** Three deaths end an item: before the third it runs alone, so that nothing beside it is blamed. */
function isSuspect({ item }: Held): boolean {
  return item.crashes >= LAST_CRASH;
}
