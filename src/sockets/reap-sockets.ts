import type { WebSocket } from 'ws';
import type { Logger } from '../logger.ts';
import { closeCodes } from './close-codes.ts';
import type { Connection } from './connection.ts';

export interface Reaper {
  /** Looks after a connection until its socket is closed. */
  watch(connection: Connection): void;
  stop(): void;
}

/** Sockets are looked at in turns, so that 10,000 of them do not hold the event loop for the 120 ms that it takes to write to all. */
const TURNS = 12;
/** Time for a client to read the close code; then it is disconnected. */
const GRACE_MS = 6_000;

interface State {
  /** Since when a ping is without an answer. */
  pingedAt: number | null;
  /** Its turn to be pinged has come. */
  isDue: boolean;
  /** Looks in a row at which a message was not taken yet. */
  waits: number;
}

/**
 * Pings every socket each `keepAliveMs`. Who has not answered after half of it is not there or does not read: it is closed with 1013. Where
 * this process holds a message that is not taken, the answer to a ping would wait behind it: there nobody pings, and who takes nothing for
 * `stallMs` is closed. Both are seen at the next of twelve looks per `keepAliveMs`.
 *
 * A client that stops reading is closed within 30 s at the default settings, whenever the kernel's buffers are full: at worst behind a ping 12 s
 * later and a message that waits from shortly before the ping's limit on: 12 + 6 + 8 s and some looks. So a ping stays in force until a message
 * was seen to wait twice in a row; one that waited for a moment only would put off the end of who does not read.
 */
export function createReaper(options: {
  readonly keepAliveMs: number;
  readonly stallMs: number;
  readonly log: Logger;
}): Reaper {
  const { keepAliveMs, stallMs, log } = options;
  const turns = Array.from({ length: TURNS }, () => new Map<Connection, State>());
  let turn = 0;
  let joined = 0;

  function close(socket: WebSocket, why: string): void {
    log.info({ bufferedBytes: socket.bufferedAmount }, `${why}; closed with 1013`);
    socket.close(closeCodes.TRY_AGAIN.code, 'Too slow: connect again and go on behind your cursor.');
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
        state.isDue ||= connections === turns[turn];
        state.waits = since === null ? 0 : state.waits + 1;
        if (since !== null && now - since >= stallMs) close(socket, 'a client does not read');
        else if (state.waits > 1) state.pingedAt = null;
        else if (state.pingedAt !== null) {
          if (now - state.pingedAt >= keepAliveMs / 2) close(socket, 'a client does not answer');
        } else if (since === null && state.isDue) {
          state.isDue = false;
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
      const state: State = { pingedAt: null, isDue: false, waits: 0 };
      mine?.set(connection, state);
      connection.socket.on('pong', () => {
        state.pingedAt = null;
      });
      connection.socket.once('close', () => mine?.delete(connection));
    },
    stop: () => clearInterval(timer),
  };
}
