import type { WebSocket } from 'ws';
import type { Logger } from '../logger.ts';
import type { Connection } from './connection.ts';

export interface Reaper {
  /** Looks after a connection until its socket is closed. */
  watch(connection: Connection): void;
  stop(): void;
}

/** Sockets are looked at in turns, so that 10,000 of them do not hold the event loop for the 120 ms that it takes to write to all. */
const TURNS = 12;
/** 1013 "Try Again Later", to those who might still read it; then they are cut off. */
const TRY_AGAIN = 1013;
const GRACE_MS = 6_000;

/**
 * Pings every socket each `keepAliveMs`. Who has not answered after half of it is not there or does not read: it is closed with 1013. Where
 * this process holds a message that is not taken, the answer to a ping would wait behind it: there nobody pings, and who takes nothing for
 * `stallMs` is closed. Both are seen within a twelfth of `keepAliveMs`.
 */
export function createReaper(options: {
  readonly keepAliveMs: number;
  readonly stallMs: number;
  readonly log: Logger;
}): Reaper {
  const { keepAliveMs, stallMs, log } = options;
  const turns = Array.from({ length: TURNS }, () => new Map<Connection, { pingedAt: number | null }>());
  let turn = 0;
  let joined = 0;

  function close(socket: WebSocket, why: string): void {
    log.info({ bufferedBytes: socket.bufferedAmount }, `${why}; closed with 1013`);
    socket.close(TRY_AGAIN, 'Too slow: connect again and go on behind your cursor.');
    setTimeout(() => socket.terminate(), GRACE_MS).unref();
  }

  const timer = setInterval(() => {
    const now = performance.now();
    turn = (turn + 1) % TURNS;
    for (const connections of turns) {
      for (const [connection, state] of connections) {
        const { socket } = connection;
        if (socket.readyState !== socket.OPEN) continue;
        const since = connection.stalledSince();
        if (since !== null) {
          state.pingedAt = null;
          if (now - since >= stallMs) close(socket, 'a client does not read');
        } else if (state.pingedAt !== null) {
          if (now - state.pingedAt >= keepAliveMs / 2) close(socket, 'a client does not answer');
        } else if (connections === turns[turn]) {
          socket.ping();
          state.pingedAt = now;
        }
      }
    }
  }, keepAliveMs / TURNS);
  timer.unref();

  return {
    watch(connection) {
      joined += 1;
      const mine = turns[joined % TURNS];
      const state: { pingedAt: number | null } = { pingedAt: null };
      mine?.set(connection, state);
      connection.socket.on('pong', () => {
        state.pingedAt = null;
      });
      connection.socket.once('close', () => mine?.delete(connection));
    },
    stop: () => clearInterval(timer),
  };
}
