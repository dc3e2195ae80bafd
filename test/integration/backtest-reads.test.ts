import {
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
  graphql,
  isLeafType,
  parse,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID, SCOPES } from '../../src/access.ts';
import { BACKTEST_KIND } from '../../src/backtests/kind.ts';
import { resolveBacktest } from '../../src/backtests/options.ts';
import { factsOf } from '../../src/graphql/document-facts.ts';
import { schema } from '../../src/main/schema.ts';
import { strategyIds } from '../../src/quant/strategies/index.ts';
import { MAX_COST } from '../../src/server/charge.ts';
import { jobGid } from '../support/api.ts';
import { backtestTask } from '../support/backtest-worker.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { endedJob, startWorker, submit } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { silent } from '../support/silent.ts';

const TICKERS = ['R1', 'R2', 'R3', 'R4'];
let database: TestDatabase;
let id: string;

beforeAll(async () => {
  database = await createTestDatabase();
  const worker = await startWorker(database.url, database.db, backtestTask(database));
  const options = resolveBacktest(strategyIds, { windowBars: 1_500 }, '2999-01-01');
  const job = await submit(database.db, TICKERS, { kind: BACKTEST_KIND, origin: 'BACKTEST', options });
  await eventually(() => endedJob(database.db, job));
  await worker.stop();
  id = jobGid(job);
});
afterAll(() => database.close());

/** Executes a query as the API does. */
async function run<Data>(source: string, variables: object = {}) {
  const before = database.statements.length;
  const contextValue = {
    db: database.db,
    log: silent,
    access: { workspaceId: DEFAULT_WORKSPACE_ID, scopes: new Set(SCOPES) },
    requestId: 'test',
  };
  const variableValues = { id, ...variables };
  const { data, errors } = await graphql({ schema, source, contextValue, variableValues });
  return { data: data as Data, errors, statements: database.statements.slice(before) };
}

const touching = (statements: readonly string[], table: string) =>
  statements.filter((text) => text.includes(table));

const lists = (fields: string) => [
  `{ backtests(first: 20) { totalCount edges { node { ${fields} } } } }`,
  `query($id: ID!) { job(id: $id) { backtests(first: 20) { totalCount edges { node { ${fields} } } } } }`,
  `query($id: ID!) { job(id: $id) { items { edges { node { comparison { firstDate buyAndHold { sharpe } backtests { ${fields} } } } } } } }`,
  `query($id: ID!) { node(id: $id) { ... on Job { backtests(first: 20) { edges { node { ${fields} } } } } } }`,
];

describe('the bulky parts of backtests', () => {
  const bulky = ['risk', 'provenance', 'options', 'curve', 'trades'];
  const { Backtest } = schema.getTypeMap();
  const fields = Object.values((Backtest as GraphQLObjectType).getFields());
  const selected = (type: GraphQLOutputType) => (isLeafType(getNamedType(type)) ? '' : ' { __typename }');

  test('are read by no list, whatever else is asked for', async () => {
    const narrow = fields
      .filter(({ name }) => !bulky.includes(name))
      .map(({ name, type }) => `${name}${selected(type)}`)
      .join(' ');
    expect(narrow).toContain('metrics');
    for (const query of lists(narrow)) {
      const { errors, statements } = await run(query);
      expect({ query, errors }).toEqual({ query, errors: undefined });
      expect(touching(statements, '"backtests"').length).toBeGreaterThan(0);
      expect(touching(statements, 'backtest_details')).toEqual([]);
      expect(touching(statements, 'backtest_trades')).toEqual([]);
      // Batched: statements do not grow with the rows.
      expect(statements.length).toBeLessThanOrEqual(8);
    }
  });

  test.each(['risk', 'provenance', 'options', 'curve'])(
    'are read in one statement for a page when %s is asked for, and only the column that it needs',
    async (name) => {
      const field = fields.find((one) => one.name === name);
      const args = name === 'curve' ? '(points: 10)' : '';
      const query = lists(`${name}${args}${field === undefined ? '' : selected(field.type)}`)[0] ?? '';
      const { errors, statements } = await run(query);
      expect(errors).toBeUndefined();
      const [read = '', ...more] = touching(statements, 'backtest_details');
      expect(more).toEqual([]);
      expect(read.includes('"curve"')).toBe(name === 'curve');
      expect(read.includes('"body"')).toBe(name !== 'curve');
      expect(touching(statements, 'backtest_trades')).toEqual([]);
    },
  );

  test('cost as much as they bring: two thousand points of a hundred backtests are too many for one request', () => {
    const costOf = (count: number) => {
      const text = `{ backtests(first: ${count}) { edges { node { curve(points: 2000) { date equity buyAndHold } } } } }`;
      return factsOf(schema, parse(text)).operation(null)?.costFor({}) ?? 0;
    };
    expect(costOf(100)).toBeGreaterThan(MAX_COST);
    expect(costOf(1)).toBeLessThan(MAX_COST);
  });
});

