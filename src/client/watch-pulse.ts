import type { Client as SocketClient } from 'graphql-ws/client';

/**
 * Gives up a connection that went silent: a half-open one looks open for as long as nobody writes to it, and TCP notices only after
 * minutes. graphql-ws asks for the next sign of life when the last question was answered, so a question stays open until its pong: other
 * messages give it more time but do not answer it, and one that was asked before the server's acknowledgement counts from there on. A connection that
 * does not open within twice the limit is given up, too.
 */
export function watchPulse(sockets: Pick<SocketClient, 'on' | 'terminate'>, limitMs: number): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let connected = false;
  let asked = false;
  const calm = () => clearTimeout(timer);
  const expectWithin = (ms: number) => {
    calm();
    timer = setTimeout(() => sockets.terminate(), ms);
  };
  sockets.on('connecting', () => {
    connected = false;
    asked = false;
    expectWithin(2 * limitMs);
  });
  sockets.on('connected', () => {
    connected = true;
    if (asked) expectWithin(limitMs);
    else calm();
  });
  sockets.on('ping', (received) => {
    if (received) return;
    asked = true;
    if (connected) expectWithin(limitMs);
  });
  sockets.on('message', () => {
    if (connected && asked) expectWithin(limitMs);
  });
  sockets.on('pong', (received) => {
    if (!received) return;
    asked = false;
    if (connected) calm();
  });
  sockets.on('error', calm);
  sockets.on('closed', calm);
}

type SocketClass = new (
  url: string | URL,
  protocols?: string | string[],
) => { addEventListener(type: 'error', listener: () => void): void };

/** The given WebSocket class, or the platform's. An error of a socket that was given up has nobody left to hear it and must not end the process. */
export function socketClass(given: unknown): SocketClass {
  const Socket = (given ?? (globalThis as { readonly WebSocket?: unknown }).WebSocket) as
    | SocketClass
    | undefined;
  if (typeof Socket !== 'function') {
    throw new Error(
      'There is no global WebSocket (Node before 22): pass a class as `webSocket`, for example that of the package ws.',
    );
  }
  return class extends Socket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener('error', () => undefined);
    }
  };
}
