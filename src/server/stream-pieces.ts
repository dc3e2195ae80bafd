import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { PIECE_BYTES, piecesOf } from '../execution/pieces.ts';

/** So many pieces are given to a connection in one turn of the event loop: the kernel copies each of them before the write returns. */
const PIECES_PER_TURN = 4;

/** A body of a response in pieces, over several turns of the event loop. */
export function streamPieces(body: readonly Buffer[]): Readable {
  async function* pieces() {
    let sent = 0;
    for (const part of body)
      for (const piece of piecesOf(part)) {
        yield piece;
        sent += 1;
        if (sent % PIECES_PER_TURN === 0) await turn();
      }
  }
  return Readable.from(pieces(), { objectMode: false, highWaterMark: PIECE_BYTES });
}
