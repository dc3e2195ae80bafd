import { timingSafeEqual } from 'node:crypto';
import { type Access, DEFAULT_WORKSPACE_ID, SCOPES, type Scope, toScopes } from '../access.ts';
import type { NoteRefusal } from '../action.ts';
import { limitAddressOf } from '../client-address.ts';
import type { Db } from '../db/client.ts';
import type { Hint } from '../events/hint.ts';
import type { Logger } from '../logger.ts';
import { createSlots } from '../rates/slots.ts';
import type { Admit, Admitted, Refused } from './admission.ts';
import { createTries, type TryKind } from './count-tries.ts';
import { KeysUnavailable } from './follow-key-set.ts';
import { gatherLoads } from './gather-loads.ts';
import { startWait } from './hide-time.ts';
import { listKeysToProve, type ProvableKey, touchKey } from './key.store.ts';
import { digestOf, isKeyId, keyIdOf } from './key.ts';
import { findAdmissibleMember, listMemberIds } from './member.store.ts';
import { noteSometimes } from './note-sometimes.ts';
import { createRecent } from './recent.ts';
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
/** A line of the log about tokens whose keys are unavailable comes at most so often. */
const NOTE_MS = 30_000;
const NOBODY = Buffer.alloc(32);
/** Signatures of one address that are checked at a time. */
const VERIFIED_AT_ONCE = 4;

/** The rows that an access rests on: without one of them, it ends. Of the server itself: none. */
interface Ground {
  readonly workspaceId: string;
  readonly keyId: string | null;
  readonly memberId: string | null;
}

interface Inside {
  readonly ground: Ground;
  hasExpired: () => boolean;
  readonly onEnd: () => void;
}

