import type { Client } from './connect.ts';
import { type DocumentParams, type TypedDocument, textOf } from './document.ts';
import { endOnReturn } from './end-on-return.ts';
import { type FollowOptions, resume } from './resume.ts';
import type { Resumable } from './resume-point.ts';

export interface FollowDocumentOptions<Variables> extends FollowOptions {
  readonly variables?: Variables | undefined;
  /** True: a consumer that is slow receives only the newest message. Default: false for `jobEvents` and `analysisStored`, otherwise true. */
  readonly newestOnly?: boolean | undefined;
}

type Data = Readonly<Record<string, unknown>>;

/**
 * The data of any subscription, through lost connections, restarted servers and renewed tokens. `jobEvents` and `analysisStored` go on after the
 * last cursor, every message once and in order; the document need not contain `after` and `cursor`. Other fields begin again with what is the
 * case now, and a message that says the same as the last one is left out. Ends when the server completes the subscription, at the abort of the
 * signal, at `return()` and when the client is closed. Throws RequestError, and TypeError when `after` has a fixed value in the document.
 */
export function follow<Result = unknown>(
  client: Client,
  document: string,
  options?: FollowDocumentOptions<Readonly<Record<string, unknown>>>,
): AsyncGenerator<Result, void, void>;
export function follow<Result, Variables>(
  client: Client,
  document: TypedDocument<Result, Variables>,
  options?: FollowDocumentOptions<Variables>,
): AsyncGenerator<Result, void, void>;
export function follow(
  client: Client,
  document: Given,
  options: FollowDocumentOptions<unknown> = {},
): AsyncGenerator<unknown, void, void> {
  return endOnReturn([options.signal], (signal) => messagesOf(client, document, { ...options, signal }));
}

type Given = string | TypedDocument<unknown, never>;

async function* messagesOf(
  client: Client,
  document: Given,
  options: FollowDocumentOptions<unknown>,
): AsyncGenerator<unknown, void, void> {
  const text = await textOf(document);
  const { resumableOf } = await import('./resume-point.ts');
  const point = resumableOf(text);
  const params = await client.paramsOf(document);
  if (point === null) return yield* statesOf(client, params, options);
  // With a document that the server knows by its hash, only variables can change.
  if (params.extensions !== undefined && point.query !== text)
    throw new TypeError(
      'A persisted document that goes on after a cursor needs `after` as a variable and the field `cursor`.',
    );
  const sent = params.extensions === undefined ? { query: point.query } : params;
  yield* batchesOf(client, sent, point, options);
}

async function* batchesOf(
  client: Client,
  document: DocumentParams,
  point: Resumable,
  { variables, newestOnly = false, signal }: FollowDocumentOptions<unknown>,
): AsyncGenerator<unknown, void, void> {
  let last: unknown;
  let began: unknown;
  const batches = resume<Data, unknown>(
    client,
    {
      document,
      variables: () => {
        began = last;
        if (last === undefined) return variables ?? {};
        return {
          ...(variables as object),
          [point.variable]: last,
          ...(point.fromNow !== null && { [point.fromNow]: false }),
        };
      },
      // A log that the server completes although it has brought something may have been cut off. It is over when nothing more comes.
      isOver: () => typeof last !== 'number' || last === began,
      newestOnly,
    },
    { signal },
  );
  for await (const data of batches) {
    const cursor = (data[point.key] as { readonly cursor?: unknown } | null)?.cursor;
    // A message that was sent twice.
    if (typeof cursor === 'number' && typeof last === 'number' && cursor <= last) continue;
    last = cursor ?? last;
    yield data;
  }
}

async function* statesOf(
  client: Client,
  document: DocumentParams,
  { variables = {}, newestOnly = true, signal }: FollowDocumentOptions<unknown>,
): AsyncGenerator<unknown, void, void> {
  let known = '';
  const states = resume<unknown, unknown>(
    client,
    { document, variables: () => variables, isOver: () => true, newestOnly },
    { signal },
  );
  for await (const data of states) {
    const text = JSON.stringify(data);
    if (text === known) continue;
    known = text;
    yield data;
  }
}
