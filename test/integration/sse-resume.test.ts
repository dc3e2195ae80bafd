import { afterAll, beforeAll, expect, test } from 'vitest';
import { jobGid, startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { submit } from '../support/engine.ts';
import { createEventSource } from '../support/event-source.ts';
import { createWriter, type Writer } from '../support/feed.ts';
import { append } from '../support/log.ts';
import { randomOf } from '../support/series.ts';

let database: TestDatabase;
let api: TestApi;
let writer: Writer;
beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
  writer = await createWriter(database.db);
});
afterAll(async () => {
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

function addressOf(
  query: string,
  variables: object = {},
  others: Readonly<Record<string, string>> = {},
): URL {
  const url = new URL(api.url);
  for (const [name, value] of Object.entries({ query, variables: JSON.stringify(variables), ...others }))
    url.searchParams.set(name, value);
  return url;
}

const JOB_EVENTS = `subscription($id: ID!, $after: Int, $fromNow: Boolean) {
  jobEvents(jobId: $id, after: $after, fromNow: $fromNow) { cursor gap events { seq } } }`;

interface JobEvents {
  readonly jobEvents: {
    readonly cursor: number;
    readonly gap: boolean;
    readonly events: readonly { readonly seq: number }[];
  };
}

const STORED =
  'subscription($from: FeedStart) { analysisStored(from: $from) { cursor gap analyses { ticker } } }';

interface Stored {
  readonly analysisStored: {
    readonly cursor: string;
    readonly gap: boolean;
    readonly analyses: readonly { readonly ticker: string }[];
  };
}

const dataOf = <Data>({ data }: { readonly data: string }) =>
  (JSON.parse(data) as { readonly data: Data }).data;
const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

test('jobEvents reaches an EventSource once and in order, though its connection is cut again and again, within events too', async () => {
  const id = await submit(database.db, ['A']);
  await append(database.db, id, 500);
  const source = createEventSource(addressOf(JOB_EVENTS, { id: jobGid(id) }));
  const random = randomOf(7);
  const seqs: number[] = [];
  const writing = (async () => {
    for (let i = 0; i < 20; i += 1) await append(database.db, id, 10);
    await append(database.db, id, 1, true);
  })();
  const ends = [];
  do {
    // A message has up to 200 events, of 12 bytes each.
    const cutAfterBytes = 500 + Math.floor(random() * 5_000);
    const end = await source.connect((event) => {
      const { cursor, events } = dataOf<JobEvents>(event).jobEvents;
      expect(event).toMatchObject({ type: 'next', lastEventId: String(cursor) });
      seqs.push(...events.map(({ seq }) => seq));
      return undefined;
    }, cutAfterBytes);
    ends.push(end);
  } while (ends.at(-1) === 'CUT');
  await writing;
  expect(ends.at(-1)).toBe('COMPLETE');
  expect(seqs).toEqual(upTo(seqs.length));
  expect(seqs.length).toBeGreaterThan(700);
  expect(ends.length).toBeGreaterThan(3);
});

test('analysisStored reaches an EventSource once and in order, though each connection is cut after a message', async () => {
  const source = createEventSource(addressOf(STORED, { from: 'NOW' }));
  const tickers: string[] = [];
  const take = (event: { readonly data: string }) => {
    tickers.push(...dataOf<Stored>(event).analysisStored.analyses.map(({ ticker }) => ticker));
    return true;
  };
  // The first message is empty and has the cursor of the present end.
  await source.connect(take);
  const stored = upTo(30).map((n) => `CUT${n}`);
  const writing = (async () => {
    for (const ticker of stored) await writer.store([{ ticker }]);
  })();
  while (tickers.length < stored.length) await source.connect(take);
  await writing;
  expect(tickers).toEqual(stored);
  expect(source.connections.slice(1)).not.toContain(null);
});

test('a page that has kept an id continues after it by the parameter lastEventId, and by the header when it connects again', async () => {
  const id = await submit(database.db, ['A']);
  await append(database.db, id, 20);
  const source = createEventSource(addressOf(JOB_EVENTS, { id: jobGid(id) }, { lastEventId: '15' }));
  const firstOf = async () => {
    const batches: JobEvents['jobEvents'][] = [];
    await source.connect((event) => batches.push(dataOf<JobEvents>(event).jobEvents) > 0);
    return batches[0]?.events[0]?.seq;
  };
  expect(await firstOf()).toBe(16);
  source.forgetTo('18');
  expect(await firstOf()).toBe(19);
});

test.each([
  ['after', { after: 3 }],
  ['fromNow', { fromNow: true }],
])('the id of the last event wins over the argument %s', async (_name, variables) => {
  const id = await submit(database.db, ['A']);
  await append(database.db, id, 20);
  const source = createEventSource(addressOf(JOB_EVENTS, { id: jobGid(id), ...variables }));
  source.forgetTo('12');
  const batches: JobEvents['jobEvents'][] = [];
  await source.connect((event) => batches.push(dataOf<JobEvents>(event).jobEvents) > 0);
  expect(batches[0]?.events[0]?.seq).toBe(13);
});

test('a seq after the end of the log is reported as a gap, as over a websocket', async () => {
  const id = await submit(database.db, ['A']);
  const source = createEventSource(addressOf(JOB_EVENTS, { id: jobGid(id) }));
  source.forgetTo('999');
  const batches: JobEvents['jobEvents'][] = [];
  await source.connect((event) => batches.push(dataOf<JobEvents>(event).jobEvents) > 0);
  expect(batches).toEqual([{ cursor: expect.any(Number), gap: true, events: [] }]);
  expect(batches[0]?.cursor).toBeLessThan(999);
});

test.each([
  ['jobEvents', 'ZmVlZDo1'],
  ['jobEvents', '-1'],
  ['analysisStored', '5'],
  ['analysisStored', 'ZmVlZDo1=='],
])(
  '%s rejects an id that is none of its cursors (%s) with 400, which ends an EventSource',
  async (field, given) => {
    const id = jobGid(await submit(database.db, ['A']));
    const url = field === 'jobEvents' ? addressOf(JOB_EVENTS, { id }) : addressOf(STORED);
    const source = createEventSource(url);
    source.forgetTo(given);
    expect(await source.connect(() => true)).toBe(400);
    const response = await fetch(url, {
      headers: { accept: 'text/event-stream', 'last-event-id': given },
    });
    expect(await response.text()).toContain('"code":"INVALID_INPUT"');
  },
);

test('an EventSource whose job has been removed ends with 400', async () => {
  const source = createEventSource(
    addressOf(JOB_EVENTS, { id: jobGid('0198c0de-0000-7000-8000-000000000000') }),
  );
  source.forgetTo('3');
  expect(await source.connect(() => true)).toBe(400);
});

test('a subscription to a state has no ids, and each connection begins with the present state', async () => {
  const id = jobGid(await submit(database.db, ['A']));
  const source = createEventSource(
    addressOf('subscription($id: ID!) { jobProgress(id: $id) { state } }', { id }),
  );
  source.forgetTo('anything');
  const data: string[] = [];
  await source.connect((event) => data.push(event.data) > 0);
  expect(data).toEqual(['{"data":{"jobProgress":{"state":"QUEUED"}}}']);
  const response = await fetch(
    addressOf('subscription($id: ID!) { jobProgress(id: $id) { state } }', { id }),
    {
      headers: { accept: 'text/event-stream' },
    },
  );
  const reader = response.body?.getReader();
  let text = '';
  while (!text.includes('event: next')) text += new TextDecoder().decode((await reader?.read())?.value);
  await reader?.cancel();
  expect(text).not.toContain('id: ');
});