interface Trades {
  readonly edges: readonly { readonly cursor: string; readonly node: Record<string, never> }[];
  readonly pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    endCursor: string;
    startCursor: string;
  };
}

describe('the trades of a backtest', () => {
  const PAGE = `query($backtest: ID!, $first: Int, $last: Int, $after: String, $before: String, $sort: BacktestTradeSort, $down: Boolean) {
    backtest(id: $backtest) { trades(first: $first, last: $last, after: $after, before: $before, sort: $sort, descending: $down) {
      totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { n exitDate returnPct exitReason } } } } }`;
  let backtest: string;

  const page = async (variables: object) => {
    const { data, errors } = await run<{ backtest: { trades: Trades } }>(PAGE, { backtest, ...variables });
    return errors === undefined ? data.backtest.trades : errors[0]?.message;
  };

  beforeAll(async () => {
    const { data } = await run<{
      backtests: { edges: { node: { id: string; metrics: { trades: number } } }[] };
    }>('{ backtests(first: 20) { edges { node { id metrics { trades } } } } }');
    const sorted = data.backtests.edges.toSorted((a, b) => b.node.metrics.trades - a.node.metrics.trades);
    backtest = sorted[0]?.node.id ?? '';
    expect(sorted[0]?.node.metrics.trades).toBeGreaterThan(20);
  });

  const key = { DATE: 'exitDate', RETURN: 'returnPct', REASON: 'exitReason' } as const;
  test.each(
    (['DATE', 'RETURN', 'REASON'] as const).flatMap((sort) => [
      { sort, down: false },
      { sort, down: true },
    ]),
  )('come in pages by %j, each once, forwards and backwards', async ({ sort, down }) => {
    const all: { n: number; value: number | string }[] = [];
    let after: string | null = null;
    for (let more = true; more; ) {
      const { edges, pageInfo } = (await page({ first: 7, after, sort, down })) as Trades;
      all.push(...edges.map(({ node }) => ({ n: node.n ?? 0, value: node[key[sort]] ?? '' })));
      after = pageInfo.endCursor;
      more = pageInfo.hasNextPage;
    }
    expect(all.map(({ n }) => n).sort((a, b) => a - b)).toEqual(all.map((_, i) => i + 1));
    const sorted = all.toSorted((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : a.n - b.n));
    expect(all).toEqual(down ? sorted.reverse() : sorted);

    const last = (await page({ last: 7, sort, down })) as Trades;
    expect(last.edges.map(({ node }) => node.n)).toEqual(all.slice(-7).map(({ n }) => n));
    expect(last.pageInfo.hasPreviousPage).toBe(true);
    const before = (await page({ last: 7, before: last.pageInfo.startCursor, sort, down })) as Trades;
    expect(before.edges.map(({ node }) => node.n)).toEqual(all.slice(-14, -7).map(({ n }) => n));
  });

  test('refuse a cursor that is not theirs', async () => {
    for (const foreign of ['k:0', 'k:99999', 'k:x', 'k:1.5']) {
      const after = Buffer.from(foreign).toString('base64url');
      expect(await page({ first: 5, after })).toBe(
        'The cursor does not belong to this connection: pass a cursor that the API returned.',
      );
    }
  });
});

describe('the curve of a backtest', () => {
  test('keeps first and last bar and the largest fall, however few points', async () => {
    const { data } = await run<{
      backtests: {
        edges: {
          node: {
            firstDate: string;
            lastDate: string;
            metrics: { peakDate: string; troughDate: string; maxDrawdownPct: number };
            curve: { date: string; equity: number }[];
          };
        }[];
      };
    }>(
      '{ backtests(first: 20) { edges { node { firstDate lastDate metrics { peakDate troughDate maxDrawdownPct } curve(points: 60) { date equity } } } } }',
    );
    for (const { node } of data.backtests.edges) {
      const { curve, metrics } = node;
      expect(curve.length).toBeGreaterThanOrEqual(58);
      expect(curve.length).toBeLessThanOrEqual(60);
      expect([curve[0]?.date, curve.at(-1)?.date]).toEqual([node.firstDate, node.lastDate]);
      const at = (day: string) => curve.find(({ date }) => date === day)?.equity ?? Number.NaN;
      const fall = 100 * (1 - at(metrics.troughDate) / at(metrics.peakDate));
      expect(fall).toBeCloseTo(metrics.maxDrawdownPct, 9);
    }
  });

  test.each([1, 0, 2_001])('refuses %i points', async (points) => {
    const { errors } = await run(
      `{ backtests(first: 1) { edges { node { curve(points: ${points}) { date } } } } }`,
    );
    expect(errors?.[0]?.message).toBe('points must be between 2 and 2000.');
  });
});
