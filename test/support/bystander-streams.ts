import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import WebSocket from 'ws';

/**
 * The bystander's clients. They know nothing of reconnecting, as a client that reconnects would hide a connection that the server has closed.
 */

export interface Payload {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly unknown[];
}

/** What one subscription brings. */
export interface Subscriber {
  readonly name: string;
  readonly query: string;
  readonly variables: object;
  /** Takes a message; throws when it is not what it should be. */
  onMessage(payload: Payload): void;
  /** The subscription or its connection has ended, or a message was wrong. */
  onFault(reason: string): void;
}

export interface Stream {
  close(): void;
}

export interface Client {
  readonly url: string;
  readonly key: string;
}

let connections = 0;
/**
 * An address that no other connection has: a limit per address is not reached by the bystander. Linux has all of 127.0.0.0/8; other systems have
 * 127.0.0.1 alone.
 */
function ownAddress(): { readonly localAddress?: string } {
  connections += 1;
  const host = `127.1.${connections >> 8}.${connections & 255}`;
  return process.platform === 'linux' ? { localAddress: host } : {};
}

/** Passes a payload on; what is wrong with it is a fault of its subscriber. */
function deliver(subscriber: Subscriber, payload: Payload): void {
  try {
    if (payload.errors !== undefined) throw new Error(JSON.stringify(payload.errors));
    subscriber.onMessage(payload);
  } catch (error) {
    subscriber.onFault(error instanceof Error ? error.message : String(error));
  }
}

/** Subscribes to all of these over one websocket. Resolves when the server has acknowledged the connection. */
export async function openSubscriptions(
  { url, key }: Client,
  subscribers: readonly Subscriber[],
): Promise<Stream> {
  const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws', ownAddress());
  const acknowledged = Promise.withResolvers<void>();
  let isClosing = false;
  const fail = (reason: string) => {
    if (isClosing) return;
    acknowledged.reject(new Error(`The websocket of the bystander ${reason}.`));
    for (const { onFault } of subscribers) onFault(`the websocket ${reason}`);
  };
  socket.on('error', (error) => fail(`failed: ${error.message}`));
  socket.on('close', (code) => fail(`was closed with ${code}`));
  socket.on('open', () =>
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } })),
  );
  socket.on('message', (data) => {
    const { type, id, payload } = JSON.parse(String(data)) as {
      type: string;
      id?: string;
      payload?: unknown;
    };
    if (type === 'connection_ack') return acknowledged.resolve();
    const subscriber = subscribers[Number(id)];
    if (type === 'next' && subscriber !== undefined) deliver(subscriber, payload as Payload);
    else if (type !== 'pong') subscriber?.onFault(`got ${String(data)}`);
  });
  await acknowledged.promise;
  subscribers.forEach(({ query, variables }, i) => {
    socket.send(JSON.stringify({ id: `${i}`, type: 'subscribe', payload: { query, variables } }));
  });
  return {
    close() {
      isClosing = true;
      socket.close();
    },
  };
}

/** Subscribes over a stream of events (SSE). */
export async function openStream(client: Client, subscriber: Subscriber): Promise<Stream> {
  let isClosing = false;
  const response = await send(client, subscriber, { accept: 'text/event-stream' });
  const fail = (reason: string) => {
    if (!isClosing) subscriber.onFault(`the stream of events ${reason}`);
  };
  if (response.statusCode !== 200) fail(`was answered with ${response.statusCode}`);
  response.on('error', (error) => fail(`failed: ${error.message}`));
  response.on('close', () => fail('was closed'));
  let rest = '';
  response.setEncoding('utf8').on('data', (text: string) => {
    const blocks = (rest + text).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = /^event: (\w+)$/m.exec(block)?.[1];
      const data = /^data: ?(.*)$/m.exec(block)?.[1] ?? '';
      if (event === 'next') deliver(subscriber, JSON.parse(data) as Payload);
      else if (event !== undefined) fail(`sent ${event} ${data}`);
    }
  });
  return {
    close() {
      isClosing = true;
      response.destroy();
    },
  };
}

/** One query over HTTP on a connection of its own. */
export async function ask(client: Client, query: string, withinMs: number): Promise<Payload> {
  const operation = { query, variables: {} };
  const response = await send(client, operation, { accept: 'application/json' }, withinMs);
  let text = '';
  for await (const part of response.setEncoding('utf8')) text += part;
  if (response.statusCode !== 200)
    throw new Error(`The bystander's query was answered with ${response.statusCode}: ${text}`);
  return JSON.parse(text) as Payload;
}

function send(
  { url, key }: Client,
  { query, variables }: { readonly query: string; readonly variables: object },
  headers: Record<string, string>,
  withinMs?: number,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, {
      ...ownAddress(),
      method: 'POST',
      agent: new Agent({ keepAlive: false }),
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, ...headers },
      ...(withinMs !== undefined && { signal: AbortSignal.timeout(withinMs) }),
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      // A later error of the connection is one of the response.
      sent.off('error', reject).on('error', () => undefined);
      resolve(response);
    });
    sent.end(JSON.stringify({ query, variables }));
  });
}
