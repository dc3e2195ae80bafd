import { execute as executeAsWritten } from '@graphql-tools/executor';
import { type ExecutionResult, GraphQLError, type GraphQLSchema } from 'graphql';
import { whileWanted } from '../db/abandon.ts';
import type { Variables } from '../execution/operation.ts';
import type { Join, SharedExecutions } from '../execution/share-executions.ts';
import { type Written, writeInTurns } from '../execution/write-result.ts';
import { actionOf } from '../graphql/audit-mutations.ts';
import type { Context } from '../graphql/context.ts';
import {
  createKeptPlans,
  type DocumentFacts,
  factsOf,
  type OperationFacts,
} from '../graphql/document-facts.ts';
import { maskError } from '../graphql/mask-error.ts';
import { forbidden, missingOf } from '../graphql/scopes.ts';
import type { Logger } from '../logger.ts';
import type { Capacity } from '../rates/capacity.ts';
import type { Subscriptions } from './bound-subscriptions.ts';
import { chargeFor, MAX_COST } from './charge.ts';
import { createKeptDocuments } from './kept-documents.ts';
import { limitShape, parseDocument, validateDocument } from './limits.ts';
import type { Observe } from './observe-operations.ts';
import type { Params, PersistedOperations } from './persisted.ts';
import { rejection, tooMuch } from './rejections.ts';

export interface OperationRules {
  /** Which authenticated callers may ask for the schema. */
  readonly introspection: 'EVERYBODY' | 'ADMINS' | 'NOBODY';
  /** How long a query or a mutation may take. */
  readonly timeoutMs: number;
}

/** What a transport gives in: a request that it can read, of a caller that it has authenticated. */
export interface Asked {
  readonly params: Params;
  readonly context: Context;
  /** Why this transport, or what the client accepts of it, cannot carry such an operation now; null: it can. */
  readonly refuseKind?: (kind: OperationFacts['kind']) => GraphQLError | null;
  /** Called when the caller's allowance was asked, whether it sufficed or not. */
  readonly onCharged?: () => void;
}

/** An operation that may run. */
export interface Prepared {
  readonly operation: OperationFacts;
  readonly variables: Variables;
  readonly context: Context;
}

/** A result, and its text where that was worth writing in pieces. */
export interface Executed {
  readonly result: ExecutionResult;
  readonly written: Written | null;
}

export interface Rejected {
  readonly errors: readonly GraphQLError[];
}

/** Calls back when the client has gone or does not want the result any more. Returns how to stop listening. */
export type OnGone = (listener: () => void) => () => void;

/**
 * The way of every operation, on every transport, in this order: negotiate, authenticate, find document, parse, limit, validate, authorise, charge,
 * wait for capacity, run, observe. Transports negotiate and authenticate, because headers and handshakes are theirs (`negotiate.ts`,
 * `admit-callers.ts`).
 */
export interface Pipeline {
  /** From finding the document to charging. Never rejects. */
  prepare(asked: Asked): Promise<Prepared | Rejected>;
  /** Runs a query or a mutation. Never rejects: a fault is an error of the result. */
  execute(prepared: Prepared, onGone?: OnGone): Promise<Executed>;
  /**
   * Starts a subscription, after the last message that the client has where it names one (`Subscribed.resumeAfter`): returns how to receive its
   * messages, or why it does not start. Never rejects.
   */
  subscribe(prepared: Prepared, resumeAfter?: string | null): Promise<Join | ExecutionResult>;
}

/** An operation of at most so many points runs at once, however many others wait: its execution takes a millisecond or two. */
const CHEAP = 100;

