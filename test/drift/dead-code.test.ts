import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(resolve(root, file), 'utf8');
const files = globSync('{src,test,bench,packages}/**/*.{ts,mjs}', {
  cwd: root,
  exclude: ['**/node_modules', '**/dist'],
}).filter((file) => !file.includes('/generated/'));
const texts = new Map(
  [...files, ...globSync('*.{ts,mjs,json}', { cwd: root })].map((file) => [file, read(file)]),
);
const sources = files.filter((file) => !file.startsWith('test/'));

const exported = sources.flatMap((file) =>
  [
    ...read(file).matchAll(
      /^export (?:async )?(?:const|function\*?|class|interface|type|abstract class) (\w+)/gm,
    ),
  ].map(([, name = '']) => ({ file, name })),
);
const mentions = (text: string, name: string) => text.match(new RegExp(`\\b${name}\\b`, 'g'))?.length ?? 0;

test('every export of the code is used, in another file or in its own', () => {
  expect(exported.length).toBeGreaterThan(200);
  const unused = exported.filter(({ file, name }) => {
    if (mentions(texts.get(file) ?? '', name) > 1) return false;
    // An entry's main is called by its launcher.
    if (name === 'main' && file.startsWith('src/main/')) return false;
    // The migration tool reads the files of tables as a whole.
    if (file.endsWith('.tables.ts')) return false;
    return ![...texts].some(([other, text]) => other !== file && mentions(text, name) > 0);
  });
  expect(unused).toEqual([]);
});

test('every file of the code is imported by another, or is an entry', () => {
  const entries =
    /^src\/main\/(\w|-)+\.mjs$|^src\/main\/(start|dev|dev-server|api|worker|demo|migrate|instruments|keys|print-schema|print-reference)\.ts$|^bench\/run\.ts$|^packages\/client\/(build\.mjs$|src\/)/;
  const all = [...texts.values()].join('\n');
  const unused = sources.filter(
    (file) =>
      !entries.test(file) && !file.endsWith('.tables.ts') && !all.includes(`/${file.split('/').at(-1)}'`),
  );
  expect(unused).toEqual([]);
});

test('every dependency is used', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<
    string,
    Record<string, string>
  >;
  const generated = globSync('packages/client/src/generated/*.ts', { cwd: root }).map(read);
  const all = [...texts.entries()]
    .filter(([file]) => file !== 'package.json' && file !== 'package-lock.json')
    .map(([, text]) => text)
    .concat(...generated, JSON.stringify(JSON.parse(read('package.json')).scripts))
    .join('\n');
  const byCommand: Record<string, string> = {
    '@biomejs/biome': 'biome check',
    typescript: 'tsc -b',
    '@graphql-codegen/cli': 'graphql-codegen',
    '@graphql-codegen/client-preset': "preset: 'client'",
  };
  const unused = Object.keys({ ...dependencies, ...devDependencies }).filter(
    (name) => !name.startsWith('@types/') && !all.includes(byCommand[name] ?? name),
  );
  expect(unused).toEqual([]);
});
