import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createWriter } from '../support/feed.ts';
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

const HISTORY = `query ($ticker: String!) { analyses(filter: { ticker: $ticker }) {
  edges { node { score asOf isDemo scoreChange previous { score asOf isDemo } } } } }`;
interface History {
  readonly edges: readonly {
    readonly node: {
      readonly score: number;
      readonly scoreChange: number | null;
      readonly previous: { score: number } | null;
    };
  }[];
}

test('a change of score is against the result before that looked at no later bar, demo against demo', async () => {
  // A writer per result: a job has one result per ticker and strategy.
  const results = [
    { score: 0.1, asOf: '2026-01-28', isDemo: false },
    { score: 0.4, asOf: '2026-01-29', isDemo: false },
    { score: -1, asOf: '2026-01-29', isDemo: true },
    { score: 0.2, asOf: '2026-01-28', isDemo: false },
    { score: 0.3, asOf: '2026-01-29', isDemo: false },
  ];
  for (const result of results) {
    const writer = await createWriter(database.db);
    await writer.store([{ ticker: 'H', strategy: 'BALANCED', ...result }]);
  }
  const { result, statements } = await counter.during(() => api.one<History>(HISTORY, { ticker: 'h' }));
  expect(result.edges.map(({ node }) => node.previous?.score ?? null)).toEqual([0.2, 0.1, null, 0.1, null]);
  expect(result.edges[0]?.node.scoreChange).toBeCloseTo(0.1, 12);
  expect(result.edges[4]?.node.scoreChange).toBeNull();
  expect(statements).toHaveLength(2);
});
