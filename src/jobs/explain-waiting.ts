import { setTimeout as delay } from 'node:timers/promises';
import type { Db } from '../db/client.ts';
import type { Hub } from '../events/hub.ts';
import type { Logger } from '../logger.ts';
import { listPlaces, listWaitingFacts } from './waiting.store.ts';
import { explain, needsPlace, type Waiting, type WaitingReason } from './waiting.ts';

export interface WaitingJobs {
  /** Why each of these jobs waits; a job that does not is not answered. At most two statements, however many jobs. */
  explain(jobIds: readonly string[]): Promise<Map<string, Waiting>>;
  close(): Promise<void>;
}

const LOOK_MS = 1_000;

/**
 * Explains waiting jobs, and wakes the subscribers of a job when its reason changes: that moves no seq. One statement a second over all jobs
 * that are watched in this process, none when nobody watches.
 */
export function createWaitingJobs(deps: {
  readonly db: Db;
  readonly hub: Hub;
  readonly log: Logger;
  /** A worker that was silent for longer is not counted. */
  readonly leaseMs: number;
}): WaitingJobs {
  const { db, hub, log, leaseMs } = deps;
  const closing = new AbortController();
  /** The reason that readers of a job were told last. Jobs that nobody asked about are not in it: nobody is to be told. */
  const told = new Map<string, WaitingReason | null>();

  function note(id: string, reason: WaitingReason | null): void {
    const before = told.get(id);
    told.set(id, reason);
    if (before !== undefined && before !== reason) hub.nudge('job', id);
  }

  async function look(): Promise<void> {
    const watched = new Set(hub.watching('job'));
    for (const id of told.keys()) if (!watched.has(id)) told.delete(id);
    if (told.size === 0) return;
    const facts = await listWaitingFacts(db, [...told.keys()], leaseMs);
    for (const id of told.keys()) {
      const known = facts.get(id);
      note(id, known === undefined ? null : (explain(known, null)?.reason ?? null));
    }
  }

  async function lookForever(): Promise<void> {
    while (!closing.signal.aborted) {
      await delay(LOOK_MS, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);
      if (closing.signal.aborted) return;
      await look().catch((error: unknown) => log.warn({ err: error }, 'waiting jobs could not be looked at'));
    }
  }

  const looking = lookForever();

  return {
    async explain(jobIds) {
      const facts = await listWaitingFacts(db, jobIds, leaseMs);
      const inLine = [...facts].filter(([, known]) => needsPlace(known)).map(([id]) => id);
      const places = inLine.length === 0 ? new Map<string, number>() : await listPlaces(db, inLine);
      const waiting = new Map<string, Waiting>();
      for (const id of jobIds) {
        const known = facts.get(id);
        const found = known === undefined ? null : explain(known, places.get(id) ?? null);
        note(id, found?.reason ?? null);
        if (found !== null) waiting.set(id, found);
      }
      return waiting;
    },
    async close() {
      closing.abort();
      await looking;
    },
  };
}
