import { once } from 'node:events';
import { type ClientRequest, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jobGid, startApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { submit } from '../support/engine.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const BODY = JSON.stringify({ query: '{ __typename }' });

/** A request whose head and first half are sent. */
async function beginRequest(url: string): Promise<ClientRequest> {
  const headers = { 'content-type': 'application/json', 'content-length': BODY.length };
  const begun = request(url, { method: 'POST', headers });
  begun.on('error', () => undefined);
  begun.write(BODY.slice(0, 5));
  await once(begun, 'socket');
  await once(begun.socket ?? begun, 'connect');
  // The server has read what was sent before when it answers another connection.
  await (await fetch(url)).text();
  return begun;
}

test('a request under way when the server closes gets its response', async () => {
  const api = await startApi(database.url);
  const begun = await beginRequest(api.url);
  const closed = api.close();
  await delay(1_500);
  begun.end(BODY.slice(5));
  const [response] = await once(begun, 'response');
  expect(response.statusCode).toBe(200);
  response.resume();
  await closed;
});

test('connections without a request do not hold up the end', async () => {
  const api = await startApi(database.url);
  const { port, hostname } = new URL(api.url);
  const silent = connect(Number(port), hostname);
  await once(silent, 'connect');
  const began = performance.now();
  await api.close();
  expect(performance.now() - began).toBeLessThan(4_000);
});

test('a request that does not end is cut off when the time for it is over', async () => {
  const api = await startApi(database.url);
  const begun = await beginRequest(api.url);
  const cut = new Promise((resolve) => begun.once('close', resolve));
  await api.close();
  await cut;
}, 20_000);

test('a stream of events is cut without a complete, so that its client connects again', async () => {
  const api = await startApi(database.url);
  const id = jobGid(await submit(database.db, ['A']));
  const response = await fetch(api.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({
      query: 'subscription($id: ID!) { jobProgress(id: $id) { state } }',
      variables: { id },
    }),
  });
  const reader = response.body?.getReader();
  let text = '';
  while (!text.includes('event: next')) text += new TextDecoder().decode((await reader?.read())?.value);
  const read = async () => {
    for (;;) {
      const step = await reader?.read();
      if (step === undefined || step.done) return;
      text += new TextDecoder().decode(step.value);
    }
  };
  const ended = expect(read()).rejects.toThrow('terminated');
  const began = performance.now();
  await api.close();
  expect(performance.now() - began).toBeLessThan(4_000);
  await ended;
  expect(text).not.toContain('event: complete');
});
