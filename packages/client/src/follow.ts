import type { Client } from './connect.ts';
import { type TypedDocument, textOf } from './document.ts';
import { endOnReturn } from './end-on-return.ts';
import { type FollowOptions, resume } from './resume.ts';
import { type Resumable, resumableOf } from './resume-point.ts';

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
export function follow<Result, Variables>(
  client: Client,
  document: TypedDocument<Result, Variables>,
  options?: FollowDocumentOptions<Variables>,
): AsyncGenerator<Result, void, void>;
export function follow<Result = unknown>(
  client: Client,
  document: string,
  options?: FollowDocumentOptions<Readonly<Record<string, unknown>>>,
): AsyncGenerator<Result, void, void>;
export function follow(
  client: Client,
  document: string | TypedDocument<unknown, never>,
  options: FollowDocumentOptions<unknown> = {},
): AsyncGenerator<unknown, void, void> {
  const point = resumableOf(textOf(document));
  return endOnReturn([options.signal], (signal) =>
    point === null
      ? statesOf(client, document, { ...options, signal })
      : batchesOf(client, document, point, { ...options, signal }),
  );
}

/** With a document that the server knows by its hash, only variables can change. */
function sentOf(client: Client, document: string | TypedDocument<unknown, never>, { query }: Resumable) {
  const params = client.paramsOf(document);
  if (params.extensions === undefined) return { query };
  if (query !== textOf(document))
    throw new TypeError(
      'A persisted document needs `after` as a variable, and the field `cursor`, to go on after a lost connection.',
    );
  return params;
}

async function* batchesOf(
  client: Client,
  document: string | TypedDocument<unknown, never>,
  point: Resumable,
  { variables, newestOnly = false, signal }: FollowDocumentOptions<unknown>,
): AsyncGenerator<unknown, void, void> {
  let last: unknown;
  let began: unknown;
  const batches = resume<Data, unknown>(
    client,
    {
      document: sentOf(client, document, point),
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
  document: string | TypedDocument<unknown, never>,
  { variables = {}, newestOnly = true, signal }: FollowDocumentOptions<unknown>,
): AsyncGenerator<unknown, void, void> {
  let known = '';
  const states = resume<unknown, unknown>(
    client,
    { document: client.paramsOf(document), variables: () => variables, isOver: () => true, newestOnly },
    { signal },
  );
  for await (const data of states) {
    const text = JSON.stringify(data);
    if (text === known) continue;
    known = text;
    yield data;
  }
}
