import { setImmediate as turn } from 'node:timers/promises';
import { endOnReturn } from './end-on-return.ts';

export interface Position {
  /** Where the subscriber stands: a seq, a position in a feed, a version. */
  readonly cursor: number;
  /** It has received something on this subscription. */
  readonly told: boolean;
  /** What else the source must know of the place; the source's own, '' at the beginning. */
  readonly note: string;
}

export interface Step<Value> {
  readonly value: Value;
  /** Steps of one source with the same key have the same value. */
  readonly key: string;
  /** Where a subscriber stands that has it. */
  readonly cursor: number;
  /** Nothing will ever follow. */
  readonly last: boolean;
  /** Note of the position behind it. */
  readonly note?: string;
  /** The content of the value, as a multiple of what the cost of a subscription stands for; 1 unless given. */
  readonly content?: number;
  /** There is nothing to tell: only the position moves on. */
  readonly silent?: boolean;
}

export function startAt(cursor: number): Position {
  return { cursor, told: false, note: '' };
}

/** Where a subscriber stands that stood at `position` and has the step. */
export function behind(position: Position, { cursor, note = '', silent = false }: Step<unknown>): Position {
  return { cursor, told: position.told || !silent, note };
}

/**
 * What subscribers follow. It is asked, it does not push: a subscriber is a position, so none of them can fill anybody's memory, and one
 * that is slow asks later. All subscribers of a source in this process share its reads.
 */
export interface Source<Value> {
  /** What it is about, for example `log:<job>`: equal keys follow the same thing. */
  readonly key: string;
  /**
   * What lies behind the position. `undefined`: nothing yet, `onChange` will tell. `null`: what was followed is gone. Rejects with what the
   * database said; asking again is harmless.
   */
  next(position: Position): NextStep<Value> | Promise<NextStep<Value>>;
  /** Calls `listener` whenever `next` may answer something new. Register before the first `next`. Answers how to stop. */
  onChange(listener: () => void): () => void;
}

export type NextStep<Value> = Step<Value> | undefined | null;

/** How clients keep the cursors of a source. */
export interface Cursors {
  /** The field's argument that holds the cursor: subscribers that differ in it alone share. */
  readonly argument: string;
  /** The cursor as clients get it. */
  encode(cursor: number): string;
  /** The cursor that a client sends back. Throws InvalidInputError when the text is none of this source. */
  decode(text: string): number;
}

/** What the subscribe function of a field returns: it can be iterated by itself, and its executions can be shared. */
export interface Live<Value> extends AsyncIterable<Value> {
  readonly source: Source<Value>;
  readonly cursor: number;
  /** Null: clients have no cursors of this source, and each subscription begins with the present state. */
  readonly cursors: Cursors | null;
}

export function live<Value>(source: Source<Value>, cursor = 0, cursors: Cursors | null = null): Live<Value> {
  return { source, cursor, cursors, [Symbol.asyncIterator]: () => follow(source, cursor) };
}

export function isLive(stream: unknown): stream is Live<unknown> {
  return typeof stream === 'object' && stream !== null && 'source' in stream && 'cursors' in stream;
}

/** One subscriber by itself: every value behind the cursor, until the last one, the end of the source, or `return()`. */
export function follow<Value>(source: Source<Value>, cursor: number): AsyncGenerator<Value, void, void> {
  return endOnReturn(async function* (leaving) {
    let changes = 0;
    let bell = Promise.withResolvers<void>();
    const ring = () => {
      changes += 1;
      bell.resolve();
    };
    const stop = source.onChange(ring);
    leaving.addEventListener('abort', ring, { once: true });
    let position = startAt(cursor);
    try {
      while (!leaving.aborted) {
        const seen = changes;
        const step = await source.next(position);
        if (step === null || leaving.aborted) return;
        if (step === undefined) {
          if (seen === changes) await bell.promise;
          bell = Promise.withResolvers();
          continue;
        }
        position = behind(position, step);
        if (step.silent !== true) yield step.value;
        if (step.last) return;
        // What is in memory must not starve the event loop, however fast the reader is.
        await turn();
      }
    } finally {
      stop();
    }
  });
}
