import { timingSafeEqual } from 'node:crypto';
import type { NoteRefusal } from '../audit/action.ts';
import type { Db } from '../db/client.ts';
import type { Hint } from '../events/hint.ts';
import type { Logger } from '../logger.ts';
import { type Access, DEFAULT_WORKSPACE_ID, SCOPES, toScopes } from './access.ts';
import type { Admit, Admitted, Refused } from './admission.ts';
import { createTries } from './count-tries.ts';
import { startWait } from './hide-time.ts';
import { listKeysToProve, type ProvableKey, touchKey } from './key.store.ts';
import { digestOf, keyIdOf } from './key.ts';
import { findMember, listMemberIds } from './member.store.ts';
import { createRecent, MAX_REMEMBERED } from './recent.ts';
import { type Claims, commonScopes } from './token.ts';
import type { VerifyToken } from './verify-token.ts';

export interface Door {
  readonly admit: Admit;
  hear(hints: readonly Hint[]): void;
  /** A notification may have been missed: whoever is inside is looked at again. */
  checkAll(): void;
  close(): void;
}

/** Below the age of what is remembered, since what is asked for must also be answered. */
const CHECK_MS = 4_000;
const SWEEP_MS = 250;
/** Above what a look at the database takes: a refusal must not tell by its time whether there is such a key. */
const REFUSAL_MS = 25;
const UNAUTHENTICATED: Refused = { refusal: 'UNAUTHENTICATED', retryAfterS: null };
const NOBODY = Buffer.alloc(32);

/** The row that an access stands on: without it, it ends. Null: of the server itself. */
type Ground = { readonly table: 'KEY' | 'MEMBER'; readonly id: string } | null;

interface Inside {
  readonly ground: Ground;
  expiresAtMs: number;
  readonly onEnd: () => void;
}

