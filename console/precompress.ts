import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

const TEXT = /\.(html|js|css|svg|txt)$/;

/** Writes `<file>.br` and `<file>.gz` beside each text file of the build: the server sends these bytes as they are. */
export const precompress: Plugin = {
  name: 'precompress',
  apply: 'build',
  async writeBundle({ dir }) {
    if (dir === undefined) return;
    const names = (await readdir(dir, { recursive: true })).filter((name) => TEXT.test(name));
    for (const name of names) {
      const bytes = await readFile(join(dir, name));
      const params = {
        [constants.BROTLI_PARAM_QUALITY]: 11,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      };
      await writeFile(join(dir, `${name}.br`), brotliCompressSync(bytes, { params }));
      await writeFile(join(dir, `${name}.gz`), gzipSync(bytes, { level: 9 }));
    }
  },
};
