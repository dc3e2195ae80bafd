import type { Scope } from '../access.ts';
import type { Db, Tx } from '../db/client.ts';
import {
  InvalidInputError,
  InvalidStateError,
  LimitExceededError,
  NotFoundError,
  SecretToldError,
} from '../errors.ts';
import type { Hint } from '../events/hint.ts';
import { type Asked, changeOnce, type Repeatable } from '../idempotency/change-once.ts';
import type { Logger } from '../logger.ts';
import { parseName } from '../name.ts';
import { defaultQuotas, type Quotas } from '../quotas/quota.ts';
import type { Places } from '../quotas/reserve-places.ts';
import { newId } from '../uuid.ts';
import { findBounds, type KeyMaker, memberOf } from './bound-keys.ts';
import {
  countKeys,
  expireIn,
  findFirstFreeDay,
  findKey,
  insertKey,
  lockAccess,
  lockKey,
  readClock,
  revoke,
} from './key.store.ts';
import { type ApiKey, digestOf, endsBeyond, type KeyBounds, makeKey, scopesBeyond } from './key.ts';

interface Deps {
  readonly db: Db;
  readonly log: Logger;
  readonly quotas?: Quotas;
  readonly storedResponses?: Places;
}

/** A new key; `secret` is told this once. */
export interface IssuedKey {
  readonly apiKey: ApiKey;
  readonly secret: string;
}

export interface KeyRequest {
  readonly workspaceId: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Null: as late as its maker allows. */
  readonly expiresAt: Date | null;
  readonly maker: KeyMaker;
}

/** Names of keys are not unique: a rotated key and its successor have one name, and both are valid until the overlap ends. */
const MAX_NAME = 100;
/** A key that has ended counts in the quota for so long. */
const COUNTED_DAYS = 30;
/** A week. A client that still uses the old key after a week was forgotten. */
export const MAX_OVERLAP_HOURS = 168;

/**
 * Makes a key, which has at most the scopes and the life of the credential that makes it. Throws InvalidInputError and LimitExceededError. A
 * repeat under the same idempotency key throws SecretToldError with the id of the key: only a hash of the secret is stored, so it is shown only once.
 */
export async function createKey(deps: Deps, request: KeyRequest & Repeatable): Promise<IssuedKey> {
  const { workspaceId, name, scopes, expiresAt, maker, idempotencyKey } = request;
  const input = { name, scopes, expiresAt, idempotencyKey };
  return issueOnce(
    deps,
    { workspaceId, operation: 'createApiKey', input },
    async (tx) => {
      await lockAccess(tx, workspaceId);
      const now = await readClock(tx);
      const bounds = await findBounds(tx, workspaceId, maker, now);
      const end = judge(request, bounds, now);
      await requirePlace(tx, deps, workspaceId);
      const rights = { name: name.trim(), scopes, rateClass: 'standard', expiresAt: end };
      const issued = await store(tx, { workspaceId, ...rights, maker, member: bounds.member });
      return { issued, hints: [], replaced: [] };
    },
    () => {
      parseName(name, MAX_NAME);
      if (scopes.length === 0) throw new InvalidInputError('scopes', 'Give at least one scope.');
    },
  );
}

/** Returns when the key ends. */
function judge({ scopes, expiresAt }: KeyRequest, bounds: KeyBounds, now: Date): Date | null {
  const beyond = scopesBeyond(bounds, scopes);
  if (beyond.length > 0)
    throw new InvalidInputError(
      'scopes',
      `Your credential does not have ${beyond.join(' and ')}: leave these scopes out, or use a credential that has them.`,
    );
  const end = expiresAt ?? bounds.endsAt;
  if (endsBeyond(bounds, end))
    throw new InvalidInputError(
      'expiresAt',
      `expiresAt must be at most ${bounds.endsAt?.toISOString()}, when your credential expires.`,
    );
  if (end !== null && end.getTime() <= now.getTime())
    throw new InvalidInputError('expiresAt', 'expiresAt must be in the future.');
  return end;
}

interface Issuing {
  readonly issued: IssuedKey;
  readonly hints: readonly Hint[];
  /** Ids of keys that it takes the place of. */
  readonly replaced: readonly string[];
}

/** The stored answer is the key's id: its secret leaves this process with the answer of the first call, and is stored nowhere. */
async function issueOnce(
  deps: Deps,
  asked: Asked,
  work: (tx: Tx) => Promise<Issuing>,
  prepare?: () => void,
): Promise<IssuedKey> {
  let issued: IssuedKey | null = null;
  const { keyId } = await changeOnce(
    deps,
    asked,
    async (tx) => {
      const done = await work(tx);
      issued = done.issued;
      const { keyId } = done.issued.apiKey;
      return {
        answer: { keyId },
        hints: done.hints,
        target: { type: 'ApiKey', ids: [...done.replaced, keyId] },
      };
    },
    prepare,
  );
  // Not of this call: a try of it that was rolled back has made a key, too, which there is not.
  if ((issued as IssuedKey | null)?.apiKey.keyId !== keyId) throw new SecretToldError(keyId);
  return issued as unknown as IssuedKey;
}

