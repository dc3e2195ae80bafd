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
const GRACE_MS = 5_000;

/**
 * Pings every socket each `keepAliveMs` and cuts off who has not answered by the next ping. Who answers nothing because it does not read
 * what was sent before is closed with 1013 once it has taken nothing for `stallMs`, seen within a twelfth of `keepAliveMs`.
 */
export function createReaper(options: {
  readonly keepAliveMs: number;
  readonly stallMs: number;
  readonly log: Logger;
}): Reaper {
  const { keepAliveMs, stallMs, log } = options;
  const turns = Array.from({ length: TURNS }, () => new Map<Connection, { answered: boolean }>());
  let turn = 0;
  let joined = 0;

  function closeStalled(socket: WebSocket): void {
    log.info({ bufferedBytes: socket.bufferedAmount }, 'a client does not read; closed with 1013');
    socket.close(TRY_AGAIN, 'Too slow: connect again and go on behind your cursor.');
    setTimeout(() => socket.terminate(), GRACE_MS).unref();
  }

  const timer = setInterval(() => {
    turn = (turn + 1) % TURNS;
    for (const connections of turns) {
      for (const [connection, state] of connections) {
        const { socket } = connection;
        if (socket.readyState !== socket.OPEN) continue;
        const since = connection.stalledSince();
        if (since !== null) {
          // Its answer waits behind what it does not read.
          state.answered = true;
          if (performance.now() - since >= stallMs) closeStalled(socket);
        } else if (connections === turns[turn]) {
          if (state.answered) socket.ping();
          else socket.terminate();
          state.answered = false;
        }
      }
    }
  }, keepAliveMs / TURNS);
  timer.unref();

  return {
    watch(connection) {
      joined += 1;
      const mine = turns[joined % TURNS];
      const state = { answered: true };
      mine?.set(connection, state);
      connection.socket.on('pong', () => {
        state.answered = true;
      });
      connection.socket.once('close', () => mine?.delete(connection));
    },
    stop: () => clearInterval(timer),
  };
}
