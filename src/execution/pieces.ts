/**
 * So many bytes are given to a connection at once. Node reports a write only when all of it was taken: in pieces it is seen that a slow client
 * reads. A response of one piece is no burden: the kernel's buffers take it.
 */
export const PIECE_BYTES = 65_536;

/** The bytes in pieces, without a copy. */
export function* piecesOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
}
