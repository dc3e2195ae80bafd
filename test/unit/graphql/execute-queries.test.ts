import fc from 'fast-check';
import { buildSchema, execute, parse } from 'graphql';
import { expect, test } from 'vitest';
import { createQueryExecutor } from '../../../src/graphql/execute-queries.ts';
import {
  counted,
  expectEqualResults,
  schema,
  selections,
  sources,
  textOf,
} from '../../support/random-operations.ts';

/** Now and then of the wrong type. */
const mostly = (...values: unknown[]) =>
  fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: fc.constant('x') });
const variables = fc.record(
  {
    n: mostly(null, 3),
    yes: mostly(true, false),
    no: mostly(true, false),
    range: mostly({ from: 2 }, { to: 5 }, null),
  },
  { requiredKeys: [] },
);

test('what is executed by a plan answers what graphql-js answers, whatever the variables', async () => {
  let planned = 0;
  let all = 0;
  const executeQuery = createQueryExecutor(1);
  await fc.assert(
    fc.asyncProperty(
      selections,
      fc.array(fc.tuple(sources, variables), { minLength: 1, maxLength: 6 }),
      async (selection, rounds) => {
        const document = parse(textOf(selection, 'query'));
        for (const [i, [source, variableValues]] of rounds.entries()) {
          const operation = {
            schema,
            document,
            variableValues,
            rootValue: { root: source },
            contextValue: { factor: i + 1 },
          };
          const result = await executeQuery(operation);
          const expected = await execute(operation);
          all += 1;
          if (result === null) continue;
          planned += 1;
          expectEqualResults(result, expected);
        }
      },
    ),
    { numRuns: 300 },
  );
  expect(planned).toBeGreaterThan(all / 2);
});

const withMutation = buildSchema(
  'type Query { a(n: Int): Int b: Int! list: [Query] } type Mutation { a: Int } union U = Query',
);
const ask = (text: string, rootValue: unknown, others: object = {}) => {
  const executeQuery = createQueryExecutor(1);
  return executeQuery({ schema: withMutation, document: parse(text), rootValue, ...others });
};

test('mutations, questions about the schema, what cannot be executed and values of no type are left to graphql-js', () => {
  expect(ask('mutation { a }', { a: 1 })).toBeNull();
  expect(ask('{ __schema { queryType { name } } }', {})).toBeNull();
  expect(ask('{ __type(name: "U") { name } }', {})).toBeNull();
  expect(ask('query A { a } query B { a }', { a: 1 })).toBeNull();
  expect(ask('query($n: Int!) { a(n: $n) }', { a: 1 })).toBeNull();
  expect(ask('{ list { b } }', { list: 5 })).toBeNull();
  expect(ask('query A { a } query B { b }', { b: 1 }, { operationName: 'B' })).toEqual({ data: { b: 1 } });
});

test('a document has a plan from its second use on', () => {
  const executeQuery = createQueryExecutor();
  const operation = { schema: withMutation, document: parse('{ b }'), rootValue: { b: 1 } };
  const uses = [1, 2, 3].map(() => executeQuery(operation));
  expect(uses).toEqual([null, { data: { b: 1 } }, { data: { b: 1 } }]);
});

test('an error ends at the nearest value that may be null, is told once, and no resolver is called again', async () => {
  let calls = 0;
  const called = (value: unknown) => () => {
    calls += 1;
    return value;
  };
  const late = (value: unknown) => () => {
    calls += 1;
    return Promise.resolve(value);
  };
  const text = '{ a list { a b } more: list { b } }';
  const items = [
    { a: called(1), b: late(null) },
    { a: late(2), b: called(3) },
  ];
  const answer = await ask(text, { a: called(new Error('no')), list: late(items) });
  expect(JSON.parse(JSON.stringify(answer))).toEqual({
    data: { a: null, list: [null, { a: 2, b: 3 }], more: [null, { b: 3 }] },
    errors: [
      expect.objectContaining({ message: 'no', path: ['a'] }),
      expect.objectContaining({ path: ['list', 0, 'b'] }),
      expect.objectContaining({ path: ['more', 0, 'b'] }),
    ],
  });
  expect(calls).toBe(1 + 2 + 4 + 2);
  const whole = await ask('{ list { a } b }', { list: late([]), b: () => Promise.reject(new Error('gone')) });
  expect(whole).toMatchObject({ data: null, errors: [{ message: 'gone', path: ['b'] }] });
});

test('fields keep the order of the document, whichever arrives first, and a key may have any name', async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const answer = ask('{ __proto__: a constructor: a late: b list { b } }', {
    a: 1,
    b: () => promise,
    list: async () => [{ b: 2 }],
  });
  queueMicrotask(() => queueMicrotask(() => resolve(3)));
  expect(JSON.stringify(await answer)).toBe(
    '{"data":{"__proto__":1,"constructor":1,"late":3,"list":[{"b":2}]}}',
  );
});

test('after an abort no further field is begun', async () => {
  const timeout = new AbortController();
  let begun = 0;
  const answer = ask(
    '{ list { b } }',
    {
      list: async () => {
        timeout.abort();
        return [{ b: () => (begun += 1) }];
      },
    },
    { signal: timeout.signal },
  );
  expect(await answer).toBeNull();
  expect(begun).toBe(0);
});

test('a resolver that promises is called once', async () => {
  const document = parse('{ root { id nodes { id must } } }');
  const source = { id: 1, nodes: [{ id: 2, must: 3 }] };
  const executeQuery = createQueryExecutor(1);
  const before = counted.calls;
  const result = await executeQuery({ schema, document, rootValue: { root: source }, contextValue: {} });
  expect(result).toEqual({ data: { root: { id: '1', nodes: [{ id: '2', must: 3 }] } } });
  expect(counted.calls - before).toBe(5);
});
