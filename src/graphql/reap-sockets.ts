import type { WebSocket } from 'ws';

export interface Reaper {
  /** Watches a socket until it is closed. */
  watch(socket: WebSocket): void;
  stop(): void;
}

/** Sockets are pinged in turns, so that 10,000 of them do not hold the event loop for the 120 ms that it takes to write to all. */
const TURNS = 12;

/** Pings every socket each `keepAliveMs`. Who has not answered by the next ping is cut off: after twice that time at the latest. */
export function createReaper(keepAliveMs: number): Reaper {
  const turns = Array.from({ length: TURNS }, () => new Map<WebSocket, { answered: boolean }>());
  let turn = 0;
  let joined = 0;
  const timer = setInterval(() => {
    turn = (turn + 1) % TURNS;
    for (const [socket, state] of turns[turn] ?? []) {
      if (!state.answered) socket.terminate();
      else if (socket.readyState === socket.OPEN) {
        state.answered = false;
        socket.ping();
      }
    }
  }, keepAliveMs / TURNS);
  timer.unref();
  return {
    watch(socket) {
      joined += 1;
      const mine = turns[joined % TURNS];
      const state = { answered: true };
      mine?.set(socket, state);
      socket.on('pong', () => {
        state.answered = true;
      });
      socket.once('close', () => mine?.delete(socket));
    },
    stop: () => clearInterval(timer),
  };
}
