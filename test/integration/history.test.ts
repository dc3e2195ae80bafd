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

test('a history is ordered by the day of the bar, and a change of score is against the day before, demo against demo', async () => {
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
  // The second run of the 28th was stored after that of the 29th and is not newer.
  expect(result.edges.map(({ node }) => node.score)).toEqual([0.3, -1, 0.4, 0.2, 0.1]);
  expect(result.edges.map(({ node }) => node.previous?.score ?? null)).toEqual([0.4, null, 0.1, 0.1, null]);
  expect(result.edges[0]?.node.scoreChange).toBeCloseTo(-0.1, 12);
  expect(result.edges[4]?.node.scoreChange).toBeNull();
  expect(statements).toHaveLength(2);
});

test('pages of a history forth and back are the whole one, though past days were filled in later', async () => {
  const days = [5, 6, 7, 2, 3, 8, 1, 7];
  for (const [i, day] of days.entries()) {
    const writer = await createWriter(database.db);
    await writer.store([
      { ticker: 'PAGED', strategy: 'BALANCED', score: i / 10, asOf: `2026-01-0${day}`, isDemo: false },
    ]);
  }
  const query = `query($first: Int, $after: String, $last: Int, $before: String) {
    analyses(filter: { ticker: "PAGED" }, first: $first, after: $after, last: $last, before: $before) {
      pageInfo { endCursor startCursor } edges { node { asOf score } } } }`;
  interface Page {
    readonly pageInfo: { readonly endCursor: string | null; readonly startCursor: string | null };
    readonly edges: readonly { readonly node: { readonly asOf: string; readonly score: number } }[];
  }
  const scoresOf = ({ edges }: Page) => edges.map(({ node }) => node.score);
  const whole = await api.one<Page>(query, { first: 20 });
  expect(whole.edges.map(({ node }) => node.asOf.slice(-1))).toEqual([
    '8',
    '7',
    '7',
    '6',
    '5',
    '3',
    '2',
    '1',
  ]);
  expect(scoresOf(whole).slice(0, 3)).toEqual([0.5, 0.7, 0.2]);
  const forth: number[] = [];
  const back: number[] = [];
  let after: string | null = null;
  let before: string | null = null;
  for (let page = 0; page < 3; page += 1) {
    const next: Page = await api.one<Page>(query, { first: 3, after });
    forth.push(...scoresOf(next));
    after = next.pageInfo.endCursor;
    const former: Page = await api.one<Page>(query, { last: 3, before });
    back.unshift(...scoresOf(former));
    before = former.pageInfo.startCursor;
  }
  expect(forth).toEqual(scoresOf(whole));
  expect(back).toEqual(scoresOf(whole));
});
