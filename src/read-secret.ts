import { type FileHandle, open } from 'node:fs/promises';
import { StartupError } from './startup.ts';

/** Rights of the group and of others. */
const OTHERS = 0o077;

/**
 * The text of a file that holds a secret, without the line end; null when there is no such file. Rejects with StartupError when another user of the machine may read it, and so
 * knows the secret, or may write it, and so chooses the secret.
 */
export async function readSecret(path: string): Promise<string | null> {
  const file = await openIfThere(path);
  if (file === null) return null;
  try {
    await requireOwn(file, path);
    return (await file.readFile('utf8')).trim();
  } finally {
    await file.close();
  }
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Asks the opened file, which nobody can exchange for another any more. Root may use files of any owner: an account of the data's owner runs PostgreSQL then. */
async function requireOwn(file: FileHandle, path: string): Promise<void> {
  const user = process.getuid?.();
  if (user === undefined) return;
  const { mode, uid } = await file.stat();
  if (user !== 0 && uid !== user && uid !== 0)
    throw new StartupError(
      `${path} belongs to another user, who can change it: remove it or set DATA_DIR to another directory.`,
    );
  if ((mode & OTHERS) !== 0) {
    const octal = (mode & 0o777).toString(8).padStart(4, '0');
    throw new StartupError(
      `Other users of this machine can read or change ${path} (mode ${octal}), which holds a secret: run "chmod 600 ${path}".`,
    );
  }
}
