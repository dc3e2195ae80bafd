import { setImmediate as turn } from 'node:timers/promises';

/**
 * Runs pieces of computing one per turn of the event loop, in the order of the calls, whoever asks: between two of them heartbeats, answers
 * of the database and signals have their turn, however many items compute at once. A piece is a few milliseconds long.
 */
export function createTurns(): <T>(piece: () => T) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (piece) => {
    const done = last.then(() => turn()).then(piece);
    last = done.catch(() => undefined);
    return done;
  };
}
