import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { reject, tooMuch } from './rejections.ts';

/** Requests of one connection that are served at a time: clients that pipeline send a few. */
export const MAX_REQUESTS = 16;
const TOO_MANY = `A connection serves at most ${MAX_REQUESTS} requests at a time; read responses before sending more.`;
/** A connection is closed after its rejection is sent; one that has sent so many requests more by then is cut off. */
const MAX_IGNORED = 256;

/** The requests that clients send on one connection before they have taken the responses. */
export interface Pipelining {
  /** Whether responses to earlier requests of the connection are still to be sent. */
  isBusy(socket: Socket): boolean;
  /**
   * Whether a request is to be served. The first one too many is rejected with 429, and its response ends the connection, so no request that follows
   * it is served.
   */
  mayServe(request: IncomingMessage, response: ServerResponse): boolean;
}

/** Bounds and counts the requests under way on each connection. */
export function createPipelining(): Pipelining {
  const underWay = new WeakMap<Socket, number>();
  const ignored = new WeakMap<Socket, number>();
  const isBusy = (socket: Socket) => (underWay.get(socket) ?? 0) > 0 || ignored.has(socket);
  const mayServe: Pipelining['mayServe'] = ({ socket }, response) => {
    const extra = ignored.get(socket);
    if (extra !== undefined) {
      ignored.set(socket, extra + 1);
      if (extra >= MAX_IGNORED) socket.destroy();
      return false;
    }
    const requests = underWay.get(socket) ?? 0;
    if (requests >= MAX_REQUESTS) {
      ignored.set(socket, 0);
      reject(response, tooMuch(TOO_MANY, 1), { connection: 'close' });
      return false;
    }
    underWay.set(socket, requests + 1);
    response.once('close', () => underWay.set(socket, (underWay.get(socket) ?? 0) - 1));
    return true;
  };
  return { isBusy, mayServe };
}
