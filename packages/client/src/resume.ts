import type { SubscribePayload } from 'graphql-ws/client';
import { backOffMs, sleep } from './back-off.ts';
import type { Client } from './connect.ts';
import type { DocumentParams, TypedDocument } from './document.ts';
import { endOnReturn } from './end-on-return.ts';

import type { Line } from './line.ts';
import { NeverOpened } from './line-socket.ts';
import type { Traffic } from './lines.ts';
import { RequestError, type ServerError, toRequestError } from './request-error.ts';

export interface FollowOptions {
  /** Ends the following; its generator returns. */
  readonly signal?: AbortSignal | undefined;
}

export interface Followed<Data, Variables> {
  readonly document: TypedDocument<Data, Variables> | DocumentParams;
  /** Asked for every subscription anew: behind what has been handed out by then. */
  readonly variables: () => Variables;
  /** After the server has completed a subscription: whether that was the end of what is followed. */
  readonly isOver: () => boolean;
  /** A message replaces those that wait, instead of following them. */
  readonly newestOnly?: boolean;
}

/** A subscription whose document is ready to be sent. */
interface Sent<Data, Variables> extends Followed<Data, Variables> {
  readonly params: DocumentParams;
}

/**
 * Messages that wait for a slow consumer; about 200 events each at most. A browser cannot slow a socket down, so when they are reached the
 * subscription is ended, and begun again after them once they are consumed: the server's log is the queue.
 */
const MAX_WAITING = 16;

/** Close codes after which another try cannot help: bad request, not authorised, no common protocol, id taken twice, message too big. */
const FATAL = new Set([4400, 4401, 4406, 4409, 1009]);

type End =
  | { readonly how: 'COMPLETED' }
  | { readonly how: 'FULL' }
  | { readonly how: 'ABORTED' }
  | { readonly how: 'INTERRUPTED' }
  | { readonly how: 'BUSY' }
  | { readonly how: 'OVERFULL' }
  | { readonly how: 'REFUSED'; readonly error: unknown };

/**
 * The data of a subscription through any number of connections. Ends when it is over, at the abort of the signal, at `return()` also while
 * it waits, and when the client is closed. Throws RequestError when the server rejects the subscription and when a new follower finds all
 * sockets full, and the error of variables that are no JSON. A lost connection is tried again indefinitely.
 */
export function resume<Data, Variables>(
  client: Client,
  followed: Followed<Data, Variables>,
  options: FollowOptions,
): AsyncGenerator<Data, void, void> {
  return endOnReturn([options.signal, client.closed], (signal) => counted(client, followed, signal));
}

async function* counted<Data, Variables>(
  client: Client,
  followed: Followed<Data, Variables>,
  signal: AbortSignal,
): AsyncGenerator<Data, void, void> {
  const leave = client.lines.join();
  try {
    yield* resumeUntil(client, followed, signal);
  } finally {
    leave();
  }
}

async function* resumeUntil<Data, Variables>(
  client: Client,
  followed: Followed<Data, Variables>,
  signal: AbortSignal,
): AsyncGenerator<Data, void, void> {
  const { document } = followed;
  const params = 'query' in document ? document : await client.paramsOf(document);
  let busy = 0;
  let traffic: Traffic = 'LIVE';
  let wasSubscribed = false;
  for (let waits = 0; ; ) {
    const line = client.lines.take(traffic);
    if (line === null) {
      if (!wasSubscribed) throw new RequestError(client.lines.fullness, 'TOO_MANY_SOCKETS');
      // A newer follower took the place meanwhile.
      await sleep(backOffMs(waits, null), signal);
      if (signal.aborted) return;
      waits += 1;
      continue;
    }
    waits = 0;
    const end = yield* subscribeOnce(client, line, { ...followed, params }, signal);
    wasSubscribed ||= end.how !== 'OVERFULL';
    switch (end.how) {
      case 'REFUSED':
        throw end.error;
      case 'ABORTED':
        return;
      case 'FULL':
        traffic = 'BULK';
        break;
      case 'COMPLETED':
        if (followed.isOver()) return;
        await sleep(backOffMs(busy, null), signal);
        break;
      case 'BUSY':
        await sleep(backOffMs(busy, null), signal);
        break;
      case 'INTERRUPTED':
        // The line has the pause. This lets other work run in any case, also when the line had reported the connection already.
        await sleep(1, signal);
    }
    busy = end.how === 'BUSY' || end.how === 'COMPLETED' ? busy + 1 : 0;
  }
}

