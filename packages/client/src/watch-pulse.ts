import type { Client as SocketClient } from 'graphql-ws/client';

/**
 * Gives up a connection that went silent: a half-open one looks open for as long as nobody writes to it, and TCP notices only after
 * minutes. graphql-ws asks for the next sign of life when the last question was answered, so a question stays open until its pong: other
 * messages give it more time but do not answer it, and one that was asked before the server's acknowledgement counts from there on. A connection that
 * does not open within twice the limit is given up, too.
 *
 * The returned function is for a ping that the caller has sent itself.
 */
export function watchPulse(sockets: Pick<SocketClient, 'on' | 'terminate'>, limitMs: number): () => void {
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
  const onAsked = () => {
    asked = true;
    if (connected) expectWithin(limitMs);
  };
  sockets.on('ping', (received) => {
    if (!received) onAsked();
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
  return onAsked;
}
