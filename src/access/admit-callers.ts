import { timingSafeEqual } from 'node:crypto';
import type { Db } from '../db/client.ts';
import type { Hint } from '../events/hint.ts';
import type { Logger } from '../logger.ts';
import { type Access, DEFAULT_WORKSPACE_ID, SCOPES, toScopes } from './access.ts';
import type { Admit, Admitted, Refused } from './admission.ts';
import { createTries } from './count-tries.ts';
import { listKeysToProve, type ProvableKey, touchKey } from './key.store.ts';
import { digestOf, keyIdOf } from './key.ts';

export interface Door {
  readonly admit: Admit;
  hear(hints: readonly Hint[]): void;
  /** A notification may have been missed: whoever is inside is looked at again. */
  checkAll(): void;
  close(): void;
}

/** A credential that is not an API key. Null: it is not valid. */
export type VerifyToken = (token: string) => Promise<{ access: Access; expiresAtMs: number } | null>;

/** What is known of a key for so long is not asked again; also how long a revocation takes that no notification told of. */
const CACHE_MS = 5_000;
/** Below it, since what is asked for must also be answered. */
const CHECK_MS = 4_000;
const SWEEP_MS = 250;
const MAX_CACHED = 10_000;
const UNAUTHENTICATED: Refused = { refusal: 'UNAUTHENTICATED', retryAfterS: null };
const NOBODY = Buffer.alloc(32);

interface Inside {
  readonly keyId: string | null;
  expiresAtMs: number;
  readonly onEnd: () => void;
}

/** Tells who calls by API key, token, or the key of the server itself, and ends what they began when that ends. */
export function createDoor(deps: {
  readonly db: Db;
  readonly log: Logger;
  /** A key of the whole default workspace that is in no table: the development or the bootstrap key. Null: none. */
  readonly ownKey: string | null;
  readonly verifyToken: VerifyToken | null;
}): Door {
  const { db, log, ownKey, verifyToken } = deps;
  const tries = createTries();
  const cache = new Map<string, { readonly found: Promise<ProvableKey | null>; readonly at: number }>();
  const inside = new Set<Inside>();
  const own = ownKey === null ? null : digestOf(ownKey);

  function find(keyId: string): Promise<ProvableKey | null> {
    const known = cache.get(keyId);
    if (known !== undefined && performance.now() - known.at < CACHE_MS) return known.found;
    const found = listKeysToProve(db, [keyId]).then(([row]) => row ?? null);
    const entry = { found, at: performance.now() };
    cache.delete(keyId);
    cache.set(keyId, entry);
    if (cache.size > MAX_CACHED) for (const oldest of cache.keys().take(1)) cache.delete(oldest);
    found.then(
      (row) => {
        if (row === null) return;
        if (row.lastUsedAt === null || Date.now() - row.lastUsedAt.getTime() > 60_000)
          touchKey(db, keyId).catch((error: unknown) => log.debug({ err: error }, 'a use was not noted'));
      },
      () => cache.get(keyId) === entry && cache.delete(keyId),
    );
    return found;
  }

  function letIn(access: Access, keyId: string | null, expiresAtMs: number): Admitted {
    return {
      access,
      onEnd(listener) {
        const guest: Inside = { keyId, expiresAtMs, onEnd: listener };
        inside.add(guest);
        // Revoked since it was let in: the next check of the key would tell, but this is at once.
        if (expiresAtMs <= Date.now()) end(guest);
        return () => inside.delete(guest);
      },
    };
  }

  function end(guest: Inside): void {
    if (inside.delete(guest)) guest.onEnd();
  }

  async function byKey(key: string, keyId: string): Promise<Admitted | Refused> {
    const digest = digestOf(key);
    if (own !== null && timingSafeEqual(digest, own))
      return letIn(ownAccess(keyId), null, Number.POSITIVE_INFINITY);
    const row = await find(keyId);
    // Compared in either case, so that both take equally long.
    const proven = timingSafeEqual(digest, row?.hash ?? NOBODY);
    if (row === null || !proven || !isValid(row)) return UNAUTHENTICATED;
    const { workspaceId, name } = row;
    return letIn({ workspaceId, keyId, subject: name, scopes: toScopes(row.scopes) }, keyId, endOf(row));
  }

  async function judge(token: string): Promise<Admitted | Refused> {
    const keyId = keyIdOf(token);
    if (keyId !== null) return byKey(token, keyId);
    const verified = (await verifyToken?.(token)) ?? null;
    return verified === null ? UNAUTHENTICATED : letIn(verified.access, null, verified.expiresAtMs);
  }

  async function check(keyIds: readonly string[]): Promise<void> {
    if (keyIds.length === 0) return;
    for (const keyId of keyIds) cache.delete(keyId);
    const rows = new Map((await listKeysToProve(db, keyIds)).map((row) => [row.keyId, row]));
    for (const guest of [...inside]) {
      if (guest.keyId === null || !keyIds.includes(guest.keyId)) continue;
      const row = rows.get(guest.keyId);
      if (row === undefined || !isValid(row)) end(guest);
      else guest.expiresAtMs = endOf(row);
    }
  }

  const keysInside = () => [
    ...new Set([...inside].map(({ keyId }) => keyId).filter((keyId) => keyId !== null)),
  ];
  const checkSafely = (keyIds: readonly string[]) =>
    void check(keyIds).catch((error: unknown) => log.warn({ err: error }, 'keys could not be checked'));

  const sweeping = setInterval(() => {
    const now = Date.now();
    for (const guest of [...inside]) if (guest.expiresAtMs <= now) end(guest);
  }, SWEEP_MS);
  const checking = setInterval(() => checkSafely(keysInside()), CHECK_MS);
  sweeping.unref();
  checking.unref();

  return {
    async admit(authorization, address) {
      const [, token] = /^Bearer +([\x21-\x7e]{1,8192})$/i.exec(authorization ?? '') ?? [];
      const blockedForS = tries.blockedForS(address);
      // Whoever is known goes in, also from an address that others have blocked.
      const known = token === undefined ? null : keyIdOf(token);
      if (blockedForS !== null && (known === null || !cache.has(known)))
        return { refusal: 'TOO_MANY_TRIES', retryAfterS: blockedForS };
      if (token === undefined) return UNAUTHENTICATED;
      try {
        const admission = await judge(token);
        if (!('refusal' in admission)) return admission;
        tries.count(address);
        return blockedForS === null ? admission : { refusal: 'TOO_MANY_TRIES', retryAfterS: blockedForS };
      } catch (error) {
        log.warn({ err: error }, 'a credential could not be checked');
        return { refusal: 'UNAVAILABLE', retryAfterS: 1 };
      }
    },
    hear(hints) {
      checkSafely(hints.filter(({ about }) => about === 'access').map(({ id }) => id));
    },
    checkAll() {
      cache.clear();
      checkSafely(keysInside());
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
