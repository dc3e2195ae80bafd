import type { Pool } from 'pg';
import type { Db } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';
import { administer } from './database.ts';

/** BEFORE: the connection dies and the statement never arrives. AFTER: the statement has run, its reply is lost. */
export type Cut = 'BEFORE' | 'AFTER';

/**
 * Kills connections of this database's pool for real (`pg_terminate_backend`) around the statements for which `decide`
 * answers a cut. Statements are given as they go over the wire, `begin`, `commit` and `rollback` among them, each with the names of
 * those that were sent before it in its transaction.
 */
export function injectCuts(
  db: Db,
  decide: (text: string, transaction: readonly string[]) => Cut | null,
): void {
  const { $client: pool } = db as unknown as { readonly $client: Pool };
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
    // Statements are pipelined: those behind a cut wait for it, since the server would never see them before it.
    let cutting: Promise<unknown> | null = null;
    let transaction: string[] = [];
    const faulty = (...args: unknown[]) => {
      const text = textOf(args[0]);
      if (text.startsWith('begin')) transaction = [];
      const cut = cutting === null ? decide(text, transaction) : null;
      transaction.push(statementName(text));
      if (cut === null && cutting === null) return query(...args);
      const callback = args.findLast((arg) => typeof arg === 'function') as Callback | undefined;
      const plain = args.filter((arg) => typeof arg !== 'function');
      // Asked as the pool asked, so that whoever listens to answers hears of each failure once.
      const run = () => (callback === undefined ? query(...plain) : ask(query, plain));
      const outcome =
        cut === null
          ? (cutting ?? Promise.resolve()).then(run, run)
          : runCut(pidOf(client), cut, run, () => query('select 1'));
      if (cut !== null) cutting = outcome;
      if (callback === undefined) return outcome;
      outcome.then((result) => callback(null, result), callback);
      return undefined;
    };
    Object.assign(client, { query: faulty });
  });
}

type Callback = (error: unknown, result?: unknown) => void;

function ask(query: (...args: unknown[]) => unknown, args: readonly unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    query(...args, (error: unknown, result: unknown) => (error ? reject(error) : resolve(result)));
  });
}

async function runCut(pid: number, cut: Cut, run: () => unknown, next: () => unknown): Promise<unknown> {
  if (cut === 'AFTER') await run();
  await terminate(pid);
  // What the driver answers on a dead connection is what the code must cope with.
  return cut === 'BEFORE' ? run() : next();
}

function pidOf(client: object): number {
  return Number(Reflect.get(client, 'processID'));
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
    text.match(/^\s*\/\* (\w+) \*\//)?.[1] ??
    text.match(/^begin\b/)?.[0] ??
    text.trim().split(/\s+/).slice(0, 3).join(' ').toLowerCase()
  );
}

export interface Refusal {
  /** How many writes were refused. */
  refused(): Promise<number>;
  lift(): Promise<void>;
}

/**
 * A trigger that refuses writes of a table with this SQLSTATE: the statements with the numbers `which` (1 is the first), or
 * all. A sequence counts them, so that a rollback does not set the count back.
 */
export async function refuseWrites(
  db: Db,
  table: string,
  sqlstate: string,
  which: readonly number[] | 'ALL' = 'ALL',
): Promise<Refusal> {
  const name = `refuse_${table}`;
  const condition = which === 'ALL' ? 'true' : `n in (${which.join(', ')})`;
  await db.execute(
    sql.raw(`
    create sequence ${name}_writes; create sequence ${name}_refused;
    create function ${name}() returns trigger language plpgsql security definer as $$ declare n bigint := nextval('${name}_writes'); begin
      if ${condition} then
        perform nextval('${name}_refused');
        raise exception 'injected fault' using errcode = '${sqlstate}';
      end if;
      return null;
    end $$;
    create trigger ${name} before insert or update or delete on ${table} for each statement execute function ${name}()`),
  );
  return {
    async refused() {
      const { rows } = await db.execute<{ n: number }>(
        sql.raw(`select case when is_called then last_value else 0 end::int as n from ${name}_refused`),
      );
      return rows[0]?.n ?? 0;
    },
    async lift() {
      await db.execute(
        sql.raw(
          `drop trigger ${name} on ${table}; drop function ${name}(); drop sequence ${name}_writes, ${name}_refused`,
        ),
      );
    },
  };
}
