import type pg from 'pg';
import { DEFAULT_WORKSPACE_ID } from '../../../src/access.ts';
import type { Db, Tx } from '../../../src/db/client.ts';
import { idOf, KIND } from '../large-database.ts';

/** Calls a function of a store; the transaction is rolled back afterwards. */
export type Visit = (tx: Tx & Db, client: pg.Client) => Promise<unknown>;

/** Visits of a store by the name of the function, with what is special about the call behind a colon. */
export type Tour = Readonly<Record<string, Visit>>;

/** The workspace that half of the rows belong to. */
export const W = DEFAULT_WORKSPACE_ID;
export const ended = idOf(KIND.job, 4);
export const queued = idOf(KIND.job, 30_002);
export const analysis = idOf(KIND.analysis, 5_000);
export const list = idOf(KIND.list, 2);
export const backtest = idOf(KIND.backtest, 100);
export const webhook = idOf(KIND.webhook, 2);
export const worker = idOf(KIND.worker, 1);
/** The ids of `count` objects of the first workspace. */
export const some = (kind: number, count: number, from = 2): string[] =>
  Array.from({ length: count }, (_, i) => idOf(kind, from + 2 * i));
export const page = { limit: 21 };
export const newer = { limit: 21, newerThan: idOf(KIND.job, 0) };
