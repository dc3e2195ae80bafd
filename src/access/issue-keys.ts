import { v7 as uuidv7 } from 'uuid';
import { type Db, inTransaction, type Tx } from '../db/client.ts';
import { InvalidInputError, InvalidStateError, NotFoundError } from '../errors.ts';
import { ring } from '../events/publish.ts';
import type { Logger } from '../logger.ts';
import type { Scope } from './access.ts';
import { expireIn, insertKey, lockKey, revoke } from './key.store.ts';
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

export async function createKey({ db }: Deps, request: KeyRequest): Promise<IssuedKey> {
  const name = request.name.trim();
  if (name === '' || name.length > MAX_NAME)
    throw new InvalidInputError('name', `name has 1 to ${MAX_NAME} characters.`);
  if (request.scopes.length === 0) throw new InvalidInputError('scopes', 'Give at least one scope.');
  if (request.expiresAt !== null && request.expiresAt.getTime() <= Date.now())
    throw new InvalidInputError('expiresAt', 'expiresAt must be in the future.');
  return inTransaction(db, (tx) => store(tx, { ...request, name }));
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
export async function revokeKey({ db, log }: Deps, workspaceId: string, keyId: string): Promise<ApiKey> {
  const revoked = await inTransaction(db, async (tx) => {
    await getKey(tx, workspaceId, keyId);
    return revoke(tx, workspaceId, keyId);
  });
  await tell({ db, log }, keyId);
  return revoked;
}

/** A new key with the rights of the old one, which ends after the overlap: time to bring the new one to where it is used. */
export async function rotateKey(
  { db, log }: Deps,
  workspaceId: string,
  rotation: { readonly keyId: string; readonly overlapHours: number; readonly createdBy: string },
): Promise<IssuedKey> {
  const { keyId, overlapHours, createdBy } = rotation;
  if (!Number.isInteger(overlapHours) || overlapHours < 0 || overlapHours > MAX_OVERLAP_HOURS)
    throw new InvalidInputError('overlapHours', `overlapHours is 0 to ${MAX_OVERLAP_HOURS}.`);
  const issued = await inTransaction(db, async (tx) => {
    const old = await getKey(tx, workspaceId, keyId);
    const ended = old.revokedAt !== null || (old.expiresAt !== null && old.expiresAt.getTime() <= Date.now());
    if (ended) throw new InvalidStateError('ENDED', 'The key was revoked or has expired: create a new one.');
    await expireIn(tx, workspaceId, keyId, overlapHours);
    return store(tx, { ...old, expiresAt: null, createdBy });
  });
  await tell({ db, log }, keyId);
  return issued;
}

async function getKey(tx: Tx, workspaceId: string, keyId: string): Promise<ApiKey> {
  const found = await lockKey(tx, workspaceId, keyId);
  if (found === null) throw new NotFoundError('There is no such key.');
  return found;
}

async function tell({ db, log }: Deps, keyId: string): Promise<void> {
  await ring(db, [{ about: 'access', id: keyId, at: 0 }]).catch((error: unknown) =>
    log.warn({ err: error }, 'ring failed'),
  );
}
