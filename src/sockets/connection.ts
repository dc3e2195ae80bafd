import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Operation, Payload } from '../execution/payload.ts';
import type { Outlet } from '../execution/receive-messages.ts';
import type { Room } from '../server/bound-responses.ts';

/** One websocket, as the shared executions and the reaper see it. */
export interface Connection {
  readonly socket: WebSocket;
  /** Where the messages of one operation go; what waits of them is held in the room. */
  outlet(operation: Operation, room: Room): Outlet;
  /** Since when the client has not taken what was sent; null while it takes everything. Milliseconds of `performance.now()`. */
  stalledSince(): number | null;
}

const EMPTY = Buffer.alloc(0);

/**
 * Ready frames are written to the TCP socket beneath `ws`, between the frames that `ws` writes itself: both write whole frames, and
 * compression, which would give `ws` a queue of its own, is off. A connection takes another message when the kernel has taken all of the
 * one before, so a client that stops reading holds one message in this process and leaves the rest in the log.
 */
export function createConnection(socket: WebSocket, tcp: Socket): Connection {
  let waiting: (() => void)[] | null = null;
  let since = 0;

  /** An empty write is done when everything before it is. */
  function awaitFlush(): (() => void)[] {
    if (waiting !== null) return waiting;
    waiting = [];
    since = performance.now();
    tcp.write(EMPTY, () => {
      const listeners = waiting ?? [];
      waiting = null;
      for (const listener of listeners) listener();
    });
    return waiting;
  }

  function toOutlet(room: Room): Pick<Outlet, 'isReady' | 'whenReady'> & { write(frame: Buffer): boolean } {
    return {
      isReady: (bytes = 0) =>
        tcp.writableLength === 0 && socket.readyState === socket.OPEN && room.fits(bytes),
      whenReady(listener) {
        // A socket that is closing is never ready again; its operations are ended by its close.
        if (socket.readyState !== socket.OPEN) return;
        if (tcp.writableLength > 0) awaitFlush().push(listener);
        else room.whenRoom(listener);
      },
      write(frame) {
        tcp.write(frame);
        // The kernel has copied what does not wait here.
        if (tcp.writableLength === 0) return true;
        const release = room.hold(frame.length);
        if (release !== null) awaitFlush().push(release);
        return false;
      },
    };
  }

  // The same functions for all operations of the socket, whose workspace is one: 10,000 subscriptions hold them.
  let shared: ReturnType<typeof toOutlet> | null = null;

  return {
    socket,
    outlet(operation, room) {
      shared ??= toOutlet(room);
      const { isReady, whenReady, write } = shared;
      return { isReady, whenReady, next: (payload: Payload) => payload.send(operation, write) };
    },
    stalledSince() {
      if (waiting === null && tcp.writableLength > 0) awaitFlush();
      return waiting === null ? null : since;
    },
  };
}
