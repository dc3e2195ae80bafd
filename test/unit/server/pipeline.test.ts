import { buildSchema } from 'graphql';
import { expect, test } from 'vitest';
import type { Scope } from '../../../src/access.ts';
import type { Refusal } from '../../../src/action.ts';
import type { Context } from '../../../src/graphql/context.ts';
import { createCapacity } from '../../../src/rates/capacity.ts';
import { createPersisted } from '../../../src/server/persisted.ts';
import { type Asked, createPipeline } from '../../../src/server/pipeline.ts';
import { silent } from '../../support/silent.ts';

const schema = buildSchema(
  'type Query { open(id: ID): Int secret: Int dear: Int slow: Int held: Int rows: [Row] } type Row { a: Int } type Mutation { change: Int } type Subscription { feed: Int }',
);
const fields = schema.getQueryType()?.getFields() ?? {};
Object.assign(fields.secret ?? {}, { extensions: { scope: 'admin' } });
Object.assign(fields.open?.args[0] ?? {}, { extensions: { scope: 'jobs:read' } });
Object.assign(fields.dear ?? {}, { extensions: { complexity: 20_001 } });
/** Ends the executions that wait, in the order in which they began. */
const held: (() => void)[] = [];
const hold = () => new Promise<number>((resolve) => void held.push(() => resolve(1)));
Object.assign(fields.rows ?? {}, { extensions: { complexity: 200 } });
Object.assign(fields.held ?? {}, { extensions: { complexity: 200 }, resolve: hold });
Object.assign(fields.slow ?? {}, { resolve: () => new Promise(() => undefined) });

function createWorld(points = 10, timeoutMs = 1_000) {
  const steps: string[] = [];
  const refused: Refusal[] = [];
  let left = points;
  const capacity = createCapacity({ perOwner: 200, total: 400, waiting: 1 });
  const pipeline = createPipeline({
    schema,
    persisted: {
      textOf(params) {
        steps.push('find document');
        return createPersisted(new Map(), { only: false }).textOf(params);
      },
    },
    rules: { introspection: 'ADMINS', timeoutMs },
    executions: { open: async () => () => () => undefined },
    subscriptions: { refuse: () => null },
    capacity,
    observe: {
      rejected: (kind, errors) => void steps.push(`observe ${kind} rejected ${errors.length}`),
      begin(kind) {
        steps.push('run');
        return (errors) => void steps.push(`observe ${kind} ${errors?.length ?? 0}`);
      },
      subscribed: () => void steps.push('observe subscription 0'),
    },
    log: silent,
  });
  const contextOf = (scopes: readonly Scope[], workspaceId: string) =>
    ({
      access: { workspaceId, keyId: null, subject: '', scopes: new Set(scopes) },
      cost: 0,
      requestId: 'r',
      noteRefusal: (refusal: Refusal) => {
        refused.push(refusal);
        steps.push(`refuse ${refusal.name}`);
      },
      rates: {
        take(_key: string, cost: number) {
          steps.push('charge');
          left -= cost;
          return left >= 0 ? { admitted: true } : { admitted: false, retryAfterMs: 1_000 };
        },
        stateOf: () => ({ limit: 10, remaining: 0, resetAt: new Date(0) }),
      },
    }) as unknown as Context;
  return {
    pipeline,
    capacity,
    steps,
    refused,
    async send(query: string, scopes: readonly Scope[] = [], asked: Partial<Asked> = {}, workspaceId = '') {
      steps.length = 0;
      const context = contextOf(scopes, workspaceId);
      const prepared = await pipeline.prepare({ params: { query }, context, ...asked });
      if ('errors' in prepared) return prepared.errors.map(({ extensions }) => extensions.code);
      if (prepared.operation.kind === 'subscription') return pipeline.subscribe(prepared);
      const { result } = await pipeline.execute(prepared);
      const { data, errors } = result;
      return errors === undefined ? data : errors.map(({ extensions }) => extensions.code);
    },
  };
}

test('an id in a variable needs the scope of its type', async () => {
  const { send } = createWorld();
  const of = (id: string | null) => ({
    params: { query: 'query($id: ID) { open(id: $id) }', variables: { id } },
  });
  expect(await send('', [], of(null))).toEqual({ open: null });
  expect(await send('', [], of('x'))).toEqual(['FORBIDDEN']);
  expect(await send('', ['jobs:read'], of('x'))).toEqual({ open: null });
});

test('a document has at most 20 operations', async () => {
  const { send } = createWorld();
  const of = (count: number) => Array.from({ length: count }, (_, i) => `query q${i} { open }`).join(' ');
  const named = { params: { query: of(20), operationName: 'q7' } };
  expect(await send('', [], named)).toEqual({ open: null });
  const larger = { params: { query: of(21), operationName: 'q7' } };
  expect(await send('', [], larger)).toEqual(['QUERY_TOO_COMPLEX']);
});

test('an operation passes the steps in their order', async () => {
  const { send, steps } = createWorld();
  expect(await send('{ open }')).toEqual({ open: null });
  expect(steps).toEqual(['find document', 'charge', 'run', 'observe query 0']);
  await send('subscription { feed }');
  expect(steps).toEqual(['find document', 'charge', 'observe subscription 0']);
});

