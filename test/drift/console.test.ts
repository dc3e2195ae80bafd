import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { schema } from '../../src/main/schema.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(resolve(root, file), 'utf8');
const files = (pattern: string) =>
  globSync(`console/src/**/${pattern}`, { cwd: root }).filter((file) => !file.includes('/generated/'));

test('every document of the console is valid, and is in the generated code (else: npm run codegen)', () => {
  const documents = files('*.graphql');
  const whole = parse(documents.map(read).join('\n'));
  expect(documents.length).toBeGreaterThan(2);
  expect(validate(schema, whole)).toEqual([]);
  const generated = read('console/src/generated/graphql.ts');
  const names = whole.definitions.flatMap((one) =>
    one.kind === 'OperationDefinition' ? [`${one.name?.value}Document`] : [],
  );
  expect(names.filter((name) => !generated.includes(`export const ${name} `))).toEqual([]);
});

test('a component of the console has at most 150 lines', () => {
  const components = files('*.tsx').map((file) => ({ file, lines: read(file).split('\n').length - 1 }));
  expect(components.length).toBeGreaterThan(20);
  expect(components.filter(({ lines }) => lines > 150)).toEqual([]);
});

test('the console imports what the product publishes and nothing of the server', () => {
  const imports = files('*.{ts,tsx}').flatMap((file) =>
    [...read(file).matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(([, from = '']) => `${file}: ${from}`),
  );
  expect(imports.length).toBeGreaterThan(100);
  expect(imports.filter((one) => /\.\.\/src\/|: thetool\//.test(one))).toEqual([]);
});
