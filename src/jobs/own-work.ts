import { AsyncLocalStorage } from 'node:async_hooks';

/** The item that asynchronous work belongs to. */
export interface Owner {
  readonly jobId: string;
  readonly ticker: string;
  readonly attempt: number;
  /** Ends the attempt with this error, unless the attempt has ended. */
  fail(error: unknown): void;
}

const owners = new AsyncLocalStorage<Owner>();

/** Runs the work of an item: everything that it starts belongs to the item, also after the item has ended. */
export function ownWork<T>(owner: Owner, work: () => T): T {
  return owners.run(owner, work);
}

/** The item that the current work belongs to; null in the engine's own work and outside of it. */
export function currentOwner(): Owner | null {
  return owners.getStore() ?? null;
}

/** Why an item's signal aborted: a part of its work failed and nobody awaited that part. */
export class UnawaitedFailure extends Error {
  override readonly name = 'UnawaitedFailure';
  constructor(cause: unknown) {
    super('a part of the work that was not awaited failed', { cause });
  }
}
