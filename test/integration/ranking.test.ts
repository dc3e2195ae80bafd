import fc from 'fast-check';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access/access.ts';
import { fillLines } from '../../src/analyses/fill-figures.ts';
import { ANALYSIS_KIND } from '../../src/analyses/kind.ts';
import { linePlaceOf } from '../../src/analyses/lines.ts';
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
import { VERDICTS } from '../../src/quant/score.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { submit } from '../support/engine.ts';
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

interface Listed {
  readonly ticker: string;
  readonly symbol: string;
  readonly name: string;
  readonly sector: string | null;
  readonly active: boolean;
}
interface Latest {
  readonly ticker: string;
  readonly strategy: string;
  readonly score: number;
  readonly verdict: (typeof VERDICTS)[number];
  readonly entry: string | null;
  readonly target: string | null;
  readonly asOf: string;
  readonly isDemo: boolean;
  readonly gated?: boolean;
  /** Close and rsi, or none. */
  readonly close?: number | null;
  readonly rsi?: number | null;
}
interface World {
  readonly instruments: readonly Listed[];
  readonly latest: readonly Latest[];
  readonly watched: readonly string[];
}

const RSI = { indicator: 'RSI', line: 'rsi' } as const;
const LIST = uuidv7();
/** Ascending, and closer to each other than doubles can tell. */
const PRICES = ['0.01', '99.5', '100', '100.0000000000000001', '12345678901234567890.5'];

/** Puts these instruments and results, and nothing else, into the database. */
async function store({ instruments, latest, watched }: World): Promise<void> {
  const { db } = database;
  const body = (rows: readonly object[]) => JSON.stringify(rows);
  const results = latest.map((row) => ({ ...row, id: uuidv7() }));
  await db.transaction(async (tx) => {
    await tx.execute(sql`truncate latest_analyses, analyses, watchlist_items, instruments cascade`);
    await tx.execute(
      sql`insert into watchlists (id, workspace_id, name) values (${LIST}, ${DEFAULT_WORKSPACE_ID}, 'Ranked') on conflict do nothing`,
    );
    await tx.execute(sql`insert into instruments (ticker, symbol, name, name_key, exchange, time_zone, currency, tick, sector, active)
      select ticker, symbol, name, lower(name), 'X', 'Etc/UTC', 'USD', 0.01, sector, active
      from jsonb_to_recordset(${body(instruments)}::jsonb) as r(ticker text, symbol text, name text, sector text, active bool)`);
    await tx.execute(sql`insert into analyses (id, workspace_id, ticker, strategy, score, score_verdict, verdict, regime, coverage, conviction,
        buy_votes, neutral_votes, sell_votes, unavailable_votes, side, entry, stop, target, risk_reward, position_size, source, is_demo, customised, as_of, figures)
      select id, ${DEFAULT_WORKSPACE_ID}, ticker, strategy, score, verdict, verdict, 'UNKNOWN', 1, 0, 0, 0, 0, 0,
        case when entry is not null then 'LONG' end, entry::numeric, entry::numeric, target::numeric,
        case when entry is not null then 1 end, case when entry is not null then 1 end, 'SAMPLE', "isDemo", false, "asOf",
        array[coalesce(close, 'NaN'), 'NaN', 'NaN', 'NaN', 'NaN', 'NaN', 'NaN']
      from jsonb_to_recordset(${body(results)}::jsonb)
        as r(id uuid, ticker text, strategy text, score float8, verdict text, entry text, target text, "asOf" date, "isDemo" bool, close float8)`);
    await tx.execute(sql`insert into latest_analyses (workspace_id, ticker, strategy, analysis_id, is_demo, as_of, gated, lines, lines_of)
      select a.workspace_id, a.ticker, a.strategy, a.id, a.is_demo, a.as_of, coalesce(r.gated, false),
        array_fill('NaN'::float8, array[${linePlaceOf(RSI) - 1}::int]) || array[coalesce(r.rsi, 'NaN')], a.id
      from analyses a join jsonb_to_recordset(${body(results)}::jsonb) as r(id uuid, gated bool, rsi float8) on r.id = a.id`);
    await tx.execute(sql`insert into watchlist_items (watchlist_id, ticker, workspace_id)
      select ${LIST}, unnest(${sql.param(watched)}::text[]), ${DEFAULT_WORKSPACE_ID}`);
  });
}

/** The numbers that the data has; prices of plans by their place, which is closer than doubles can tell. */
function numberOf(row: Latest, of: Screen['of']): number | null {
  if (typeof of === 'object') return row.rsi ?? null;
  const planned = (price: string | null) => (price === null ? null : PRICES.indexOf(price));
  if (of === 'ENTRY' || of === 'STOP') return planned(row.entry);
  if (of === 'TARGET') return planned(row.target);
  if (of === 'RISK_REWARD') return row.entry === null ? null : 1;
  if (of === 'CLOSE') return row.close ?? null;
  if (of === 'SCORE') return row.score;
  return of === 'COVERAGE' ? 1 : of === 'CONVICTION' ? 0 : null;
}

