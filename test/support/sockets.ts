import WebSocket from 'ws';

export interface Message {
  readonly id?: string;
  readonly type: string;
  readonly payload?: {
    readonly data?: Record<string, never>;
    readonly errors?: readonly { readonly message: string }[];
  };
}

export interface RawSocket {
  readonly socket: WebSocket;
  send(message: unknown): void;
  /** The next message, in order. Rejects when the socket is closed first. */
  next(): Promise<Message>;
  /** The code of the close. */
  readonly closed: Promise<number>;
}

/** A websocket without a library's idea of the protocol. */
export async function openSocket(
  url: string,
  options: {
    readonly protocol?: string | null;
    readonly init?: boolean;
    readonly headers?: Record<string, string>;
  } = {},
): Promise<RawSocket> {
  const { protocol = 'graphql-transport-ws', init = true, headers = {} } = options;
  const socket = new WebSocket(url.replace('http', 'ws'), protocol ?? [], { headers });
  const ready: Message[] = [];
  const waiting: PromiseWithResolvers<Message>[] = [];
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as Message;
    const first = waiting.shift();
    if (first === undefined) ready.push(message);
    else first.resolve(message);
  });
  const closed = new Promise<number>((resolve) => {
    socket.on('close', (code) => {
      for (const one of waiting.splice(0)) one.reject(new Error(`closed with ${code}`));
      resolve(code);
    });
  });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => undefined);
  const raw: RawSocket = {
    socket,
    closed,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    next() {
      const first = ready.shift();
      if (first !== undefined) return Promise.resolve(first);
      const one = Promise.withResolvers<Message>();
      waiting.push(one);
      return one.promise;
    },
  };
  if (init) {
    raw.send({ type: 'connection_init' });
    await raw.next();
  }
  return raw;
}
