import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Operation, Payload } from './payload.ts';
import type { Outlet } from './share-executions.ts';

/** One websocket, as the shared executions see it. */
export interface Connection {
  /** Where the messages of one operation go. */
  outlet(operation: Operation): Outlet;
}

const EMPTY = Buffer.alloc(0);

/**
 * Ready frames are written to the TCP socket beneath `ws`, between the frames that `ws` writes itself: both write whole frames, and
 * compression, which would give `ws` a queue of its own, is off. A connection takes another message when the kernel has taken all of the
 * one before, so a client that stops reading holds one message in this process and leaves the rest in the log.
 */
export function createConnection(socket: WebSocket, tcp: Socket): Connection {
  let waiting: (() => void)[] | null = null;

  const isReady = () => tcp.writableLength === 0 && socket.readyState === socket.OPEN;

  /** An empty write is done when everything before it is. */
  function awaitFlush(): (() => void)[] {
    if (waiting !== null) return waiting;
    waiting = [];
    tcp.write(EMPTY, () => {
      const listeners = waiting ?? [];
      waiting = null;
      for (const listener of listeners) listener();
    });
    return waiting;
  }

  return {
    outlet: (operation) => ({
      isReady,
      next(payload: Payload) {
        tcp.write(payload.frame(operation));
      },
      whenReady(listener) {
        // A socket that is closing is never ready again; its operations are ended by its close.
        if (socket.readyState === socket.OPEN) awaitFlush().push(listener);
      },
    }),
  };
}
