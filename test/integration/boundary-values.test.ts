import { afterAll, beforeAll, expect, test } from 'vitest';
import { jobGid, startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let api: TestApi;
let job: string;
beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
  job = jobGid((await api.submit({ tickers: ['AAPL'] })).job.uuid);
});
afterAll(async () => {
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

const codesOf = async (query: string, variables: object = {}) =>
  (await api.post(query, variables)).errors?.map(({ extensions }) => extensions?.code) ?? [];

test.each(['2024-02-30', '0000-01-01', '2026-13-01', 'yesterday'])(
  'the Date %s is INVALID_INPUT',
  async (day) => {
    const asked = 'query($day: Date) { ranking(filter: { asOfFrom: $day }) { totalCount } }';
    expect(await codesOf(asked, { day })).toEqual(['INVALID_INPUT']);
    expect(await codesOf(asked.replace('($day: Date)', '').replace('$day', `"${day}"`))).toEqual([
      'INVALID_INPUT',
    ]);
  },
);

test.each(['2024-02-30T00:00:00Z', '0000-01-01T00:00:00Z', '2026-01-31T12:00:00', '2026-01-31', 'now'])(
  'the DateTime %s is INVALID_INPUT',
  async (time) => {
    const asked = 'query($time: DateTime) { jobs(filter: { createdFrom: $time }) { totalCount } }';
    expect(await codesOf(asked, { time })).toEqual(['INVALID_INPUT']);
    expect(await codesOf(asked.replace('($time: DateTime)', '').replace('$time', `"${time}"`))).toEqual([
      'INVALID_INPUT',
    ]);
  },
);

test('a DateTime with an offset is the same moment everywhere', async () => {
  const moment = Date.now() + 86_400_000;
  // The same moment as clocks five and a half hours ahead of UTC show it.
  const runAt = new Date(moment + 5.5 * 3_600_000).toISOString().replace('Z', '+05:30');
  const { job: made } = await api.submit({ tickers: ['MSFT'], runAt });
  const asked = 'query($id: ID!) { job(id: $id) { runAt } }';
  const found = await api.one<{ runAt: string }>(asked, { id: made.id });
  expect(found.runAt).toBe(new Date(moment).toISOString());
});

const EVENTS =
  'query($id: ID!, $after: Int) { job(id: $id) { events(after: $after) { cursor events { seq } } } }';

test.each([-1, -5, -2_147_483_648])('events after %i are INVALID_INPUT', async (after) => {
  expect(await codesOf(EVENTS, { id: job, after })).toEqual(['INVALID_INPUT']);
  const followed = api.follow(
    'subscription($id: ID!, $after: Int) { jobEvents(jobId: $id, after: $after) { cursor } }',
    {
      id: job,
      after,
    },
  );
  await expect(followed.next()).rejects.toThrow(/INVALID_INPUT/);
});

test.each([3, 2_147_483_446, 2_147_483_646, 2_147_483_647])(
  'events after %i, which is after the end of the log, are an answer',
  async (after) => {
    expect(await codesOf(EVENTS, { id: job, after })).toEqual([]);
  },
);

const CHART = 'charts: analyses(first: 1) { edges { node { series(last: $last) { __typename } } } }';

test.each([-2_147_483_648, -1, 0, 1, 2_000, 2_001, 2_147_483_647])(
  'a series of the last %i bars makes an operation no cheaper',
  async (last) => {
    const heavy = 'analyses(first: 100) { edges { node { id ticker score } } }';
    const { data, errors } = await api.post(`query($last: Int) { rateLimit { cost } ${heavy} ${CHART} }`, {
      last,
    });
    // The hundred results alone cost 300 and more; what is too dear is rejected with its cost.
    expect(data?.rateLimit ?? errors?.[0]?.extensions).toMatchObject({
      cost: expect.toSatisfy((cost) => cost > 320),
    });
  },
);
