import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSecret } from '../read-secret.ts';
import { keyIdOf, makeKey } from './key.ts';

/**
 * The key of a server on somebody's own machine, the same at every start. It is in no table: it opens this process only, and only as long as
 * that listens to its own machine alone. Throws StartupError when other users of the machine may read or write its file.
 */
export async function provideDevelopmentKey(dataDir: string): Promise<string> {
  const path = join(dataDir, 'development-key');
  const known = await readSecret(path);
  if (known !== null && keyIdOf(known) !== null) return known;
  const { key } = makeKey();
  await writeFile(path, `${key}\n`, { mode: 0o600 });
  return key;
}

/** Nobody but programs of this machine reaches it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
