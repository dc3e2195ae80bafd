import { getRandomValues } from 'node:crypto';
import { v7, validate } from 'uuid';

/**
 * The UUID in the spelling that PostgreSQL returns (lower case), or null when the text is none. Every id that comes from outside is parsed here:
 * an id in upper case must find the same rows, give the same request hash and match the same notifications as one in lower case.
 */
export function parseUuid(text: unknown): string | null {
  return typeof text === 'string' && validate(text) ? text.toLowerCase() : null;
}

const ID_BYTES = 16;
/** Random bytes of 256 ids, drawn at once: one draw per id took a seventh of the CPU time of a worker whose items compute nothing. */
const pool = new Uint8Array(256 * ID_BYTES);
let used = pool.length;
let msecs = 0;
let counter = 0;

/**
 * A new UUID of version 7 (RFC 9562). Ids of one process ascend, also within a millisecond and when the clock is set back: the 32 bits behind the
 * time are a counter (section 6.2, method 1), which begins anywhere in the lower half of its range with each millisecond.
 */
export function newId(): string {
  if (used === pool.length) {
    getRandomValues(pool);
    used = 0;
  }
  const random = pool.subarray(used, used + ID_BYTES);
  used += ID_BYTES;
  const now = Date.now();
  if (now > msecs) {
    msecs = now;
    counter = new DataView(random.buffer, random.byteOffset).getUint32(0) >>> 1;
  } else {
    counter = (counter + 1) >>> 0;
    if (counter === 0) msecs += 1;
  }
  return v7({ random, msecs, seq: counter });
}
