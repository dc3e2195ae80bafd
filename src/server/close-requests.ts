import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** How often connections whose last response has ended are looked for. */
const LOOK_MS = 200;
/** How long a client may take for the head of a request that it has begun to send. */
const HEAD_MS = 1_000;

export interface Requests {
  /**
   * Takes no new connection and resolves when every connection is closed. A request under way gets its whole response; the abort of the
   * signal cuts off those that remain. Websockets must be closed by someone else.
   */
  close(signal: AbortSignal): Promise<void>;
}

/** Follows the requests of each connection of a server, from before the server listens. */
export function createRequests(http: Server): Requests {
  /** Requests under way by connection, without those of websockets. */
  const underWay = new Map<Socket, number>();
  let closing = false;

  function count(socket: Socket, change: 1 | -1): void {
    const requests = underWay.get(socket);
    if (requests !== undefined) underWay.set(socket, requests + change);
  }

  http.on('connection', (socket: Socket) => {
    underWay.set(socket, 0);
    socket.once('close', () => underWay.delete(socket));
  });
  http.on('upgrade', ({ socket }: IncomingMessage) => underWay.delete(socket));
  // Before the handler, which may send the head at once.
  http.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    count(socket, 1);
    response.once('close', () => count(socket, -1));
    if (closing) response.setHeader('Connection', 'close');
  });

  return {
    async close(signal) {
      closing = true;
      const closed = new Promise<void>((resolve) => http.close(() => resolve()));
      const began = performance.now();
      const looking = setInterval(() => {
        http.closeIdleConnections();
        // Node takes a connection for busy on which nothing was ever sent: browsers open such ones ahead.
        if (performance.now() - began < HEAD_MS) return;
        for (const [socket, requests] of underWay) if (requests === 0) socket.destroy();
      }, LOOK_MS);
      const cutOff = () => http.closeAllConnections();
      signal.addEventListener('abort', cutOff, { once: true });
      if (signal.aborted) cutOff();
      await closed;
      signal.removeEventListener('abort', cutOff);
      clearInterval(looking);
    },
  };
}
