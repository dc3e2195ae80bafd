import { chmod, mkdir, readdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StartupError } from '../startup.ts';
import type { Account } from './server-account.ts';

/**
 * Creates the data directory where it is missing and proves that this process may write in it. A directory that is new
 * or empty is opened for passing through, whatever the umask, when another account runs the server; one with content
 * keeps its mode and owner. Answers the path without symbolic links, as the server will name it.
 */
export async function makeDirectory(path: string, account: Account | null): Promise<string> {
  try {
    const first = await mkdir(path, { recursive: true });
    if (account !== null) await letPass(path, first ?? null);
    const probe = join(path, `.write-probe-${process.pid}`);
    await writeFile(probe, 'A full disk takes an empty file.');
    await rm(probe);
    return await realpath(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new StartupError(
      `The data directory ${path} cannot be written (${code}): correct its permissions, or set DATA_DIR to another directory.`,
      { cause: error },
    );
  }
}

/** `first` is the topmost directory that was created on the way to `path`; null when all existed. */
async function letPass(path: string, first: string | null): Promise<void> {
  if (first === null && (await readdir(path)).length > 0) return;
  for (let folder = path; ; folder = dirname(folder)) {
    const { mode } = await stat(folder);
    await chmod(folder, (mode & 0o7777) | 0o011);
    if (first === null || folder === first || folder === dirname(folder)) return;
  }
}
