import type { Scope } from '../access.ts';
import type { Executor, Tx } from '../db/client.ts';
import { and, eq, inArray, sql } from '../db/drizzle.ts';
import { type IdPage, pageOf } from '../db/newest-first.ts';
import { workspaces } from '../db/workspace.tables.ts';
import { foldName } from '../name.ts';
import { apiKeys } from './key.tables.ts';
import type { ApiKey } from './key.ts';
import { workspaceMembers } from './member.tables.ts';

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
  memberIssuer: apiKeys.memberIssuer,
  memberSubject: apiKeys.memberSubject,
};

/** A key with what proves it, as of the database's clock. */
export interface ProvableKey extends ApiKey {
  readonly hash: Buffer;
  /** Neither revoked nor expired, its workspace is not suspended, and the member with whose membership it ends is one. */
  readonly isValid: boolean;
  /** Milliseconds until it expires; null: never. */
  readonly leftMs: number | null;
  /** Its use within the last minute is noted. */
  readonly isNoted: boolean;
  /** Id of the membership with which it ends; null: of none, or there is none any more. */
  readonly memberId: string | null;
  readonly memberScopes: readonly Scope[] | null;
}

/** Of every workspace: whose a key is, only the key tells. */
export async function listKeysToProve(db: Executor, keyIds: readonly string[]): Promise<ProvableKey[]> {
  return db
    .select({
      ...columns,
      hash: apiKeys.hash,
      isValid: sql<boolean>`${apiKeys.revokedAt} is null and coalesce(${apiKeys.expiresAt}, 'infinity') > clock_timestamp()
        and (${apiKeys.memberSubject} is null or ${workspaceMembers.id} is not null) and ${workspaces.suspendedAt} is null`,
      leftMs: sql<
        number | null
      >`(extract(epoch from ${apiKeys.expiresAt} - clock_timestamp()) * 1000)::float8`,
      isNoted: sql<boolean>`coalesce(${apiKeys.lastUsedAt}, '-infinity') >= clock_timestamp() - interval '1 minute'`,
      memberId: workspaceMembers.id,
      memberScopes: sql<Scope[] | null>`${workspaceMembers.scopes}`,
    })
    .from(apiKeys)
    .innerJoin(workspaces, eq(workspaces.id, apiKeys.workspaceId))
    .leftJoin(
      workspaceMembers,
      and(
        eq(workspaceMembers.workspaceId, apiKeys.workspaceId),
        eq(workspaceMembers.issuer, apiKeys.memberIssuer),
        eq(workspaceMembers.subject, apiKeys.memberSubject),
      ),
    )
    .where(and(sql`/* listKeysToProve */ true`, inArray(apiKeys.keyId, [...keyIds])));
}

/** One change at a time of the keys and members of a workspace: what a new key may have is what its maker has when it is stored. */
export async function lockAccess(tx: Tx, workspaceId: string): Promise<void> {
  await tx.execute(
    sql`/* lockAccess */ select pg_advisory_xact_lock(hashtextextended(${`access ${workspaceId}`}, 0))`,
  );
}

/** Keys of a workspace that have not ended, or not longer ago than so many days. */
export async function countKeys(db: Executor, workspaceId: string, days: number): Promise<number> {
  const { rows } = await db.execute<{
    keys: number;
  }>(sql`/* countKeys */ select count(*)::int as keys from api_keys
    where workspace_id = ${workspaceId} and least(coalesce(revoked_at, 'infinity'), coalesce(expires_at, 'infinity')) > clock_timestamp() - make_interval(days => ${days})`);
  return rows[0]?.keys ?? 0;
}

/** The day after which the key of a workspace that ended first no longer counts, `YYYY-MM-DD`; null: none of the counted keys has ended. */
export async function findFirstFreeDay(
  db: Executor,
  workspaceId: string,
  days: number,
): Promise<string | null> {
  const { rows } = await db.execute<{ day: string | null }>(sql`/* findFirstFreeDay */
    select to_char((min(ended) + make_interval(days => ${days})) at time zone 'UTC', 'YYYY-MM-DD') as day
    from (select least(coalesce(revoked_at, 'infinity'), coalesce(expires_at, 'infinity')) as ended from api_keys where workspace_id = ${workspaceId}) as k
    where ended <= clock_timestamp() and ended > clock_timestamp() - make_interval(days => ${days})`);
  return rows[0]?.day ?? null;
}

/** The database's clock, by which keys end. */
export async function readClock(db: Executor): Promise<Date> {
  const { rows } = await db.execute<{ now: string }>(
    sql`/* readClock */ select clock_timestamp()::timestamptz(3) as now`,
  );
  return new Date(String(rows[0]?.now));
}

/** Keys that end with a membership and have not ended otherwise, the oldest first. */
export async function listKeysOfMember(
  db: Executor,
  {
    workspaceId,
    issuer,
    subject,
  }: { readonly workspaceId: string; readonly issuer: string; readonly subject: string },
): Promise<ApiKey[]> {
  return db
    .select(columns)
    .from(apiKeys)
    .where(
      and(
        sql`/* listKeysOfMember */ ${apiKeys.revokedAt} is null and coalesce(${apiKeys.expiresAt}, 'infinity') > clock_timestamp()`,
        eq(apiKeys.workspaceId, workspaceId),
        eq(apiKeys.memberIssuer, issuer),
        eq(apiKeys.memberSubject, subject),
      ),
    )
    .orderBy(apiKeys.id);
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
    | 'id'
    | 'workspaceId'
    | 'keyId'
    | 'name'
    | 'hash'
    | 'scopes'
    | 'rateClass'
    | 'createdBy'
    | 'memberIssuer'
    | 'memberSubject'
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

/** The first revocation of each stays. */
export async function revoke(tx: Tx, workspaceId: string, keyIds: readonly string[]): Promise<void> {
  await tx
    .update(apiKeys)
    .set({ revokedAt: sql`coalesce(${apiKeys.revokedAt}, clock_timestamp())` })
    .where(and(eq(apiKeys.workspaceId, workspaceId), inArray(apiKeys.keyId, [...keyIds])));
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

/** With this id, or with a name that is equal when folded; for the command line. */
export async function listWorkspacesNamed(db: Executor, nameOrId: string): Promise<Workspace[]> {
  return db
    .select({ id: workspaces.id, name: workspaces.name })
    .from(workspaces)
    .where(
      sql`/* listWorkspacesNamed */ ${workspaces.nameKey} = ${foldName(nameOrId)} or ${workspaces.name} = ${nameOrId} or ${workspaces.id}::text = ${nameOrId}`,
    );
}

export async function insertWorkspace(db: Executor, workspace: Workspace): Promise<void> {
  await db.insert(workspaces).values({ ...workspace, nameKey: foldName(workspace.name) });
}
