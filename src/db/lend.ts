import type pg from 'pg';
import { throwIfAbandoned } from './abandon.ts';
import { outOfTime, type Quotas } from './quotas.ts';
import { type Role, WORKSPACE_SETTING } from './roles.ts';

/** What a connection is while it is lent: a role and, for rows of one workspace only, that workspace. */
export interface Session {
  readonly role: Role;
  /** Null: none, which for a role that is held to a workspace means no rows. */
  readonly workspaceId: string | null;
}

/** The part of a pool that statements and transactions need. */
export interface Lender {
  connect(): Promise<pg.PoolClient>;
  query(...args: unknown[]): Promise<unknown>;
}

/** What each connection was set to last; one that is not in here is still what it logged in as. */
const sessions = new WeakMap<object, string>();

/**
 * Lends connections of a pool as a session. One that was another's is set to it by a statement whose answer is awaited: were the setting refused,
 * nothing is sent behind it and the connection ends. A connection is lent to one borrower at a time, so it needs no way back. With `quotas` a
 * workspace has so many connections at a time; the wait for one of its own and the wait for the pool together last no longer than the latter may.
 * A borrower whose client has gone meanwhile gets none (`abandon.ts`).
 */
export function createLender(pool: pg.Pool, { role, workspaceId }: Session, quotas?: Quotas): Lender {
  const workspace = workspaceId ?? '';
  const wanted = `${role} ${workspace}`;

  function ask(): Promise<pg.PoolClient> {
    preferIdle(pool, wanted);
    return pool.connect();
  }

  async function borrow(): Promise<pg.PoolClient> {
    if (quotas === undefined || workspaceId === null) return ask();
    const began = performance.now();
    const free = await quotas.take(workspaceId);
    try {
      throwIfAbandoned();
      const client = await connectBy(ask, began + (pool.options.connectionTimeoutMillis ?? 0));
      const release = client.release.bind(client);
      client.release = (broken) => {
        free();
        release(broken);
      };
      return client;
    } catch (error) {
      free();
      throw error;
    }
  }

  async function connect(): Promise<pg.PoolClient> {
    const client = await borrow();
    if (sessions.get(client) === wanted) return client;
    sessions.delete(client);
    try {
      await client.query(
        `/* enterSession */ select set_config('role', $1, false), set_config('${WORKSPACE_SETTING}', $2, false)`,
        [role, workspace],
      );
    } catch (error) {
      client.release(true);
      throw error;
    }
    sessions.set(client, wanted);
    return client;
  }

  return {
    connect,
    async query(...args) {
      const client = await connect();
      try {
        const answer = await (client.query as (...all: unknown[]) => Promise<unknown>)(...args);
        client.release();
        return answer;
      } catch (error) {
        // As the pool itself does: whatever is left of a failed statement ends with its connection.
        client.release(true);
        throw error;
      }
    },
  };
}

/** A connection of the pool by this time of `performance.now()`; one that comes later goes back to the pool. */
async function connectBy(ask: () => Promise<pg.PoolClient>, at: number): Promise<pg.PoolClient> {
  const connecting = ask();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => {
      connecting.then(
        (client) => client.release(),
        () => undefined,
      );
      late.reject(outOfTime());
    },
    Math.max(at - performance.now(), 1),
  );
  return Promise.race([connecting, late.promise]).finally(() => clearTimeout(timer));
}

/** The pool lends the idle connection that was used last; one that is set to the session already saves a statement. */
function preferIdle(pool: pg.Pool, wanted: string): void {
  const { _idle: idle } = pool as unknown as { readonly _idle?: { readonly client: object }[] };
  const at = idle?.findLastIndex(({ client }) => sessions.get(client) === wanted) ?? -1;
  if (idle !== undefined && at >= 0) idle.push(...idle.splice(at, 1));
}
