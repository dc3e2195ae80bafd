import { createSourceEventStream, type ExecutionResult, GraphQLError } from 'graphql';
import { type Access, accessKey } from '../access.ts';
import { isTransient } from '../db/retry.ts';
import { isLive, type Live, type Step } from '../events/source.ts';
import type { Logger } from '../logger.ts';
import type { Context } from './context.ts';
import type { OperationFacts, Variables } from './document-facts.ts';
import { maskError } from './mask-error.ts';
import { type Payload, payloadOf } from './payload.ts';
import { prepareExecution } from './prepare-execution.ts';
import { createRecentPayloads } from './recent-payloads.ts';
import { createShare, type Share, type Sink } from './share.ts';
import { shareKeyOf } from './share-key.ts';

/** A subscription that may run, as the pipeline prepares it. */
export interface Subscribed {
  readonly operation: OperationFacts;
  readonly variables: Variables;
  readonly context: Context;
}

/** Begins to deliver messages to the sink. Returns how to leave. */
export type Join = (sink: Sink) => () => void;

export interface SharedExecutions {
  /**
   * Starts a subscription. It shares its executions with all that have the same document, operation, variables (cursor aside) and access. Returns
   * how to receive its messages, or the result of a subscription that does not start.
   */
  open(subscribed: Subscribed): Promise<ExecutionResult | Join>;
}

export function createSharedExecutions(deps: {
  /** A new one for each execution: what it caches is as old as the execution. */
  readonly createContext: (access: Access) => Context;
  /** Takes the points of an execution. */
  readonly charge: (access: Access, points: number) => void;
  /** Bytes that a message may have. */
  readonly maxBytes: number;
  readonly log: Logger;
}): SharedExecutions {
  const { createContext, charge, maxBytes, log } = deps;
  const shares = new Map<string, Share>();
  const recent = createRecentPayloads();
  let serial = 0;

  function mask(result: ExecutionResult, requestId?: string): ExecutionResult {
    if (result.errors === undefined) return result;
    return { ...result, errors: result.errors.map((error) => maskError(error, log, requestId)) };
  }

  function toPayload(result: ExecutionResult): Payload {
    // The database was away while a field was read: the step is executed again, so that nobody gets a hole for an answer.
    const away = result.errors?.find(({ originalError }) => isTransient(originalError));
    if (away !== undefined) throw away.originalError;
    const payload = payloadOf(mask(result));
    if (payload.bytes > maxBytes) throw tooLarge(maxBytes);
    return payload;
  }

  function openShare(key: string, stream: Live<unknown>, { operation, variables, context }: Subscribed) {
    const { access, cost } = context;
    serial += 1;
    const name = serial;
    const run = prepareExecution(operation, variables);
    const executeStep = ({ value, content = 1 }: Step<unknown>): Payload | Promise<Payload> => {
      charge(access, Math.max(1, Math.ceil(cost * content)));
      const result = run(value, createContext(access));
      return result instanceof Promise ? result.then(toPayload) : toPayload(result);
    };
    const share = createShare({
      source: stream.source,
      execute: (step, since) => recent.get(`${name} ${step.key}`, () => executeStep(step), since),
      toClientError: (error) => maskError(error, log),
      onEmpty: () => shares.delete(key),
    });
    shares.set(key, share);
    return share;
  }

  return {
    async open(subscribed) {
      const { operation, variables, context } = subscribed;
      const { schema, document } = operation.facts;
      const stream = await createSourceEventStream({
        schema,
        document,
        operationName: operation.name,
        variableValues: variables,
        contextValue: context,
      });
      if (!(Symbol.asyncIterator in stream)) return mask(stream, context.requestId);
      if (!isLive(stream)) throw new Error('the subscribe function of a field must return live(…)');
      const key = shareKeyOf(operation, variables, {
        cursorArgument: stream.cursorArgument,
        access: accessKey(context.access),
        source: stream.source.key,
      });
      return (sink) => (shares.get(key) ?? openShare(key, stream, subscribed)).join(sink, stream.cursor);
    },
  };
}

function tooLarge(limit: number): GraphQLError {
  const message = `A message is larger than ${limit / 1_000_000} MB: ask for fewer fields.`;
  return new GraphQLError(message, { extensions: { code: 'LIMIT_EXCEEDED', limit } });
}
