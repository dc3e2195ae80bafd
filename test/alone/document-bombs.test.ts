import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { bombs } from '../support/document-bombs.ts';

let database: TestDatabase;
let api: TestApi;
beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
});
afterAll(async () => {
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

async function ask(query: string) {
  const startedAt = performance.now();
  const response = await fetch(api.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const text = await response.text();
  return { status: response.status, text, ms: performance.now() - startedAt };
}

test.each(bombs)(
  '%s are refused with QUERY_TOO_COMPLEX, for hardly more than a plain request takes',
  async (_name, query) => {
    const shortest = { plain: Number.POSITIVE_INFINITY, bomb: Number.POSITIVE_INFINITY };
    for (let i = 0; i < 15; i += 1) {
      // Another text each time: what is remembered would be free.
      const plain = await ask(`{ __typename } #${i}`);
      const { status, text, ms } = await ask(`${query} #${i}`);
      expect([plain.status, plain.text]).toEqual([200, expect.stringContaining('"data"')]);
      expect(status).toBeLessThan(500);
      expect(JSON.parse(text)).toMatchObject({ errors: [{ extensions: { code: 'QUERY_TOO_COMPLEX' } }] });
      shortest.plain = Math.min(shortest.plain, plain.ms);
      shortest.bomb = Math.min(shortest.bomb, ms);
    }
    expect(shortest.bomb).toBeLessThan(3 * shortest.plain + 3);
  },
);
