import { causeOf, type WaitingReason } from './waiting.ts';

/** The queue of one workspace, as its switch is set. */
export interface QueueSwitch {
  readonly workspaceId: string;
  /** Since when nothing is claimed; null: the queue is open. */
  readonly pausedAt: Date | null;
  /** Why it was paused, as somebody wrote it. */
  readonly pauseNote: string | null;
}

export const PAUSE_NOTE_LIMIT = 200;

/** A worker that should be there. */
export interface WorkerSeen {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  /** ALIVE claims, DRAINING does not any more, GONE has lost its lease or its connection and is about to be cleared away. */
  readonly state: 'ALIVE' | 'DRAINING' | 'GONE';
  readonly kinds: readonly string[];
  readonly capacity: number;
  readonly running: number;
  readonly itemsPerMinute: number;
  readonly startedAt: Date;
  readonly heartbeatAt: Date;
}

/** Work of a workspace that has not ended. */
export interface Depth {
  readonly jobsQueued: number;
  readonly jobsProcessing: number;
  readonly itemsQueued: number;
  readonly itemsProcessing: number;
  /** False: there is more than was counted. */
  readonly complete: boolean;
}

export interface Backlog extends Depth {
  readonly now: Date;
  /** Since when the oldest item waits that could run. */
  readonly oldestSince: Date | null;
  readonly queuedByKind: readonly { readonly kind: string; readonly items: number }[];
  /** Items whose time has not come. */
  readonly later: readonly {
    readonly kind: string;
    readonly failures: number;
    readonly errorCode: string | null;
    readonly items: number;
  }[];
}

export interface WaitingCount {
  readonly reason: WaitingReason;
  readonly items: number;
}

/** How many queued items wait for what: the reasons of `explain`, counted. */
export function countReasons(
  backlog: Backlog,
  paused: boolean,
  workers: readonly WorkerSeen[],
): WaitingCount[] {
  if (paused) return only([['PAUSED', backlog.itemsQueued]]);
  const counts = new Map<WaitingReason, number>();
  const add = (reason: WaitingReason, items: number) => counts.set(reason, (counts.get(reason) ?? 0) + items);
  for (const group of backlog.later) add(causeOf(group), group.items);
  for (const { kind, items } of backlog.queuedByKind) {
    const later = backlog.later
      .filter((group) => group.kind === kind)
      .reduce((sum, group) => sum + group.items, 0);
    add(knows(kind, workers) ? 'WORKERS_BUSY' : 'NO_WORKER', Math.max(items - later, 0));
  }
  return only([...counts]);
}

function only(counts: readonly (readonly [WaitingReason, number])[]): WaitingCount[] {
  return counts.filter(([, items]) => items > 0).map(([reason, items]) => ({ reason, items }));
}

function knows(kind: string, workers: readonly WorkerSeen[]): boolean {
  return workers.some(({ state, kinds }) => state === 'ALIVE' && kinds.includes(kind));
}

/** Items of all workspaces that the living workers ended within the last minute. */
export function throughputOf(workers: readonly WorkerSeen[]): number {
  return workers.reduce((sum, worker) => sum + (worker.state === 'GONE' ? 0 : worker.itemsPerMinute), 0);
}