/** A key as it was read. The database's clock says how long it lives, and the monotonic clock of this process measures it. */
type KnownKey = ProvableKey & { readonly endsAtMs: number };

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
  const verifying = createSlots({ perOwner: VERIFIED_AT_ONCE });
  const keys = createRecent(gatherLoads(loadKeys));
  const members = createRecent((who) =>
    findAdmissibleMember(db, JSON.parse(who) as Pick<Claims, 'workspaceId' | 'issuer' | 'subject'>),
  );
  const inside = new Set<Inside>();
  const noted = new WeakSet<KnownKey>();
  const own = ownKey === null ? null : digestOf(ownKey);
  const noteKeysUnavailable = noteSometimes(
    (tokens) =>
      log.warn({ tokens }, 'tokens could not be checked while the keys of their issuer are read again'),
    NOTE_MS,
  );

  async function loadKeys(keyIds: readonly string[]): Promise<Map<string, KnownKey>> {
    const askedAtMs = performance.now();
    const rows = await listKeysToProve(db, keyIds);
    return new Map(
      rows.map((row) => [
        row.keyId,
        { ...row, endsAtMs: askedAtMs + (row.leftMs ?? Number.POSITIVE_INFINITY) },
      ]),
    );
  }

  /** Once per look at the database: what was read a moment ago is used again. */
  function noteUse(key: KnownKey): void {
    if (key.isNoted || noted.has(key)) return;
    noted.add(key);
    touchKey(db, key.keyId).catch((error: unknown) => log.debug({ err: error }, 'a use was not noted'));
  }

  function letIn(access: Access, ground: Ground, hasExpired: () => boolean): Admitted {
    return {
      access,
      onEnd(listener) {
        const guest: Inside = { ground, hasExpired, onEnd: listener };
        inside.add(guest);
        // Expired since it was admitted: the next check would notice it, but this is at once.
        if (hasExpired()) end(guest);
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

  /** Null: a guess. A key that was revoked or has expired is none. */
  async function byKey(key: string, keyId: string, address: string): Promise<Admitted | Refused | null> {
    const digest = digestOf(key);
    if (own !== null && timingSafeEqual(digest, own))
      return letIn(
        ownAccess(keyId),
        { workspaceId: DEFAULT_WORKSPACE_ID, keyId: null, memberId: null },
        () => false,
      );
    const row = await keys.find(keyId);
    // Compared in either case, so that both take equally long.
    const proven = timingSafeEqual(digest, row?.hash ?? NOBODY);
    if (row === null) return null;
    const { workspaceId, name, memberId } = row;
    if (!proven || !isValid(row)) {
      refused({ workspaceId, keyId, subject: name }, address);
      return proven ? UNAUTHENTICATED : null;
    }
    noteUse(row);
    const credential = { type: 'KEY' } as const;
    const access = { workspaceId, keyId, subject: name, scopes: scopesOf(row), credential };
    return letIn(access, { workspaceId, keyId, memberId }, () => !isValid(row));
  }

  /**
   * The token says which workspace it is for; that its subject belongs there stands here. Null: a guess. A token that its issuer has signed
   * for somebody who is no member is none.
   */
  async function byToken(token: string, address: string): Promise<Admitted | Refused | null> {
    if (verifyToken === null) return null;
    const claims = await verifying.run(limitAddressOf(address), () => verifyToken(token));
    if (claims === null) return null;
    const { workspaceId, issuer, subject, expiresAtMs, keysUntilMs } = claims;
    const member = await members.find(JSON.stringify({ workspaceId, issuer, subject }));
    if (member === null) {
      refused({ workspaceId, keyId: null, subject }, address);
      return UNAUTHENTICATED;
    }
    const scopes = commonScopes(member.scopes, claims.scopes);
    const credential = { type: 'TOKEN', issuer, keysUntil: new Date(keysUntilMs) } as const;
    return letIn(
      { workspaceId, keyId: null, subject, scopes, credential },
      { workspaceId, keyId: null, memberId: member.id },
      () => expiresAtMs <= Date.now(),
    );
  }

  async function check(guests: readonly Inside[]): Promise<void> {
    const idsOf = (of: (ground: Ground) => string | null) => [
      ...new Set(guests.flatMap(({ ground }) => of(ground) ?? [])),
    ];
    const keyIds = idsOf(({ keyId }) => keyId);
    const memberIds = idsOf(({ keyId, memberId }) => (keyId === null ? memberId : null));
    for (const keyId of keyIds) keys.forget(keyId);
    const rows = keyIds.length === 0 ? new Map<string, KnownKey>() : await loadKeys(keyIds);
    const belonging = new Set(memberIds.length === 0 ? [] : await listMemberIds(db, memberIds));
    // A client that is cut off and comes back at once must not find the membership as it was.
    if (belonging.size < memberIds.length) members.clear();
    for (const guest of guests) {
      const { keyId, memberId } = guest.ground;
      if (keyId === null) {
        if (memberId !== null && !belonging.has(memberId)) end(guest);
        continue;
      }
      const row = rows.get(keyId);
      // A membership with another id has other scopes, which bound those of the key.
      if (row === undefined || !isValid(row) || row.memberId !== memberId) end(guest);
      else guest.hasExpired = () => !isValid(row);
    }
  }

  const checkSafely = (guests: readonly Inside[]) =>
    void check(guests).catch((error: unknown) =>
      log.warn({ err: error }, 'credentials could not be checked'),
    );

  const sweeping = setInterval(() => {
    for (const guest of [...inside]) if (guest.hasExpired()) end(guest);
  }, SWEEP_MS);
  const checking = setInterval(() => checkSafely([...inside]), CHECK_MS);
  sweeping.unref();
  checking.unref();

  /** Null: the address has not shown too many wrong credentials yet. */
  function countTry(token: string, address: string): Refused | null {
    const retryAfterS = tries.count(kindOf(token), limitAddressOf(address));
    return retryAfterS === null ? null : { refusal: 'TOO_MANY_TRIES', retryAfterS };
  }

  async function look(authorization: string | null, address: string): Promise<Admitted | Refused> {
    const [, token] = /^Bearer +([\x21-\x7e]{1,8192})$/i.exec(authorization ?? '') ?? [];
    if (token === undefined) return UNAUTHENTICATED;
    const keyId = keyIdOf(token);
    try {
      // Before anything is counted: a valid credential is admitted whatever others of its address have shown.
      const admission = await (keyId === null ? byToken(token, address) : byKey(token, keyId, address));
      if (admission !== null) return admission;
      return countTry(token, address) ?? UNAUTHENTICATED;
    } catch (error) {
      if (error instanceof KeysUnavailable) {
        noteKeysUnavailable();
        const blocked = error.namesNewKey ? countTry(token, address) : null;
        return blocked ?? { refusal: 'UNAVAILABLE', retryAfterS: 1, lacks: 'ISSUER_KEYS' };
      }
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
      // Another id than a key's is that of a workspace or a membership, which keys depend on; a membership is found by its subject.
      if ([...ids].some((id) => !isKeyId(id))) {
        keys.clear();
        members.clear();
      }
      checkSafely(
        [...inside].filter(({ ground }) => Object.values(ground).some((id) => id !== null && ids.has(id))),
      );
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

/** By its form, also where its checksum is wrong. */
const kindOf = (token: string): TryKind => (token.startsWith('tt_') ? 'KEY' : 'TOKEN');

function ownAccess(keyId: string): Access {
  const credential = { type: 'SERVER' } as const;
  return { workspaceId: DEFAULT_WORKSPACE_ID, keyId, subject: 'server', scopes: new Set(SCOPES), credential };
}

/** Those of the key that the member with whose membership it ends has, too. */
function scopesOf({ scopes, memberScopes }: KnownKey): ReadonlySet<Scope> {
  return memberScopes === null ? toScopes(scopes) : commonScopes(scopes, toScopes(memberScopes));
}

function isValid({ isValid, endsAtMs }: KnownKey): boolean {
  return isValid && performance.now() < endsAtMs;
}
