import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../src/db/drizzle.ts';
import { jobGid, startApi, type TestApi } from '../support/api.ts';
import { BYSTANDER_SUBSCRIPTIONS, keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { submit } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { authorized } from '../support/key.ts';

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
const bystander = keepBystander(() => ({ url: api.url, db: database.db }));

const open = (query: string, variables: object, signal?: AbortSignal) =>
  fetch(api.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query, variables }),
    ...(signal !== undefined && { signal }),
  });

interface StreamEvent {
  readonly event: string;
  readonly data: unknown;
}

/** Events of a whole stream. */
async function eventsOf(response: Response): Promise<StreamEvent[]> {
  return parse(await response.text());
}

function parse(text: string): StreamEvent[] {
  return [...text.matchAll(/event: (\w+)\ndata: ?(.*)\n/g)].map(([, event = '', data = '']) => ({
    event,
    data: data === '' ? null : JSON.parse(data),
  }));
}

test.each([
  ['a syntax error', 'subscription {', {}],
  ['an unknown field', 'subscription { nothing }', {}],
  [
    'a value that is out of range',
    'subscription($id: ID!) { jobEvents(jobId: $id, after: -5) { cursor } }',
    null,
  ],
  [
    'an object that is not there',
    'subscription($id: ID!) { jobProgress(id: $id) { state } }',
    { id: jobGid('0198c0de-0000-7000-8000-000000000000') },
  ],
])('%s is reported once', async (_what, query, variables) => {
  const id = jobGid(await submit(database.db, ['A']));
  const response = await open(query, variables ?? { id });
  const events = await eventsOf(response);
  const next = events.filter(({ event }) => event === 'next');
  expect(next).toHaveLength(1);
  expect(next[0]?.data).toMatchObject({ errors: [{ message: expect.any(String) }] });
  expect(events.at(-1)?.event).toBe('complete');
});

test('an error of a field is reported once in each message, and the stream goes on', async () => {
  const uuid = await submit(database.db, ['A']);
  const leaving = new AbortController();
  const query = `subscription($id: ID!) { jobProgress(id: $id) { state items(first: 101) { totalCount } } }`;
  const response = await open(query, { id: jobGid(uuid) }, leaving.signal);
  const reader = response.body?.getReader();
  let text = '';
  while (!text.includes('event: next')) text += new TextDecoder().decode((await reader?.read())?.value);
  expect([...text.matchAll(/LIMIT_EXCEEDED/g)]).toHaveLength(1);
  leaving.abort();
});

test('an error that ends a stream is reported once, and ends it', async () => {
  const uuid = await submit(database.db, ['A']);
  const query = 'subscription($id: ID!) { jobEvents(jobId: $id) { cursor } }';
  const response = await open(query, { id: jobGid(uuid) });
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (!text.includes('event: next')) text += decoder.decode((await reader?.read())?.value);
  // Events that cannot be parsed: a read of this log fails, with all that the same statement reads.
  await database.db.execute(sql`
    insert into job_events (job_id, seq, type, progress, size, earlier)
    values (${uuid}, 3, 'ITEM_PROGRESSED', 0, 2, 'no JSON')`);
  await database.db.execute(sql`update jobs set last_seq = 3 where id = ${uuid}`);
  // The notification names both jobs: their logs are read in one statement.
  await bystander.now().check([{ about: 'job', id: uuid, at: 3 }]);
  for (let step = await reader?.read(); step?.done === false; step = await reader?.read())
    text += decoder.decode(step.value);
  const events = parse(text);
  const faults = events.filter(({ data }) => JSON.stringify(data).includes('INTERNAL'));
  expect(faults).toHaveLength(1);
  expect(events.at(-1)).toEqual({ event: 'complete', data: null });
});

test('streams whose clients leave at once leave no subscription', async () => {
  const id = jobGid(await submit(database.db, ['A']));
  await Promise.all(
    Array.from({ length: 40 }, async (_, i) => {
      const leaving = new AbortController();
      const opened = open(
        'subscription($id: ID!) { jobProgress(id: $id) { state } }',
        { id },
        leaving.signal,
      );
      setTimeout(() => leaving.abort(), i);
      await opened.catch(() => undefined);
    }),
  );
  await eventually(async () => {
    const text = await (await fetch(new URL('/metrics', api.url), { headers: authorized })).text();
    return new RegExp(`^thetool_subscribers ${BYSTANDER_SUBSCRIPTIONS}$`, 'm').test(text);
  });
});
