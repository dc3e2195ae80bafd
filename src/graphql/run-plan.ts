import type { GraphQLResolveInfo } from 'graphql';

/** An object or a list of the answer. */
export type Value = Record<PropertyKey, unknown>;
export type Path = GraphQLResolveInfo['path'];

/** What belongs to one execution. */
export interface Run {
  readonly constant: {
    readonly rootValue: unknown;
    readonly variableValues: Record<string, unknown>;
  };
  readonly contextValue: unknown;
  /** Arguments that depend on variables, by the place that the plan gave them. */
  readonly args: (Record<string, unknown> | undefined)[];
  /** The promise arrived, or will not: the run goes on without it. */
  readonly defer: (promise: PromiseLike<unknown>, arrive: (value: unknown) => void) => void;
}

/** Puts what a resolver answered, as the client gets it, at its place. */
export type Complete = (
  run: Run,
  value: unknown,
  sink: Value,
  key: PropertyKey,
  info: GraphQLResolveInfo | undefined,
  path: Path | undefined,
) => void;

/** Something that is not for a plan to judge: an error, a null where none may be, a value of the wrong type. */
export function surprise(): never {
  throw new Error('not simple');
}

/** As `complete`, of a value that may be promised. Its place is taken at once: fields keep their order. */
export function receive(
  complete: Complete,
  run: Run,
  value: unknown,
  sink: Value,
  key: PropertyKey,
  info: GraphQLResolveInfo | undefined,
  path: Path | undefined,
): void {
  if (!isPromise(value)) {
    complete(run, value, sink, key, info, path);
    return;
  }
  sink[key] = undefined;
  run.defer(value, (arrived) => complete(run, arrived, sink, key, info, path));
}

export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/**
 * Runs a plan. Everything that is promised is counted and nothing is awaited in turn; the answer is there when the count is back at zero. The
 * first surprise answers null at once; what was promised meanwhile is heard and forgotten.
 */
export function begin(
  given: {
    readonly rootValue: unknown;
    readonly contextValue: unknown;
    readonly variableValues: Record<string, unknown>;
    readonly args: (Record<string, unknown> | undefined)[];
    readonly signal: AbortSignal | undefined;
  },
  execute: (run: Run) => Value,
): Value | null | Promise<Value | null> {
  const { rootValue, contextValue, variableValues, args, signal } = given;
  // The run itself is one of those that are awaited.
  let pending = 1;
  let isOver = false;
  let data: Value | null = null;
  let answer: ((data: Value | null) => void) | undefined;

  function end(result: Value | null): void {
    isOver = true;
    answer?.(result);
  }

  const forget = () => {
    if (!isOver) end(null);
  };

  const run: Run = {
    constant: { rootValue, variableValues },
    contextValue,
    args,
    defer(promise, arrive) {
      pending += 1;
      promise.then((value) => {
        if (isOver) return;
        if (signal?.aborted === true) {
          end(null);
          return;
        }
        try {
          arrive(value);
        } catch {
          end(null);
          return;
        }
        pending -= 1;
        if (pending === 0) end(data);
      }, forget);
    },
  };

  try {
    data = execute(run);
  } catch {
    isOver = true;
    return null;
  }
  pending -= 1;
  if (isOver) return null;
  if (pending === 0) return data;
  return new Promise((resolve) => {
    answer = resolve;
  });
}
