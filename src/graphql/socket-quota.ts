import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';

export interface SocketQuota {
  /** The address of the request holds as many sockets as it may. */
  isFull(request: IncomingMessage): boolean;
  /** Counts a socket until it is closed. */
  count(socket: WebSocket, request: IncomingMessage): void;
}

export const addressOf = (request: IncomingMessage) => request.socket.remoteAddress ?? '';

/** Open sockets per address. */
export function createSocketQuota(perAddress: number): SocketQuota {
  const open = new Map<string, number>();
  return {
    isFull: (request) => (open.get(addressOf(request)) ?? 0) >= perAddress,
    count(socket, request) {
      const address = addressOf(request);
      open.set(address, (open.get(address) ?? 0) + 1);
      socket.once('close', () => {
        const rest = (open.get(address) ?? 1) - 1;
        if (rest > 0) open.set(address, rest);
        else open.delete(address);
      });
    },
  };
}

const WINDOW_MS = 10_000;

/** Answers whether one more message is within the limit of `limit` per 10 s; the first, connection_init, is not counted. */
export function createMessageGate(limit: number): () => boolean {
  let windowFrom = performance.now();
  let count = -1;
  return () => {
    const now = performance.now();
    if (now - windowFrom >= WINDOW_MS) {
      windowFrom = now;
      count = 0;
    }
    count += 1;
    return count <= limit;
  };
}