/** Tells who calls by API key, token, or the key of the server itself, and ends what they began when that ends. */
export function createDoor(deps: {
  readonly db: Db;
  readonly log: Logger;
  /** A key of the whole default workspace that is in no table: the development or the bootstrap key. Null: none. */
  readonly ownKey: string | null;
  /** Null: no tokens are taken. */
  readonly verifyToken: VerifyToken | null;
  /** Hears of keys that are known and do not open any more, or were shown with a wrong secret, and of tokens of those who are no members. */
  readonly noteRefusal: NoteRefusal;
  /** How long every refusal takes. */
  readonly refusalMs?: number;
}): Door {
  const { db, log, ownKey, verifyToken, noteRefusal, refusalMs = REFUSAL_MS } = deps;
  const tries = createTries();
  const keys = createRecent(findKey);
  const members = createRecent((who) =>
    findMember(db, JSON.parse(who) as Pick<Claims, 'workspaceId' | 'issuer' | 'subject'>),
  );
  /** Digests of tokens that were let in. */
  const knownTokens = new Set<string>();
  const inside = new Set<Inside>();
  const own = ownKey === null ? null : digestOf(ownKey);

  async function findKey(keyId: string): Promise<ProvableKey | null> {
    const [row] = await listKeysToProve(db, [keyId]);
    if (row === undefined) return null;
    if (row.lastUsedAt === null || Date.now() - row.lastUsedAt.getTime() > 60_000)
      touchKey(db, keyId).catch((error: unknown) => log.debug({ err: error }, 'a use was not noted'));
    return row;
  }

  function letIn(access: Access, ground: Ground, expiresAtMs: number): Admitted {
    return {
      access,
      onEnd(listener) {
        const guest: Inside = { ground, expiresAtMs, onEnd: listener };
        inside.add(guest);
        // Revoked since it was let in: the next check would tell, but this is at once.
        if (expiresAtMs <= Date.now()) end(guest);
        return () => inside.delete(guest);
      },
    };
  }

  function end(guest: Inside): void {
    if (inside.delete(guest)) guest.onEnd();
  }

  const refused = (who: Pick<Access, 'workspaceId' | 'keyId' | 'subject'>, address: string) =>
    noteRefusal({
      ...who,
      name: 'authenticate',
      code: 'UNAUTHENTICATED',
      target: null,
      correlationId: null,
      address,
    });

  async function byKey(key: string, keyId: string, address: string): Promise<Admitted | Refused> {
    const digest = digestOf(key);
    if (own !== null && timingSafeEqual(digest, own))
      return letIn(ownAccess(keyId), null, Number.POSITIVE_INFINITY);
    const row = await keys.find(keyId);
    // Compared in either case, so that both take equally long.
    const proven = timingSafeEqual(digest, row?.hash ?? NOBODY);
    if (row === null) return UNAUTHENTICATED;
    const { workspaceId, name } = row;
    if (!proven || !isValid(row)) {
      refused({ workspaceId, keyId, subject: name }, address);
      return UNAUTHENTICATED;
    }
    const access = { workspaceId, keyId, subject: name, scopes: toScopes(row.scopes) };
    return letIn(access, { table: 'KEY', id: keyId }, endOf(row));
  }

  /** The token says which workspace it is for; that its subject belongs there stands here. */
  async function byToken(token: string, address: string): Promise<Admitted | Refused> {
    const claims = (await verifyToken?.(token)) ?? null;
    if (claims === null) return UNAUTHENTICATED;
    const { workspaceId, issuer, subject, expiresAtMs } = claims;
    const member = await members.find(JSON.stringify({ workspaceId, issuer, subject }));
    if (member === null) {
      refused({ workspaceId, keyId: null, subject }, address);
      return UNAUTHENTICATED;
    }
    const digest = digestOf(token).toString('base64');
    knownTokens.add(digest);
    if (knownTokens.size > MAX_REMEMBERED)
      for (const oldest of knownTokens.keys().take(1)) knownTokens.delete(oldest);
    const scopes = commonScopes(member.scopes, claims.scopes);
    return letIn(
      { workspaceId, keyId: null, subject, scopes },
      { table: 'MEMBER', id: member.id },
      expiresAtMs,
    );
  }

  const judge = (token: string, keyId: string | null, address: string) =>
    keyId === null ? byToken(token, address) : byKey(token, keyId, address);

  /** Whoever is known goes in, also from an address that others have blocked. */
  const isKnown = (token: string, keyId: string | null) =>
    keyId === null ? knownTokens.has(digestOf(token).toString('base64')) : keys.has(keyId);

  async function check(guests: readonly Inside[]): Promise<void> {
    const idsOf = (table: 'KEY' | 'MEMBER') => [
      ...new Set(guests.flatMap(({ ground }) => (ground?.table === table ? [ground.id] : []))),
    ];
    const [keyIds, memberIds] = [idsOf('KEY'), idsOf('MEMBER')];
    for (const keyId of keyIds) keys.forget(keyId);
    const rows = new Map<string, ProvableKey>();
    if (keyIds.length > 0) for (const row of await listKeysToProve(db, keyIds)) rows.set(row.keyId, row);
    const belonging = new Set(memberIds.length === 0 ? [] : await listMemberIds(db, memberIds));
    // Whoever is cut off and comes back at once must not find the membership as it was.
    if (belonging.size < memberIds.length) members.clear();
    for (const guest of guests) {
      const { table, id } = guest.ground ?? {};
      if (id === undefined) continue;
      const row = rows.get(id);
      if (table === 'MEMBER' ? !belonging.has(id) : row === undefined || !isValid(row)) end(guest);
      else if (row !== undefined) guest.expiresAtMs = endOf(row);
    }
  }

  const checkSafely = (guests: readonly Inside[]) =>
    void check(guests).catch((error: unknown) =>
      log.warn({ err: error }, 'credentials could not be checked'),
    );

  const sweeping = setInterval(() => {
    const now = Date.now();
    for (const guest of [...inside]) if (guest.expiresAtMs <= now) end(guest);
  }, SWEEP_MS);
  const checking = setInterval(() => checkSafely([...inside]), CHECK_MS);
  sweeping.unref();
  checking.unref();

  async function look(authorization: string | null, address: string): Promise<Admitted | Refused> {
    const [, token] = /^Bearer +([\x21-\x7e]{1,8192})$/i.exec(authorization ?? '') ?? [];
    const blockedForS = tries.blockedForS(address);
    const keyId = token === undefined ? null : keyIdOf(token);
    if (blockedForS !== null && (token === undefined || !isKnown(token, keyId)))
      return { refusal: 'TOO_MANY_TRIES', retryAfterS: blockedForS };
    if (token === undefined) return UNAUTHENTICATED;
    try {
      const admission = await judge(token, keyId, address);
      if (!('refusal' in admission)) return admission;
      tries.count(address);
      return blockedForS === null ? admission : { refusal: 'TOO_MANY_TRIES', retryAfterS: blockedForS };
    } catch (error) {
      log.warn({ err: error }, 'a credential could not be checked');
      return { refusal: 'UNAVAILABLE', retryAfterS: 1 };
    }
  }

  return {
    async admit(authorization, address) {
      const wait = startWait(refusalMs);
      const admission = await look(authorization, address);
      if (!('refusal' in admission) || admission.refusal === 'UNAVAILABLE') wait.cancel();
      else await wait.over;
      return admission;
    },
    hear(hints) {
      const ids = new Set(hints.filter(({ about }) => about === 'access').map(({ id }) => id));
      if (ids.size === 0) return;
      for (const id of ids) keys.forget(id);
      // A membership is found by its subject, and the hint tells its id only.
      members.clear();
      checkSafely([...inside].filter(({ ground }) => ground !== null && ids.has(ground.id)));
    },
    checkAll() {
      keys.clear();
      members.clear();
      checkSafely([...inside]);
    },
    close() {
      clearInterval(sweeping);
      clearInterval(checking);
    },
  };
}

function ownAccess(keyId: string): Access {
  return { workspaceId: DEFAULT_WORKSPACE_ID, keyId, subject: 'server', scopes: new Set(SCOPES) };
}

function endOf({ expiresAt }: ProvableKey): number {
  return expiresAt === null ? Number.POSITIVE_INFINITY : expiresAt.getTime();
}

function isValid(row: ProvableKey): boolean {
  return row.revokedAt === null && endOf(row) > Date.now();
}
