import type pg from 'pg';
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
 * nothing is sent behind it and the connection ends. A connection is lent to one borrower at a time, so it needs no way back.
 */
export function createLender(pool: pg.Pool, { role, workspaceId }: Session): Lender {
  const workspace = workspaceId ?? '';
  const wanted = `${role} ${workspace}`;

  async function connect(): Promise<pg.PoolClient> {
    preferIdle(pool, wanted);
    const client = await pool.connect();
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

/** The pool lends the idle connection that was used last; one that is set to the session already saves a statement. */
function preferIdle(pool: pg.Pool, wanted: string): void {
  const { _idle: idle } = pool as unknown as { readonly _idle?: { readonly client: object }[] };
  const at = idle?.findLastIndex(({ client }) => sessions.get(client) === wanted) ?? -1;
  if (idle !== undefined && at >= 0) idle.push(...idle.splice(at, 1));
}
