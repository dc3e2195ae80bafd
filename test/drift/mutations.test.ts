import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { mutations } from '../mutations/all-mutations.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(resolve(root, file), 'utf8');

test('every mutation finds its place in the code exactly once (else: correct it in test/mutations)', () => {
  const lost = mutations.flatMap(({ row, without, edits }) =>
    edits
      .filter(([file, find]) => read(file).split(find).length !== 2)
      .map(([file, find]) => ({ row, without, file, find })),
  );
  expect(lost).toEqual([]);
});

test('every mutation names tests that there are, and changes what it finds', () => {
  for (const { test: file, titled, edits } of mutations) {
    expect(existsSync(resolve(root, file))).toBe(true);
    for (const [, find, replace] of edits) expect(replace).not.toBe(find);
    // Titles of parametrised tests hold a place for the parameter: enough that a part of them is there.
    const words = titled.split(' ').filter((word) => /^[a-z]{4,}$/.test(word));
    for (const word of words) expect(read(file)).toContain(word);
  }
});

test('every failure point has mutations, and docs/reliability.md has a row with its test', () => {
  const rows = new Set(mutations.map(({ row }) => row));
  // 14 is the isolation of workspaces; the areas from 15 on are in mutation.ts.
  for (let row = 1; row <= 14; row += 1) expect(rows).toContain(row);
  const text = read('docs/reliability.md');
  for (const { test: file } of mutations) expect(text).toContain(file.split('/').at(-1));
});

test('every test that docs/reliability.md names is there', () => {
  const named = [...read('docs/reliability.md').matchAll(/`((?:test|src)\/[\w./-]+)`/g)].map(
    ([, file = '']) => file,
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((file) => !existsSync(resolve(root, file)))).toEqual([]);
});
