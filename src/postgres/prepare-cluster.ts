import { randomBytes } from 'node:crypto';
import { chown, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../logger.ts';
import { readSecret } from '../read-secret.ts';
import { StartupError } from '../startup.ts';
import { faultIn, runAs } from './run-as.ts';
import type { Account } from './server-account.ts';

export const USER = 'thetool';
const DRAFT = 'draft-';

/** PGDATA of a data directory. */
export function clusterIn(dataDir: string): string {
  return join(dataDir, 'postgres-18');
}

/**
 * Makes the cluster of the data directory on the first start. initdb works on a draft that is renamed when whole: an
 * interruption leaves no half cluster, only a draft, which the next start removes. Answers the password.
 */
export async function prepareCluster(deps: {
  readonly dataDir: string;
  readonly initdb: string;
  readonly account: Account | null;
  /** False for data that nobody will miss: initdb then does not wait for the disk. */
  readonly durable: boolean;
  readonly log: Logger;
}): Promise<string> {
  const { dataDir, log } = deps;
  const secret = secretIn(dataDir);
  await removeDrafts(dataDir, log);
  if ((await stat(clusterIn(dataDir)).catch(() => null)) === null) {
    log.info({ dataDir }, 'preparing the embedded PostgreSQL for the first start');
    const draft = await draftCluster(deps);
    // In this order: a cluster that is in place has its password.
    await rename(join(draft, 'password'), secret);
    await rename(join(draft, 'data'), clusterIn(dataDir));
    await rm(draft, { recursive: true });
  }
  return readPassword(dataDir);
}

const secretIn = (dataDir: string) => join(dataDir, 'password');

async function draftCluster(deps: Parameters<typeof prepareCluster>[0]): Promise<string> {
  const { dataDir, initdb, account, durable } = deps;
  const draft = await mkdtemp(join(dataDir, DRAFT));
  const secret = join(draft, 'password');
  await writeFile(secret, randomBytes(24).toString('hex'), { mode: 0o600, flush: durable });
  if (account !== null) {
    for (const path of [draft, secret]) await chown(path, account.uid, account.gid);
  }
  const program = runAs(account, initdb, [
    ...['--pgdata', join(draft, 'data'), '--username', USER, '--pwfile', secret],
    ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C', '--no-instructions'],
    ...(durable ? [] : ['--no-sync']),
  ]);
  const { code } = await program.ended;
  if (code !== 0) {
    await rm(draft, { recursive: true, force: true });
    throw new StartupError(
      `PostgreSQL cannot prepare its data in ${dataDir} (${faultIn(program.output)}): set DATA_DIR to a directory with space and rights, or set DATABASE_URL to a server of yours.`,
    );
  }
  return draft;
}

/** An initdb whose parent was killed may still be removing its files. */
async function removeDrafts(dataDir: string, log: Logger): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (!name.startsWith(DRAFT)) continue;
    const options = { recursive: true, force: true, maxRetries: 5 };
    await rm(join(dataDir, name), options).catch((error: unknown) =>
      log.warn({ err: error }, 'the draft of an interrupted start could not be removed'),
    );
  }
}

/** The password of the cluster of a data directory. Throws StartupError. */
export async function readPassword(dataDir: string): Promise<string> {
  const secret = secretIn(dataDir);
  const unreadable = (cause?: unknown) =>
    new StartupError(
      `The password of the embedded PostgreSQL cannot be read from ${secret}: restore it, or set DATA_DIR to another directory.`,
      { cause },
    );
  const password = await readSecret(secret).catch((error: unknown) => {
    throw error instanceof StartupError ? error : unreadable(error);
  });
  if (password === null) throw unreadable();
  return password;
}
