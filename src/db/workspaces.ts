import {
  type Database,
  type DatabaseOptions,
  type Db,
  loadOf,
  type OpenPool,
  openPool,
  sessionLimits,
} from './client.ts';
import { createLender } from './lend.ts';
import { createQuotas } from './quotas.ts';
import { ROLES } from './roles.ts';

/** The connections of an API node, in two parts that never mix: what a client's document runs on sees one workspace. */
export interface ApiDatabase extends Pick<Database, 'load' | 'close'> {
  /** For what is done on behalf of a workspace. */
  of(workspaceId: string): Db;
  /** For what is by nature about all workspaces; docs/access.md lists it. */
  readonly relay: Db;
}

/** Workspaces whose `Db` is kept; another one is made again. */
const KEPT = 1_000;

/**
 * Connections that one workspace borrows at a time: about half, so that it never holds up the others by what it waits for. Two at least, and
 * all of a pool that has no more.
 */
const quotaOf = (connections: number): number => Math.max(2, Math.ceil(connections / 2));

/**
 * Connections that are lent to workspaces which have one already. The last one is for a workspace that has none, so that two whose statements wait do
 * not take all. A pool of fewer than 4 has none to spare (`DATABASE_POOL_SIZE` below 6).
 */
const sharedOf = (connections: number): number => (connections < 4 ? connections : connections - 1);

/** `max` connections together, a third of them for the relay. */
export function openApiDatabase(options: Omit<DatabaseOptions, 'role'>): ApiDatabase {
  const shared = Math.max(1, Math.floor(options.max / 3));
  const own = openPool({ ...options, max: options.max - shared, namesStatements: true });
  const relay = openPool({ ...options, max: shared });
  const pools: readonly OpenPool[] = [own, relay];
  const limits = { ...sessionLimits, ...options.limits };
  const ofWorkspaces = options.max - shared;
  const quotas = createQuotas(quotaOf(ofWorkspaces), limits.connectionTimeoutMillis, sharedOf(ofWorkspaces));
  const family = {};
  const known = new Map<string, Db>();

  let newest: { readonly workspaceId: string; readonly db: Db } | null = null;

  function of(workspaceId: string): Db {
    // Asked for every event that is executed; a map that is changed each time leaves a trail of tables for the garbage collector.
    if (newest?.workspaceId === workspaceId) return newest.db;
    const db =
      known.get(workspaceId) ??
      own.over(createLender(own.pool, { role: ROLES.api, workspaceId }, quotas), family);
    // The newest are at the end.
    known.delete(workspaceId);
    known.set(workspaceId, db);
    if (known.size > KEPT) for (const oldest of known.keys().take(1)) known.delete(oldest);
    newest = { workspaceId, db };
    return db;
  }

  return {
    of,
    relay: relay.over(createLender(relay.pool, { role: ROLES.relay, workspaceId: null }), family),
    load() {
      const [a, b] = [loadOf(own.pool), loadOf(relay.pool)];
      return {
        busy: a.busy + b.busy,
        idle: a.idle + b.idle,
        awaited: a.awaited + b.awaited + quotas.awaited(),
      };
    },
    async close() {
      await Promise.all(pools.map(({ pool }) => pool.end()));
    },
  };
}
