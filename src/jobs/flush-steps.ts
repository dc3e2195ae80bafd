import { type Db, inTransaction, type Tx } from '../db/client.ts';
import type { Hint } from '../events/hint.ts';
import { advance, type Change } from './advance.ts';
import { applyOutcomes, type HeldItem, type ItemOutcome, listClaimStates } from './claim.store.ts';
import type { AnyTask, Finished, Saved } from './define-task.ts';
import type { ReturnReason } from './event.ts';
import { insertEvents, lockJobs, updateJobs } from './job.store.ts';
import { isFinal, type JobCore } from './job.ts';
import { type TickerStatus, updateWatchlistStatus } from './watchlist-status.store.ts';

export type Step =
  | { readonly type: 'PROGRESSED'; readonly phase: 25 | 50 | 75 }
  | { readonly type: 'COMPLETED'; readonly finished: Finished<unknown> }
  | { readonly type: 'FAILED'; readonly code: string; readonly message: string }
  | { readonly type: 'RETRYING'; readonly code: string; readonly message: string; readonly delayMs: number }
  | { readonly type: 'RETURNED'; readonly reason: ReturnReason };

/** The steps of one claimed item that one flush stores, in their order. */
export interface ItemSteps {
  readonly item: HeldItem;
  readonly steps: readonly Step[];
}

/** Steps that passed the fence, with the progress of the item that was stored before them. */
interface PassedSteps extends ItemSteps {
  readonly share: number;
}

export interface Flushed {
  /** Fences of items that are no longer this worker's: nothing of theirs was written. */
  readonly fenced: ReadonlySet<number>;
  readonly hints: readonly Hint[];
}

type Tasks = ReadonlyMap<string, AnyTask>;

/**
 * Stores the steps of many items in one transaction with a constant number of statements: job locks, outcomes, results,
 * events, counters, watchlist status, places in the feed. Running it again after a lost reply changes nothing.
 */
export async function flushSteps(db: Db, tasks: Tasks, batch: readonly ItemSteps[]): Promise<Flushed> {
  return inTransaction(db, async (tx) => {
    const jobs = await lockJobs(tx, [...new Set(batch.map(({ item }) => item.jobId))].sort());
    const now = jobs[0]?.now ?? new Date(0);
    const outcomes = batch.map((entry) => toOutcome(entry, now));
    const applied = new Map((await applyOutcomes(tx, outcomes)).map((row) => [keyOf(row), row.phaseBefore]));
    const passed = batch.flatMap((entry): PassedSteps[] => {
      const share = applied.get(keyOf(entry.item));
      return share === undefined ? [] : [{ ...entry, share }];
    });
    const fenced = applied.size === batch.length ? new Set<number>() : await findFenced(tx, batch, applied);

    const results = groupResults(passed);
    for (const [kind, saved] of results) await tasks.get(kind)?.save(tx, saved);
    const advanced = await storeProgress(tx, jobs, passed, now);
    const lists = await storeStatus(tx, passed);
    const hints: Hint[] = advanced.map((job) => ({ about: 'job', id: job.id, at: job.lastSeq }));
    for (const list of lists) hints.push({ about: 'watchlist', id: list.id, at: list.revision });
    for (const { item, steps } of passed) {
      if (steps.at(-1)?.type === 'RETURNED') hints.push({ about: 'work', id: item.jobId, at: 0 });
    }
    for (const [kind, saved] of results)
      hints.push(...((await tasks.get(kind)?.announce?.(tx, saved)) ?? []));
    return { fenced, hints };
  });
}

function keyOf(item: { readonly jobId: string; readonly ticker: string }): string {
  return `${item.jobId} ${item.ticker}`;
}

/** What all steps of an item come to: one update, however many steps gathered. */
function toOutcome({ item, steps }: ItemSteps, now: Date): ItemOutcome {
  const last = steps.at(-1);
  const outcome = {
    jobId: item.jobId,
    ticker: item.ticker,
    fence: item.fence,
    errorCode: null,
    errorMessage: null,
    retryAt: null,
    countsAsFailure: false,
  };
  switch (last?.type) {
    case 'COMPLETED':
      return { ...outcome, state: 'COMPLETED', phase: 100 };
    case 'FAILED':
      return {
        ...outcome,
        state: 'FAILED',
        phase: reached(steps),
        errorCode: last.code,
        errorMessage: last.message,
      };
    case 'RETRYING':
      return {
        ...outcome,
        state: 'QUEUED',
        phase: 0,
        errorCode: last.code,
        errorMessage: last.message,
        retryAt: new Date(now.getTime() + last.delayMs),
        countsAsFailure: true,
      };
    case 'RETURNED':
      return { ...outcome, state: 'QUEUED', phase: 0 };
    default:
      return { ...outcome, state: 'PROCESSING', phase: reached(steps) };
  }
}

