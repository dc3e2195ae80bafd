import type { Tx } from '../db/client.ts';
import type { Hint } from '../events/hint.ts';
import type { EventPayload } from './event.ts';

/** One claimed item, as its task sees it. */
export interface ItemContext {
  readonly jobId: string;
  readonly workspaceId: string;
  readonly ticker: string;
  /** 1 for the first claim. */
  readonly attempt: number;
  readonly strategy: string;
  readonly source: string;
  /** Aborted when the item is cancelled, the worker stops, or its claim is lost: stop side effects at once. */
  readonly signal: AbortSignal;
}

/** What an item ends with: `result` goes to `save`, `facts` into its last event. */
export interface Finished<Result> {
  readonly result: Result;
  readonly facts: EventPayload;
  /** How many results `result` holds, when they are several: a flush stores a limited number of them. Absent: 1. */
  readonly weight?: number;
}

export interface Saved<Result> {
  readonly jobId: string;
  readonly workspaceId: string;
  readonly ticker: string;
  readonly result: Result;
}

/**
 * A kind of work. It cannot see the jobs tables: it yields phases and returns its result, the engine writes both.
 * "Result saved", "progress advanced" and "event appended" are one transaction, guarded by the item's fence.
 */
export interface Task<Input, Result> {
  readonly kind: string;
  /** Parses the job's stored options; throws when a newer or broken version wrote them. */
  parse(options: unknown): Input;
  /**
   * Yields each phase as it is reached (25, 50, 75) and returns the result. Throws ItemError for what a client may know;
   * anything else is a masked INTERNAL error. Running it twice must be harmless: nothing is written here.
   */
  run(input: Input, context: ItemContext): AsyncGenerator<25 | 50 | 75, Finished<Result>, void>;
  /** Stores the results of all items that end in one flush, in the transaction that ends them. A constant number of statements. */
  save(tx: Tx, saved: readonly Saved<Result>[]): Promise<void>;
  /**
   * Gives what was saved its place in an order that readers follow. One statement, the last one before the commit: its lock is wanted by
   * every other flush of the workspace, and later locks would break their order. Answers whom to ring after the commit.
   */
  announce?(tx: Tx, saved: readonly Saved<Result>[]): Promise<readonly Hint[]>;
}

/** A task whose types are known to itself only: what a registry of tasks holds. */
export type AnyTask = Task<unknown, unknown>;

/** Gives a task its place in a list of tasks of other types. The engine hands a task only what that task made. */
export function defineTask<Input, Result>(task: Task<Input, Result>): AnyTask {
  return task as unknown as AnyTask;
}
