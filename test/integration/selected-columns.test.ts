import { readFileSync } from 'node:fs';
import { buildSchema, type GraphQLField, getNamedType, isLeafType, isObjectType } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAnalysisWorker } from '../support/analysis-worker.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { endedJob } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';

const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));
const type = schema.getType('Analysis');
if (!isObjectType(type)) throw new Error('there is no type Analysis');
const fields = Object.values(type.getFields());

let database: TestDatabase;
let api: TestApi;
/** Where a result comes from: each is read by a statement of its own. */
let doors: ((selection: string) => string)[];

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
  const worker = await startAnalysisWorker(database);
  // The second one has a previous result, a plan or not.
  for (const tickers of [['AAA'], ['AAA', 'BBB']]) {
    const { job } = await api.submit({ tickers, source: 'DEMO', force: true });
    await eventually(() => endedJob(database.db, job.uuid));
  }
  await worker.stop();
  const { edges } = await api.one<{ edges: { node: { id: string; job: { id: string } } }[] }>(
    '{ analyses { edges { node { id job { id } } } } }',
  );
  const { id = '', job } = edges.find(({ node }) => node.job.id === edges[0]?.node.job.id)?.node ?? {};
  doors = [
    (selection) => `{ analyses { edges { node ${selection} } } }`,
    (selection) => `{ analysis(id: "${id}") ${selection} }`,
    (selection) => `{ node(id: "${id}") { ... on Analysis ${selection} } }`,
    (selection) => `{ nodes(ids: ["${id}"]) { __typename ... on Analysis ${selection} } }`,
    (selection) => `{ latestAnalyses(tickers: ["AAA", "BBB"]) ${selection} }`,
    (selection) => `{ job(id: "${job?.id}") { items { edges { node { analysis ${selection} } } } } }`,
    (selection) => `{ job(id: "${job?.id}") { analyses { edges { node ${selection} } } } }`,
    (selection) =>
      `fragment Wanted on Analysis ${selection} query { analyses(first: 1) { edges { node { ...Wanted } } } }`,
  ];
});
afterAll(async () => {
  await api.close();
  await database.close();
});

/** The field with the leaves of what it is made of. */
function leavesOf({ name, type: returnType, args }: GraphQLField<unknown, unknown>): string {
  const named = getNamedType(returnType);
  const given = args.some((argument) => argument.name === 'last') ? '(indicators: [RSI], last: 5)' : '';
  if (isLeafType(named)) return name + given;
  const leaves = isObjectType(named)
    ? Object.values(named.getFields())
        .filter((field) => isLeafType(getNamedType(field.type)) && field.args.length === 0)
        .map((field) => field.name)
    : ['__typename'];
  return `${name}${given} { ${leaves.join(' ')} }`;
}

test('each field of an analysis says alone what it says among all others, wherever the analysis is read', async () => {
  for (const door of doors) {
    const whole = await api.post(door(`{ ${fields.map(leavesOf).join(' ')} }`));
    expect(whole.errors, door('')).toBeUndefined();
    for (const field of fields) {
      const alone = await api.post(door(`{ ${leavesOf(field)} }`));
      expect(alone, door(field.name)).toEqual({ data: only(whole.data, field.name) });
    }
  }
});

/** The answer with this field alone of every analysis in it. */
function only(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value.map((item) => only(item, name));
  if (value === null || typeof value !== 'object') return value;
  if ('scoreVerdict' in value) {
    const typename = '__typename' in value ? { __typename: value.__typename } : {};
    return { ...typename, [name]: (value as Record<string, unknown>)[name] };
  }
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, only(child, name)]));
}
