import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keyIdOf, makeKey } from './key.ts';

/**
 * The key of a server on somebody's own machine, the same at every start. It is in no table: it opens this process only, and only as long as
 * that listens to its own machine alone. The file is its owner's; who can read it could read the database beside it as well.
 */
export async function provideDevelopmentKey(dataDir: string): Promise<string> {
  const path = join(dataDir, 'development-key');
  const known = await readFile(path, 'utf8').catch(() => '');
  if (keyIdOf(known.trim()) !== null) return known.trim();
  const { key } = makeKey();
  await writeFile(path, `${key}\n`, { mode: 0o600 });
  return key;
}

/** Nobody but programs of this machine reaches it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
