import fc from 'fast-check';
import { buildSchema, execute, parse } from 'graphql';
import { expect, test } from 'vitest';
import { createKeptPlans, factsOf } from '../../../src/graphql/document-facts.ts';
import { createKeptDocuments } from '../../../src/server/kept-documents.ts';
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
  await fc.assert(
    fc.asyncProperty(
      selections,
      fc.array(fc.tuple(sources, variables), { minLength: 1, maxLength: 6 }),
      async (selection, rounds) => {
        const document = parse(textOf(selection, 'query'));
        const facts = factsOf(schema, document);
        for (const [i, [source, variableValues]] of rounds.entries()) {
          const operation = {
            schema,
            document,
            variableValues,
            rootValue: { root: source },
            contextValue: { factor: i + 1 },
          };
          const plan = facts.operation(null)?.planFor(variableValues, true);
          const result = (await plan?.(operation.rootValue, operation.contextValue)) ?? null;
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
const ask = (text: string, rootValue: unknown, name: string | null = null, signal?: AbortSignal) => {
  const operation = factsOf(withMutation, parse(text)).operation(name);
  return operation?.planFor({}, true)?.(rootValue, {}, signal) ?? null;
};

test('questions about the schema, what cannot be executed and values of no type are left to graphql-js', () => {
  expect(ask('{ __schema { queryType { name } } }', {})).toBeNull();
  expect(ask('{ __type(name: "U") { name } }', {})).toBeNull();
  expect(ask('query A { a } query B { a }', { a: 1 })).toBeNull();
  expect(ask('query($n: Int!) { a(n: $n) }', { a: 1 })).toBeNull();
  expect(ask('{ list { b } }', { list: 5 })).toBeNull();
  expect(ask('query A { a } query B { b }', { b: 1 }, 'B')).toEqual({ data: { b: 1 } });
});

test('a document has a plan from its second use on', () => {
  const operation = factsOf(withMutation, parse('{ b }')).operation(null);
  const uses = [1, 2, 3].map(() => operation?.planFor({})?.({ b: 1 }, {}) ?? null);
  expect(uses).toEqual([null, { data: { b: 1 } }, { data: { b: 1 } }]);
});

test('plans of all documents share one limit, by their fields', () => {
  const plans = createKeptPlans(40);
  const made: string[] = [];
  const counting = {
    get: plans.get,
    set(...[key, plan, weight]: Parameters<typeof plans.set>) {
      made.push(key);
      plans.set(key, plan, weight);
    },
  };
  const text = 'query($n: Int, $c: Boolean!) { a(n: $n) @include(if: $c) b list { b a list { b } } }';
  const operations = [1, 2, 3].map(() => factsOf(withMutation, parse(text), counting).operation(null));
  const ask = (at: number, c: boolean) => {
    const before = made.length;
    expect(operations[at]?.planFor({ c }, true)).not.toBeNull();
    return made.length > before;
  };
  // Each plan weighs 8: five of them are kept, and the one that was used longest ago goes.
  expect([ask(0, true), ask(0, false), ask(1, true), ask(1, false), ask(2, true)]).not.toContain(false);
  expect(ask(0, true)).toBe(false);
  expect(ask(2, false)).toBe(true);
  expect(ask(0, true)).toBe(false);
  expect(ask(0, false)).toBe(true);
});

test('documents share one limit, by their tokens', () => {
  const kept = createKeptDocuments(200);
  const short = factsOf(withMutation, parse('{ b }'));
  const long = factsOf(withMutation, parse(`{ ${'b '.repeat(100)} }`));
  kept.set('1', short);
  kept.set('2', short);
  expect(kept.get('1')).toBe(short);
  kept.set('3', long);
  expect([kept.get('1'), kept.get('2'), kept.get('3')]).toEqual([undefined, undefined, long]);
  kept.set('4', factsOf(withMutation, parse(`{ ${'b '.repeat(300)} }`)));
  expect([kept.get('3'), kept.get('4')]).toEqual([long, undefined]);
});

test('facts of an operation are kept, and those of a name that is none are not', () => {
  const facts = factsOf(withMutation, parse('query A { a } query B { a b }'));
  expect(facts.operation('B')).toBe(facts.operation('B'));
  expect(facts.operation('B')).toMatchObject({ name: 'B', kind: 'query', rootFields: ['a', 'b'] });
  for (const name of [null, '', 'C']) expect(facts.operation(name)).toBeNull();
  expect(facts.selected).toEqual(new Map([['Query', new Set(['a', 'b'])]]));
});

test('an operation whose cost cannot be computed although it could run is rejected', () => {
  const broken = buildSchema('type Query { a(n: Int): Int }');
  const field = broken.getQueryType()?.getFields().a;
  Object.assign(field?.extensions ?? {}, {
    complexity: () => {
      throw new Error('no cost');
    },
  });
  const operation = factsOf(broken, parse('query($n: Int) { a(n: $n) }')).operation(null);
  expect(() => operation?.costFor({ n: 1 })).toThrow('no cost');
  // The execution says what is wrong with the variables.
  expect(operation?.costFor({ n: 'x' })).toBeNull();
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
    null,
    timeout.signal,
  );
  expect(await answer).toBeNull();
  expect(begun).toBe(0);
});

test('a resolver that promises is called once', async () => {
  const document = parse('{ root { id nodes { id must } } }');
  const source = { id: 1, nodes: [{ id: 2, must: 3 }] };
  const plan = factsOf(schema, document).operation(null)?.planFor({}, true);
  const before = counted.calls;
  const result = await plan?.({ root: source }, {});
  expect(result).toEqual({ data: { root: { id: '1', nodes: [{ id: '2', must: 3 }] } } });
  expect(counted.calls - before).toBe(5);
});