/** The same ranking, told in the plainest way. */
function expected({ instruments, latest, watched }: World, filter: RankingFilter, order: RankingOrder) {
  const listed = new Map(instruments.map((row) => [row.ticker, row]));
  const results = new Map(
    latest
      .filter((row) => row.strategy === filter.strategy && (filter.includeDemo || !row.isDemo))
      .map((row) => [row.ticker, row]),
  );
  const tickers =
    filter.watchlistId === undefined
      ? [...new Set([...listed.keys(), ...results.keys()])].filter(
          (ticker) => listed.get(ticker)?.active !== false,
        )
      : watched;
  const text = filter.text?.toLowerCase();
  const rows = tickers
    .map((ticker) => ({
      ticker,
      symbol: listed.get(ticker)?.symbol ?? ticker,
      of: listed.get(ticker),
      result: results.get(ticker),
    }))
    .filter(({ ticker, of, result }) => {
      const texts = [ticker, of?.symbol, of?.name].map((part) => part?.toLowerCase() ?? '');
      return (
        (filter.includeGated === true || result?.gated !== true) &&
        (filter.verdicts?.includes(result?.verdict ?? 'NOT_ANALYSED') ?? true) &&
        (filter.analysed === undefined || filter.analysed === (result !== undefined)) &&
        (filter.minScore === undefined || (result !== undefined && result.score >= filter.minScore)) &&
        (filter.maxScore === undefined || (result !== undefined && result.score <= filter.maxScore)) &&
        (filter.asOfFrom === undefined || (result !== undefined && result.asOf >= filter.asOfFrom)) &&
        (filter.screens ?? []).every(({ of, lt, lte, gt, gte }) => {
          const value = result === undefined ? null : numberOf(result, of);
          return (
            value !== null &&
            (lt === undefined || value < lt) &&
            (lte === undefined || value <= lte) &&
            (gt === undefined || value > gt) &&
            (gte === undefined || value >= gte)
          );
        }) &&
        (filter.sectors === undefined || filter.sectors.includes(of?.sector ?? '')) &&
        (text === undefined || texts.some((part) => part.includes(text)))
      );
    });
  const keyOf = ({ result }: (typeof rows)[number]): number | null => {
    if (result === undefined) return null;
    const { by } = order;
    if (by === 'VERDICT') return -VERDICTS.indexOf(result.verdict);
    if (by === 'SYMBOL') return 0;
    return by === 'AS_OF' ? Date.parse(result.asOf) : numberOf(result, by);
  };
  const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  const bySymbol = (a: (typeof rows)[number], b: (typeof rows)[number]) =>
    byText(a.symbol, b.symbol) || byText(a.ticker, b.ticker);
  return rows
    .sort((a, b) => {
      if (order.by === 'SYMBOL') return order.descending ? bySymbol(b, a) : bySymbol(a, b);
      const [x, y] = [keyOf(a), keyOf(b)];
      if (x === null || y === null) return Number(x === null) - Number(y === null) || bySymbol(a, b);
      return (order.descending ? y - x : x - y) || bySymbol(a, b);
    })
    .map(({ ticker }) => ticker);
}

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

