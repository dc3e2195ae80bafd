import { afterAll, beforeAll, expect, test } from 'vitest';
import { jobGid, startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { submit } from '../support/engine.ts';
import { createWriter } from '../support/feed.ts';
import { append } from '../support/log.ts';

let database: TestDatabase;
let api: TestApi;
let job: string;
beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
  job = await submit(database.db, ['A', 'B']);
  const writer = await createWriter(database.db, undefined, job);
  await writer.store([{ ticker: 'A', strategy: 'BALANCED' }]);
});
afterAll(async () => {
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

const codesOf = async (query: string, variables: object = {}) =>
  ((await api.post(query, variables)).errors ?? []).map(({ extensions }) => extensions?.code);

test('entries of lists have ids that differ from each other and stay with their entry', async () => {
  await append(database.db, job, 2);
  const { watchlist } = await api.one<{ watchlist: { id: string } }>(
    'mutation { createWatchlist(input: { name: "Ids", tickers: ["A", "B"] }) { ... on WatchlistPayload { watchlist { id } } } }',
  );
  interface Listed {
    readonly [list: string]: readonly { readonly id: string; readonly ticker?: string }[];
  }
  const read = async (): Promise<Listed> => {
    interface Read {
      job: { items: { edges: { node: Listed[string][number] }[] }; events: { events: Listed[string] } };
      watchlist: { items: Listed[string] };
      ranking: { edges: { node: Listed[string][number] }[] };
      other: { edges: { node: Listed[string][number] }[] };
    }
    const { data: found } = await api.post(
      `query($job: ID!, $list: ID!) {
        job(id: $job) { items { edges { node { id ticker } } } events { events { id } } }
        watchlist(id: $list) { items { id ticker } }
        ranking { edges { node { id ticker } } }
        other: ranking(strategy: TREND_FOLLOWING) { edges { node { id ticker } } }
      }`,
      { job: jobGid(job), list: watchlist.id },
    );
    const data = found as unknown as Read;
    return {
      items: data.job.items.edges.map(({ node }) => node),
      events: data.job.events.events,
      listed: data.watchlist.items,
      ranked: data.ranking.edges.map(({ node }) => node),
      others: data.other.edges.map(({ node }) => node),
    };
  };
  const before = await read();
  const ids = Object.values(before).flatMap((entries) => entries.map(({ id }) => id));
  expect(ids.length).toBeGreaterThan(8);
  expect(new Set(ids).size).toBe(ids.length);
  await api.post(
    'mutation($id: ID!) { removeFromWatchlist(input: { id: $id, tickers: ["A"] }) { __typename } }',
    {
      id: watchlist.id,
    },
  );
  const after = await read();
  expect(after).toEqual({ ...before, listed: before.listed?.filter(({ ticker }) => ticker !== 'A') });
});

test('analyses of a ticker are found by the day of their last bar and by the time of storing', async () => {
  const writer = await createWriter(database.db);
  for (const day of ['2026-03-02', '2026-03-03', '2026-03-04'])
    await writer.store([{ ticker: 'DAYS', asOf: day }]);
  const daysOf = async (filter: string) => {
    const { data, errors } = await api.post(
      `{ analyses(filter: { ${filter} }) { totalCount edges { node { asOf } } } }`,
    );
    expect(errors).toBeUndefined();
    const page = data?.analyses as { totalCount: number; edges: { node: { asOf: string } }[] };
    expect(page.totalCount).toBe(page.edges.length);
    return page.edges.map(({ node }) => node.asOf);
  };
  expect(await daysOf('ticker: "DAYS", asOfFrom: "2026-03-03"')).toEqual(['2026-03-04', '2026-03-03']);
  expect(await daysOf('ticker: "DAYS", asOfTo: "2026-03-03"')).toEqual(['2026-03-03', '2026-03-02']);
  expect(await daysOf('ticker: "DAYS", asOfFrom: "2026-03-03", asOfTo: "2026-03-03"')).toEqual([
    '2026-03-03',
  ]);
  expect(await daysOf('ticker: "DAYS", storedFrom: "2026-01-01T00:00:00Z"')).toHaveLength(3);
  expect(await daysOf('ticker: "DAYS", storedTo: "2026-01-01T00:00:00Z"')).toEqual([]);
  for (const alone of ['asOfFrom: "2026-03-03"', 'storedTo: "2026-01-01T00:00:00Z"'])
    expect(await codesOf(`{ analyses(filter: { ${alone} }) { totalCount } }`)).toEqual(['INVALID_INPUT']);
});

test('a deletion names the list that is gone, a taken name the list that has it, a used key its job', async () => {
  const create =
    'mutation($name: String!) { createWatchlist(input: { name: $name }) { ... on WatchlistPayload { deletedId watchlist { id } } ... on NameTakenError { watchlistId } } }';
  const { watchlist, deletedId } = await api.one<{ deletedId: null; watchlist: { id: string } }>(create, {
    name: 'Gone',
  });
  expect(deletedId).toBeNull();
  expect(await api.one(create, { name: 'GONE' })).toEqual({ watchlistId: watchlist.id });
  expect(
    await api.one(
      'mutation($id: ID!) { deleteWatchlist(input: { id: $id }) { ... on WatchlistPayload { deletedId } } }',
      {
        id: watchlist.id,
      },
    ),
  ).toEqual({ deletedId: watchlist.id });
  const submitOne = `mutation($tickers: [String!]) { submitAnalysis(input: { tickers: $tickers, source: DEMO, idempotencyKey: "ids" }) {
    ... on SubmitJobPayload { job { id uuid } } ... on IdempotencyConflictError { jobId jobGlobalId } } }`;
  const { job: made } = await api.one<{ job: { id: string; uuid: string } }>(submitOne, { tickers: ['A'] });
  expect(await api.one(submitOne, { tickers: ['B'] })).toEqual({ jobId: made.uuid, jobGlobalId: made.id });
});