async function store(
  tx: Tx,
  values: Pick<ApiKey, 'workspaceId' | 'name' | 'scopes' | 'rateClass' | 'expiresAt'> & {
    readonly maker: KeyMaker;
    readonly member: KeyBounds['member'];
  },
): Promise<IssuedKey> {
  const { workspaceId, name, scopes, rateClass, expiresAt, maker, member } = values;
  const { key, keyId } = makeKey();
  const apiKey = await insertKey(tx, {
    id: newId(),
    workspaceId,
    keyId,
    name,
    hash: digestOf(key),
    scopes: [...new Set(scopes)],
    rateClass,
    createdBy: maker.keyId ?? maker.subject,
    expiresAt,
    memberIssuer: member?.issuer ?? null,
    memberSubject: member?.subject ?? null,
  });
  return { apiKey, secret: key };
}

/** Every node is told after the commit; one that does not hear it finds out within 5 s. Revoking twice changes nothing. */
export async function revokeKey(
  deps: Deps,
  workspaceId: string,
  { keyId, idempotencyKey }: { readonly keyId: string } & Repeatable,
): Promise<ApiKey> {
  const asked = { workspaceId, operation: 'revokeApiKey', input: { keyId, idempotencyKey } };
  await changeOnce(deps, asked, async (tx) => {
    await lockAccess(tx, workspaceId);
    await getKey(tx, workspaceId, keyId);
    await revoke(tx, workspaceId, [keyId]);
    return { answer: null, hints: [about(keyId)], target: { type: 'ApiKey', ids: [keyId] } };
  });
  return found(await findKey(deps.db, workspaceId, keyId));
}

/**
 * Makes a key with the name, scopes and expiry of an old one, which ends after the overlap: time to deploy the new key. The response contains
 * the secret of the new key, so the old key may have no more scopes than the credential that rotates it. Throws InvalidInputError,
 * InvalidStateError, LimitExceededError and NotFoundError. Repeats as `createKey`.
 */
export async function rotateKey(
  deps: Deps,
  workspaceId: string,
  rotation: {
    readonly keyId: string;
    readonly overlapHours: number;
    readonly maker: KeyMaker;
  } & Repeatable,
): Promise<IssuedKey> {
  const { keyId, overlapHours, maker, idempotencyKey } = rotation;
  if (!Number.isInteger(overlapHours) || overlapHours < 0 || overlapHours > MAX_OVERLAP_HOURS)
    throw new InvalidInputError('overlapHours', `overlapHours must be between 0 and ${MAX_OVERLAP_HOURS}.`);
  const input = { keyId, overlapHours, idempotencyKey };
  return issueOnce(deps, { workspaceId, operation: 'rotateApiKey', input }, async (tx) => {
    await lockAccess(tx, workspaceId);
    const now = await readClock(tx);
    const old = await getKey(tx, workspaceId, keyId);
    const ended =
      old.revokedAt !== null || (old.expiresAt !== null && old.expiresAt.getTime() <= now.getTime());
    if (ended) throw new InvalidStateError('ENDED', 'The key was revoked or has expired: create a new one.');
    const bounds = await findBounds(tx, workspaceId, maker, now);
    judgeRotation(old, bounds);
    await requirePlace(tx, deps, workspaceId);
    await expireIn(tx, workspaceId, keyId, overlapHours);
    return {
      issued: await store(tx, { ...old, maker, member: bounds.member ?? memberOf(old) }),
      hints: [about(keyId)],
      replaced: [keyId],
    };
  });
}

/** A successor that ended before the old key would take its user by surprise, so such a rotation is rejected. */
function judgeRotation(old: ApiKey, bounds: KeyBounds): void {
  const beyond = scopesBeyond(bounds, old.scopes);
  if (beyond.length > 0)
    throw new InvalidInputError(
      'keyId',
      `The key has ${beyond.join(' and ')}, which your credential does not have: use a credential that has these scopes.`,
    );
  if (endsBeyond(bounds, old.expiresAt))
    throw new InvalidInputError(
      'keyId',
      `Your credential expires at ${bounds.endsAt?.toISOString()}, before the key: rotate the key with a credential that expires later.`,
    );
}

/** Expired keys count for a while, because repeated rotation stores rows, too. */
async function requirePlace(tx: Tx, { quotas = defaultQuotas }: Deps, workspaceId: string): Promise<void> {
  const { keys } = quotas;
  if ((await countKeys(tx, workspaceId, COUNTED_DAYS)) < keys) return;
  const day = await findFirstFreeDay(tx, workspaceId, COUNTED_DAYS);
  const next =
    day === null
      ? `revoke a key now to have a place in ${COUNTED_DAYS} days`
      : `the first of the ended keys counts until ${day} (UTC)`;
  throw new LimitExceededError(
    keys,
    `A workspace has at most ${keys} keys, and a key counts for ${COUNTED_DAYS} days after its end: ${next}, or ask the operator to raise QUOTA_KEYS.`,
  );
}

const about = (keyId: string): Hint => ({ about: 'access', id: keyId, at: 0 });

async function getKey(tx: Tx, workspaceId: string, keyId: string): Promise<ApiKey> {
  return found(await lockKey(tx, workspaceId, keyId));
}

function found(key: ApiKey | null): ApiKey {
  if (key === null) throw new NotFoundError('There is no key with this id.');
  return key;
}
