import { createSourceEventStream, type ExecutionResult, GraphQLError } from 'graphql';
import type { ExecutableOperation, Variables } from './operation.ts';
import { type Payload, payloadOf } from './payload.ts';
import { prepareExecution } from './prepare-execution.ts';
import { createRecentPayloads } from './recent-payloads.ts';
import { createShare, type Faults, type Share, type Sink } from './share.ts';
import { shareKeyOf } from './share-key.ts';
import { isLive, type Live, type Step } from './source.ts';
import { createTurns } from './turns.ts';

/** A subscription that may run. */
export interface Subscribed<Context> {
  readonly operation: ExecutableOperation;
  readonly variables: Variables;
  readonly context: Context;
  /** Cursor of the last message that the client has of an earlier subscription; it wins over the arguments. Ignored where there are no cursors. */
  readonly resumeAfter?: string | null;
}

/** What the executions of equal callers share. It outlives the context that it comes from. */
export interface Session<Context> {
  /** Equal for callers that may read the same rows and fields. */
  readonly key: string;
  /** Whose work it is: owners take turns where many wait. */
  readonly owner: string;
  /** A new context for each execution: what it caches is as old as the execution. */
  createContext(): Context;
  /** Charges an execution; `content` is the `Step.content` of what it executes. */
  charge(content: number): void;
}

/** Begins to deliver messages to the sink. Returns how to leave. */
export type Join = (sink: Sink) => () => void;

export interface SharedExecutions<Context> {
  /**
   * Starts a subscription. It shares its executions with all that have the same document, operation, variables (cursor aside) and session. Returns
   * how to receive its messages, or the result of a subscription that does not start.
   */
  open(subscribed: Subscribed<Context>): Promise<ExecutionResult | Join>;
}

export function createSharedExecutions<Context>(deps: {
  readonly sessionOf: (context: Context) => Session<Context>;
  readonly faults: Faults;
  /** What clients see of the errors of a subscription that does not start. */
  readonly maskFor: (error: GraphQLError, context: Context) => GraphQLError;
  /** Bytes that a message may have. */
  readonly maxBytes: number;
}): SharedExecutions<Context> {
  const { sessionOf, faults, maskFor, maxBytes } = deps;
  const shares = new Map<string, Share>();
  const recent = createRecentPayloads();
  const turns = createTurns();
  let serial = 0;

  function toPayload(result: ExecutionResult, eventId: string | null): Payload {
    // The database was unavailable while a field was read: the step is executed again, so that no message has a hole.
    const transient = result.errors?.find(({ originalError }) => faults.isTransient(originalError));
    if (transient !== undefined) throw transient.originalError;
    const payload = payloadOf(masked(result, faults.mask), eventId);
    if (payload.bytes > maxBytes) throw tooLarge(maxBytes);
    return payload;
  }

  function openShare(
    key: string,
    stream: Live<unknown>,
    session: Session<Context>,
    { operation, variables }: Pick<Subscribed<Context>, 'operation' | 'variables'>,
  ) {
    serial += 1;
    const name = serial;
    const run = prepareExecution(operation, variables);
    const executeStep = ({ value, cursor, content = 1 }: Step<unknown>): Payload | Promise<Payload> => {
      session.charge(content);
      const eventId = stream.cursors?.encode(cursor) ?? null;
      const result = run(value, session.createContext());
      return result instanceof Promise
        ? result.then((made) => toPayload(made, eventId))
        : toPayload(result, eventId);
    };
    const share = createShare({
      source: stream.source,
      execute: (step, since) => recent.get(`${name} ${step.key}`, () => executeStep(step), since),
      faults,
      turns,
      owner: session.owner,
      onEmpty: () => shares.delete(key),
    });
    shares.set(key, share);
    return share;
  }

  return {
    async open({ operation, variables, context, resumeAfter = null }) {
      const { schema, document } = operation.facts;
      const stream = await createSourceEventStream({
        schema,
        document,
        operationName: operation.name,
        variableValues: variables,
        contextValue: context,
      });
      if (!(Symbol.asyncIterator in stream)) return masked(stream, (error) => maskFor(error, context));
      if (!isLive(stream)) throw new Error('the subscribe function of a field must return live(…)');
      const cursor =
        resumeAfter === null || stream.cursors === null ? stream.cursor : stream.cursors.decode(resumeAfter);
      const session = sessionOf(context);
      const key = shareKeyOf(operation, variables, {
        cursorArgument: stream.cursors?.argument ?? null,
        session: session.key,
        source: stream.source.key,
      });
      return (sink) =>
        (shares.get(key) ?? openShare(key, stream, session, { operation, variables })).join(sink, cursor);
    },
  };
}

function masked(result: ExecutionResult, mask: (error: GraphQLError) => GraphQLError): ExecutionResult {
  return result.errors === undefined ? result : { ...result, errors: result.errors.map(mask) };
}

function tooLarge(limit: number): GraphQLError {
  const message = `A message is larger than ${limit / 1_000_000} MB: ask for fewer fields.`;
  return new GraphQLError(message, { extensions: { code: 'LIMIT_EXCEEDED', limit } });
}