async function* subscribeOnce<Data, Variables>(
  client: Client,
  line: Line,
  { params, variables, newestOnly = false }: Sent<Data, Variables>,
  signal: AbortSignal,
): AsyncGenerator<Data, End, void> {
  const waiting: Data[] = [];
  let end: End | null = null;
  let unsubscribe: () => void = () => undefined;
  let wake: () => void = () => undefined;

  const finish = (how: End) => {
    end ??= how;
    unsubscribe();
    wake();
  };
  // A subscription that has ended reports nothing: the line may have another connection by now, and other operations.
  const refuse = (errors: readonly ServerError[]) => {
    if (end === null) finish(toRefusal(errors, () => client.lines.overfull(line)));
  };
  const interrupted = (cause: unknown) => {
    if (end === null) finish(toEnd(cause, line));
  };
  const onAbort = () => finish({ how: 'ABORTED' });
  const leave = line.enter();
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  // The library would carry the subscription over to its next socket, with the old cursor.
  const stopListening = line.sockets.on('closed', interrupted);
  const begin = () => {
    if (end !== null) return;
    unsubscribe = line.sockets.subscribe<Data>(
      // Plain JSON: what cannot be sent throws here, where it ends the follower, and not in the library at each try.
      JSON.parse(
        JSON.stringify({
          ...params,
          variables: variables(),
        }),
      ) as SubscribePayload,
      {
        next({ data, errors }) {
          if (end !== null) return;
          if (errors !== undefined && errors.length > 0) return refuse(errors);
          if (data == null) return;
          line.thrive();
          if (newestOnly) waiting.length = 0;
          waiting.push(data);
          if (waiting.length >= MAX_WAITING) finish({ how: 'FULL' });
          wake();
        },
        error: (error) => (Array.isArray(error) ? refuse(error) : interrupted(error)),
        complete: () => finish({ how: 'COMPLETED' }),
      },
    );
  };
  try {
    line
      .ready()
      .then(begin)
      .catch((error: unknown) => finish({ how: 'REFUSED', error }));
    for (;;) {
      const ended = end as End | null;
      const data = ended?.how === 'ABORTED' ? undefined : waiting.shift();
      if (data !== undefined) yield data;
      else if (ended !== null) return ended;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    stopListening();
    end ??= { how: 'ABORTED' };
    unsubscribe();
    leave();
  }
}

/**
 * Reports the end of a connection to the line, which waits before its next connection. Everything else was thrown by what is sent or by
 * the program: another try would throw again.
 */
function toEnd(cause: unknown, line: Line): End {
  if (cause instanceof NeverOpened) {
    line.interrupted({ closeCode: null, cause: cause.cause, connection: line.connection });
    return { how: 'INTERRUPTED' };
  }
  const { code, reason } = (cause ?? {}) as { readonly code?: unknown; readonly reason?: unknown };
  if (typeof code !== 'number' || reason === undefined) return { how: 'REFUSED', error: cause };
  if (FATAL.has(code)) {
    const message = `The server closed the connection: ${code} ${String(reason ?? '')}`;
    const error = new RequestError(message, `CLOSED_${code}`, { cause });
    line.rejected(error);
    return { how: 'REFUSED', error };
  }
  line.interrupted({ closeCode: code, cause, connection: line.connection });
  return { how: 'INTERRUPTED' };
}

/** A server whose database is unavailable says so, and that it may be asked again. */
function toRefusal(errors: readonly ServerError[], isOverfull: () => boolean): End {
  const [error] = errors;
  const { code = null, retryable = false } = (error?.extensions ?? {}) as {
    code?: string;
    retryable?: boolean;
  };
  if (retryable || code === 'UNAVAILABLE') return { how: 'BUSY' };
  if (code === 'LIMIT_EXCEEDED' && isOverfull()) return { how: 'OVERFULL' };
  return { how: 'REFUSED', error: toRequestError(errors) };
}
