import fc from 'fast-check';
import { type DocumentNode, type ExecutionResult, execute, parse } from 'graphql';
import { expect, test } from 'vitest';
import type { Variables } from '../../../src/execution/operation.ts';
import { prepareExecution } from '../../../src/execution/prepare-execution.ts';
import { factsOf } from '../../../src/graphql/document-facts.ts';
import {
  counted,
  expectEqualResults,
  schema,
  selections,
  sources,
  textOf,
} from '../../support/random-operations.ts';

function prepare(document: DocumentNode, variables: Variables = {}) {
  const operation = factsOf(schema, document).operation(null);
  if (operation === null) throw new Error('an operation was expected');
  return prepareExecution(operation, variables);
}

test('a prepared operation says what graphql-js says, event after event', async () => {
  let simple = 0;
  let all = 0;
  await fc.assert(
    fc.asyncProperty(
      selections,
      fc.array(sources, { minLength: 1, maxLength: 4 }),
      fc.record({ n: fc.constantFrom<unknown>(undefined, null, 3, 4.5, 'x') }, { requiredKeys: [] }),
      async (selection, given, variables) => {
        const document = parse(textOf(selection, 'subscription'));
        const operation = { schema, document, variableValues: { ...variables, unit: 'LARGE' } };
        const prepared = prepare(document, operation.variableValues);
        for (const [i, source] of given.entries()) {
          const contextValue = { factor: i + 1 };
          const rootValue = { root: source };
          const before = counted.calls;
          const expected = await execute({ ...operation, rootValue, contextValue });
          const ordinaryCalls = counted.calls - before;
          expectEqualResults(await prepared(rootValue, contextValue), expected);
          all += 1;
          if (counted.calls - before === 2 * ordinaryCalls) simple += 1;
        }
      },
    ),
    { numRuns: 300 },
  );
  expect(simple).toBeGreaterThan(all / 2);
});

test('an operation calls each resolver once, builds no promise where none is, and goes on after an error', async () => {
  const document = parse('subscription { root { must nodes { id } } }');
  const prepared = prepare(document);
  const root = { must: 1, nodes: [{ id: '1' }, { id: '2' }] };
  const count = async (value: unknown) => {
    const before = counted.calls;
    const result = await prepared({ root: value }, {});
    return { result: JSON.parse(JSON.stringify(result)) as ExecutionResult, calls: counted.calls - before };
  };
  expect(prepared({ root }, {})).toEqual({ data: { root } });
  expect(await count(root)).toEqual({ result: { data: { root } }, calls: 5 });
  const broken = await count({ must: null, nodes: [] });
  expect(broken.result.errors?.[0]?.message).toBe('Cannot return null for non-nullable field Node.must.');
  expect(broken.calls).toBe(2);
  expect(await count(root)).toEqual({ result: { data: { root } }, calls: 5 });
});

test('an operation that cannot be executed says why', () => {
  const document = parse('subscription($n: Int!) { root(by: $n) { id } }');
  expect(prepare(document)({ root: null }, {})).toEqual(execute({ schema, document }));
});
