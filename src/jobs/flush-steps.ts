import { type Db, inTransaction, type Tx } from '../db/client.ts';
import type { Hint } from '../events/hint.ts';
import type { Change } from './advance.ts';
import { applyOutcomes, type HeldItem, type ItemOutcome, listClaimStates } from './claim.store.ts';
import { commitChanges, type ResultWriter } from './commit-changes.ts';
import type { AnyTask, Finished, Saved } from './define-task.ts';
import type { ReturnReason } from './event.ts';
import { lockJobs } from './job.store.ts';
import type { TickerStatus } from './watchlist-status.store.ts';

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
  /** When it runs again after a transient error. */
  readonly retryAt: Date | null;
}

export interface Flushed {
  /** Fences of items that are no longer this worker's: nothing of theirs was written. */
  readonly fenced: ReadonlySet<number>;
  readonly hints: readonly Hint[];
}

type Tasks = ReadonlyMap<string, AnyTask>;

/**
 * Stores the steps of many items in one transaction with a constant number of statements: job locks, outcomes, results,
 * events, counters, watchlist status, places in the feed and among the ended jobs. Running it again after a lost reply changes nothing.
 */
export async function flushSteps(db: Db, tasks: Tasks, batch: readonly ItemSteps[]): Promise<Flushed> {
  return inTransaction(db, async (tx) => {
    const [jobs, outcomes] = await Promise.all([
      lockJobs(tx, [...new Set(batch.map(({ item }) => item.jobId))].sort()),
      applyOutcomes(tx, batch.map(toOutcome)),
    ]);
    const applied = new Map(outcomes.map((row) => [row.fence, row]));
    const passed = batch.flatMap((entry): PassedSteps[] => {
      const outcome = applied.get(entry.item.fence);
      return outcome === undefined
        ? []
        : [{ ...entry, share: outcome.phaseBefore, retryAt: outcome.retryAt }];
    });
    const fenced = applied.size === batch.length ? new Set<number>() : await findFenced(tx, batch, applied);

    const changes = changesOf(passed);
    const committed = await commitChanges(tx, {
      jobs: jobs.map((job) => ({ job, changes: changes.get(job.id) ?? [] })),
      items: statusesOf(passed),
      results: groupResults(tasks, passed),
    });
    const returned = passed.filter(({ steps }) => steps.at(-1)?.type === 'RETURNED');
    const work = returned.map(({ item }): Hint => ({ about: 'work', id: item.jobId, at: 0 }));
    const hints = [...committed.hints, ...work];
    return { fenced, hints };
  });
}

function keyOf(item: { readonly jobId: string; readonly ticker: string }): string {
  return `${item.jobId} ${item.ticker}`;
}

/** What all steps of an item come to: one update, however many steps gathered. */
function toOutcome({ item, steps }: ItemSteps): ItemOutcome {
  const last = steps.at(-1);
  const outcome = {
    jobId: item.jobId,
    ticker: item.ticker,
    fence: item.fence,
    errorCode: null,
    errorMessage: null,
    retryInMs: null,
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
        retryInMs: Math.ceil(last.delayMs),
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
  applied: ReadonlyMap<number, unknown>,
): Promise<Set<number>> {
  const missing = batch.filter(({ item }) => !applied.has(item.fence));
  const states = await listClaimStates(
    tx,
    missing.map(({ item }) => item),
  );
  const stored = new Map(states.map((row) => [keyOf(row), row]));
  const fenced = new Set<number>();
  for (const { item, steps } of missing) {
    const row = stored.get(keyOf(item));
    if (row?.fence !== item.fence || !isWritten(steps.at(-1), row)) fenced.add(item.fence);
  }
  return fenced;
}

/** The item is what this step makes of it. Its fence does not tell that alone: an item that is given up as poison keeps the last one. */
function isWritten(
  last: Step | undefined,
  row: { readonly state: string; readonly errorCode: string | null },
): boolean {
  switch (last?.type) {
    case 'PROGRESSED':
      return row.state === 'PROCESSING';
    case 'COMPLETED':
      return row.state === 'COMPLETED';
    case 'FAILED':
      return row.state === 'FAILED' && row.errorCode === last.code;
    default:
      return false;
  }
}

/** What ended well in this flush, by kind of job. */
function groupResults(tasks: Tasks, passed: readonly ItemSteps[]): ResultWriter[] {
  const byTask = new Map<AnyTask, Saved<unknown>[]>();
  for (const { item, steps } of passed) {
    const last = steps.at(-1);
    const task = tasks.get(item.kind);
    if (last?.type !== 'COMPLETED' || task === undefined) continue;
    const saved = byTask.get(task) ?? [];
    const { jobId, workspaceId, ticker } = item;
    saved.push({ jobId, workspaceId, ticker, result: last.finished.result });
    byTask.set(task, saved);
  }
  return [...byTask].map(([task, saved]) => ({
    save: (tx) => task.save(tx, saved),
    announce: async (tx) => (await task.announce?.(tx, saved)) ?? [],
  }));
}

function changesOf(passed: readonly PassedSteps[]): ReadonlyMap<string, readonly Change[]> {
  const changes = new Map<string, Change[]>();
  for (const entry of passed) {
    const list = changes.get(entry.item.jobId) ?? [];
    list.push(...toChanges(entry));
    changes.set(entry.item.jobId, list);
  }
  return changes;
}

function toChanges({ item, share, steps, retryAt }: PassedSteps): Change[] {
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
          retryAt: retryAt ?? new Date(),
        });
        break;
      case 'RETURNED':
        changes.push({ type: 'RETURNED', ...base, reason: step.reason });
    }
  }
  return changes;
}

function statusesOf(passed: readonly ItemSteps[]): TickerStatus[] {
  return passed.flatMap(({ item, steps }): TickerStatus[] => {
    const last = steps.at(-1);
    if (last === undefined || last.type === 'PROGRESSED') return [];
    const status = last.type === 'COMPLETED' ? 'COMPLETED' : last.type === 'FAILED' ? 'FAILED' : 'QUEUED';
    const analysisId = last.type === 'COMPLETED' ? (last.finished.facts.analysisId ?? null) : null;
    const { workspaceId, ticker, jobId } = item;
    return [{ workspaceId, ticker, jobId, status, analysisId }];
  });
}
