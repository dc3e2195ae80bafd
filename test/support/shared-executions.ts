import { setImmediate as turn } from 'node:timers/promises';
import {
  type DocumentNode,
  GraphQLBoolean,
  GraphQLInt,
  GraphQLList,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
} from 'graphql';
import { isTransient, statementTimedOut } from '../../src/db/retry.ts';
import type { Variables } from '../../src/execution/operation.ts';
import { iterate, type Outlet, pass } from '../../src/execution/receive-messages.ts';
import { createSharedExecutions } from '../../src/execution/share-executions.ts';
import { type Cursors, live, type Source } from '../../src/execution/source.ts';
import type { Context } from '../../src/graphql/context.ts';
import { factsOf } from '../../src/graphql/document-facts.ts';
import { maskError } from '../../src/graphql/mask-error.ts';
import { executionPriceOf } from '../../src/server/limit-subscribers.ts';
import { fullAccess } from './access.ts';
import { silent } from './silent.ts';

const CURSORS: Cursors = { argument: 'after', encode: String, decode: Number };

export interface Batch {
  readonly numbers: readonly number[];
  readonly cursor: number;
}

/** A log of 1, 2, 3 … in memory; `end` closes it. */
export function createLog() {
  const listeners = new Set<() => void>();
  let head = 0;
  let ended = false;
  let failing = 0;
  let code = '57P01';
  const tell = () => {
    for (const listener of listeners) listener();
  };
  const source: Source<Batch> = {
    key: 'numbers',
    next({ cursor, told }) {
      if (failing > 0) {
        failing -= 1;
        throw Object.assign(new Error('away'), { code });
      }
      const to = Math.min(head, (Math.floor(cursor / 5) + 1) * 5);
      if (to <= cursor && told) return ended ? null : undefined;
      const numbers = Array.from({ length: Math.max(to - cursor, 0) }, (_, i) => cursor + 1 + i);
      const at = Math.max(to, cursor);
      return {
        value: { numbers, cursor: at },
        key: `${cursor}-${at}`,
        cursor: at,
        content: numbers.length === 0 ? 1 : numbers.length / 5,
        last: ended && at >= head,
      };
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return {
    source,
    listeners,
    append(count: number) {
      head += count;
      tell();
    },
    end() {
      head += 1;
      ended = true;
      tell();
    },
    fail(times: number, why = '57P01') {
      failing = times;
      code = why;
    },
  };
}

export const MAX_BYTES = 10_000;

export function createWorld() {
  const log = createLog();
  let executed = 0;
  /** By workspace. */
  const charged = new Map<string, number>();
  /** What a field reads beside the step. */
  const beside = { value: 0 };
  const schema = new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { ok: { type: GraphQLBoolean } } }),
    subscription: new GraphQLObjectType({
      name: 'Subscription',
      fields: {
        log: {
          args: { after: { type: GraphQLInt, defaultValue: 0 }, unit: { type: GraphQLString } },
          type: new GraphQLObjectType<Batch, Context>({
            name: 'Batch',
            fields: {
              numbers: { type: new GraphQLList(GraphQLInt) },
              cursor: { type: GraphQLInt },
              beside: {
                type: GraphQLInt,
                resolve: async () => {
                  const { value } = beside;
                  await turn();
                  return value;
                },
              },
              large: {
                type: GraphQLInt,
                resolve: () => {
                  throw new Error('too large');
                },
              },
              owner: {
                type: GraphQLString,
                resolve: async (_batch, _args, { access }) => {
                  await turn();
                  return access.workspaceId;
                },
              },
              plus: {
                type: new GraphQLList(GraphQLInt),
                args: { n: { type: GraphQLInt } },
                resolve: ({ numbers }, { n }) => numbers.map((number) => number + n),
              },
            },
          }),
          subscribe: (_root, { after }) => live(log.source, after, CURSORS),
          resolve: (batch) => {
            executed += 1;
            return batch;
          },
        },
      },
    }),
  });
  const contextOf = (workspaceId: string) => ({ access: fullAccess(workspaceId), cost: 10 }) as Context;
  const shared = createSharedExecutions<Context>({
    sessionOf: ({ access: { workspaceId }, cost }) => ({
      key: workspaceId,
      owner: workspaceId,
      createContext: () => contextOf(workspaceId),
      charge: (content) =>
        void charged.set(workspaceId, (charged.get(workspaceId) ?? 0) + executionPriceOf(cost, content)),
    }),
    faults: { isTransient, timedOut: statementTimedOut, mask: (error) => maskError(error, silent) },
    maskFor: (error) => maskError(error, silent),
    maxBytes: MAX_BYTES,
  });

  async function start(document: DocumentNode, variables: Variables, context: Context, outlet?: Outlet) {
    const operation = factsOf(schema, document).operation(null);
    if (operation === null) throw new Error('an operation was expected');
    const opened = await shared.open({ operation, variables, context });
    if (typeof opened !== 'function') throw new Error('refused');
    return outlet === undefined ? iterate(opened).messages : pass(opened, outlet);
  }
  return { log, schema, start, contextOf, beside, charged, executed: () => executed };
}
