import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CloseCode } from 'graphql-ws';
import { describe, expect, test } from 'vitest';
import { settingNames } from '../../src/config.ts';
import { errorCodes } from '../../src/error-codes.ts';
import { referencePages } from '../../src/main/reference/build-pages.ts';
import { closeCodes } from '../../src/sockets/close-codes.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(resolve(root, file), 'utf8');

describe('`npm run reference` changes nothing in', () => {
  test.each(Object.entries(referencePages()))('%s', (file, text) => {
    expect(read(file)).toBe(text);
  });
});

test('docs/settings.md has every setting with its meaning', () => {
  const rows = read('docs/settings.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  const listed = rows.flatMap((row) =>
    [...(row.split(' | ')[0] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name),
  );
  expect(listed.sort()).toEqual([...settingNames].sort());
  expect(rows.filter((row) => (row.split(' | ').at(-1)?.split(' ').length ?? 0) < 5)).toEqual([]);
});

/** Codes of GraphQL errors as the source writes them; other codes (of items, warnings and files) have records of their own. */
const written = globSync('src/{graphql,server,execution,sockets,access,rates}/**/*.ts', { cwd: root })
  .filter((file) => !file.endsWith('/close-codes.ts'))
  .flatMap((file) =>
    [...read(file).matchAll(/\bcode: '([A-Z_]+)'|\b(?:refusal\(|rejection\(\s*\d+,)\s*'([A-Z_]+)'/g)].map(
      ([, a, b]) => a ?? b,
    ),
  );

test('every code of a GraphQL error in the source is in errorCodes', () => {
  expect(new Set(written).size).toBeGreaterThan(12);
  expect(written.filter((name) => name === undefined || !(name in errorCodes))).toEqual([]);
});

test('every code of errorCodes is in the source', () => {
  const all = globSync('src/**/*.ts', { cwd: root, exclude: ['src/error-codes.ts'] })
    .map(read)
    .join('\n');
  expect(
    Object.keys(errorCodes).filter((name) => !new RegExp(`['"]${name}['"]|\\b${name}: \\[`).test(all)),
  ).toEqual([]);
});

test('every close code that graphql-ws sends from a server is in closeCodes', () => {
  // The other codes are those of its client.
  const ofClient = [
    CloseCode.InternalClientError,
    CloseCode.BadResponse,
    CloseCode.ConnectionAcknowledgementTimeout,
  ];
  const sent = Object.values(CloseCode).filter(
    (value): value is CloseCode => typeof value === 'number' && !ofClient.includes(value),
  );
  expect(Object.values(closeCodes).map(({ code }) => code)).toEqual(expect.arrayContaining(sent));
});