export function createPipeline(deps: {
  readonly schema: GraphQLSchema;
  readonly persisted: PersistedOperations;
  readonly rules: OperationRules;
  readonly executions: SharedExecutions<Context>;
  /** Of subscriptions. */
  readonly subscriptions: Pick<Subscriptions, 'refuse'>;
  /** For the execution of operations, in points. */
  readonly capacity: Capacity;
  readonly observe: Observe;
  readonly log: Logger;
}): Pipeline {
  const { schema, persisted, rules, executions, subscriptions, capacity, observe, log } = deps;
  const kept = createKeptDocuments();
  const plans = createKeptPlans();

  function findDocument(params: Params): string {
    const text = persisted.textOf(params);
    if (text === undefined) throw badRequest('Must provide query string.');
    return text;
  }

  function parse(text: string): DocumentFacts {
    return factsOf(schema, parseDocument(text), plans);
  }

  /** A valid document is kept with its facts. */
  function validate(text: string, facts: DocumentFacts): void {
    const errors = validateDocument(schema, facts.document);
    if (errors.length > 0) throw new InvalidDocument(errors);
    kept.set(text, facts);
  }

  function authorise(operation: OperationFacts, variables: Variables, context: Context): void {
    const { facts, rootFields } = operation;
    const missing = missingOf(operation.neededFor(variables), context.access.scopes);
    const introspects = facts.shape.introspectionDepth > 0 && !mayIntrospect(context, rules);
    if (missing.length === 0 && !introspects) return;
    // The attempt is noted at every root field that the operation names.
    for (const name of introspects ? ['__schema'] : rootFields)
      context.noteRefusal({ ...actionOf(context, name), code: 'FORBIDDEN', target: null });
    throw introspects ? noIntrospection(rules) : forbidden(missing);
  }

  async function charge(operation: OperationFacts, variables: Variables, { context, onCharged }: Asked) {
    const cost = operation.costFor(variables);
    // The execution says what is wrong with the variables.
    if (cost === null) return;
    Object.assign(context, { cost });
    const { workspaceId } = context.access;
    const full = operation.kind === 'subscription' ? subscriptions.refuse(workspaceId) : null;
    if (full !== null) throw full;
    const waits = cost > CHEAP && cost <= MAX_COST && operation.kind !== 'subscription';
    if (waits && capacity.isFull(workspaceId)) throw tooManyWait();
    await chargeFor(cost, context).finally(onCharged);
  }

  function reject(error: unknown, context: Context): readonly GraphQLError[] {
    const errors = error instanceof InvalidDocument ? error.errors : [error];
    return errors.map((one) => maskError(one, log, context.requestId));
  }

  async function run({ operation, variables, context }: Prepared, signal: AbortSignal) {
    const { facts, name } = operation;
    Object.assign(context, { selected: facts.selected });
    // graphql-js executes all fields in one turn of the event loop.
    const plan = operation.kind === 'query' ? operation.planFor(variables, context.cost > CHEAP) : null;
    const planned = await plan?.(undefined, context, signal);
    if (planned != null) return planned;
    const { document } = facts;
    const args = { schema, document, operationName: name, variableValues: variables, contextValue: context };
    return (await executeAsWritten({ ...args, signal })) as ExecutionResult;
  }

  /** Runs a query or a mutation and writes its result. One that is not cheap waits for capacity. */
  async function work(prepared: Prepared, signal: AbortSignal): Promise<Executed> {
    const { cost, access } = prepared.context;
    if (cost <= CHEAP) return { result: await run(prepared, signal), written: null };
    return capacity.run(access.workspaceId, cost, signal, async () => {
      const result = await run(prepared, signal);
      const isPlain = result.errors === undefined && result.extensions === undefined;
      return { result, written: isPlain ? await writeInTurns(result) : null };
    });
  }

  return {
    async prepare(asked) {
      const { params, context, refuseKind } = asked;
      let operation: OperationFacts | null = null;
      try {
        const text = findDocument(params);
        const known = kept.get(text);
        const facts = known ?? parse(text);
        operation = facts.operation(params.operationName ?? null);
        if (known === undefined) {
          limitShape(facts.shape);
          validate(text, facts);
        }
        if (operation === null) throw noOperation();
        const refusal = refuseKind?.(operation.kind) ?? null;
        if (refusal !== null) throw refusal;
        const variables = params.variables ?? {};
        authorise(operation, variables, context);
        await charge(operation, variables, asked);
        return { operation, variables, context };
      } catch (error) {
        const errors = reject(error, context);
        observe.rejected(operation?.kind ?? 'unknown', errors);
        return { errors };
      }
    },

    async execute(prepared, onGone) {
      const { operation, context } = prepared;
      const end = new AbortController();
      const timer = setTimeout(() => end.abort(timedOut(rules.timeoutMs)), rules.timeoutMs);
      const isQuery = operation.kind === 'query';
      // A mutation runs to its end: its client may have sent it and closed the connection.
      const stop = isQuery ? onGone?.(() => end.abort(gone())) : undefined;
      const ran = observe.begin(operation.kind);
      const begin = () => work(prepared, end.signal);
      try {
        const { result, written } = await (isQuery ? whileWanted(end.signal, begin) : begin());
        ran(result.errors);
        if (result.errors === undefined) return { result, written };
        const errors = result.errors.map((one) => maskError(one, log, context.requestId));
        return { result: { ...result, errors }, written: null };
      } catch (error) {
        ran([error]);
        return { result: { errors: reject(error, context) }, written: null };
      } finally {
        clearTimeout(timer);
        stop?.();
      }
    },

    async subscribe(prepared, resumeAfter = null) {
      try {
        const opened = await executions.open({ ...prepared, resumeAfter });
        if (typeof opened === 'function') observe.subscribed();
        else observe.rejected('subscription', opened.errors ?? []);
        return opened;
      } catch (error) {
        const errors = reject(error, prepared.context);
        observe.rejected('subscription', errors);
        return { errors };
      }
    },
  };
}

class InvalidDocument extends Error {
  readonly errors: readonly unknown[];
  constructor(errors: readonly unknown[]) {
    super('the document is not valid');
    this.errors = errors;
  }
}

function mayIntrospect({ access }: Context, { introspection }: OperationRules): boolean {
  return introspection === 'EVERYBODY' || (introspection === 'ADMINS' && access.scopes.has('admin'));
}

function noIntrospection({ introspection }: OperationRules): GraphQLError {
  const message =
    introspection === 'ADMINS'
      ? 'Introspection requires the scope admin on this server.'
      : 'Introspection is disabled on this server.';
  return new GraphQLError(message, { extensions: { code: 'FORBIDDEN' } });
}

function badRequest(message: string): GraphQLError {
  const http = { spec: true, status: 400, headers: { Allow: 'GET, POST' } };
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http } });
}

const noOperation = () =>
  rejection(400, 'OPERATION_RESOLUTION_FAILURE', 'Could not determine what operation to execute.');

const tooManyWait = () =>
  tooMuch(
    'Too many expensive operations of the workspace wait to run; send fewer at a time, or try again later.',
    1,
  );

/** No further field is begun; a statement under way is ended by the database after 4.5 s at most (`apiLimits`). */
const timedOut = (timeoutMs: number) =>
  rejection(503, 'TIMEOUT', `The operation took longer than ${timeoutMs / 1_000} s and was aborted.`, {
    retryable: true,
  });

/** No client reads it. */
function gone(): GraphQLError {
  return new GraphQLError('The client has disconnected.', { extensions: { code: 'CLIENT_GONE' } });
}
