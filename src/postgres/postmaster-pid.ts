import { readFile, readlink, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../logger.ts';
import { StartupError } from '../startup.ts';
import { isServerLocked } from './lock-server.ts';
import { askPs, isAlive } from './process-identity.ts';

const SHUTDOWN_WAIT_MS = 5_000;
/** A look at the lock starts a process. */
const LOCK_LOOK_MS = 200;

/**
 * Waits until a server that a killed process left behind has shut down. With `orphaned` it is ours and is told to,
 * for where the parent's death does not reach it (no setpriv); a server that somebody started by hand is not.
 */
export async function awaitOldServer(cluster: string, orphaned: boolean, log: Logger): Promise<void> {
  const file = join(cluster, 'postmaster.pid');
  const giveUpAt = performance.now() + SHUTDOWN_WAIT_MS;
  for (let told = false; ; ) {
    const pid = await readPid(file);
    const runs = pid !== null && isAlive(pid);
    const serves = runs && (await servesFrom(pid, cluster));
    if (!serves && !(await isServerLocked(cluster))) {
      // The number is another program's by now, as after a power cut. PostgreSQL would take that program for a server.
      if (runs) await rm(file, { force: true });
      return;
    }
    if (performance.now() > giveUpAt) throw new StartupError(complaint(cluster, serves ? pid : null));
    if (!serves) {
      log.debug('waiting for processes that an earlier server left behind');
      await delay(LOCK_LOOK_MS);
      continue;
    }
    if (orphaned && !told) {
      told = true;
      interrupt(pid);
    }
    await delay(25);
  }
}

function complaint(cluster: string, pid: number | null): string {
  if (pid === null)
    return `A PostgreSQL server of another container still runs on ${cluster}: stop that container and start again.`;
  return `A PostgreSQL server (process ${pid}) still runs on ${cluster}: stop it with "kill -INT ${pid}" and start again.`;
}

/** The port of the server that runs on a cluster and takes connections; null: none does. */
export async function portOfServer(cluster: string): Promise<number | null> {
  const file = join(cluster, 'postmaster.pid');
  const pid = await readPid(file);
  if (pid === null || !isAlive(pid) || !(await servesFrom(pid, cluster))) return null;
  // Process, directory, start, port, socket directory, address, shared memory, state.
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n');
  const port = Number(lines[3]);
  return lines[7]?.trim() === 'ready' && port > 0 ? port : null;
}

/** The first line of the lock file; null when there is none. */
async function readPid(file: string): Promise<number | null> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const pid = Number(text.split('\n')[0]);
  return Number.isInteger(pid) && pid > 0 ? pid : null;
}

/** Fast shutdown. The server may have ended since it was looked at, or be another account's. */
function interrupt(pid: number): void {
  try {
    process.kill(pid, 'SIGINT');
  } catch {
    // Said by the caller, when the server is still there at the end of its wait.
  }
}

/** A server works inside its data directory; where there is no /proc its command line names it. */
async function servesFrom(pid: number, cluster: string): Promise<boolean> {
  const [folder, cwd] = await Promise.all([
    realpath(cluster),
    readlink(`/proc/${pid}/cwd`).catch(() => null),
  ]);
  if (cwd !== null) return cwd === folder;
  const command = await askPs(pid, 'command=');
  return command?.includes(cluster) ?? false;
}
