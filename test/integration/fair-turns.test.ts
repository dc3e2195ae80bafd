import { afterAll, beforeAll, expect, test } from 'vitest';
import WebSocket from 'ws';
import { sql } from '../../src/db/drizzle.ts';
import { apiAt, startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { createWriter } from '../support/feed.ts';
import { insertKey, insertWorkspace } from '../support/insert-key.ts';

const ROW = 'id ticker score scoreVerdict conviction coverage buyVotes verdict asOf createdAt';
/** More than half of what the operations of a workspace may cost at a time; its first read is one statement. */
const EXPENSIVE = `{ rateLimit { cost } analyses(first: 100) { edges { node { ${ROW} job { items(first: 25) { edges { node { ticker state phase } } } } } } } }`;
/** A text of more than 64 KiB. */
const LONG = `{ ${Array.from({ length: 10 }, (_, i) => `a${i}: analyses(first: 100) { edges { node { ${ROW} } } }`).join(' ')} }`;
const LANES = 40;

let database: TestDatabase;
let api: TestApi;
let key: string;
let other: TestApi;

beforeAll(async () => {
  database = await createTestDatabase();
  const workspaceId = await insertWorkspace(database.db);
  key = await insertKey(database.db, workspaceId);
  // Forty expensive operations that run one after the other take longer than ten seconds on a busy machine.
  api = await startApi(database.url, { EXECUTION_TIMEOUT_MS: '60000' }, { access: 'real' });
  const writer = await createWriter(database.db, workspaceId);
  await writer.store(Array.from({ length: 100 }, (_, i) => ({ ticker: `T${i}` })));
  other = apiAt(api.url, await insertKey(database.db, await insertWorkspace(database.db)));
});
afterAll(async () => {
  await other.close();
  await api.close();
  await database.close();
});

/** Statements that wait for a lock of a table. */
async function waiting(): Promise<number> {
  const { rows } = await database.db.execute<{ n: number }>(
    sql`select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return rows[0]?.n ?? 0;
}

test('beside 40 expensive queries of another workspace, of which one runs at a time, cheap operations run at once', async () => {
  const client = apiAt(api.url, key);
  let ended = 0;
  let lanes: Promise<unknown>[] = [];
  const { data, errors } = await client.post(EXPENSIVE);
  expect(errors).toBeUndefined();
  expect(data?.rateLimit).toEqual({ cost: 13_903 });
  await database.db.transaction(async (tx) => {
    await tx.execute(sql`lock table analyses in access exclusive mode`);
    lanes = Array.from({ length: LANES }, async () => {
      const { data } = await client.post(EXPENSIVE);
      ended += 1;
      return data;
    });
    await eventually(async () => (await waiting()) > 0);
    for (let i = 0; i < 20; i += 1)
      expect(await other.post('{ viewer { workspaceId } jobs(first: 1) { totalCount } }')).toMatchObject({
        data: { jobs: { totalCount: 0 } },
      });
    expect({ ended, waiting: await waiting() }).toEqual({ ended: 0, waiting: 1 });
  });
  for (const result of await Promise.all(lanes)) expect(result).toMatchObject({ analyses: data?.analyses });
  await client.close();
});

test('a result that was written in parts is the same over HTTP, as an event and over a websocket', async () => {
  const query = LONG;
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  const send = (accept: string) =>
    fetch(api.url, {
      method: 'POST',
      // Without a coding the length is that of the text.
      headers: { ...headers, accept, 'accept-encoding': 'identity' },
      body: JSON.stringify({ query }),
    });
  const response = await send('application/graphql-response+json');
  const text = await response.text();
  expect(response.headers.get('content-type')).toBe('application/graphql-response+json; charset=utf-8');
  expect(Number(response.headers.get('content-length'))).toBe(Buffer.byteLength(text));
  expect(text).not.toContain('"errors"');
  expect(text.length).toBeGreaterThan(100_000);
  expect(JSON.parse(text).data.a9.edges).toHaveLength(100);
  expect(await (await send('*/*')).text()).toBe(text);
  expect(await (await send('text/event-stream')).text()).toContain(`data: ${text}\n`);

  const socket = new WebSocket(api.url.replace('http', 'ws'), 'graphql-transport-ws');
  const messages: string[] = [];
  await new Promise<void>((resolve, reject) => {
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: headers })));
    socket.on('close', () => reject(new Error('closed')));
    socket.on('message', (data, isBinary) => {
      expect(isBinary).toBe(false);
      const message = String(data);
      messages.push(message);
      if (message.includes('connection_ack'))
        socket.send(JSON.stringify({ id: 'mine', type: 'subscribe', payload: { query } }));
      if (message.includes('"type":"complete"')) resolve();
    });
  });
  socket.terminate();
  expect(messages[1]).toBe(`{"id":"mine","type":"next","payload":${text}}`);
});
