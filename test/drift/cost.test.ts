import { complexityFromQuery } from '@pothos/plugin-complexity';
import {
  type DocumentNode,
  getNamedType,
  isInterfaceType,
  isObjectType,
  parse,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { expect, test } from 'vitest';
import * as generated from '../../packages/client/src/generated/graphql.ts';
import { examples } from '../../src/main/examples.ts';
import { schema } from '../../src/main/schema.ts';
import { MAX_COST } from '../../src/server/charge.ts';
import { generateOperation, rootsOf } from '../conformance/generate-operation.ts';

const documents = [
  ...Object.entries(generated).flatMap(([name, value]) =>
    name.endsWith('Document') ? [[name, String(value)] as const] : [],
  ),
  ...examples.map(({ title, query }) => [`example ${title}`, query] as const),
];

const id = Buffer.from('Job:01890000-0000-7000-8000-000000000000').toString('base64');
const listId = Buffer.from('Watchlist:01890000-0000-7000-8000-000000000000').toString('base64');
const inputs: Readonly<Record<string, object>> = {
  CreateWatchlistDocument: { name: 'Tech' },
  AnalyzeWatchlistDocument: { id: listId },
};

test.each(documents)('%s costs no more than an operation may', (name, text) => {
  const input = inputs[name] ?? { tickers: ['AAPL'] };
  const variables = {
    id,
    jobId: id,
    job: id,
    input,
    after: name === 'JobEventsDocument' ? 0 : null,
    points: 100,
  };
  const { complexity } = complexityFromQuery(parse(text), { schema, ctx: {} as never, variables });
  expect(complexity).toBeGreaterThan(0);
  expect(complexity).toBeLessThanOrEqual(MAX_COST);
});

const costIn = (document: DocumentNode, variables: Readonly<Record<string, unknown>>) =>
  complexityFromQuery(document, { schema, ctx: {} as never, variables: { ...variables } }).complexity;

/** The document without each of its fields in turn, where another field is left beside it. */
function withoutOneField(document: DocumentNode): DocumentNode[] {
  const places: [SelectionSetNode, number][] = [];
  visit(document, {
    SelectionSet(node) {
      if (node.selections.length > 1) for (const i of node.selections.keys()) places.push([node, i]);
    },
  });
  return places.map(([set, i]) =>
    visit(document, {
      SelectionSet: (node) =>
        node === set ? { ...node, selections: node.selections.filter((_, at) => at !== i) } : undefined,
    }),
  );
}

test('another field never lowers the cost of an operation, whatever its arguments are', () => {
  let seed = 7;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const pool = { ids: [id] };
  const compared = { operations: 0, fields: 0 };
  for (let round = 0; round < 8; round += 1)
    for (const root of rootsOf(schema)) {
      const { query, variables } = generateOperation(schema, random, pool, root);
      const document = parse(query);
      let cost: number;
      try {
        cost = costIn(document, variables);
      } catch {
        // An id that is none: the operation is rejected before anything runs.
        continue;
      }
      expect({ query, variables, cost }).toMatchObject({ cost: expect.toSatisfy((value) => value >= 1) });
      compared.operations += 1;
      for (const smaller of withoutOneField(document)) {
        compared.fields += 1;
        if (costIn(smaller, variables) > cost) expect.fail(`${query} ${JSON.stringify(variables)}`);
      }
    }
  console.info(`costs compared: ${compared.operations} operations, ${compared.fields} fields`);
  expect(compared.fields).toBeGreaterThan(500);
});

test('no value of an argument makes a field cost less than one point, or what is in it less than nothing', () => {
  const extremes = [null, undefined, 0, -0, -1, 1, 100, 2_147_483_647, -2_147_483_648];
  let priced = 0;
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const { complexity } = field.extensions;
      if (typeof complexity !== 'function') continue;
      const numbers = field.args.filter((arg) => getNamedType(arg.type).name === 'Int');
      const others = Object.fromEntries(field.args.map(({ name }) => [name, []]));
      for (const value of extremes) {
        const args = { ...others, ...Object.fromEntries(numbers.map(({ name }) => [name, value])) };
        const cost = complexity(args, {}, field) as number | { field?: number; multiplier?: number };
        const { field: own = 1, multiplier = 0 } = typeof cost === 'number' ? { field: cost } : cost;
        expect({ type: type.name, field: field.name, value, ok: own >= 1 && multiplier >= 0 }).toMatchObject({
          ok: true,
        });
        priced += 1;
      }
    }
  }
  expect(priced).toBeGreaterThan(50);
});
