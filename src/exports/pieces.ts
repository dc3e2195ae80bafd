/**
 * So many bytes of an export are given to a connection at once. Node reports a write only when the kernel has taken all of it: in small pieces it is
 * seen that a client reads, although slowly.
 */
const PIECE_BYTES = 16_384;

/** The bytes in pieces, without a copy. */
export function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
}
