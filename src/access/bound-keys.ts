import { type Access, type Scope, toScopes } from '../access.ts';
import type { Tx } from '../db/client.ts';
import { ForbiddenError } from '../errors.ts';
import { findKey, lockAccess, readClock } from './key.store.ts';
import type { KeyBounds } from './key.ts';
import { findMember } from './member.store.ts';
import type { Member } from './member.ts';
import { commonScopes } from './token.ts';

/** The credential that makes a key. */
export type KeyMaker = Pick<Access, 'keyId' | 'subject' | 'scopes' | 'credential'>;

const UNBOUNDED: KeyBounds = { scopes: null, endsAt: null, member: null };

/**
 * What a key can have at most that this credential makes. It is read in the transaction that stores the key, under the lock of the workspace's keys and
 * members: the credential may have lost rights since it was admitted. A credential that has ended meanwhile gives nothing beyond `now`.
 */
export async function findBounds(
  tx: Tx,
  workspaceId: string,
  maker: KeyMaker,
  now: Date,
): Promise<KeyBounds> {
  const { credential, keyId, subject, scopes } = maker;
  switch (credential.type) {
    case 'SERVER':
      return UNBOUNDED;
    case 'TOKEN': {
      const member = { issuer: credential.issuer, subject };
      const found = await findMember(tx, { workspaceId, ...member });
      return boundBy(found, { scopes, endsAt: found === null ? now : credential.keysUntil, member });
    }
    case 'KEY': {
      const key = keyId === null ? null : await findKey(tx, workspaceId, keyId);
      const member = memberOf(key);
      const found = member === null ? null : await findMember(tx, { workspaceId, ...member });
      const ended = key === null || key.revokedAt !== null || (member !== null && found === null);
      const own = { scopes: toScopes(key?.scopes ?? []), endsAt: ended ? now : key.expiresAt, member };
      return member === null ? own : boundBy(found, own);
    }
  }
}

function boundBy(
  member: Member | null,
  bounds: KeyBounds & { readonly scopes: ReadonlySet<Scope> },
): KeyBounds {
  return { ...bounds, scopes: commonScopes(member?.scopes ?? [], bounds.scopes) };
}

/**
 * The bounds of a credential at a change of something that acts on by itself, such as a webhook. It takes the lock of the workspace's keys and members
 * (lock order 3, after the lock of the webhooks): the removal of the member either finds what this transaction stores, or is found here. Throws
 * ForbiddenError when the credential has ended since it was admitted.
 */
export async function holdCredential(
  tx: Tx,
  { workspaceId, ...maker }: KeyMaker & Pick<Access, 'workspaceId'>,
): Promise<KeyBounds> {
  await lockAccess(tx, workspaceId);
  const now = await readClock(tx);
  const bounds = await findBounds(tx, workspaceId, maker, now);
  if (bounds.endsAt !== null && bounds.endsAt.getTime() <= now.getTime())
    throw new ForbiddenError('Your credential was revoked or has expired: use another one.');
  return bounds;
}

/** The member with whose membership a key ends. */
export function memberOf(
  key: { readonly memberIssuer: string | null; readonly memberSubject: string | null } | null,
): KeyBounds['member'] {
  if (key === null || key.memberIssuer === null || key.memberSubject === null) return null;
  return { issuer: key.memberIssuer, subject: key.memberSubject };
}