function reached(steps: readonly Step[]): 0 | 25 | 50 | 75 {
  return steps.findLast((step) => step.type === 'PROGRESSED')?.phase ?? 0;
}

/** Of the items that were not written: those that another claim or an end has taken away, and not those written before. */
async function findFenced(
  tx: Tx,
  batch: readonly ItemSteps[],
  applied: ReadonlyMap<string, number>,
): Promise<Set<number>> {
  const missing = batch.filter(({ item }) => !applied.has(keyOf(item)));
  const states = await listClaimStates(
    tx,
    missing.map(({ item }) => item),
  );
  const stored = new Map(states.map((row) => [keyOf(row), row]));
  const fenced = new Set<number>();
  for (const { item, steps } of missing) {
    const row = stored.get(keyOf(item));
    const written = steps.at(-1)?.type === 'PROGRESSED' ? ['PROCESSING'] : ['COMPLETED', 'FAILED'];
    if (row?.fence !== item.fence || !written.includes(row.state)) fenced.add(item.fence);
  }
  return fenced;
}

/** What ended well in this flush, by kind of job. */
function groupResults(passed: readonly ItemSteps[]): Map<string, Saved<unknown>[]> {
  const byKind = new Map<string, Saved<unknown>[]>();
  for (const { item, steps } of passed) {
    const last = steps.at(-1);
    if (last?.type !== 'COMPLETED') continue;
    const saved = byKind.get(item.kind) ?? [];
    const { jobId, workspaceId, ticker } = item;
    saved.push({ jobId, workspaceId, ticker, result: last.finished.result });
    byKind.set(item.kind, saved);
  }
  return byKind;
}

async function storeProgress(
  tx: Tx,
  jobs: readonly JobCore[],
  passed: readonly PassedSteps[],
  now: Date,
): Promise<JobCore[]> {
  const changes = new Map<string, Change[]>();
  for (const entry of passed) {
    const list = changes.get(entry.item.jobId) ?? [];
    list.push(...toChanges(entry, now));
    changes.set(entry.item.jobId, list);
  }
  const advances = jobs
    .filter((job) => changes.has(job.id) && !isFinal(job.state))
    .map((job) => advance(job, changes.get(job.id) ?? []));
  if (advances.length === 0) return [];
  await insertEvents(
    tx,
    advances.map(({ job, events }) => ({ jobId: job.id, events })),
  );
  const advanced = advances.map(({ job }) => job);
  await updateJobs(tx, advanced);
  return advanced;
}

function toChanges({ item, share, steps }: PassedSteps, now: Date): Change[] {
  const { ticker, attempt } = item;
  let reachedShare = share;
  const changes: Change[] = [];
  for (const step of steps) {
    const base = { ticker, attempt, share: reachedShare };
    switch (step.type) {
      case 'PROGRESSED':
        if (step.phase <= reachedShare) break;
        changes.push({ type: 'PROGRESSED', ...base, phase: step.phase });
        reachedShare = step.phase;
        break;
      case 'COMPLETED':
        changes.push({ type: 'COMPLETED', ...base, facts: step.finished.facts });
        break;
      case 'FAILED':
        changes.push({ type: 'FAILED', ...base, code: step.code, message: step.message });
        break;
      case 'RETRYING':
        changes.push({
          type: 'RETRYING',
          ...base,
          code: step.code,
          message: step.message,
          retryAt: new Date(now.getTime() + step.delayMs),
        });
        break;
      case 'RETURNED':
        changes.push({ type: 'RETURNED', ...base, reason: step.reason });
    }
  }
  return changes;
}

async function storeStatus(
  tx: Tx,
  passed: readonly ItemSteps[],
): Promise<{ id: string; revision: number }[]> {
  const statuses = passed.flatMap(({ item, steps }): TickerStatus[] => {
    const last = steps.at(-1);
    if (last === undefined || last.type === 'PROGRESSED') return [];
    const status = last.type === 'COMPLETED' ? 'COMPLETED' : last.type === 'FAILED' ? 'FAILED' : 'QUEUED';
    const analysisId = last.type === 'COMPLETED' ? (last.finished.facts.analysisId ?? null) : null;
    const { workspaceId, ticker, jobId } = item;
    return [{ workspaceId, ticker, jobId, status, analysisId }];
  });
  return updateWatchlistStatus(tx, statuses);
}
