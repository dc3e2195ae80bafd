import { setImmediate as turn } from 'node:timers/promises';
import {
  type ExecutionResult,
  type FieldNode,
  type GraphQLError,
  type GraphQLResolveInfo,
  locatedError,
} from 'graphql';

/** An object or a list of the answer. */
export type Value = Record<PropertyKey, unknown>;
export type Path = GraphQLResolveInfo['path'];

/** What a plan knows of all values at one place of the document: those of a field, or the items of a list. */
export interface Position {
  /** `Type.field`. */
  readonly name: string;
  readonly nodes: readonly FieldNode[];
  /** Null is no value here: it is one for what lies around it. */
  readonly isSure: boolean;
  /** Of a scalar or an enum: what the client gets. */
  readonly serialize: ((value: unknown) => unknown) | null;
  /** Of an object or a list: puts it at its place. */
  readonly complete: (run: Run, value: unknown, place: Place) => void;
}

/** Where a value of an execution goes. */
export interface Place {
  readonly position: Position;
  readonly sink: Value;
  readonly key: PropertyKey;
  readonly path: Path;
  /** Of the field; undefined unless something asks for it. */
  readonly info: GraphQLResolveInfo | undefined;
  /** The nearest place around it that may be null; null: the answer itself. */
  readonly outer: Place | null;
}

/** What belongs to one execution. */
export interface Run {
  readonly constant: { readonly rootValue: unknown; readonly variableValues: Record<string, unknown> };
  readonly contextValue: unknown;
  /** Arguments that depend on variables, by the place that the plan gave them. */
  readonly args: (Record<string, unknown> | undefined)[];
  /** The value of the place arrives later; the run goes on. */
  readonly defer: (promise: PromiseLike<unknown>, place: Place, arrive: (value: unknown) => void) => void;
  /** How many values were deferred so far. */
  readonly deferred: () => number;
  /** Counts fields that were executed. */
  readonly count: (fields: number) => void;
  /** When many fields were executed in this turn of the event loop, calls `resume` in a later one. False: there is no need for it. */
  readonly pause: (place: Place, resume: () => void) => boolean;
  /** Tells of a field error once. Of what lies in something that is null by now nothing is told. */
  readonly report: (error: GraphQLError, path: Path | undefined) => void;
}

/** So many fields of one execution are executed in a turn of the event loop: a few milliseconds. */
export const FIELDS_PER_TURN = 1_000;

/** Something that only a faulty schema gives, such as an object of another type: graphql-js says what it is. */
class Surprise extends Error {
  override readonly name = 'Surprise';
}

export function surprise(): never {
  throw new Surprise('not for a plan');
}

/** Puts a value, as the client gets it, at its place. What is promised takes its place at once: fields keep their order. */
export function put(run: Run, value: unknown, place: Place): void {
  if (isPromise(value)) {
    place.sink[place.key] = undefined;
    run.defer(value, place, (arrived) => putPresent(run, arrived, place));
  } else putPresent(run, value, place);
}

function putPresent(run: Run, value: unknown, place: Place): void {
  const { position, sink, key } = place;
  if (position.serialize !== null) sink[key] = leaf(position, value);
  else if (value == null) sink[key] = nothing(position);
  else if (value instanceof Error) throw value;
  else position.complete(run, value, place);
}

/** As the client gets a scalar or an enum. */
export function leaf(position: Position, value: unknown): unknown {
  if (value == null) return nothing(position);
  if (value instanceof Error) throw value;
  return position.serialize?.(value) ?? surprise();
}

function nothing({ isSure, name }: Position): null {
  if (isSure) throw new Error(`Cannot return null for non-nullable field ${name}.`);
  return null;
}

export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** Where an error ends that is met at this place or within: there if it may be null, otherwise around it, which is for the caller to go on with. */
export function absorb(
  run: Run,
  error: unknown,
  { isSure, nodes }: Position,
  sink: Value,
  key: PropertyKey,
  path: Path,
): void {
  if (error instanceof Surprise) throw error;
  const located = locatedError(error, nodes, keysOf(path));
  if (isSure) throw located;
  sink[key] = null;
  run.report(located, path);
}

