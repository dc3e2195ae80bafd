import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { migrateBesideWriters } from '../verify/migrate-beside-writers.ts';

/** `npm run verify -- migrations 2000000` takes more. */
const ROWS = 200_000;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase('EMPTY');
});
afterAll(() => database.close());

test('the migrations since 0022 hold up no writer for longer than a second', async () => {
  const { written, blocked } = await migrateBesideWriters(database.url, ROWS);
  expect(blocked).toEqual([]);
  expect(written).toBeGreaterThan(5);
}, 240_000);
