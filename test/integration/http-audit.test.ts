import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

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

/** Every client that sends a GET adds this header, without which a page of another site could make a browser send one. */
const asClient = (url: string, init: RequestInit = {}) =>
  fetch(url, {
    ...init,
    headers: {
      ...(init.headers as Record<string, string>),
      ...((init.method ?? 'GET') === 'GET' && { 'GraphQL-Preflight': '1' }),
    },
  });

// The names and the number are known without a server; the address is asked for when an audit runs.
const audits = serverAudits({ url: () => api.url, fetchFn: asClient });

test('the suite is the one of graphql-http 1.23: 61 audits of GraphQL over HTTP', () => {
  const of = (word: string) => audits.filter(({ name }) => name.startsWith(word)).length;
  expect([audits.length, of('MUST'), of('SHOULD'), of('MAY')]).toEqual([61, 13, 23, 25]);
});

test.each(audits.map((audit) => [`${audit.id} ${audit.name}`, audit] as const))(
  '%s',
  async (_name, audit) => {
    const result = await audit.fn();
    expect(result.status === 'ok' ? 'ok' : `${result.status}: ${result.reason}`).toBe('ok');
  },
);