// Few values, so that ties are the rule; tickers with wild cards and characters that collations disagree on.
const ticker = fc.constantFrom(
  'A',
  'B',
  'AA',
  'A.B',
  'A-B',
  'A_B',
  'A&B',
  '^A',
  '=A',
  'Z',
  'ZZ',
  'M&M',
  'B.X',
  'C',
);
const score = fc.constantFrom(-1, -0.2, -0.1 - 0.2, 0, 0.1 + 0.2, 0.3, 1 / 3, 0.6, 1);
const day = fc.constantFrom('2026-01-29', '2026-01-30', '2026-02-02');
const price = fc.option(fc.constantFrom(...PRICES));
const number = fc.constantFrom(0, 30, 1 / 3, 0.1 + 0.2, 1e-9, 12345.678);
const bound = fc.option(number, { nil: undefined });
const screen: fc.Arbitrary<Screen> = fc.record({
  of: fc.constantFrom('CLOSE' as const, 'RISK_REWARD' as const, 'VOLUME' as const, RSI),
  lt: bound,
  lte: bound,
  gt: bound,
  gte: bound,
});
const world: fc.Arbitrary<World> = fc.record({
  instruments: fc.uniqueArray(
    fc.record({
      ticker,
      symbol: fc.constantFrom('S', 'T', 'A', '_'),
      name: fc.constantFrom('Alpha & Co', 'Beta_100%', 'alphabet', 'ZZ top'),
      sector: fc.option(fc.constantFrom('IT', 'Metals')),
      active: fc.boolean(),
    }),
    { selector: (row) => row.ticker },
  ),
  latest: fc.uniqueArray(
    fc
      .record({
        ticker,
        strategy: fc.constantFrom('BALANCED', 'MOMENTUM_BREAKOUT'),
        score,
        verdict: fc.constantFrom(...VERDICTS),
        plan: price,
        asOf: day,
        isDemo: fc.boolean(),
        gated: fc.boolean(),
        close: fc.option(number),
        rsi: fc.option(number),
      })
      .map(({ plan, ...row }): Latest => {
        const entry = row.verdict === 'HOLD' ? null : plan;
        return { ...row, entry, target: entry === null ? null : '100' };
      }),
    { selector: (row) => `${row.ticker} ${row.strategy}`, maxLength: 25 },
  ),
  watched: fc.uniqueArray(ticker),
});
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const filterOf: fc.Arbitrary<RankingFilter> = fc.record({
  strategy: fc.constant('BALANCED'),
  includeDemo: fc.boolean(),
  includeGated: optional(fc.boolean()),
  watchlistId: optional(fc.constant(LIST)),
  verdicts: optional(fc.uniqueArray(fc.constantFrom(...RANKED_VERDICTS), { minLength: 1 })),
  analysed: optional(fc.boolean()),
  minScore: optional(score),
  maxScore: optional(score),
  asOfFrom: optional(day),
  // One without a bound is refused by the API.
  screens: optional(
    fc.array(
      screen.filter(({ of: _of, ...bounds }) => Object.values(bounds).some((limit) => limit !== undefined)),
      { maxLength: 3 },
    ),
  ),
  sectors: optional(fc.uniqueArray(fc.constantFrom('IT', 'Metals', 'None'))),
  text: optional(fc.constantFrom('a', 'AL', '_', '%', '&', 'zz', 's')),
});
const noFilter: RankingFilter = { strategy: 'BALANCED', includeDemo: true };

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
  await submit(database.db, ['T0005'], { ...asked, strategy: 'TREND_FOLLOWING' });
  const { result, statements } = await counter.during(() =>
    api.one<{ edges: { node: { ticker: string; activeItem: { state: string } | null } }[] }>(
      '{ ranking { edges { node { ticker activeItem { state phase } } } } }',
    ),
  );
  const active = result.edges.filter(({ node }) => node.activeItem !== null).map(({ node }) => node.ticker);
  expect(active.sort()).toEqual(['T0003', 'T0007']);
  expect(statements).toHaveLength(2);
  await cancelJob(database.db, silent, DEFAULT_WORKSPACE_ID, newest);
  const { edges } = await api.one<typeof result>(
    '{ ranking { edges { node { ticker activeItem { state } } } } }',
  );
  expect(edges.filter(({ node }) => node.activeItem !== null).map(({ node }) => node.ticker)).toEqual([
    'T0003',
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
  [{ screens: [{ number: 'CLOSE', line: 'rsi', lt: 1 }] }, 'A line belongs to an indicator'],
  [{ screens: [{ indicator: 'RSI', line: 'adx', lt: 1 }] }, 'RSI has the lines rsi, not adx'],
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

test('a ranking that screens on lines and numbers reads what a ranking without screens reads', async () => {
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
  await db.execute(sql`analyze latest_analyses`);
  const meter = await openReadMeter(url);
  onTestFinished(() => meter.close());
  const page = { limit: 51, beyond: null, backwards: false };
  const measure = async (screens: readonly Screen[], by: RankingOrder['by']) => {
    const order = { by, descending: true };
    const { readings } = await meter.measure('CUSTOM', (tx) =>
      listRanking(tx, DEFAULT_WORKSPACE_ID, { ...noFilter, screens }, order, page),
    );
    return readings[0] ?? { read: Number.NaN, blocks: Number.NaN };
  };
  const plain = await measure([], 'SCORE');
  const screens: readonly Screen[] = [
    { of: RSI, lt: 0.5 },
    { of: 'CLOSE', gt: 100 },
    { of: 'CHANGE_PCT', gt: 0 },
    { of: 'VOLUME', gt: 50 },
  ];
  for (const by of ['SCORE', 'VOLUME', RSI] as const) {
    const asked = await measure(screens, by);
    expect(asked.read).toBeLessThanOrEqual(1.5 * plain.read);
    expect(asked.blocks).toBeLessThanOrEqual(1.5 * plain.blocks);
  }
});
