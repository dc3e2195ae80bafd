import { stat } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { StartupError } from '../startup.ts';

/** A file system that does not respond within this time is judged by the loads of its files. */
const PATIENCE_MS = 3_000;

/** Throws StartupError when the folder of a setting is not there; null: the setting is not used. */
export async function requireFolder(setting: string, path: string | null): Promise<void> {
  if (path === null) return;
  const ended = new AbortController();
  const late = setTimeout(PATIENCE_MS, null, { signal: ended.signal }).catch(() => null);
  const found = await Promise.race([stat(path).catch((error: NodeJS.ErrnoException) => error), late]);
  ended.abort();
  if (found === null) return;
  if (found instanceof Error) {
    // What may not be read at the moment may be readable later.
    if (found.code !== 'ENOENT' && found.code !== 'ENOTDIR') return;
    throw new StartupError(`${setting}: there is no folder ${path}`);
  }
  if (!found.isDirectory()) throw new StartupError(`${setting}: ${path} is no folder`);
}
