import { buildSchema } from 'graphql';
import { expect, test } from 'vitest';
import type { Scope } from '../../../src/access/access.ts';
import type { Refusal } from '../../../src/audit/action.ts';
import type { Context } from '../../../src/graphql/context.ts';
import { createPersisted } from '../../../src/graphql/persisted.ts';
import { type Asked, createPipeline } from '../../../src/graphql/pipeline.ts';
import { silent } from '../../support/silent.ts';

const schema = buildSchema(
  'type Query { open: Int secret: Int dear: Int slow: Int } type Mutation { change: Int } type Subscription { feed: Int }',
);
const fields = schema.getQueryType()?.getFields() ?? {};
Object.assign(fields.secret ?? {}, { extensions: { scope: 'admin' } });
Object.assign(fields.dear ?? {}, { extensions: { complexity: 20_001 } });
Object.assign(fields.slow ?? {}, { resolve: () => new Promise(() => undefined) });

function createWorld(points = 10, timeoutMs = 1_000) {
  const steps: string[] = [];
  const refused: Refusal[] = [];
  let left = points;
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
  const contextOf = (scopes: readonly Scope[]) =>
    ({
      access: { workspaceId: '', keyId: null, subject: '', scopes: new Set(scopes) },
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
    steps,
    refused,
    async send(query: string, scopes: readonly Scope[] = [], asked: Partial<Asked> = {}) {
      steps.length = 0;
      const prepared = await pipeline.prepare({ params: { query }, context: contextOf(scopes), ...asked });
      if ('errors' in prepared) return prepared.errors.map(({ extensions }) => extensions.code);
      if (prepared.operation.kind === 'subscription') return pipeline.subscribe(prepared);
      const { data, errors } = await pipeline.execute(prepared);
      return errors === undefined ? data : errors.map(({ extensions }) => extensions.code);
    },
  };
}

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
