import { and, eq, inArray, sql } from 'drizzle-orm';
import { apiKeys } from '../db/access.tables.ts';
import type { Executor, Tx } from '../db/client.ts';
import { type IdPage, pageOf } from '../db/newest-first.ts';
import { workspaces } from '../db/tables.ts';
import type { Scope } from './access.ts';
import type { ApiKey } from './key.ts';

const columns = {
  id: apiKeys.id,
  workspaceId: apiKeys.workspaceId,
  keyId: apiKeys.keyId,
  name: apiKeys.name,
  scopes: sql<Scope[]>`${apiKeys.scopes}`,
  rateClass: apiKeys.rateClass,
  createdAt: apiKeys.createdAt,
  createdBy: apiKeys.createdBy,
  expiresAt: apiKeys.expiresAt,
  revokedAt: apiKeys.revokedAt,
  lastUsedAt: apiKeys.lastUsedAt,
};

/** A key with what proves it. */
export interface ProvableKey extends ApiKey {
  readonly hash: Buffer;
}

/** Of every workspace: whose a key is, only the key tells. */
export async function listKeysToProve(db: Executor, keyIds: readonly string[]): Promise<ProvableKey[]> {
  return db
    .select({ ...columns, hash: apiKeys.hash })
    .from(apiKeys)
    .where(and(sql`/* listKeysToProve */ true`, inArray(apiKeys.keyId, [...keyIds])));
}

export async function hasAnyKey(db: Executor): Promise<boolean> {
  const { rows } = await db.execute<{ any: boolean }>(sql`/* hasAnyKey */
    select exists (select from api_keys
      where revoked_at is null and coalesce(expires_at, 'infinity') > clock_timestamp()) as any`);
  return rows[0]?.any === true;
}

/** At most once a minute. */
export async function touchKey(db: Executor, keyId: string): Promise<void> {
  await db.execute(sql`/* touchKey */ update api_keys set last_used_at = clock_timestamp()
    where key_id = ${keyId} and coalesce(last_used_at, '-infinity') < clock_timestamp() - interval '1 minute'`);
}

export async function insertKey(
  db: Executor,
  key: Pick<
    ProvableKey,
    'id' | 'workspaceId' | 'keyId' | 'name' | 'hash' | 'scopes' | 'rateClass' | 'createdBy'
  > & {
    readonly expiresAt: Date | null;
  },
): Promise<ApiKey> {
  const [row] = await db
    .insert(apiKeys)
    .values({ ...key, scopes: [...key.scopes] })
    .returning(columns);
  if (row === undefined) throw new Error('an inserted key was not returned');
  return row;
}

export function listKeys(db: Executor, workspaceId: string, page: IdPage): Promise<ApiKey[]> {
  const named = and(sql`/* listKeys */ true`, eq(apiKeys.workspaceId, workspaceId));
  return pageOf(db.select(columns).from(apiKeys), apiKeys.id, named, page);
}

export async function findKey(db: Executor, workspaceId: string, keyId: string): Promise<ApiKey | null> {
  const [row] = await db
    .select(columns)
    .from(apiKeys)
    .where(and(sql`/* findKey */ true`, eq(apiKeys.workspaceId, workspaceId), eq(apiKeys.keyId, keyId)));
  return row ?? null;
}

/** With a lock: whoever rotates or revokes it does so alone. */
export async function lockKey(tx: Tx, workspaceId: string, keyId: string): Promise<ApiKey | null> {
  const [row] = await tx
    .select(columns)
    .from(apiKeys)
    .where(and(sql`/* lockKey */ true`, eq(apiKeys.workspaceId, workspaceId), eq(apiKeys.keyId, keyId)))
    .for('no key update');
  return row ?? null;
}

/** The first revocation stays. */
export async function revoke(tx: Tx, workspaceId: string, keyId: string): Promise<void> {
  await tx
    .update(apiKeys)
    .set({ revokedAt: sql`coalesce(${apiKeys.revokedAt}, clock_timestamp())` })
    .where(and(eq(apiKeys.workspaceId, workspaceId), eq(apiKeys.keyId, keyId)));
}

/** Never later than before. */
export async function expireIn(tx: Tx, workspaceId: string, keyId: string, hours: number): Promise<void> {
  await tx.execute(sql`/* expireIn */
    update api_keys set expires_at = least(expires_at, clock_timestamp() + make_interval(hours => ${hours}))
    where workspace_id = ${workspaceId} and key_id = ${keyId}`);
}

export interface Workspace {
  readonly id: string;
  readonly name: string;
}

export async function findWorkspace(db: Executor, workspaceId: string): Promise<Workspace | null> {
  const [row] = await db
    .select({ id: workspaces.id, name: workspaces.name })
    .from(workspaces)
    .where(eq(workspaces.id, workspaceId));
  return row ?? null;
}

/** Of this name or id, for the command line. */
export async function listWorkspacesNamed(db: Executor, nameOrId: string): Promise<Workspace[]> {
  return db
    .select({ id: workspaces.id, name: workspaces.name })
    .from(workspaces)
    .where(
      sql`/* listWorkspacesNamed */ ${workspaces.name} = ${nameOrId} or ${workspaces.id}::text = ${nameOrId}`,
    );
}

export async function insertWorkspace(db: Executor, workspace: Workspace): Promise<void> {
  await db.insert(workspaces).values(workspace);
}
