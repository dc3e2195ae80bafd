import { join } from 'node:path';
import { createDoor, type Door } from '../access/admit-callers.ts';
import { hasAnyKey } from '../access/key.store.ts';
import { keyIdOf } from '../access/key.ts';
import { hasAnyMember } from '../access/member.store.ts';
import { isLoopback, provideDevelopmentKey } from '../access/provide-development-key.ts';
import { createTokenVerifier } from '../access/verify-token.ts';
import type { NoteRefusal } from '../audit/action.ts';
import type { Config } from '../config.ts';
import type { Db } from '../db/client.ts';
import type { Logger } from '../logger.ts';
import { StartupError } from '../startup.ts';

export interface OpenedDoor {
  readonly door: Door;
  /** For GraphiQL on this machine; null: there is none. */
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
    console.log(`Development key (kept in ${join(dataDir, 'development-key')}): ${developmentKey}`);
  } else if (bootstrapKey === null && !(await isForAnybody(db, tokens))) {
    throw new StartupError(
      `There is no API key, so nobody could use the API at ${host}: make one with "npm run keys -- create --name first".`,
    );
  }
  const verifyToken = tokens === null ? null : createTokenVerifier({ rules: tokens, log });
  const door = createDoor({ db, log, ownKey: developmentKey ?? bootstrapKey, verifyToken, noteRefusal });
  return { door, developmentKey };
}

async function isForAnybody(db: Db, tokens: Config['tokens']): Promise<boolean> {
  return (await hasAnyKey(db)) || (tokens !== null && (await hasAnyMember(db, tokens.issuer)));
}
