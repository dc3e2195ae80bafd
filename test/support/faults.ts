import type { Client, Pool } from 'pg';
import type { Db } from '../../src/db/client.ts';
import { administer } from './database.ts';

/** BEFORE: the connection dies and the statement never arrives. AFTER: the statement has run, its reply is lost. */
export type Cut = 'BEFORE' | 'AFTER';

/**
 * Kills connections of this database's pool for real (`pg_terminate_backend`) around the statements for which `decide`
 * answers a cut. Statements are given as they go over the wire, `begin`, `commit` and `rollback` among them.
 */
export function injectCuts(db: Db, decide: (text: string) => Cut | null): void {
  const { $client: pool } = db as unknown as { readonly $client: Pool };
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
    const cutting = (...args: unknown[]) => {
      const cut = decide(textOf(args[0]));
      if (cut === null) return query(...args);
      const callback = args.findLast((arg) => typeof arg === 'function') as Callback | undefined;
      const plain = args.filter((arg) => typeof arg !== 'function');
      const outcome = runCut(client as unknown as Client, cut, () => query(...plain));
      if (callback === undefined) return outcome;
      outcome.then((result) => callback(null, result), callback);
      return undefined;
    };
    Object.assign(client, { query: cutting });
  });
}

type Callback = (error: unknown, result?: unknown) => void;

async function runCut(client: Client, cut: Cut, run: () => Promise<unknown>): Promise<unknown> {
  const { processID } = client as unknown as { readonly processID: number };
  if (cut === 'AFTER') await run();
  await terminate(processID);
  // What the driver answers on a dead connection is what the code must cope with.
  return cut === 'BEFORE' ? run() : client.query('select 1');
}

/** Resolves when the backend is gone. */
export async function terminate(pid: number): Promise<void> {
  await administer(`select pg_terminate_backend(${pid}, 5000)`);
}

function textOf(query: unknown): string {
  return typeof query === 'string' ? query : String((query as { text?: unknown } | undefined)?.text);
}

/** `/* name *\/` of a statement, or its first words. */
export function statementName(text: string): string {
  return (
    text.match(/^\s*\/\* (\w+) \*\//)?.[1] ?? text.trim().split(/\s+/).slice(0, 3).join(' ').toLowerCase()
  );
}
