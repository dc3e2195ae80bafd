import { setTimeout as delay } from 'node:timers/promises';
import type { Db } from '../db/client.ts';
import { databaseErrorCode, isRowFault } from '../db/retry.ts';
import type { Hint } from '../events/hint.ts';
import { notifySubscribers } from '../events/publish.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { HeldItem } from './claim.store.ts';
import type { AnyTask } from './define-task.ts';
import { type Flushed, flushSteps, type ItemSteps, type Step } from './flush-steps.ts';

/** STORED: durable. FENCED: the item is no longer this worker's, nothing was written. LOST: the recorder closed first. */
export type Recorded = 'STORED' | 'FENCED' | 'LOST';

export interface Recorder {
  /** Resolves when the step is durable (or will never be). Steps of one item keep their order. Never rejects. */
  record(item: HeldItem, step: Step): Promise<Recorded>;
  /** Resolves when all that was recorded so far is settled and rung. */
  settled(): Promise<void>;
  /** Waits for what is under way up to the signal's abort, then answers LOST to the rest. */
  close(signal: AbortSignal): Promise<void>;
}

export type RecorderMetrics = Pick<
  Metrics,
  'flushSeconds' | 'flushSteps' | 'flushRetries' | 'itemsEnded' | 'itemsReturned' | 'fencedSteps'
>;

interface Pending {
  readonly item: HeldItem;
  readonly step: Step;
  readonly settle: (result: Recorded) => void;
}

/** Steps of one flush, a result counting as one. More would hold the job's row lock too long for the others who want it. */
const MAX_STEPS = 4_000;
const RETRY_CEILING_MS = 1_000;
/** A job whose items were taken away is logged once within this time. */
const REPORT_EVERY_MS = 60_000;
const REPORTED_TICKERS = 5;
/** SQLSTATE of a statement that ran into its limit of time. */
const STATEMENT_TIMEOUT = '57014';
/** A single item whose flush runs into the limit so often fails; each try takes as long as the limit. */
const SINGLE_TIMEOUTS = 4;
/** A flush of more steps is one of many: the next one begins no sooner than so long after it began. */
const FEW_STEPS = 16;
const FLUSH_EVERY_MS = 30;

/**
 * Group commit for one worker process: while a flush is under way new steps gather, the next flush takes them all.
 * Idle it adds no delay; under load a flush grows instead of a queue of transactions: what a flush costs by itself (a dozen statements, a
 * commit, and a read by everybody who follows) is then paid 33 times a second at most. Readers are rung after the commit.
 */
