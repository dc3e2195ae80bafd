import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { WebSocket, WebSocketServer } from 'ws';

/** RFC 6455's registry: 1012 "Service Restart"; a client reconnects at once, to another node. */
const RESTART = 1012;
/** What another node takes in: 2,000 sockets per second, but never longer than this, to stay well inside the drain. */
const SOCKETS_PER_SECOND = 2_000;
const MAX_SPREAD_MS = 5_000;
/** For the close frame to arrive and be answered; who does not answer is cut off. */
const GOODBYE_MS = 1_000;

/**
 * Takes no new socket and closes the open ones evenly over a bounded time, so that their clients do not all reconnect at once. Those that
 * wait for their turn are served as before. An abort of the signal closes the rest at once.
 */
export async function closeSockets(sockets: WebSocketServer, signal: AbortSignal): Promise<void> {
  sockets.shouldHandle = () => false;
  const open = [...sockets.clients];
  const spreadMs = Math.min((1_000 * open.length) / SOCKETS_PER_SECOND, MAX_SPREAD_MS);
  const began = performance.now();
  for (const [index, socket] of open.entries()) {
    const early = began + (spreadMs * index) / open.length - performance.now();
    // Timers below a few milliseconds are not kept: close in small groups instead.
    if (early > 5 && !signal.aborted) await delay(early, undefined, { signal }).catch(() => undefined);
    socket.close(RESTART, 'Restarting: connect again and go on behind your cursor.');
  }
  await Promise.all([...sockets.clients].map((socket) => sayGoodbye(socket)));
}

async function sayGoodbye(socket: WebSocket): Promise<void> {
  if (socket.readyState === socket.CLOSED) return;
  socket.close(RESTART);
  const cut = setTimeout(() => socket.terminate(), GOODBYE_MS);
  await once(socket, 'close');
  clearTimeout(cut);
}
