import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const exec = promisify(execFile);

/** Exit code of a server that was not started because another one has the lock. PostgreSQL itself ends with 0 to 3. */
export const SERVER_LOCKED = 75;

/** Part of every cluster, and never replaced while the server runs. */
const lockFile = (cluster: string) => join(cluster, 'PG_VERSION');

/**
 * What to put before the server's command line so that it runs under a lock of the operating system, which all its processes
 * inherit. The lock is the kernel's: it works between containers, where process numbers do not, and it ends with the last process of
 * the server, also when the process that started the server stands still. Empty where there is no flock of util-linux (macOS).
 */
export async function lockServer(cluster: string): Promise<readonly string[]> {
  const flock = await findFlock();
  if (flock === null) return [];
  const code = await tryLock(flock, cluster);
  // Some network file systems have no locks: the server then runs without one.
  return code === 0 || code === SERVER_LOCKED ? [flock, ...OPTIONS, '--no-fork', lockFile(cluster)] : [];
}

const OPTIONS = ['--nonblock', '--conflict-exit-code', String(SERVER_LOCKED)] as const;

/** Whether a server, or a process that it left behind, has the lock. False where there is no flock. */
export async function isServerLocked(cluster: string): Promise<boolean> {
  const flock = await findFlock();
  // flock would create a file that is missing.
  if (flock === null || !existsSync(lockFile(cluster))) return false;
  return (await tryLock(flock, cluster)) === SERVER_LOCKED;
}

/** Takes the lock for an instant. Returns the exit code of flock. */
function tryLock(flock: string, cluster: string): Promise<unknown> {
  return exec(flock, [...OPTIONS, lockFile(cluster), 'true']).then(
    () => 0,
    (error: { readonly code?: unknown }) => error.code,
  );
}

let found: Promise<string | null> | undefined;

/** The program of util-linux: others of that name (BusyBox) have no `--no-fork`. */
function findFlock(): Promise<string | null> {
  found ??= (async () => {
    const path = ['/usr/bin/flock', '/bin/flock'].find((candidate) => existsSync(candidate));
    if (path === undefined) return null;
    const { stdout } = await exec(path, ['--help']).catch(() => ({ stdout: '' }));
    return stdout.includes('--no-fork') && stdout.includes('--conflict-exit-code') ? path : null;
  })();
  return found;
}
