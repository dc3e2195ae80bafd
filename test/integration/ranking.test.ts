import fc from 'fast-check';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { fillLines } from '../../src/analyses/fill-figures.ts';
import { ANALYSIS_KIND } from '../../src/analyses/kind.ts';
import { countRanking, listRanking } from '../../src/analyses/ranking.store.ts';
import {
  RANKED_VERDICTS,
  RANKING_KEYS,
  type RankingFilter,
  type RankingOrder,
  type RankingPlace,
  type RankingRow,
  type Screen,
} from '../../src/analyses/ranking.ts';
import { sql } from '../../src/db/drizzle.ts';
import { cancelJob } from '../../src/jobs/cancel-job.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { submit } from '../support/engine.ts';
import {
  expected,
  filterOf,
  LIST,
  noFilter,
  RSI,
  storeWorld,
  type World,
  world,
} from '../support/ranked-world.ts';
import { openReadMeter } from '../support/read-meter.ts';
import { silent } from '../support/silent.ts';
import { countStatements, type StatementCounter } from '../support/statements.ts';

let database: TestDatabase;
let api: TestApi;
let counter: StatementCounter;
beforeAll(async () => {
  database = await createTestDatabase();
  counter = countStatements('thetool api');
  api = await startApi(database.url);
});
afterAll(async () => {
  counter.stop();
  await api.close();
  await database.close();
});

/** All pages one after the other, from the beginning or from the end. */
async function allPages(filter: RankingFilter, order: RankingOrder, limit: number, backwards: boolean) {
  const rows: RankingRow[] = [];
  for (let beyond: RankingPlace | null = null; ; ) {
    const page: RankingRow[] = await listRanking(database.db, DEFAULT_WORKSPACE_ID, filter, order, {
      limit,
      beyond,
      backwards,
    });
    if (backwards) rows.unshift(...page);
    else rows.push(...page);
    if (page.length < limit) return rows;
    beyond = (backwards ? page[0] : page.at(-1))?.place ?? null;
  }
}

const store = (world: World) => storeWorld(database.db, world);

test('pages under every sort and filter, forth and back, are the plain sort: every row once, in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      world,
      fc.array(fc.record({ filter: filterOf, limit: fc.integer({ min: 1, max: 5 }) }), {
        minLength: 3,
        maxLength: 3,
      }),
      async (data, asked) => {
        await store(data);
        for (const { filter, limit } of [{ filter: noFilter, limit: 3 }, ...asked]) {
          const orders = [...RANKING_KEYS, RSI].flatMap((by) =>
            [true, false].map((descending) => ({ by, descending })),
          );
          for (const order of orders) {
            const want = expected(data, filter, order);
            for (const backwards of [false, true]) {
              const rows = await allPages(filter, order, limit, backwards);
              expect(rows.map(({ place }) => place.ticker)).toEqual(want);
            }
          }
          const { total, verdicts, sectors } = await countRanking(database.db, DEFAULT_WORKSPACE_ID, filter);
          const size = (changes: object) =>
            expected(data, { ...filter, ...changes }, { by: 'SCORE', descending: true }).length;
          expect(total).toBe(size({}));
          for (const verdict of RANKED_VERDICTS)
            expect(verdicts.get(verdict) ?? 0).toBe(size({ verdicts: [verdict] }));
          expect(sectors.reduce((sum, { count }) => sum + count, 0)).toBe(size({ sectors: undefined }));
          for (const { sector, count } of sectors)
            if (sector !== null) expect(count).toBe(size({ sectors: [sector] }));
        }
      },
    ),
    { numRuns: 12 },
  );
}, 90_000);

