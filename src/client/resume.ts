import { backOffMs, sleep } from './back-off.ts';
import { type Client, type Interruption, RequestError } from './connect.ts';
import type { TypedDocumentString } from './generated/graphql.ts';

export interface FollowOptions {
  /** Ends the following; its generator returns. */
  readonly signal?: AbortSignal;
}

export interface Followed<Data, Variables> {
  readonly document: TypedDocumentString<Data, Variables>;
  /** Asked for every subscription anew: behind what has been handed out by then. */
  readonly variables: () => Variables;
  /** After the server has completed a subscription: whether that was the end of what is followed. */
  readonly isOver: () => boolean;
  /** A message replaces those that wait, instead of following them. */
  readonly newestOnly?: boolean;
}

/**
 * Messages that wait for a slow consumer; about 200 events each at most. A browser cannot slow a socket down, so when they are reached the
 * subscription is ended, and begun again behind them once they are consumed: the server's log is the queue.
 */
const MAX_WAITING = 16;

/** Close codes after which another try cannot help: bad request, not authorised, no common protocol, id taken twice, message too big. */
const FATAL = new Set([4400, 4401, 4406, 4409, 1009]);

type End =
  | { readonly how: 'COMPLETED' }
  | { readonly how: 'FULL' }
  | { readonly how: 'ABORTED' }
  | { readonly how: 'INTERRUPTED'; readonly interruption: Interruption }
  | { readonly how: 'BUSY' }
  | { readonly how: 'REFUSED'; readonly error: RequestError };

/**
 * The data of a subscription through any number of connections. Ends when it is over, at the abort of the signal and when the client is
 * closed; throws RequestError when the server refuses. Everything else is tried again for ever.
 */
export async function* resume<Data, Variables>(
  client: Client,
  followed: Followed<Data, Variables>,
  options: FollowOptions,
): AsyncGenerator<Data, void, void> {
  const signal =
    options.signal === undefined ? client.closed : AbortSignal.any([options.signal, client.closed]);
  let busy = 0;
  for (;;) {
    const end = yield* subscribeOnce(client, followed, signal);
    switch (end.how) {
      case 'REFUSED':
        throw end.error;
      case 'ABORTED':
        return;
      case 'COMPLETED':
        if (followed.isOver()) return;
        await sleep(backOffMs(busy, null), signal);
        break;
      case 'INTERRUPTED':
        await client.waitAfter(end.interruption, signal);
        break;
      case 'BUSY':
        await sleep(backOffMs(busy, null), signal);
    }
    busy = end.how === 'BUSY' || end.how === 'COMPLETED' ? busy + 1 : 0;
  }
}

async function* subscribeOnce<Data, Variables>(
  client: Client,
  { document, variables, newestOnly = false }: Followed<Data, Variables>,
  signal: AbortSignal,
): AsyncGenerator<Data, End, void> {
  const waiting: Data[] = [];
  let end: End | null = null;
  let unsubscribe: () => void = () => undefined;
  let bell = Promise.withResolvers<void>();

  const finish = (how: End) => {
    end ??= how;
    unsubscribe();
    bell.resolve();
  };
  const interrupted = (cause: unknown): End => toEnd(cause, client.connection);
  const onAbort = () => finish({ how: 'ABORTED' });
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  // The library would carry the subscription over to its next socket, with the old cursor.
  const stopListening = client.sockets.on('closed', (event) => finish(interrupted(event)));
  try {
    if (end === null) await client.prepare().catch((error: unknown) => finish(interrupted(error)));
    if (end === null) {
      unsubscribe = client.sockets.subscribe<Data>(
        { ...client.paramsOf(document), variables: variables() as Record<string, unknown> },
        {
          next({ data, errors }) {
            if (end !== null) return;
            if (errors !== undefined && errors.length > 0) return finish(toRefusal(errors));
            if (data == null) return;
            client.thrive();
            if (newestOnly) waiting.length = 0;
            waiting.push(data);
            if (waiting.length >= MAX_WAITING) finish({ how: 'FULL' });
            bell.resolve();
          },
          error: (error) => finish(Array.isArray(error) ? toRefusal(error) : interrupted(error)),
          complete: () => finish({ how: 'COMPLETED' }),
        },
      );
    }
    for (;;) {
      const ended = end as End | null;
      const data = ended?.how === 'ABORTED' ? undefined : waiting.shift();
      if (data !== undefined) yield data;
      else if (ended !== null) return ended;
      else {
        await bell.promise;
        bell = Promise.withResolvers();
      }
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    stopListening();
    unsubscribe();
  }
}

function toEnd(cause: unknown, connection: number): End {
  const { code, reason } = (cause ?? {}) as { readonly code?: unknown; readonly reason?: unknown };
  const closeCode = typeof code === 'number' ? code : null;
  if (closeCode !== null && FATAL.has(closeCode)) {
    const message = `The server closed the connection: ${closeCode} ${String(reason ?? '')}`;
    return { how: 'REFUSED', error: new RequestError(message, `CLOSED_${closeCode}`, { cause }) };
  }
  return { how: 'INTERRUPTED', interruption: { closeCode, cause, connection } };
}

/** A server whose database is away says so, and that it may be asked again. */
function toRefusal(errors: readonly { readonly message: string; readonly extensions?: unknown }[]): End {
  const [error] = errors;
  const { code = null, retryable = false } = (error?.extensions ?? {}) as {
    code?: string;
    retryable?: boolean;
  };
  if (retryable || code === 'UNAVAILABLE') return { how: 'BUSY' };
  return { how: 'REFUSED', error: new RequestError(error?.message ?? 'refused', code) };
}
