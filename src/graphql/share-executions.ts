import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLSchema,
} from 'graphql';
import { type Access, accessKey } from '../access/access.ts';
import { isTransient } from '../db/retry.ts';
import { isLive, type Live, type Step } from '../events/source.ts';
import type { Logger } from '../logger.ts';
import type { Context } from './context.ts';
import { maskError } from './errors.ts';
import { type Payload, payloadOf } from './payload.ts';
import { prepareExecution } from './prepare-execution.ts';
import { createRecentPayloads } from './recent-payloads.ts';
import { createShare, type Share, type Sink } from './share.ts';
import { shareKeyOf } from './share-key.ts';

export interface SubscribeArgs {
  readonly document: DocumentNode;
  readonly operationName?: string | null;
  readonly variableValues?: Readonly<Record<string, unknown>> | null;
  readonly contextValue: Context;
}

/** Where messages go when they do not pass through the iteration. */
export type Outlet = Omit<Sink, 'end'>;

export interface SharedExecutions {
  /**
   * Runs a subscription, sharing its executions with all that have the same document, operation, variables (cursor aside) and access.
   * With an outlet the messages go there, and the iteration yields nothing: it ends when the subscription ends.
   */
  subscribe(
    args: SubscribeArgs,
    outlet?: Outlet,
  ): Promise<ExecutionResult | AsyncGenerator<ExecutionResult, void, void>>;
}

export function createSharedExecutions(deps: {
  readonly schema: GraphQLSchema;
  /** A new one for each execution: what it caches is as old as the execution. */
  readonly createContext: (access: Access, costAccepted: boolean) => Context;
  readonly log: Logger;
}): SharedExecutions {
  const { schema, createContext, log } = deps;
  const shares = new Map<string, Share>();
  const recent = createRecentPayloads();
  let serial = 0;

  function mask(result: ExecutionResult): ExecutionResult {
    if (result.errors === undefined) return result;
    return { ...result, errors: result.errors.map((error) => maskError(error, log) as GraphQLError) };
  }

  function toPayload(result: ExecutionResult): Payload {
    // The database was away while a field was read: the step is executed again, so that nobody gets a hole for an answer.
    const away = result.errors?.find(({ originalError }) => isTransient(originalError));
    if (away !== undefined) throw away.originalError;
    return payloadOf(mask(result));
  }

  function openShare(key: string, stream: Live<unknown>, args: SubscribeArgs): Share {
    const { document, operationName, variableValues, contextValue } = args;
    const { access } = contextValue;
    serial += 1;
    const name = serial;
    const run = prepareExecution({ schema, document, operationName, variableValues });
    let costAccepted = false;
    const accept = (result: ExecutionResult) => {
      const payload = toPayload(result);
      costAccepted ||= result.errors === undefined;
      return payload;
    };
    const executeStep = ({ value }: Step<unknown>): Payload | Promise<Payload> => {
      const result = run(value, createContext(access, costAccepted));
      return result instanceof Promise ? result.then(accept) : accept(result);
    };
    const share = createShare({
      source: stream.source,
      execute: (step) => recent.get(`${name} ${step.key}`, () => executeStep(step)),
      toClientError: (error) => maskError(error, log),
      onEmpty: () => shares.delete(key),
    });
    shares.set(key, share);
    return share;
  }

  return {
    async subscribe(args, outlet) {
      const { document, operationName = null, variableValues, contextValue } = args;
      const stream = await createSourceEventStream({
        schema,
        document,
        operationName,
        variableValues,
        contextValue,
      });
      if (!(Symbol.asyncIterator in stream)) return mask(stream);
      if (!isLive(stream)) throw new Error('the subscribe function of a field must return live(…)');
      const key = shareKeyOf({
        document,
        operationName,
        variables: variableValues ?? {},
        cursorArgument: stream.cursorArgument,
        access: accessKey(contextValue.access),
        source: stream.source.key,
      });
      const join = (sink: Sink) =>
        (shares.get(key) ?? openShare(key, stream, args)).join(sink, stream.cursor);
      return outlet === undefined ? iterate(join) : pass(join, outlet);
    },
  };
}

type Join = (sink: Sink) => () => void;

/** Messages go to the outlet; the iteration only waits for the end. */
function pass(join: Join, outlet: Outlet): AsyncGenerator<ExecutionResult, void, void> {
  const ended = Promise.withResolvers<{ done: true; value: undefined }>();
  let leave: (() => void) | null = null;
  const finish = () => ended.resolve({ done: true, value: undefined });
  return toGenerator<ExecutionResult>({
    next() {
      leave ??= join({
        ...outlet,
        end: (error) => (error === undefined ? finish() : ended.reject(error)),
      });
      return ended.promise;
    },
    leave() {
      leave?.();
      finish();
    },
  });
}

/** Messages come out of the iteration. One is held ready; who does not fetch it stays behind in the log, not in memory. */
function iterate(join: Join): AsyncGenerator<ExecutionResult, void, void> {
  let slot: ExecutionResult | null = null;
  let waiting: PromiseWithResolvers<IteratorResult<ExecutionResult, void>> | null = null;
  let end: { readonly error: unknown } | null = null;
  let onReady: (() => void) | null = null;
  let leave: (() => void) | null = null;
  const sink: Sink = {
    isReady: () => slot === null,
    next({ result }) {
      if (waiting === null) slot = result;
      else waiting.resolve({ done: false, value: result });
      waiting = null;
    },
    whenReady(listener) {
      onReady = listener;
    },
    end(error) {
      end = { error };
      if (error === undefined) waiting?.resolve({ done: true, value: undefined });
      else waiting?.reject(error);
      waiting = null;
    },
  };
  return toGenerator<ExecutionResult>({
    async next() {
      leave ??= join(sink);
      const result = slot;
      if (result !== null) {
        slot = null;
        const ready = onReady;
        onReady = null;
        ready?.();
        return { done: false, value: result };
      }
      if (end !== null) {
        const { error } = end;
        end = { error: undefined };
        if (error !== undefined) throw error;
        return { done: true, value: undefined };
      }
      waiting ??= Promise.withResolvers();
      return waiting.promise;
    },
    leave() {
      leave?.();
      sink.end();
    },
  });
}

function toGenerator<Value>(source: {
  next(): Promise<IteratorResult<Value, void>>;
  leave(): void;
}): AsyncGenerator<Value, void, void> {
  const generator: AsyncGenerator<Value, void, void> = {
    next: () => source.next(),
    async return() {
      source.leave();
      return { done: true, value: undefined };
    },
    async throw(error) {
      source.leave();
      throw error;
    },
    [Symbol.asyncIterator]: () => generator,
    async [Symbol.asyncDispose]() {
      source.leave();
    },
  };
  return generator;
}
