import type pg from 'pg';
import { expect, test } from 'vitest';
import { createStatementNames, nameStatements } from '../../../src/db/name-statements.ts';

const often = (nameOf: (text: string) => string | undefined, text: string) =>
  Array.from({ length: 5 }, () => nameOf(text)).at(-1);

test('a statement has a name from the fifth time on, and keeps it', () => {
  const nameOf = createStatementNames();
  const names = Array.from({ length: 7 }, () => nameOf('select $1'));
  expect(names).toEqual([...Array(4).fill(undefined), 'frequent_1', 'frequent_1', 'frequent_1']);
});

test('no two texts have one name', () => {
  const nameOf = createStatementNames();
  const names = Array.from({ length: 60 }, (_, i) => often(nameOf, `select ${i}`));
  expect(new Set(names).size).toBe(60);
  expect(names).not.toContain(undefined);
});

test('100 texts are named and no more, however many are frequent', () => {
  const nameOf = createStatementNames();
  const names = Array.from({ length: 150 }, (_, i) => often(nameOf, `select ${i}`));
  expect(names.filter((name) => name !== undefined)).toHaveLength(100);
  expect(nameOf('select 0')).toBe('frequent_1');
});

test('texts that come once push each other out of what is counted', () => {
  const nameOf = createStatementNames();
  for (let i = 0; i < 4; i += 1) nameOf('select $1');
  for (let i = 0; i < 1_000; i += 1) nameOf(`select ${i}`);
  expect(nameOf('select $1')).toBeUndefined();
});

test('only statements with parameters and without a name of their own are named', () => {
  const sent: unknown[] = [];
  const client = { query: (config: unknown) => sent.push(config) } as unknown as pg.PoolClient;
  nameStatements(client, () => 'frequent_1');
  const query = client.query as unknown as (config: unknown, values?: unknown[]) => void;
  query({ text: 'select $1', rowMode: 'array' }, [1]);
  query({ text: 'select $1', name: undefined }, [1]);
  query({ text: 'select $1', name: 'own' }, [1]);
  query({ text: 'begin' }, []);
  query('select 1');
  expect(sent).toEqual([
    { text: 'select $1', rowMode: 'array', name: 'frequent_1' },
    { text: 'select $1', name: 'frequent_1' },
    { text: 'select $1', name: 'own' },
    { text: 'begin' },
    'select 1',
  ]);
});
