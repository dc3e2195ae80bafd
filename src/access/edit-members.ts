import type { Scope } from '../access.ts';
import { recordChange } from '../audit/record-change.ts';
import { type Db, inTransaction, type Tx } from '../db/client.ts';
import { InvalidInputError, NotFoundError } from '../errors.ts';
import { notifySubscribers } from '../events/publish.ts';
import type { Logger } from '../logger.ts';
import { newId } from '../uuid.ts';
import { listKeysOfMember, lockAccess, revoke } from './key.store.ts';
import type { ApiKey } from './key.ts';
import { deleteMember, findMember, replaceMember } from './member.store.ts';
import type { Member } from './member.ts';
import { isSubject } from './token.ts';

/** Members go by their subject: that of a membership which is gone says nothing. */
const memberTarget = ({ subject }: Pick<Member, 'subject'>) => ({ type: 'Member', ids: [subject] });

interface Deps {
  readonly db: Db;
  readonly log: Logger;
}

export interface MemberRequest {
  readonly workspaceId: string;
  readonly issuer: string;
  readonly subject: string;
  readonly scopes: readonly Scope[];
  readonly createdBy: string;
}

/**
 * Lets whoever shows tokens of this issuer and subject into a workspace. With other scopes than before it is a new membership: what is open with
 * the old one is cut off and comes back with the new rights. The same again changes nothing. Throws InvalidInputError.
 */
export async function addMember({ db, log }: Deps, request: MemberRequest): Promise<Member> {
  if (!isSubject(request.subject))
    throw new InvalidInputError(
      'subject',
      'A subject has 1 to 255 characters, none of them a control character.',
    );
  const scopes = [...new Set(request.scopes)].sort();
  if (scopes.length === 0) throw new InvalidInputError('scopes', 'Give at least one scope.');
  const { before, member } = await inTransaction(db, async (tx) => {
    await lockAccess(tx, request.workspaceId);
    const found = await findMember(tx, request);
    if (found !== null && String([...found.scopes].sort()) === String(scopes))
      return { before: null, member: found };
    await recordChange(tx, memberTarget(request));
    return { before: found, member: await replaceMember(tx, { ...request, id: newId(), scopes }) };
  });
  await tell({ db, log }, before === null ? [member.id] : [before.id, member.id]);
  return member;
}

/**
 * Removes a membership. Returns the keys that depend on it: they are not admitted while their member is none, and work again when the member is added
 * again, unless `revokesKeys` ends them for good. `settle` runs in the transaction of the removal: what another feature ends with the membership. Every node is notified after the commit; one that misses it finds out within 5 s. Throws NotFoundError.
 */
export async function removeMember(
  { db, log }: Deps,
  who: Pick<Member, 'workspaceId' | 'issuer' | 'subject'>,
  {
    revokesKeys = false,
    settle,
  }: { readonly revokesKeys?: boolean; readonly settle?: (tx: Tx) => Promise<void> } = {},
): Promise<{ readonly member: Member; readonly keys: readonly ApiKey[] }> {
  const removed = await inTransaction(db, async (tx) => {
    await lockAccess(tx, who.workspaceId);
    const member = await deleteMember(tx, who);
    if (member === null) throw new NotFoundError('There is no member with this subject.');
    const keys = await listKeysOfMember(tx, who);
    const keyIds = keys.map(({ keyId }) => keyId);
    if (revokesKeys && keyIds.length > 0) {
      await revoke(tx, who.workspaceId, keyIds);
      await recordChange(tx, { type: 'ApiKey', ids: keyIds });
    }
    await settle?.(tx);
    await recordChange(tx, memberTarget(who));
    return { member, keys };
  });
  await tell({ db, log }, [removed.member.id]);
  return removed;
}

async function tell({ db, log }: Deps, ids: readonly string[]): Promise<void> {
  const hints = ids.map((id) => ({ about: 'access' as const, id, at: 0 }));
  await notifySubscribers(db, log, hints);
}
