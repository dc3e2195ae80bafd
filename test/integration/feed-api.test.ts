import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { sql } from '../../src/db/drizzle.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createWriter, type Writer } from '../support/feed.ts';

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
const bystander = keepBystander(() => ({ url: api.url, db: database.db }));

interface Batch {
  readonly cursor: string;
  readonly caughtUp: boolean;
  readonly gap: boolean;
  readonly analyses: readonly { ticker: string; verdict: string; job: { state: string; lastSeq: number } }[];
}

const follow = (args: string, fields = 'ticker verdict') =>
  api.follow<Batch>(`subscription { analysisStored${args} { cursor caughtUp gap analyses { ${fields} } } }`);

async function firstOf(args: string, fields?: string): Promise<Batch> {
  for await (const batch of follow(args, fields)) return batch;
  throw new Error('the feed ended');
}

/** A cursor at the present end, with a result behind it for each of these. */
async function store(...results: Parameters<Writer['store']>[0]): Promise<string> {
  const { cursor } = await firstOf('');
  await writer.store(results);
  return cursor;
}

const tickersOf = ({ analyses }: Batch) => analyses.map(({ ticker }) => ticker);

test('a client without a cursor gets one at once, and what is stored later', async () => {
  const reader = follow('');
  const { value: first } = await reader.next();
  expect(first).toMatchObject({ analyses: [], caughtUp: true, gap: false });
  const next = reader.next();
  await writer.store([{ ticker: 'LIVE' }, { ticker: 'LIVE2' }]);
  const { value: second } = await next;
  expect(second && tickersOf(second)).toEqual(['LIVE', 'LIVE2']);
  await reader.return();
  expect(tickersOf(await firstOf(`(after: "${first?.cursor}")`))).toEqual(['LIVE', 'LIVE2']);
  expect(tickersOf(await firstOf('(from: OLDEST)')).length).toBeGreaterThan(1);
});

test('the filter’s conditions hold together, and spell tickers in any case', async () => {
  const after = await store(
    { ticker: 'FIT', verdict: 'BUY', strategy: 'BALANCED', score: 0.5 },
    { ticker: 'FIT', verdict: 'SELL', strategy: 'TREND_FOLLOWING', score: -0.5 },
    { ticker: 'OTHER', verdict: 'BUY', strategy: 'BALANCED', score: 0.9 },
  );
  const told = async (filter: string) => {
    const { analyses } = await firstOf(`(after: "${after}", filter: { ${filter} })`);
    return analyses.map(({ ticker, verdict }) => `${ticker} ${verdict}`);
  };
  expect(await told('tickers: [" fit "]')).toEqual(['FIT BUY', 'FIT SELL']);
  expect(await told('tickers: ["FIT"], verdicts: [BUY]')).toEqual(['FIT BUY']);
  expect(await told('strategy: TREND_FOLLOWING')).toEqual(['FIT SELL']);
  expect(await told('minScore: 0.5')).toEqual(['FIT BUY', 'OTHER BUY']);
  expect(await told('minScore: 0.95')).toEqual([]);
});

test('a watchlist filters by what it holds; deleting it ends the feed at once, also when no result follows', async () => {
  const { watchlist } = await api.one<{ watchlist: { id: string } }>(
    'mutation { createWatchlist(input: { name: "Feed", tickers: ["HELD"] }) { ... on WatchlistPayload { watchlist { id } } } }',
  );
  const after = await store({ ticker: 'HELD' }, { ticker: 'NOT' });
  const reader = follow(`(after: "${after}", filter: { watchlistId: "${watchlist.id}" })`);
  const { value } = await reader.next();
  expect(value && tickersOf(value)).toEqual(['HELD']);
  const end = reader.next();
  await api.one(`mutation { deleteWatchlist(input: { id: "${watchlist.id}" }) { __typename } }`);
  expect(await end).toEqual({ done: true, value: undefined });
  await expect(firstOf(`(filter: { watchlistId: "${watchlist.id}" })`)).rejects.toThrow('NOT_FOUND');
});

test('what a batch shows of other objects is as old as the batch', async () => {
  const reader = follow('', 'ticker job { state lastSeq }');
  await reader.next();
  const seqs: (number | undefined)[] = [];
  for (const lastSeq of [5, 6]) {
    const next = reader.next();
    await database.db.execute(
      sql`update jobs set last_seq = ${lastSeq} where workspace_id = ${DEFAULT_WORKSPACE_ID}`,
    );
    await writer.store([{ ticker: 'JOB' }]);
    seqs.push((await next).value?.analyses[0]?.job.lastSeq);
  }
  expect(seqs).toEqual([5, 6]);
  await reader.return();
});

test.each([
  ['(after: "nonsense")', 'The cursor does not belong to this feed'],
  [`(after: "${Buffer.from('k:17').toString('base64url')}")`, 'The cursor does not belong to this feed'],
  ['(filter: { minScore: 2 })', 'between -1 and 1'],
  ['(filter: { tickers: ["no ticker!"] })', 'INVALID_TICKER'],
  [
    '(filter: { watchlistId: "V2F0Y2hsaXN0OjAwMDAwMDAwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwZGVhZA==" })',
    'NOT_FOUND',
  ],
])('%s is refused', async (args, reason) => {
  await expect(firstOf(args)).rejects.toThrow(reason);
});

test('another workspace’s results are not in the feed, nor its watchlists', async () => {
  const other = '00000000-0000-7000-8000-0000000000aa';
  const list = '00000000-0000-7000-8000-0000000000ab';
  const { db } = database;
  await db.execute(sql`insert into workspaces (id, name) values (${other}, 'Other')`);
  await db.execute(sql`insert into watchlists (id, workspace_id, name) values (${list}, ${other}, 'Theirs')`);
  const theirs = await createWriter(db, other);
  const reader = follow('');
  await reader.next();
  const next = reader.next();
  await theirs.store([{ ticker: 'SECRET' }]);
  await writer.store([{ ticker: 'OURS' }]);
  const { value } = await next;
  expect(value && tickersOf(value)).toEqual(['OURS']);
  await reader.return();
  const { rows } = await db.execute(sql`
    select workspace_id from feed_heads where workspace_id <> ${bystander.now().workspaceId}`);
  expect(rows.map(({ workspace_id }) => workspace_id).sort()).toEqual([DEFAULT_WORKSPACE_ID, other].sort());
  const id = Buffer.from(`Watchlist:${list}`).toString('base64');
  await expect(firstOf(`(filter: { watchlistId: "${id}" })`)).rejects.toThrow('NOT_FOUND');
});
