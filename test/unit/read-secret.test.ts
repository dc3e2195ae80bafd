import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { provideDevelopmentKey } from '../../src/access/provide-development-key.ts';
import { prepareCluster } from '../../src/postgres/prepare-cluster.ts';
import { temporaryDirectory } from '../support/processes.ts';
import { silent } from '../support/silent.ts';

async function directory(): Promise<string> {
  const { path, remove } = await temporaryDirectory();
  onTestFinished(() => remove());
  return path;
}

/** Reads a secret of a data directory as a start does. */
const readers = {
  'development-key': provideDevelopmentKey,
  password: async (dataDir: string) => {
    await mkdir(join(dataDir, 'postgres-18'), { recursive: true });
    return prepareCluster({ dataDir, initdb: '', account: null, durable: false, log: silent });
  },
};
const MODES = [0o604, 0o602, 0o640, 0o620, 0o666, 0o777];

test.each(Object.entries(readers))(
  'a file %s that other users may read or write is rejected at the start',
  async (name, read) => {
    const dataDir = await directory();
    const path = join(dataDir, name);
    if (name === 'password') await writeFile(path, 'secret', { mode: 0o600 });
    const secret = await read(dataDir);
    expect(await read(dataDir)).toBe(secret);
    for (const mode of MODES) {
      await chmod(path, mode);
      await expect(read(dataDir)).rejects.toThrow(`run "chmod 600 ${path}"`);
    }
    expect((await readFile(path, 'utf8')).trim()).toBe(secret);
    await chmod(path, 0o600);
    expect(await read(dataDir)).toBe(secret);
  },
);
