import { chmod, mkdir, mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyForAll, makeLinks, packageFolder } from '../../../src/postgres/postgres-binaries.ts';

let path: string;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'thetool-binaries-'));
});
afterEach(() => rm(path, { recursive: true, force: true }));

test('a platform without a package is named, and DATABASE_URL offered', () => {
  expect(() => packageFolder('sunos-sparc')).toThrow(/No embedded PostgreSQL .* sunos-sparc: .*DATABASE_URL/);
});

test('missing library links are made, present ones kept', async () => {
  await mkdir(join(path, 'native/lib'), { recursive: true });
  await writeFile(join(path, 'native/lib/libpq.so.5.18'), 'library');
  await symlink('elsewhere', join(path, 'native/lib/libpq.so'));
  const links = ['libpq.so', 'libpq.so.5'].map((name) => ({
    source: 'native/lib/libpq.so.5.18',
    target: `native/lib/${name}`,
  }));
  await writeFile(join(path, 'native/pg-symlinks.json'), JSON.stringify(links));
  await makeLinks(path);
  await makeLinks(path);
  expect(await readFile(join(path, 'native/lib/libpq.so.5'), 'utf8')).toBe('library');
  expect(await readlink(join(path, 'native/lib/libpq.so'))).toBe('elsewhere');
});

test('a copy can be read and run by every account, whatever the umask of the installation', async () => {
  const source = join(path, 'closed');
  await mkdir(join(source, 'bin'), { recursive: true, mode: 0o700 });
  await writeFile(join(source, 'bin/postgres'), 'program', { mode: 0o700 });
  await writeFile(join(source, 'share'), 'text', { mode: 0o600 });
  await symlink('bin/postgres', join(source, 'link'));
  const target = await copyForAll(source, join(path, 'shared/copy'));
  const mode = async (name: string) => (await stat(join(target, name))).mode & 0o777;
  expect([await mode('.'), await mode('bin'), await mode('bin/postgres'), await mode('share')]).toEqual([
    0o755, 0o755, 0o755, 0o644,
  ]);
  expect(await readlink(join(target, 'link'))).toBe('bin/postgres');
});

test('an existing copy is used as it is', async () => {
  const source = join(path, 'source');
  await mkdir(source);
  await writeFile(join(source, 'postgres'), 'program');
  const target = join(path, 'shared/copy');
  await copyForAll(source, target);
  await writeFile(join(source, 'postgres'), 'changed');
  await copyForAll(source, target);
  expect(await readFile(join(target, 'postgres'), 'utf8')).toBe('program');
});

test('a copy that cannot be made says what to do', async () => {
  await writeFile(join(path, 'file'), '');
  await chmod(path, 0o755);
  await expect(copyForAll(path, join(path, 'file/copy'))).rejects.toThrow(/cannot be copied .*DATABASE_URL/);
});
