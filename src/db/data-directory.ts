import { chown, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { StartupError } from '../startup.ts';

/** Who runs the server: null keeps the account of this process. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const SHUTDOWN_WAIT_MS = 5_000;

/** PostgreSQL refuses to run as root: then the account `nobody`, which exists everywhere, runs it. */
export async function serverAccount(): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null;
  const passwd = await readFile('/etc/passwd', 'utf8');
  const fields = passwd
    .split('\n')
    .find((line) => line.startsWith('nobody:'))
    ?.split(':');
  const uid = Number(fields?.[2]);
  const gid = Number(fields?.[3]);
  if (!Number.isInteger(uid) || !Number.isInteger(gid)) {
    throw new StartupError(
      'PostgreSQL does not run as root and there is no account "nobody": start as another user, or set DATABASE_URL.',
    );
  }
  return { uid, gid };
}

export async function makeDirectory(path: string, account: Account | null): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o755 });
    if (account !== null) await chown(path, account.uid, account.gid);
    const probe = join(path, `.write-probe-${process.pid}`);
    await writeFile(probe, '');
    await rm(probe);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new StartupError(
      `The data directory ${path} cannot be written (${code}): correct its permissions, or set DATA_DIR to another directory.`,
      { cause: error },
    );
  }
}

interface Holder {
  readonly pid: number;
  readonly since: string;
  /** Start time of the process in clock ticks since boot: tells it from a later one with the same number. */
  readonly ticks: string | null;
}

/**
 * Claims the data directory for this process. A living holder is named in the error; a holder that was killed leaves
 * its note behind, which is taken over.
 */
export async function holdDirectory(path: string): Promise<() => Promise<void>> {
  const note = join(path, 'holder.json');
  const own: Holder = {
    pid: process.pid,
    since: new Date().toISOString(),
    ticks: await startTicks(process.pid),
  };
  for (let round = 0; round < 5; round += 1) {
    try {
      await writeFile(note, JSON.stringify(own), { flag: 'wx', mode: 0o644 });
      return () => rm(note, { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const holder = await readHolder(note);
    if (holder !== null && (await lives(holder))) {
      throw new StartupError(
        `The data directory ${path} is in use by process ${holder.pid} since ${holder.since}: stop that process, or set DATA_DIR to another directory.`,
      );
    }
    await rm(note, { force: true });
  }
  throw new StartupError(`The data directory ${path} is being claimed by other processes; try again.`);
}

async function readHolder(note: string): Promise<Holder | null> {
  try {
    return JSON.parse(await readFile(note, 'utf8')) as Holder;
  } catch {
    return null;
  }
}

async function lives(holder: Holder): Promise<boolean> {
  if (!isAlive(holder.pid)) return false;
  const ticks = await startTicks(holder.pid);
  return ticks === null || holder.ticks === null || ticks === holder.ticks;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Field 22 of /proc/<pid>/stat; null where there is no /proc. */
async function startTicks(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

/**
 * Waits until a server that an ended process left behind has shut down. Where the parent's death does not reach it
 * (no setpriv), it is told to.
 */
export async function awaitOldServer(cluster: string): Promise<void> {
  const file = join(cluster, 'postmaster.pid');
  const giveUpAt = performance.now() + SHUTDOWN_WAIT_MS;
  for (let told = false; ; ) {
    const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0]);
    if (!(pid > 0) || !isAlive(pid) || !(await servesFrom(pid, cluster))) return;
    if (performance.now() > giveUpAt) {
      throw new StartupError(
        `A PostgreSQL server (process ${pid}) still runs on ${cluster}: stop it with "kill -INT ${pid}" and start again.`,
      );
    }
    if (!told && performance.now() > giveUpAt - SHUTDOWN_WAIT_MS / 2) {
      told = true;
      process.kill(pid, 'SIGINT');
    }
    await delay(25);
  }
}

/** A number in a left-over lock file may by now be another program's. */
async function servesFrom(pid: number, cluster: string): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null);
  return command === null ? (await stat('/proc').catch(() => null)) === null : command.includes(cluster);
}