const DOCUMENT = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: RankingFilter, $sort: RankingSort, $strategy: StrategyId) {
  ranking(first: $first, after: $after, last: $last, before: $before, filter: $filter, sort: $sort, strategy: $strategy) {
    totalCount facets { verdicts { verdict count } sectors { sector count } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { cursor node { ticker symbol instrument { name sector } analysis { verdict score asOf previous { asOf } scoreChange } } }
  }
}`;
interface Page {
  readonly totalCount: number;
  readonly facets: {
    readonly verdicts: readonly { verdict: string; count: number }[];
    readonly sectors: readonly { sector: string | null; count: number }[];
  };
  readonly pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
  readonly edges: readonly {
    readonly node: {
      readonly ticker: string;
      readonly instrument: { readonly name: string } | null;
      readonly analysis: { readonly verdict: string; readonly score: number } | null;
    };
  }[];
}

const listing = (count: number): World => ({
  instruments: Array.from({ length: count }, (_, i) => ({
    ticker: `T${String(i).padStart(4, '0')}`,
    symbol: `T${String(i).padStart(4, '0')}`,
    name: `Name ${i}`,
    sector: i % 2 === 0 ? 'IT' : null,
    active: true,
  })),
  latest: Array.from({ length: count / 2 }, (_, i) => ({
    ticker: `T${String(i).padStart(4, '0')}`,
    strategy: 'BALANCED',
    score: i / count,
    verdict: i % 3 === 0 ? ('BUY' as const) : ('HOLD' as const),
    entry: null,
    target: null,
    asOf: '2026-01-30',
    isDemo: false,
  })),
  watched: ['T0001', 'T0099', 'UNKNOWN'],
});
const tickersOf = ({ edges }: Page) => edges.map(({ node }) => node.ticker);

test('a page with total, facets and score changes takes three statements, whatever its size', async () => {
  await store(listing(200));
  for (const first of [2, 100]) {
    const { result, statements } = await counter.during(() => api.one<Page>(DOCUMENT, { first }));
    expect(result.edges).toHaveLength(first);
    expect(result.totalCount).toBe(200);
    expect(statements).toHaveLength(3);
  }
  const { statements } = await counter.during(() =>
    api.one<Page>('{ ranking { edges { node { ticker instrument { name } analysis { score } } } } }'),
  );
  expect(statements).toEqual(['listRanking']);
});

test('the best score comes first, what is not analysed last, and facets tell what another choice would give', async () => {
  await store(listing(200));
  const page = await api.one<Page>(DOCUMENT, { first: 2, filter: { verdicts: ['BUY'] } });
  expect(tickersOf(page)).toEqual(['T0099', 'T0096']);
  expect(page.totalCount).toBe(34);
  expect(page.facets.verdicts).toContainEqual({ verdict: 'HOLD', count: 66 });
  expect(page.facets.verdicts).toContainEqual({ verdict: 'NOT_ANALYSED', count: 100 });
  expect(page.facets.sectors.map(({ sector }) => sector).sort()).toEqual(['IT', null]);
  const last = await api.one<Page>(DOCUMENT, { last: 1 });
  expect(last.edges[0]?.node).toMatchObject({ ticker: 'T0199', analysis: null });
  expect(last.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
});

test('the rows of a watchlist are its tickers, whether or not they are known', async () => {
  await store(listing(200));
  const watchlistId = Buffer.from(`Watchlist:${LIST}`).toString('base64');
  const page = await api.one<Page>(DOCUMENT, { filter: { watchlistId }, sort: { by: 'SYMBOL' } });
  expect(tickersOf(page)).toEqual(['T0001', 'T0099', 'UNKNOWN']);
  expect(page.edges[2]?.node).toMatchObject({ instrument: null, analysis: null });
  const unknown = Buffer.from(`Watchlist:${uuidv7()}`).toString('base64');
  const { errors } = await api.post(DOCUMENT, { filter: { watchlistId: unknown } });
  expect(errors?.[0]?.extensions?.code).toBe('NOT_FOUND');
});

test('a cursor of another order is refused, and so is a score that is none', async () => {
  await store(listing(10));
  const { pageInfo } = await api.one<Page>(DOCUMENT, { first: 2 });
  for (const after of [pageInfo.endCursor, 'nonsense', Buffer.from('k:[1]').toString('base64url')]) {
    const { errors } = await api.post(DOCUMENT, { first: 2, after, sort: { by: 'SYMBOL' } });
    expect(errors?.[0]?.extensions?.code).toBe('INVALID_INPUT');
  }
  const { errors } = await api.post(DOCUMENT, { filter: { minScore: 1.5 } });
  expect(errors?.[0]?.message).toContain('between -1 and 1');
});

test('a row tells its item under way, in one statement for the page', async () => {
  await store(listing(20));
  const asked = { kind: ANALYSIS_KIND, strategy: 'BALANCED' };
  await submit(database.db, ['T0003'], asked);
  const newest = await submit(database.db, ['T0003', 'T0007'], asked);
  const both = { strategies: ['TREND_FOLLOWING', 'BALANCED'] };
  await submit(database.db, ['T0005'], { ...asked, strategy: 'TREND_FOLLOWING' });
  await submit(database.db, ['T0009'], { ...asked, strategy: 'TREND_FOLLOWING', options: both });
  await submit(database.db, ['T0011'], { ...asked, options: { timeframe: 'WEEKLY' } });
  const { result, statements } = await counter.during(() =>
    api.one<{ edges: { node: { ticker: string; activeItem: { state: string } | null } }[] }>(
      '{ ranking { edges { node { ticker activeItem { state phase } } } } }',
    ),
  );
  const active = result.edges.filter(({ node }) => node.activeItem !== null).map(({ node }) => node.ticker);
  expect(active.sort()).toEqual(['T0003', 'T0007', 'T0009']);
  expect(statements).toHaveLength(2);
  await cancelJob(database.db, silent, DEFAULT_WORKSPACE_ID, newest);
  const { edges } = await api.one<typeof result>(
    '{ ranking { edges { node { ticker activeItem { state } } } } }',
  );
  const left = edges.filter(({ node }) => node.activeItem !== null).map(({ node }) => node.ticker);
  expect(left.sort()).toEqual(['T0003', 'T0009']);
  const weekly = await api.one<typeof result>(
    '{ ranking(timeframe: WEEKLY) { edges { node { ticker activeItem { state } } } } }',
  );
  expect(weekly.edges.filter(({ node }) => node.activeItem !== null).map(({ node }) => node.ticker)).toEqual([
    'T0011',
  ]);
});

const ranked = async (filter: object, sort?: object) =>
  tickersOf(await api.one<Page>(DOCUMENT, { first: 50, filter, sort }));

/** Closes fall and values of the RSI rise with the number of the ticker; the last two have neither. */
const market = (): World => {
  const world = listing(20);
  return {
    ...world,
    latest: world.latest.map((row, i) => ({
      ...row,
      close: i > 7 ? null : 100 - i,
      rsi: i > 7 ? null : 10 * i,
    })),
  };
};

test('screens on a line and on the price hold together, and pages by the line are in its order', async () => {
  await store(market());
  const oversold = { indicator: 'RSI', line: 'rsi', lt: 30 };
  expect(await ranked({ screens: [oversold] }, { by: 'SYMBOL' })).toEqual(['T0000', 'T0001', 'T0002']);
  expect(await ranked({ screens: [oversold, { number: 'CLOSE', lte: 99 }] }, { by: 'SYMBOL' })).toEqual([
    'T0001',
    'T0002',
  ]);
  // A result without a close is above no bound.
  expect(await ranked({ screens: [{ number: 'CLOSE', gte: 98 }] }, { by: 'SYMBOL' })).toEqual([
    'T0000',
    'T0001',
    'T0002',
  ]);
  // The line that a list shows.
  expect(await ranked({ screens: [{ indicator: 'RSI', gte: 20, lt: 40 }] }, { by: 'SYMBOL' })).toEqual([
    'T0002',
    'T0003',
  ]);
  const sort = { indicator: 'RSI', direction: 'ASC' };
  const first = await api.one<Page>(DOCUMENT, { first: 3, filter: { analysed: true }, sort });
  const after = first.pageInfo.endCursor;
  const next = await api.one<Page>(DOCUMENT, { first: 7, after, filter: { analysed: true }, sort });
  expect(tickersOf(first)).toEqual(['T0000', 'T0001', 'T0002']);
  expect(tickersOf(next)).toEqual(['T0003', 'T0004', 'T0005', 'T0006', 'T0007', 'T0008', 'T0009']);
  const { errors } = await api.post(DOCUMENT, { first: 3, after, sort: { indicator: 'RSI' } });
  expect(errors?.[0]?.extensions?.code).toBe('INVALID_INPUT');
});

test('lines that another result has left behind count as none until they are filled', async () => {
  await store(market());
  await database.db.execute(
    sql`update latest_analyses set lines_of = gen_random_uuid() where ticker = 'T0001'`,
  );
  const screens = [{ indicator: 'RSI', lt: 30 }];
  expect(await ranked({ screens }, { by: 'SYMBOL' })).toEqual(['T0000', 'T0002']);
  // There are no details: nothing is known of the lines.
  expect(await fillLines(database.db)).toBe(1);
  expect(await fillLines(database.db)).toBe(0);
  expect(await ranked({ screens }, { by: 'SYMBOL' })).toEqual(['T0000', 'T0002']);
});

test.each([
  [{ screens: [{ indicator: 'RSI' }] }, 'at least one of lt, lte, gt and gte'],
  [{ screens: [{ lt: 1 }] }, 'either number or indicator'],
  [{ screens: [{ number: 'CLOSE', indicator: 'RSI', lt: 1 }] }, 'either number or indicator'],
  [{ screens: [{ number: 'CLOSE', line: 'rsi', lt: 1 }] }, 'line requires an indicator'],
  [{ screens: [{ indicator: 'RSI', line: 'adx', lt: 1 }] }, 'RSI has no line adx: use one of rsi'],
  [{ screens: Array.from({ length: 11 }, () => ({ number: 'CLOSE', lt: 1 })) }, 'at most 10 screens'],
])('the screens %j are rejected', async (filter, message) => {
  const { errors } = await api.post(DOCUMENT, { filter });
  expect(errors?.[0]?.extensions?.code).toBe('INVALID_INPUT');
  expect(errors?.[0]?.message).toContain(message);
});

test.each([{}, { by: 'SCORE', indicator: 'RSI' }, { by: 'SCORE', line: 'rsi' }])(
  'the order %j is rejected',
  async (sort) => {
    const { errors } = await api.post(DOCUMENT, { sort });
    expect(errors?.[0]?.extensions?.code).toBe('INVALID_INPUT');
  },
);

test('a ranking reads the key of latest results, and one that screens on lines and numbers reads their rows once', async () => {
  const { db, url } = database;
  await store({ instruments: [], latest: [], watched: [] });
  await db.execute(sql`insert into instruments (ticker, symbol, name, exchange, time_zone, currency, tick)
    select 'T' || n, 'T' || n, 'Name ' || n, 'X', 'Etc/UTC', 'USD', 0.01 from generate_series(1, 2200) as n`);
  await db.execute(sql`insert into analyses (id, workspace_id, ticker, strategy, score, score_verdict, verdict, regime, coverage, conviction, buy_votes,
      neutral_votes, sell_votes, unavailable_votes, source, is_demo, customised, as_of, figures)
    select gen_random_uuid(), ${DEFAULT_WORKSPACE_ID}, 'T' || n, s, sin(n), 'HOLD', 'HOLD', 'UNKNOWN', 1, 0, 0, 0, 0, 0, 'SAMPLE', false, false, '2026-01-30',
      array_fill(n::float8, array[7])
    from generate_series(1, 2200) as n, unnest(array['BALANCED', 'TREND_FOLLOWING', 'MEAN_REVERSION']) as s order by random()`);
  await db.execute(sql`insert into latest_analyses (workspace_id, ticker, strategy, analysis_id, is_demo, as_of, lines, lines_of)
    select workspace_id, ticker, strategy, id, is_demo, as_of, array_fill(sin(score), array[25]), id from analyses`);
  await db.execute(sql`analyze instruments`);
  await db.execute(sql`analyze analyses`);
  // An index alone tells the rows of pages that a vacuum has marked. It marks those whose commit has reached the disk, which takes a moment without synchronous commits.
  const readLatest = async () => {
    await db.execute(sql`vacuum (analyze) latest_analyses`);
    const { rows } = await db.execute<{ pages: number; marked: number; count: number }>(
      sql`select relpages as pages, relallvisible as marked, reltuples::int as count from pg_class where oid = 'latest_analyses'::regclass`,
    );
    return rows[0] ?? { pages: 1, marked: 0, count: 0 };
  };
  await expect
    .poll(async () => readLatest().then(({ pages, marked }) => pages - marked), { timeout: 20_000 })
    .toBe(0);
  const latest = await readLatest();
  const meter = await openReadMeter(url);
  onTestFinished(() => meter.close());
  const page = { limit: 51, beyond: null, backwards: false };
  const measure = async (screens: readonly Screen[], by: RankingOrder['by']) => {
    const order = { by, descending: true };
    const { readings } = await meter.measure('CUSTOM', (tx) =>
      listRanking(tx, DEFAULT_WORKSPACE_ID, { ...noFilter, screens }, order, page),
    );
    return readings[0] ?? { read: Number.NaN, blocks: Number.NaN, plan: '' };
  };
  const plain = await measure([], 'SCORE');
  expect(plain.plan).toContain('Index Only Scan latest_analyses latest_analyses_pkey');
  const screens: readonly Screen[] = [
    { of: RSI, lt: 0.5 },
    { of: 'CLOSE', gt: 100 },
    { of: 'CHANGE_PCT', gt: 0 },
    { of: 'VOLUME', gt: 50 },
  ];
  for (const by of ['SCORE', 'VOLUME', RSI] as const) {
    const asked = await measure(screens, by);
    expect(asked.read).toBeLessThanOrEqual(plain.read + latest.count);
    expect(asked.blocks).toBeLessThanOrEqual(plain.blocks + latest.pages);
  }
});
