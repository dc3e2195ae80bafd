import type { WebSocket, WebSocketServer } from 'ws';
import { closeEvenly } from '../server/close-evenly.ts';
import { closeCodes } from './close-codes.ts';

/** For the close frame to arrive and be answered; who does not answer is cut off. */
const GOODBYE_MS = 1_000;

/**
 * Takes no new socket and closes the open ones evenly over a bounded time, so that their clients do not all reconnect at once. Those that
 * wait for their turn are served as before. An abort of the signal closes the rest at once.
 */
export async function closeSockets(sockets: WebSocketServer, signal: AbortSignal): Promise<void> {
  sockets.shouldHandle = () => false;
  const close = (socket: WebSocket) =>
    socket.close(closeCodes.RESTART.code, 'Restarting: connect again and go on behind your cursor.');
  await closeEvenly([...sockets.clients], close, signal);
  await Promise.all([...sockets.clients].map((socket) => sayGoodbye(socket)));
}

async function sayGoodbye(socket: WebSocket): Promise<void> {
  if (socket.readyState === socket.CLOSED) return;
  const cut = setTimeout(() => socket.terminate(), GOODBYE_MS);
  // Not `once` of node:events: it rejects when the client sends a broken frame meanwhile, and the others would not be waited for.
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.close(closeCodes.RESTART.code);
  await closed;
  clearTimeout(cut);
}