export function createRecorder(deps: {
  readonly db: Db;
  readonly tasks: ReadonlyMap<string, AnyTask>;
  readonly log: Logger;
  readonly metrics?: RecorderMetrics | undefined;
  /** Hears how many items ended in a flush. */
  readonly onEnded?: (items: number) => void;
}): Recorder {
  const { db, tasks, log, metrics } = deps;
  let waiting: Pending[] = [];
  let flushing: Promise<void> | null = null;
  let ringing: Promise<void> = Promise.resolve();
  let unrung: Hint[] = [];
  /** Steps of one flush at most: halved after a flush that took longer than a statement may, and a quarter more with each one after it. */
  let maxSteps = MAX_STEPS;
  /** Jobs with items that were taken away, and when that was logged. */
  const reported = new Map<string, number>();
  const closed = new AbortController();

  async function flushAll(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, countWithin(waiting, maxSteps));
      waiting = waiting.slice(batch.length);
      maxSteps = Math.min(MAX_STEPS, Math.ceil(1.25 * maxSteps));
      const began = performance.now();
      await store(batch);
      const pause = batch.length > FEW_STEPS ? FLUSH_EVERY_MS - (performance.now() - began) : 0;
      if (pause > 0) await delay(pause, undefined, { signal: closed.signal }).catch(() => undefined);
    }
    flushing = null;
  }

  async function store(batch: readonly Pending[]): Promise<void> {
    const began = performance.now();
    const result = await flushPatiently(groupByItem(batch));
    if (result === 'LOST') {
      for (const { settle } of batch) settle('LOST');
      return;
    }
    if (result instanceof Error) {
      if (databaseErrorCode(result) === STATEMENT_TIMEOUT)
        maxSteps = Math.max(1, Math.floor(batch.length / 2));
      await storeApart(batch, result);
      return;
    }
    announce(result.hints);
    measure(batch, result.fenced, performance.now() - began);
    reportFenced(batch, result.fenced);
    for (const { item, settle } of batch) {
      const fenced = result.fenced.has(item.fence);
      settle(fenced ? 'FENCED' : 'STORED');
    }
  }

  /** One line for a job whose items were taken away, as by a cancel, however many items and flushes that concerns. */
  function reportFenced(batch: readonly Pending[], fenced: ReadonlySet<number>): void {
    if (fenced.size === 0) return;
    const at = performance.now();
    for (const [jobId, since] of reported) if (at - since > REPORT_EVERY_MS) reported.delete(jobId);
    const steps = Map.groupBy(
      batch.filter(({ item }) => fenced.has(item.fence)),
      ({ item }) => item.jobId,
    );
    for (const [jobId, pending] of steps) {
      if (reported.has(jobId)) continue;
      reported.set(jobId, at);
      const tickers = [...new Set(pending.map(({ item }) => item.ticker))];
      log.warn({ jobId, items: tickers.length, tickers: tickers.slice(0, REPORTED_TICKERS) }, 'FENCED');
    }
  }

  function measure(batch: readonly Pending[], fenced: ReadonlySet<number>, ms: number): void {
    const stored = batch.filter(({ item }) => !fenced.has(item.fence));
    const ends = stored.filter(({ step }) => step.type === 'COMPLETED' || step.type === 'FAILED');
    deps.onEnded?.(ends.length);
    if (metrics === undefined) return;
    metrics.flushSeconds.observe(ms / 1_000);
    metrics.flushSteps.observe(batch.length);
    metrics.fencedSteps.inc(batch.length - stored.length);
    for (const { step } of ends) metrics.itemsEnded.inc({ state: step.type });
    for (const { step } of stored) {
      if (step.type === 'RETRYING') metrics.itemsReturned.inc({ cause: step.code });
      if (step.type === 'RETURNED') metrics.itemsReturned.inc({ cause: step.reason });
    }
  }

  /**
   * A transient fault is waited out: the fence decides afterwards whether the steps still count. So is a schema of another version, beside which this
   * process runs during an upgrade: finished results must not fail for it. Returns any other error.
   */
  async function flushPatiently(batch: readonly ItemSteps[]): Promise<Flushed | Error | 'LOST'> {
    for (let round = 0; ; round += 1) {
      if (closed.signal.aborted) return 'LOST';
      try {
        return await flushSteps(db, tasks, batch);
      } catch (error) {
        if (isRowFault(error)) return error instanceof Error ? error : new Error(String(error));
        // The same statements on the same rows would run into the limit again.
        const timedOut = databaseErrorCode(error) === STATEMENT_TIMEOUT;
        if (timedOut && error instanceof Error && (batch.length > 1 || round + 1 >= SINGLE_TIMEOUTS))
          return error;
        metrics?.flushRetries.inc();
        log.warn({ err: error, round, items: batch.length }, 'flush will be tried again');
        const ceiling = Math.min(RETRY_CEILING_MS, 25 * 2 ** round);
        await delay(Math.random() * ceiling, undefined, { signal: closed.signal }).catch(() => undefined);
      }
    }
  }

  /** One item with an unstorable value must not take the others with it: halve the batch until it stands alone, then fail it. */
  async function storeApart(batch: readonly Pending[], error: Error): Promise<void> {
    const fences = [...new Set(batch.map(({ item }) => item.fence))];
    if (fences.length > 1) {
      const first = new Set(fences.slice(0, fences.length / 2));
      await store(batch.filter(({ item }) => first.has(item.fence)));
      await store(batch.filter(({ item }) => !first.has(item.fence)));
      return;
    }
    const [only] = batch;
    if (only === undefined) return;
    const correlationId = crypto.randomUUID();
    const { item } = only;
    log.error(
      { err: error, jobId: item.jobId, ticker: item.ticker, correlationId },
      'a step cannot be stored',
    );
    if (batch.length === 1 && only.step.type === 'FAILED') {
      only.settle('LOST');
      return;
    }
    const message = `The result could not be stored (correlation id ${correlationId}).`;
    const settle = (result: Recorded) => {
      for (const pending of batch) pending.settle(result === 'STORED' ? 'FENCED' : result);
    };
    await store([{ item, step: { type: 'FAILED', code: 'INTERNAL', message }, settle }]);
  }

  function announce(hints: readonly Hint[]): void {
    const idle = unrung.length === 0;
    unrung.push(...hints);
    if (!idle || unrung.length === 0) return;
    ringing = ringing.then(async () => {
      const batch = unrung;
      unrung = [];
      // A lost ring costs the readers one poll interval, nothing else.
      await notifySubscribers(db, log, batch);
    });
  }

  return {
    record(item, step) {
      if (closed.signal.aborted) return Promise.resolve('LOST');
      return new Promise((settle) => {
        waiting.push({ item, step, settle });
        // Not before the next turn: what an item computes at once is stored at once.
        flushing ??= new Promise<void>((resolve) => setImmediate(resolve)).then(flushAll);
      });
    },
    async settled() {
      while (flushing !== null) await flushing;
      await ringing;
    },
    async close(signal) {
      const giveUp = () => closed.abort();
      signal.addEventListener('abort', giveUp, { once: true });
      if (signal.aborted) giveUp();
      await this.settled();
      closed.abort();
      signal.removeEventListener('abort', giveUp);
    },
  };
}

/** How many of the first steps a flush of so many results may take: at least one. */
function countWithin(pending: readonly Pending[], most: number): number {
  let results = 0;
  const beyond = pending.findIndex(({ step }) => {
    results += step.type === 'COMPLETED' ? (step.finished.weight ?? 1) : 1;
    return results > most;
  });
  return beyond < 0 ? pending.length : Math.max(1, beyond);
}

function groupByItem(batch: readonly Pending[]): ItemSteps[] {
  const groups = new Map<number, { item: HeldItem; steps: Step[] }>();
  for (const { item, step } of batch) {
    const group = groups.get(item.fence);
    if (group === undefined) groups.set(item.fence, { item, steps: [step] });
    else group.steps.push(step);
  }
  return [...groups.values()];
}
