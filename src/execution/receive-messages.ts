import type { ExecutionResult, GraphQLError } from 'graphql';
import type { Payload } from './payload.ts';
import type { Sink } from './share.ts';
import type { Join } from './share-executions.ts';

/** Where messages go when they do not pass through the iteration. */
export type Outlet = Omit<Sink, 'end'>;

type Messages = AsyncGenerator<ExecutionResult, void, void>;

/** Messages go to the outlet; the iteration yields nothing and only waits for the end. */
export function pass(join: Join, outlet: Outlet): Messages {
  const ended = Promise.withResolvers<{ done: true; value: undefined }>();
  let leave: (() => void) | null = null;
  const finish = () => ended.resolve({ done: true, value: undefined });
  return toGenerator({
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

/**
 * Messages come out of the iteration. One is held ready; a client that does not fetch it is left behind in the log, not in memory. A subscription
 * that fails ends with a message of the error. `cut` ends the iteration with a last message in place of the one that is held. `toMessage` says
 * what comes out of a payload.
 */
export function iterate(
  join: Join,
  toMessage: (payload: Payload) => ExecutionResult = ({ result }) => result,
): { readonly messages: Messages; cut(last: ExecutionResult): void } {
  let slot: ExecutionResult | null = null;
  let waiting: PromiseWithResolvers<IteratorResult<ExecutionResult, void>> | null = null;
  let end: { readonly last: ExecutionResult | null } | null = null;
  let onReady: (() => void) | null = null;
  let leave: (() => void) | null = null;

  function finish(last: ExecutionResult | null): void {
    if (end !== null) return;
    // The last message is given once: to the reader that waits, or to the next one that comes.
    end = { last: waiting === null ? last : null };
    waiting?.resolve(last === null ? { done: true, value: undefined } : { done: false, value: last });
    waiting = null;
  }

  const sink: Sink = {
    isReady: () => slot === null,
    next(payload) {
      const message = toMessage(payload);
      if (waiting === null) slot = message;
      else waiting.resolve({ done: false, value: message });
      waiting = null;
    },
    whenReady(listener) {
      onReady = listener;
    },
    end: (error) => finish(error === undefined ? null : { errors: [error as GraphQLError] }),
  };
  const messages = toGenerator({
    async next() {
      if (end === null) leave ??= join(sink);
      const result = slot ?? end?.last ?? null;
      if (slot !== null) {
        slot = null;
        const ready = onReady;
        onReady = null;
        ready?.();
      } else if (end !== null) end = { last: null };
      if (result !== null) return { done: false, value: result };
      if (end !== null) return { done: true, value: undefined };
      waiting ??= Promise.withResolvers();
      return waiting.promise;
    },
    leave() {
      leave?.();
      slot = null;
      finish(null);
    },
  });
  return {
    messages,
    cut(last) {
      if (end !== null) return;
      leave?.();
      slot = null;
      finish(last);
    },
  };
}

function toGenerator(source: {
  next(): Promise<IteratorResult<ExecutionResult, void>>;
  leave(): void;
}): Messages {
  const generator: Messages = {
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
