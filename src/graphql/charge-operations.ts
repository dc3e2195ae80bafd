import type { ServerResponse } from 'node:http';
import { complexityFromQuery } from '@pothos/plugin-complexity';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { limitKeyOf } from '../access/access.ts';
import { type RateState, rateHeaders } from '../rates/rate.ts';
import { actionOf } from './audit-mutations.ts';
import { MAX_COST } from './builder.ts';
import type { Context } from './context.ts';
import { maskError } from './errors.ts';
import { shapeOf } from './shape.ts';

/** An operation that is valid and about to run. */
export interface Operation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  readonly variableValues?: Readonly<Record<string, unknown>> | null | undefined;
  readonly contextValue: Context;
}

export interface OperationRules {
  /** Who of those who are let in may ask for the schema. */
  readonly introspection: 'EVERYBODY' | 'ADMINS' | 'NOBODY';
  readonly timeoutMs: number;
}

/** What an operation costs, by the context that it runs with; asking again costs nothing. */
const costs = new WeakMap<Context, number>();

export function costOf(context: Context): number {
  return costs.get(context) ?? 0;
}

/**
 * The last door before an operation runs, the same on every transport: who may ask for the schema, what the operation costs, and whether the
 * caller's key has so many points left. Null: it may run.
 */
export async function chargeOperation(
  operation: Operation,
  rules: OperationRules,
): Promise<GraphQLError | null> {
  const { document, contextValue: context } = operation;
  if (costs.has(context)) return null;
  if (shapeOf(document).introspectionDepth > 0 && !mayIntrospect(context, rules)) {
    context.noteRefusal({ ...actionOf(context, '__schema'), code: 'FORBIDDEN', target: null });
    const message =
      rules.introspection === 'ADMINS'
        ? 'Asking for the schema needs the scope admin here.'
        : 'Introspection is switched off here.';
    return new GraphQLError(message, { extensions: { code: 'FORBIDDEN' } });
  }
  const cost = measureCost(operation);
  if (cost === null) return null;
  costs.set(context, cost);
  if (cost > MAX_COST) {
    const message = `This operation costs ${cost}, more than ${MAX_COST}: ask for fewer fields or smaller pages.`;
    return new GraphQLError(message, {
      extensions: { code: 'QUERY_TOO_COMPLEX', cost, limit: MAX_COST, http: { status: 400 } },
    });
  }
  Object.assign(context, { costAccepted: true });
  const key = limitKeyOf(context.access);
  try {
    const admission = await context.rates.take(key, cost);
    return admission.admitted ? null : rateLimited(admission.retryAfterMs, context.rates.stateOf(key));
  } catch (error) {
    return maskError(error, context.log) as GraphQLError;
  }
}

function mayIntrospect({ access }: Context, { introspection }: OperationRules): boolean {
  return introspection === 'EVERYBODY' || (introspection === 'ADMINS' && access.scopes.has('admin'));
}

/** Of each document the costs that were worked out last, by operation and variables. */
const known = new WeakMap<DocumentNode, Map<string, number>>();
const KNOWN_PER_DOCUMENT = 32;
const MAX_KEY_LENGTH = 500;

/** Null: the operation will be refused for its variables or its name, which whoever runs it says better. */
function measureCost(asked: Operation): number | null {
  const { document, operationName, variableValues } = asked;
  const ofDocument = known.get(document) ?? new Map<string, number>();
  known.set(document, ofDocument);
  const key = `${operationName ?? ''} ${JSON.stringify(variableValues, withoutText)}`;
  const answer = ofDocument.get(key) ?? computeCost(asked);
  if (answer === null || key.length > MAX_KEY_LENGTH) return answer;
  if (ofDocument.size >= KNOWN_PER_DOCUMENT) ofDocument.clear();
  ofDocument.set(key, answer);
  return answer;
}

/** What an operation costs depends on numbers, conditions and lengths of lists: a cursor, an id or a name has no part in it. */
function withoutText(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? '' : value;
}

function computeCost({ schema, document, operationName, variableValues, contextValue }: Operation) {
  const operation = getOperationAST(document, operationName);
  if (operation == null) return null;
  try {
    const { complexity } = complexityFromQuery(alone(document, operation), {
      schema,
      ctx: contextValue,
      variables: { ...variableValues },
    });
    // What is asked about the schema costs a point a field.
    return Math.max(1, Math.ceil(complexity) + shapeOf(document).introspectionBreadth);
  } catch {
    return null;
  }
}

/** The document with one operation: the cost of another one is not this one's. */
function alone(document: DocumentNode, operation: OperationDefinitionNode): DocumentNode {
  const others = document.definitions.some(
    (node) => node.kind === Kind.OPERATION_DEFINITION && node !== operation,
  );
  if (!others) return document;
  const definitions = document.definitions.filter(
    (node) => node.kind !== Kind.OPERATION_DEFINITION || node === operation,
  );
  return { ...document, definitions };
}

function rateLimited(retryAfterMs: number, state: RateState): GraphQLError {
  const retryAfter = Math.max(1, Math.ceil(retryAfterMs / 1_000));
  const headers = { 'retry-after': String(retryAfter), ...rateHeaders(state) };
  return new GraphQLError(`Too much was asked for; try again in ${retryAfter} s.`, {
    extensions: { code: 'RATE_LIMITED', retryAfter, retryable: true, http: { status: 429, headers } },
  });
}

/** What HTTP adds to a context. */
interface Replying {
  readonly res?: ServerResponse;
}

/** Tells the caller of an HTTP request what is left. */
function tellRate({ rates, access }: Context, response: ServerResponse): void {
  const state = rates.stateOf(limitKeyOf(access));
  if (state.limit === 0 || response.headersSent) return;
  for (const [name, value] of Object.entries(rateHeaders(state))) response.setHeader(name, value);
}

/** Charges what HTTP and SSE bring; what came by a websocket was charged there. Ends what runs for too long. */
export function chargeOperations(rules: OperationRules): Plugin {
  const charge = async (args: Operation) => {
    const context = args.contextValue as Context & Replying;
    const refusal = await chargeOperation(args, rules);
    if (context.res !== undefined) tellRate(context, context.res);
    return refusal === null ? null : { errors: [refusal] };
  };
  return {
    async onExecute({ args, setResultAndStopExecution }) {
      const refusal = await charge(args as unknown as Operation);
      if (refusal !== null) {
        setResultAndStopExecution(refusal);
        return undefined;
      }
      const timeout = new AbortController();
      const timer = setTimeout(() => timeout.abort(timedOut(rules.timeoutMs)), rules.timeoutMs);
      Object.assign(args, { signal: timeout.signal });
      return { onExecuteDone: () => clearTimeout(timer) };
    },
    async onSubscribe({ args, setResultAndStopExecution }) {
      const refusal = await charge(args as unknown as Operation);
      if (refusal !== null) setResultAndStopExecution(refusal);
    },
  };
}

/** No further field is begun; a statement under way is ended by the database after 4.5 s at most (`apiLimits`). */
function timedOut(timeoutMs: number): GraphQLError {
  return new GraphQLError(`The operation took longer than ${timeoutMs / 1_000} s and was given up.`, {
    extensions: { code: 'TIMEOUT', retryable: true, http: { status: 503 } },
  });
}
