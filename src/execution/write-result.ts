import { setImmediate as turn } from 'node:timers/promises';
import { PIECE_BYTES } from './pieces.ts';

/** So many values are written in one turn of the event loop: a few milliseconds. */
const VALUES_PER_TURN = 1_000;
/** A value that contains fewer others is written at once. */
const LIGHT = 250;

/** A JSON text in UTF-8, in pieces. */
export interface Written {
  readonly pieces: readonly Buffer[];
  readonly bytes: number;
}

type Writable = Readonly<Record<string, unknown>> | readonly unknown[];

/**
 * The text that `JSON.stringify` makes of a result, written over several turns of the event loop: other requests are served between them. Null: the
 * result has so few values that one turn is enough, and nothing was written.
 */
export async function writeInTurns(result: object): Promise<Written | null> {
  if (weigh(result, VALUES_PER_TURN) < VALUES_PER_TURN) return null;
  const pieces: Buffer[] = [];
  let text = '';
  let bytes = 0;
  let values = 0;
  const flush = () => {
    const piece = Buffer.from(text);
    pieces.push(piece);
    bytes += piece.length;
    text = '';
  };

  for (const [part, weight] of partsOf(result)) {
    text += part;
    values += weight;
    if (text.length >= PIECE_BYTES) flush();
    if (values < VALUES_PER_TURN) continue;
    values = 0;
    await turn();
  }
  flush();
  return { pieces, bytes };
}

/** Parts of the text, each with the number of values that it was made of. */
function* partsOf(value: unknown): Generator<readonly [text: string, weight: number]> {
  const weight = weigh(value, LIGHT);
  if (weight < LIGHT || !isWritable(value)) {
    yield [JSON.stringify(value) ?? 'null', weight];
    return;
  }
  const isList = Array.isArray(value);
  let before = isList ? '[' : '{';
  for (const [key, child] of isList ? value.entries() : Object.entries(value)) {
    // As in `JSON.stringify`: an object leaves out what has no text, a list has null in its place.
    if (!isList && hasNoText(child)) continue;
    yield [isList ? before : `${before}${JSON.stringify(key)}:`, 0];
    yield* partsOf(child);
    before = ',';
  }
  yield [before === ',' ? (isList ? ']' : '}') : isList ? '[]' : '{}', 0];
}

const hasNoText = (value: unknown) =>
  value === undefined || typeof value === 'function' || typeof value === 'symbol';

/** An object or list that `JSON.stringify` takes as it is. Numbers in a list make one part. */
function isWritable(value: unknown): value is Writable {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return !isNumbers(value);
  return !('toJSON' in value) || typeof value.toJSON !== 'function';
}

/** Numbers, of which the first ones may be null. */
const isNumbers = (list: readonly unknown[]) => typeof list.at(-1) === 'number';

/** How many values there are in a value, counted up to a limit. Four numbers of a list of numbers, or 64 characters, count as one. */
function weigh(value: unknown, limit: number): number {
  if (typeof value === 'string') return 1 + value.length / 64;
  if (typeof value !== 'object' || value === null) return 1;
  if (Array.isArray(value) && isNumbers(value)) return 1 + value.length / 4;
  let weight = 1;
  for (const child of Array.isArray(value) ? value : Object.values(value)) {
    weight += weigh(child, limit - weight);
    if (weight >= limit) return weight;
  }
  return weight;
}
