import type { Scope } from '../access.ts';
import type { Executor, Tx } from '../db/client.ts';
import { and, eq, inArray, isNull, sql } from '../db/drizzle.ts';
import { workspaces } from '../db/workspace.tables.ts';
import { workspaceMembers } from './member.tables.ts';
import type { Member } from './member.ts';

const columns = {
  id: workspaceMembers.id,
  workspaceId: workspaceMembers.workspaceId,
  issuer: workspaceMembers.issuer,
  subject: workspaceMembers.subject,
  scopes: sql<Scope[]>`${workspaceMembers.scopes}`,
  createdAt: workspaceMembers.createdAt,
  createdBy: workspaceMembers.createdBy,
};

type Named = Pick<Member, 'workspaceId' | 'issuer' | 'subject'>;

const named = ({ workspaceId, issuer, subject }: Named) =>
  and(
    eq(workspaceMembers.workspaceId, workspaceId),
    eq(workspaceMembers.issuer, issuer),
    eq(workspaceMembers.subject, subject),
  );

export async function findMember(db: Executor, who: Named): Promise<Member | null> {
  const [row] = await db
    .select(columns)
    .from(workspaceMembers)
    .where(and(sql`/* findMember */ true`, named(who)));
  return row ?? null;
}

const inUse = and(eq(workspaces.id, workspaceMembers.workspaceId), isNull(workspaces.suspendedAt));

/** As `findMember`, and null while the workspace is suspended. */
export async function findAdmissibleMember(db: Executor, who: Named): Promise<Member | null> {
  const [row] = await db
    .select(columns)
    .from(workspaceMembers)
    .innerJoin(workspaces, inUse)
    .where(and(sql`/* findAdmissibleMember */ true`, named(who)));
  return row ?? null;
}

/** Of every workspace that is in use: which of these memberships there still are. */
export async function listMemberIds(db: Executor, ids: readonly string[]): Promise<string[]> {
  const rows = await db
    .select({ id: workspaceMembers.id })
    .from(workspaceMembers)
    .innerJoin(workspaces, inUse)
    .where(and(sql`/* listMemberIds */ true`, inArray(workspaceMembers.id, [...ids])));
  return rows.map(({ id }) => id);
}

export async function hasAnyMember(db: Executor, issuer: string): Promise<boolean> {
  const { rows } = await db.execute<{ any: boolean }>(
    sql`/* hasAnyMember */ select exists (select from workspace_members where issuer = ${issuer}) as any`,
  );
  return rows[0]?.any === true;
}

/** By subject. */
export async function listMembers(db: Executor, workspaceId: string, limit: number): Promise<Member[]> {
  return db
    .select(columns)
    .from(workspaceMembers)
    .where(and(sql`/* listMembers */ true`, eq(workspaceMembers.workspaceId, workspaceId)))
    .orderBy(workspaceMembers.subject, workspaceMembers.issuer)
    .limit(limit);
}

/** In place of the membership that there may be. */
export async function replaceMember(tx: Tx, member: Omit<Member, 'createdAt'>): Promise<Member> {
  const values = { ...member, scopes: [...member.scopes], createdAt: sql`clock_timestamp()` };
  const [row] = await tx
    .insert(workspaceMembers)
    .values(values)
    .onConflictDoUpdate({
      target: [workspaceMembers.workspaceId, workspaceMembers.issuer, workspaceMembers.subject],
      set: values,
    })
    .returning(columns);
  if (row === undefined) throw new Error('a replaced membership was not returned');
  return row;
}

export async function deleteMember(tx: Tx, who: Named): Promise<Member | null> {
  const [row] = await tx.delete(workspaceMembers).where(named(who)).returning(columns);
  return row ?? null;
}
