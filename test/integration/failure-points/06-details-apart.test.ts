import {
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
  graphql,
  isLeafType,
  isObjectType,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID, SCOPES } from '../../../src/access.ts';
import { createRecentRecords } from '../../../src/analyses/records.ts';
import { sql } from '../../../src/db/drizzle.ts';
import { schema } from '../../../src/main/schema.ts';
import { createReadCandles } from '../../../src/market/read-candles.ts';
import { createSources } from '../../../src/market/sources/index.ts';
import { startAnalysisWorker } from '../../support/analysis-worker.ts';
import { jobGid, startApi } from '../../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { endedJob } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { silent } from '../../support/silent.ts';

const RESULTS = 60;
/** Fields that may read the bulky part; every other field of a result must not. */
const BULKY = [
  'plan',
  'planRecord',
  'indicators',
  'filters',
  'vetoes',
  'categoryScores',
  'ledger',
  'provenance',
  'rawData',
  'series',
];

let database: TestDatabase;
let job: { id: string; uuid: string };

beforeAll(async () => {
  database = await createTestDatabase();
  const api = await startApi(database.url);
  const worker = await startAnalysisWorker(database);
  const tickers = Array.from({ length: RESULTS }, (_, i) => `T${i}`);
  await api.one(
    'mutation($t: [String!]) { createWatchlist(input: { name: "All", tickers: $t }) { __typename } }',
    { t: tickers },
  );
  ({ job } = await api.submit({ tickers, source: 'DEMO' }));
  await eventually(() => endedJob(database.db, job.uuid));
  await worker.stop();
  await api.close();
});
afterAll(() => database.close());

/** Executes a query as the API does and answers the statements that it caused. */
async function statementsOf(source: string, variableValues: Record<string, unknown> = {}): Promise<string[]> {
  const before = database.statements.length;
  const contextValue = {
    db: database.db,
    log: silent,
    access: { workspaceId: DEFAULT_WORKSPACE_ID, scopes: new Set(SCOPES) },
    requestId: 'test',
    recentRecords: createRecentRecords(),
    readCandles: createReadCandles({
      db: database.db,
      sources: createSources({ csvDir: null, now: () => new Date() }),
    }),
  };
  const { errors } = await graphql({ schema, source, contextValue, variableValues });
  expect(errors).toBeUndefined();
  return database.statements.slice(before);
}

const bulkyReads = (statements: readonly string[]) =>
  statements.filter((text) => text.includes('analysis_details'));

/** All fields of a result but the bulky ones, one level deep, so that a new field is checked without being named here. */
function narrowFields(): string {
  const { Analysis } = schema.getTypeMap();
  const selection = (type: GraphQLOutputType) => (isLeafType(getNamedType(type)) ? '' : ' { __typename }');
  expect(isObjectType(Analysis)).toBe(true);
  return Object.values((Analysis as GraphQLObjectType).getFields())
    .filter(({ name }) => !BULKY.includes(name))
    .map(({ name, type }) => `${name}${selection(type)}`)
    .join(' ');
}

describe('6: the bulky part of results', () => {
  test('is read by no list, whatever else is asked for', async () => {
    const fields = narrowFields();
    expect(fields).toContain('warnings');
    const id = jobGid(job.uuid);
    const queries = [
      `{ analyses(first: 50) { totalCount edges { node { ${fields} } } } }`,
      `{ latestAnalyses(tickers: ["T1", "T2", "T3"]) { ${fields} } }`,
      `{ jobs(first: 5) { edges { node { state errors { ticker } analyses(first: 20) { edges { node { ${fields} } } } } } } }`,
      `query($id: ID!) { job(id: $id) { items(first: 50) { edges { node { ticker analysis { ${fields} } } } } } }`,
      `{ watchlists { items { ticker lastStatus lastJob { state } lastAnalysis { ${fields} } } } }`,
      `query($id: ID!) { node(id: $id) { ... on Job { analyses(first: 20) { edges { node { ${fields} } } } } } }`,
    ];
    for (const query of queries) {
      const statements = await statementsOf(query, { id });
      expect(statements.some((text) => /\banalyses\b/.test(text))).toBe(true);
      expect({ query, bulky: bulkyReads(statements) }).toEqual({ query, bulky: [] });
      // Batched: statements do not grow with the rows.
      expect({ query, many: statements.length > 8 }).toEqual({ query, many: false });
    }
  });

  test.each(BULKY)(
    'is read in one statement for all results of a page when %s is asked for',
    async (field) => {
      const { Analysis } = schema.getTypeMap();
      const type = (Analysis as GraphQLObjectType).getFields()[field]?.type as GraphQLOutputType;
      const selection = isLeafType(getNamedType(type)) ? '' : ' { __typename }';
      const query = `{ analyses(first: 50) { edges { node { ticker ${field}${selection} } } } }`;
      expect(bulkyReads(await statementsOf(query))).toHaveLength(1);
    },
  );

  test('is read once when several fields of it are asked for', async () => {
    const fields =
      'plan { entry } indicators { indicator } filters { __typename } vetoes { __typename } rawData';
    const query = `{ analyses(first: 50) { edges { node { ticker ${fields} } } } }`;
    expect(bulkyReads(await statementsOf(query))).toHaveLength(1);
  });

  test('would make a row seven times as large if it lay inline: the row takes at most 15 % of that', async () => {
    const api = await startApi(database.url);
    await database.db.execute(sql`create table inline_analyses (like analyses, raw_data jsonb)`);
    await database.db.execute(sql`insert into inline_analyses select * from analyses`);
    for (let page = 0; page * 20 < RESULTS; page += 1) {
      const rows = await api.one<{ ticker: string; rawData: unknown }[]>(
        'query($t: [String!]!) { latestAnalyses(tickers: $t) { ticker rawData } }',
        { t: Array.from({ length: 20 }, (_, i) => `T${page * 20 + i}`) },
      );
      for (const { ticker, rawData } of rows) {
        await database.db.execute(
          sql`update inline_analyses set raw_data = ${JSON.stringify(rawData)} where ticker = ${ticker}`,
        );
      }
    }
    await api.close();
    // As stored: a value above 2 kB is compressed, in both designs.
    const { rows } = await database.db.execute<{ hot: number; inline: number; n: number }>(sql`
      select (select avg(pg_column_size(a.*)) from analyses a)::float8 as hot,
        (select avg(pg_column_size(a.*) + pg_column_size(i.raw_data)) from analyses a join inline_analyses i using (id))::float8 as inline,
        (select count(*) from inline_analyses where raw_data is not null)::int as n`);
    const { hot = Number.NaN, inline = Number.NaN, n } = rows[0] ?? {};
    expect(n).toBe(RESULTS);
    console.log(
      `bytes per row: ${Math.round(hot)}; inline: ${Math.round(inline)}; ${((100 * hot) / inline).toFixed(1)} %`,
    );
    expect(hot).toBeLessThanOrEqual(0.15 * inline);
  });
});
