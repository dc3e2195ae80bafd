import { afterAll, beforeAll, expect, test } from 'vitest';
import { examples, SAMPLE_DAY } from '../../src/main/examples.ts';
import { startAnalysisWorker } from '../support/analysis-worker.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import type { TestWorker } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';

let database: TestDatabase;
let api: TestApi;
let worker: TestWorker;
beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
  worker = await startAnalysisWorker(database);
});
afterAll(async () => {
  await worker.stop();
  await api.close();
  await database.close();
});

interface Shown {
  readonly verdict: string;
  readonly asOf: string;
  readonly isDemo: boolean;
  readonly plan: { readonly side: string; readonly positionSize: number } | null;
  readonly warnings: readonly { readonly code: string }[];
}

const example = (title: string) => examples.find((one) => one.title === title)?.query ?? '';

test('the first documents of GraphiQL end with a trade plan on real bars and without a warning', async () => {
  const submitted = await api.one<{ __typename: string }>(example('Submit'));
  expect(submitted.__typename).toBe('SubmitJobPayload');
  const shown = await eventually(async () => {
    const { edges } = await api.one<{ edges: { node: Shown }[] }>(example('Results'));
    return edges[0]?.node;
  });
  expect(shown).toMatchObject({ verdict: 'BUY', asOf: SAMPLE_DAY, isDemo: false, warnings: [] });
  expect(shown.plan).toMatchObject({ side: 'LONG' });
  expect(shown.plan?.positionSize).toBeGreaterThan(0);
  const { edges } = await api.one<{ edges: { node: { planRecord: { cases: number; side: string } } }[] }>(
    '{ analyses(first: 1) { edges { node { planRecord { side cases targets stops timeouts meanResultPct winRatePct } } } } }',
  );
  expect(edges[0]?.node.planRecord).toMatchObject({ side: 'LONG' });
  expect(edges[0]?.node.planRecord.cases).toBeGreaterThan(10);
});
