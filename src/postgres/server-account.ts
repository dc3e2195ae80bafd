import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StartupError } from '../startup.ts';

/** Another account that runs the server; null keeps the account of this process. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * PostgreSQL refuses to run as root. Then the owner of the existing data runs it (so that `sudo npm start` works on a
 * user's own data), or for new data `nobody`, which exists everywhere: initdb needs an account with a name.
 */
export async function serverAccount(cluster: string): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null;
  const existing = await stat(cluster).catch(() => null);
  if (existing !== null && existing.uid !== 0) return { uid: existing.uid, gid: existing.gid };
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const [, , uid, gid] =
    passwd
      .split('\n')
      .find((line) => line.startsWith('nobody:'))
      ?.split(':')
      .map(Number) ?? [];
  if (uid === undefined || gid === undefined || !Number.isInteger(uid) || !Number.isInteger(gid)) {
    throw new StartupError(
      'PostgreSQL does not run as root and there is no account "nobody": start as another user, or set DATABASE_URL.',
    );
  }
  return { uid, gid };
}

/**
 * True when the account may pass every existing directory on the way to `path` and, where it is a file, execute it.
 * A checkout under /root (mode 0700) is closed to `nobody`.
 */
export async function canReach(account: Account, path: string): Promise<boolean> {
  for (let step = path; ; step = dirname(step)) {
    const info = await stat(step).catch(() => null);
    if (info !== null && !maySearch(account, info)) return false;
    if (step === dirname(step)) return true;
  }
}

function maySearch(
  account: Account,
  info: { readonly uid: number; readonly gid: number; readonly mode: number },
): boolean {
  if (info.uid === account.uid) return (info.mode & 0o100) !== 0;
  if (info.gid === account.gid) return (info.mode & 0o010) !== 0;
  return (info.mode & 0o001) !== 0;
}
