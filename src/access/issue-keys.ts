import { v7 as uuidv7 } from 'uuid';
import { type Asked, changeOnce, type Repeatable } from '../answers/change-once.ts';
import type { Db, Tx } from '../db/client.ts';
import { InvalidInputError, InvalidStateError, NotFoundError, SecretToldError } from '../errors.ts';
import type { Hint } from '../events/hint.ts';
import type { Logger } from '../logger.ts';
import type { Scope } from './access.ts';
import { expireIn, findKey, insertKey, lockKey, revoke } from './key.store.ts';
import { type ApiKey, digestOf, makeKey } from './key.ts';

interface Deps {
  readonly db: Db;
  readonly log: Logger;
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
  readonly expiresAt: Date | null;
  readonly createdBy: string;
  readonly rateClass?: string;
}

const MAX_NAME = 100;
/** A week: who has not changed over by then has forgotten it. */
export const MAX_OVERLAP_HOURS = 168;

/**
 * Makes a key. Throws InvalidInputError; under an idempotency key that has made one, SecretToldError with its id: it was told then, and of
 * what could be told again only a hash is left.
 */
export async function createKey(deps: Deps, request: KeyRequest & Repeatable): Promise<IssuedKey> {
  const { workspaceId, name, scopes, expiresAt, idempotencyKey } = request;
  const input = { name, scopes, expiresAt, idempotencyKey };
  return issueOnce(
    deps,
    { workspaceId, operation: 'createApiKey', input },
    async (tx) => ({ issued: await store(tx, { ...request, name: name.trim() }), hints: [], replaced: [] }),
    () => judge(request),
  );
}

function judge({ name, scopes, expiresAt }: KeyRequest): void {
  if (name.trim() === '' || name.trim().length > MAX_NAME)
    throw new InvalidInputError('name', `name has 1 to ${MAX_NAME} characters.`);
  if (scopes.length === 0) throw new InvalidInputError('scopes', 'Give at least one scope.');
  if (expiresAt !== null && expiresAt.getTime() <= Date.now())
    throw new InvalidInputError('expiresAt', 'expiresAt must be in the future.');
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

async function store(tx: Tx, request: KeyRequest): Promise<IssuedKey> {
  const { key, keyId } = makeKey();
  const apiKey = await insertKey(tx, {
    id: uuidv7(),
    workspaceId: request.workspaceId,
    keyId,
    name: request.name,
    hash: digestOf(key),
    scopes: [...new Set(request.scopes)],
    rateClass: request.rateClass ?? 'standard',
    createdBy: request.createdBy,
    expiresAt: request.expiresAt,
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
    await getKey(tx, workspaceId, keyId);
    await revoke(tx, workspaceId, keyId);
    return { answer: null, hints: [about(keyId)], target: { type: 'ApiKey', ids: [keyId] } };
  });
  return found(await findKey(deps.db, workspaceId, keyId));
}

/** A new key with the rights of the old one, which ends after the overlap: time to bring the new one to where it is used. Repeats as `createKey`. */
export async function rotateKey(
  deps: Deps,
  workspaceId: string,
  rotation: {
    readonly keyId: string;
    readonly overlapHours: number;
    readonly createdBy: string;
  } & Repeatable,
): Promise<IssuedKey> {
  const { keyId, overlapHours, createdBy, idempotencyKey } = rotation;
  if (!Number.isInteger(overlapHours) || overlapHours < 0 || overlapHours > MAX_OVERLAP_HOURS)
    throw new InvalidInputError('overlapHours', `overlapHours is 0 to ${MAX_OVERLAP_HOURS}.`);
  const input = { keyId, overlapHours, idempotencyKey };
  return issueOnce(deps, { workspaceId, operation: 'rotateApiKey', input }, async (tx) => {
    const old = await getKey(tx, workspaceId, keyId);
    const ended = old.revokedAt !== null || (old.expiresAt !== null && old.expiresAt.getTime() <= Date.now());
    if (ended) throw new InvalidStateError('ENDED', 'The key was revoked or has expired: create a new one.');
    await expireIn(tx, workspaceId, keyId, overlapHours);
    return {
      issued: await store(tx, { ...old, expiresAt: null, createdBy }),
      hints: [about(keyId)],
      replaced: [keyId],
    };
  });
}

const about = (keyId: string): Hint => ({ about: 'access', id: keyId, at: 0 });

async function getKey(tx: Tx, workspaceId: string, keyId: string): Promise<ApiKey> {
  return found(await lockKey(tx, workspaceId, keyId));
}

function found(key: ApiKey | null): ApiKey {
  if (key === null) throw new NotFoundError('There is no such key.');
  return key;
}
