import { join } from 'node:path';
import { createDoor, type Door } from '../access/admit-callers.ts';
import { hasAnyKey, listKeysToProve } from '../access/key.store.ts';
import { keyIdOf } from '../access/key.ts';
import { hasAnyMember } from '../access/member.store.ts';
import { isLoopback, provideDevelopmentKey } from '../access/provide-development-key.ts';
import { createTokenVerifier } from '../access/verify-token.ts';
import type { NoteRefusal } from '../action.ts';
import type { Config } from '../config.ts';
import type { Db } from '../db/client.ts';
import type { Logger } from '../logger.ts';
import { StartupError } from '../startup.ts';
import { printLine } from './print-line.ts';

export interface OpenedDoor {
  readonly door: Door;
  /** The key of a server that serves its own machine alone; null: there is none. */
  readonly developmentKey: string | null;
}

/**
 * Who comes in: with the embedded PostgreSQL on the loopback interface whoever has the development key, elsewhere nobody before there is a
 * key or, with tokens, a member. Throws StartupError when there is none: an API that nobody may use, open to a network, is a mistake.
 */
export async function openDoor(
  config: Config,
  db: Db,
  log: Logger,
  noteRefusal: NoteRefusal,
): Promise<OpenedDoor> {
  const { bootstrapKey, databaseUrl, dataDir, host, tokens } = config;
  if (bootstrapKey !== null && keyIdOf(bootstrapKey) === null)
    throw new StartupError('BOOTSTRAP_KEY: its checksum is wrong; copy it again.');
  const isLocal = databaseUrl === null && isLoopback(host);
  const developmentKey = isLocal && bootstrapKey === null ? await provideDevelopmentKey(dataDir) : null;
  if (developmentKey !== null) {
    printLine(`Development key (kept in ${join(dataDir, 'development-key')}): ${developmentKey}`);
  } else if (bootstrapKey === null && !(await isForAnybody(db, tokens))) {
    throw new StartupError(
      `There is no API key, so nobody could use the API at ${host}: make one with "npm run keys -- create --name first".`,
    );
  }
  const ownKey = developmentKey ?? bootstrapKey;
  if (ownKey !== null)
    await requireNew(db, ownKey, developmentKey === null ? 'BOOTSTRAP_KEY' : 'The development key');
  const verifyToken = tokens === null ? null : createTokenVerifier({ rules: tokens, log });
  const door = createDoor({ db, log, ownKey, verifyToken, noteRefusal });
  return { door, developmentKey };
}

/** A key of the database would get all scopes of the default workspace, also when it has few, belongs to another workspace or was revoked. */
async function requireNew(db: Db, key: string, place: string): Promise<void> {
  const keyId = keyIdOf(key) ?? '';
  if ((await listKeysToProve(db, [keyId])).length === 0) return;
  throw new StartupError(
    `${place} is the API key ${keyId}, which is in the database, and would give it all rights: make another one with "npm run keys -- generate".`,
  );
}

async function isForAnybody(db: Db, tokens: Config['tokens']): Promise<boolean> {
  return (await hasAnyKey(db)) || (tokens !== null && (await hasAnyMember(db, tokens.issuer)));
}
