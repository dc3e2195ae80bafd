import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createFileFinder } from '../../../src/market/files/list-files.ts';

function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'thetool-listing-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return {
    folder,
    add: (name: string) => writeFileSync(join(folder, name), ''),
    remove: (name: string) => rmSync(join(folder, name)),
    /** As if nothing had changed for an hour: a listing is kept. */
    settle() {
      const hourAgo = Date.now() / 1_000 - 3_600;
      utimesSync(folder, hourAgo, hourAgo);
    },
  };
}

test('a file that is added to a folder, replaced or removed is noticed at the next look', () => {
  const { folder, add, remove, settle } = makeFolder();
  const find = createFileFinder();
  add('a.txt.gz');
  settle();
  expect([find(folder, 'A'), find(folder, 'B')]).toEqual(['a.txt.gz', undefined]);
  add('B.csv');
  settle();
  expect(find(folder, 'B')).toBe('B.csv');
  add('A.csv');
  settle();
  expect(find(folder, 'A')).toBe('A.csv');
  remove('A.csv');
  settle();
  expect(find(folder, 'A')).toBe('a.txt.gz');
});

test('a file that is added in the same tick of the file system’s clock is noticed', () => {
  const { folder, add } = makeFolder();
  const find = createFileFinder();
  const names = Array.from({ length: 500 }, (_, i) => `T${i}`);
  for (const name of names) {
    find(folder, name);
    add(`${name}.csv`);
    expect(find(folder, name)).toBe(`${name}.csv`);
  }
});

test('a finder of another folder does not use the listing of the first', () => {
  const [one, other] = [makeFolder(), makeFolder()];
  const find = createFileFinder();
  one.add('A.csv');
  one.settle();
  other.settle();
  expect([find(one.folder, 'A'), find(other.folder, 'A')]).toEqual(['A.csv', undefined]);
});