test.each([
  ['a text that is too long', `{ ${'open '.repeat(5_000)} }`, 'QUERY_TOO_COMPLEX', 'unknown'],
  ['a text that is no document', '{ open', 'GRAPHQL_PARSE_FAILED', 'unknown'],
  ['a document that is too large and not valid', `{ ${'no '.repeat(201)} }`, 'QUERY_TOO_COMPLEX', 'query'],
  ['a document that does not fit the schema', '{ no }', 'GRAPHQL_VALIDATION_FAILED', 'query'],
  [
    'an operation that there is not',
    'query A { open } query B { open }',
    'OPERATION_RESOLUTION_FAILURE',
    'unknown',
  ],
  ['an operation without its scope', '{ secret dear }', 'FORBIDDEN', 'query'],
  ['an operation that costs too much', '{ dear }', 'QUERY_TOO_COMPLEX', 'query'],
])('%s is rejected by the first step that can tell', async (_what, query, code, kind) => {
  const { send, steps } = createWorld();
  expect(await send(query)).toEqual([code]);
  expect(steps.at(-1)).toBe(`observe ${kind} rejected 1`);
  expect(steps).not.toContain('charge');
  expect(steps).not.toContain('run');
});

test('what a transport cannot carry is rejected before it is authorised', async () => {
  const { send, steps } = createWorld();
  const { GraphQLError } = await import('graphql');
  const refuseKind = (kind: string) =>
    kind === 'mutation' ? new GraphQLError('no', { extensions: { code: 'BAD_REQUEST' } }) : null;
  expect(await send('mutation { change }', [], { refuseKind })).toEqual(['BAD_REQUEST']);
  expect(steps).toEqual(['find document', 'observe mutation rejected 1']);
});

test('an operation that is forbidden costs no point and is noted once per root field', async () => {
  const { send, steps, refused } = createWorld(1);
  expect(await send('{ secret again: secret open }')).toEqual(['FORBIDDEN']);
  expect(steps).toEqual(['find document', 'refuse secret', 'refuse open', 'observe query rejected 1']);
  expect(refused).toMatchObject([{ code: 'FORBIDDEN', correlationId: 'r' }, { name: 'open' }]);
  expect(await send('{ __schema { queryType { name } } }')).toEqual(['FORBIDDEN']);
  expect(steps).toContain('refuse __schema');
  expect(await send('{ open }')).toEqual({ open: null });
  expect(await send('{ open }')).toEqual(['RATE_LIMITED']);
});

test('an operation that takes too long is given up', async () => {
  const { send, steps } = createWorld(10, 20);
  expect(await send('{ slow }')).toEqual(['TIMEOUT']);
  expect(steps.at(-1)).toBe('observe query 1');
});

test('expensive operations of one workspace run one after the other, and cheap ones and those of others at once', async () => {
  const { send } = createWorld(1_000);
  const first = send('{ held }');
  const second = send('{ held }');
  expect(await send('{ open }')).toEqual({ open: null });
  const other = send('{ held }', [], {}, 'other');
  await expect.poll(() => held.length).toBe(2);
  for (const end of held.splice(0)) end();
  expect(await Promise.all([first, other])).toEqual([{ held: 1 }, { held: 1 }]);
  await expect.poll(() => held.length).toBe(1);
  for (const end of held.splice(0)) end();
  expect(await second).toEqual({ held: 1 });
});

test('an expensive operation is rejected before it is charged when too many of the workspace wait', async () => {
  const { send, steps } = createWorld(1_000);
  const first = send('{ held }');
  await expect.poll(() => held.length).toBe(1);
  const second = send('{ held }');
  await expect.poll(() => steps).toContain('run');
  expect(await send('{ held }')).toEqual(['LIMIT_EXCEEDED']);
  expect(steps).not.toContain('charge');
  expect(await send('{ open }')).toEqual({ open: null });
  for (const end of held.splice(0)) end();
  await first;
  await expect.poll(() => held.length).toBe(1);
  for (const end of held.splice(0)) end();
  expect(await second).toEqual({ held: 1 });
});

test('an operation that waits for capacity for longer than an operation may take never begins', async () => {
  const { send, capacity } = createWorld(1_000, 20);
  const end = Promise.withResolvers<void>();
  const before = capacity.run('', 200, new AbortController().signal, () => end.promise);
  expect(await send('{ held }')).toEqual(['TIMEOUT']);
  end.resolve();
  await before;
  expect(await send('{ open }')).toEqual({ open: null });
  expect(held).toHaveLength(0);
});

test('an expensive query takes several turns of the event loop also when its document is used for the first time', async () => {
  const { send } = createWorld(1_000);
  const turns = new Set<number>();
  let turn = 0;
  let isOver = false;
  const next = () => {
    turn += 1;
    if (!isOver) setImmediate(next);
  };
  setImmediate(next);
  const row = () => ({ a: () => turns.add(turn).size });
  Object.assign(fields.rows ?? {}, { resolve: () => Array.from({ length: 5_000 }, row) });
  await send('{ rows { a } }');
  isOver = true;
  expect(turns.size).toBeGreaterThan(3);
});