function keysOf(path: Path | undefined): (string | number)[] {
  const keys: (string | number)[] = [];
  for (let at = path; at !== undefined; at = at.prev) keys.push(at.key);
  return keys.reverse();
}

/**
 * Runs a plan. Everything that is promised is counted and nothing is awaited in turn: the answer is there when the count is back at zero.
 * Answers null when something is for graphql-js to judge, and as soon as the signal aborts; what was promised is then heard and forgotten.
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
): ExecutionResult | null | Promise<ExecutionResult | null> {
  const { rootValue, contextValue, variableValues, args, signal } = given;
  const errors: GraphQLError[] = [];
  /** Where errors made null; undefined stands for the answer itself. */
  const nulls = new Set<Path | undefined>();
  // The run itself is one of those that are awaited.
  let pending = 1;
  let isOver = false;
  let data: Value | null = null;
  let answer: ((result: ExecutionResult | null) => void) | undefined;

  function end(result: ExecutionResult | null): void {
    if (isOver) return;
    isOver = true;
    answer?.(result);
  }
  const giveUp = () => end(null);
  const result = (): ExecutionResult => (errors.length === 0 ? { data } : { errors, data });

  function report(error: GraphQLError, path: Path | undefined): void {
    if (nulls.has(undefined)) return;
    for (let at = path; at !== undefined; at = at.prev) if (nulls.has(at)) return;
    nulls.add(path);
    errors.push(error);
  }

  /** An error that its own place cannot take: the nearest one around it that may be null does. */
  function spread(error: GraphQLError, outer: Place | null): void {
    if (outer === null) data = null;
    else outer.sink[outer.key] = null;
    report(error, outer?.path);
  }

  function fail(error: unknown, { position, sink, key, path, outer }: Place): void {
    try {
      absorb(run, error, position, sink, key, path);
    } catch (located) {
      if (located instanceof Surprise) giveUp();
      else spread(located as GraphQLError, outer);
      if (nulls.has(undefined)) end(result());
    }
  }

  function settle(): void {
    pending -= 1;
    if (pending === 0) end(result());
  }

  /** Fields that were executed in this turn of the event loop, or since the last pause. */
  let inTurn = 0;
  let deferred = 0;
  let nextTurn: Promise<void> | null = null;

  /** Null while few fields were executed in this turn; otherwise what to wait for. */
  function breathe(): Promise<void> | null {
    if (nextTurn !== null || inTurn < FIELDS_PER_TURN) return nextTurn;
    nextTurn = turn().then(() => {
      nextTurn = null;
      inTurn = 0;
    });
    return nextTurn;
  }

  /** All that wait for a turn get it at once: each looks whether there is room left in it. */
  function continueAt(place: Place, work: () => void): void {
    if (isOver) return;
    const next = breathe();
    if (next !== null) {
      void next.then(() => continueAt(place, work));
      return;
    }
    try {
      work();
    } catch (error) {
      fail(error, place);
    }
    settle();
  }

  const run: Run = {
    constant: { rootValue, variableValues },
    contextValue,
    args,
    report,
    count(fields) {
      inTurn += fields;
    },
    deferred: () => deferred,
    pause(place, resume) {
      if (breathe() === null) return false;
      pending += 1;
      continueAt(place, resume);
      return true;
    },
    defer(promise, place, arrive) {
      pending += 1;
      deferred += 1;
      promise.then(
        (value) => continueAt(place, () => arrive(value)),
        (error: unknown) => {
          if (isOver) return;
          fail(error, place);
          settle();
        },
      );
    },
  };

  const isAborted = () => signal?.aborted ?? false;
  if (isAborted()) return null;
  try {
    data = execute(run);
  } catch (error) {
    if (error instanceof Surprise) isOver = true;
    else spread(error as GraphQLError, null);
  }
  if (isOver || isAborted()) {
    isOver = true;
    return null;
  }
  // Nothing of an answer that is null already is waited for.
  if (pending === 1 || nulls.has(undefined)) {
    isOver = true;
    return result();
  }
  signal?.addEventListener('abort', giveUp, { once: true });
  const later = new Promise<ExecutionResult | null>((resolve) => {
    answer = resolve;
  });
  settle();
  return later;
}
