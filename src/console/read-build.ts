import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

/** A file of the built console in the encodings that the build has made. */
export interface BuiltFile {
  readonly type: string;
  /** Its name contains a hash of its content, so that a browser may keep the file indefinitely. */
  readonly immutable: boolean;
  /** By content coding: `br`, `gzip` and `identity`, which is always there. */
  readonly bodies: Readonly<Partial<Record<Coding, Body>>> & { readonly identity: Body };
}

export type Coding = 'br' | 'gzip' | 'identity';

interface Body {
  readonly bytes: Buffer;
  /** A strong validator (RFC 9110, 8.8.3): each encoding has its own. */
  readonly etag: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

const SUFFIXES = { br: '.br', gzip: '.gz' } as const;

/**
 * Reads the folder that `vite build` has written into memory (less than 2 MB), by path in the address. Returns null when there is no such
 * folder: the console is not built.
 */
export async function readBuild(folder: string): Promise<ReadonlyMap<string, BuiltFile> | null> {
  const names = await readdir(folder, { recursive: true }).catch(() => null);
  if (names === null || !names.includes('index.html')) return null;
  const files = new Map<string, BuiltFile>();
  for (const name of names) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const bytes = await readFile(join(folder, name));
    const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
    const bodies: Partial<Record<Coding, Body>> & { identity: Body } = {
      identity: { bytes, etag: `"${hash}"` },
    };
    for (const [coding, suffix] of Object.entries(SUFFIXES) as ['br' | 'gzip', string][]) {
      if (!names.includes(`${name}${suffix}`)) continue;
      const compressed = await readFile(join(folder, `${name}${suffix}`));
      bodies[coding] = { bytes: compressed, etag: `"${hash}-${coding}"` };
    }
    const path = `/${name.replaceAll('\\', '/')}`;
    files.set(path, { type, immutable: path.startsWith('/assets/'), bodies });
  }
  return files;
}
