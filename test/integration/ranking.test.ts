import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access/access.ts';
import { ANALYSIS_KIND } from '../../src/analyses/kind.ts';
import { countRanking, listRanking } from '../../src/analyses/ranking.store.ts';
import {
  RANKED_VERDICTS,
  RANKING_KEYS,
  type RankingFilter,
  type RankingOrder,
  type RankingPlace,
  type RankingRow,
} from '../../src/analyses/ranking.ts';
import { cancelJob } from '../../src/jobs/cancel-job.ts';
import { VERDICTS } from '../../src/quant/score.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { submit } from '../support/engine.ts';
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
}
interface World {
  readonly instruments: readonly Listed[];
  readonly latest: readonly Latest[];
  readonly watched: readonly string[];
}

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
    await tx.execute(sql`insert into instruments (ticker, symbol, name, exchange, time_zone, currency, tick, sector, active)
      select ticker, symbol, name, 'X', 'Etc/UTC', 'USD', 0.01, sector, active
      from jsonb_to_recordset(${body(instruments)}::jsonb) as r(ticker text, symbol text, name text, sector text, active bool)`);
    await tx.execute(sql`insert into analyses (id, workspace_id, ticker, strategy, score, score_verdict, verdict, regime, coverage, conviction,
        buy_votes, neutral_votes, sell_votes, unavailable_votes, side, entry, stop, target, risk_reward, position_size, source, is_demo, customised, as_of)
      select id, ${DEFAULT_WORKSPACE_ID}, ticker, strategy, score, verdict, verdict, 'UNKNOWN', 1, 0, 0, 0, 0, 0,
        case when entry is not null then 'LONG' end, entry::numeric, entry::numeric, target::numeric,
        case when entry is not null then 1 end, case when entry is not null then 1 end, 'SAMPLE', "isDemo", false, "asOf"
      from jsonb_to_recordset(${body(results)}::jsonb) as r(id uuid, ticker text, strategy text, score float8, verdict text, entry text, target text, "asOf" date, "isDemo" bool)`);
    await tx.execute(sql`insert into latest_analyses (workspace_id, ticker, strategy, analysis_id, is_demo, as_of)
      select workspace_id, ticker, strategy, id, is_demo, as_of from analyses`);
    await tx.execute(sql`insert into watchlist_items (watchlist_id, ticker, workspace_id)
      select ${LIST}, unnest(${sql.param(watched)}::text[]), ${DEFAULT_WORKSPACE_ID}`);
  });
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
        (filter.verdicts?.includes(result?.verdict ?? 'NOT_ANALYSED') ?? true) &&
        (filter.analysed === undefined || filter.analysed === (result !== undefined)) &&
        (filter.minScore === undefined || (result !== undefined && result.score >= filter.minScore)) &&
        (filter.maxScore === undefined || (result !== undefined && result.score <= filter.maxScore)) &&
        (filter.asOfFrom === undefined || (result !== undefined && result.asOf >= filter.asOfFrom)) &&
        (filter.sectors === undefined || filter.sectors.includes(of?.sector ?? '')) &&
        (text === undefined || texts.some((part) => part.includes(text)))
      );
    });
  const keyOf = ({ result }: (typeof rows)[number]): number | null => {
    if (result === undefined) return null;
    const keys = {
      SCORE: result.score,
      VERDICT: -VERDICTS.indexOf(result.verdict),
      SYMBOL: 0,
      AS_OF: Date.parse(result.asOf),
      ENTRY: result.entry === null ? null : PRICES.indexOf(result.entry),
      TARGET: result.target === null ? null : PRICES.indexOf(result.target),
    };
    return keys[order.by];
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
  watchlistId: optional(fc.constant(LIST)),
  verdicts: optional(fc.uniqueArray(fc.constantFrom(...RANKED_VERDICTS), { minLength: 1 })),
  analysed: optional(fc.boolean()),
  minScore: optional(score),
  maxScore: optional(score),
  asOfFrom: optional(day),
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
          const orders = RANKING_KEYS.flatMap((by) =>
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
