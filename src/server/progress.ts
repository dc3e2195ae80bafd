/** What is seen of a connection at one moment. */
export interface Look {
  /** Bytes wait for the client. */
  readonly waits: boolean;
  /** Bytes that the kernel has taken so far. */
  readonly taken: number;
  /** ms. */
  readonly now: number;
}

/** Judges by repeated looks whether a client has taken fewer than `leastBytes` for `stallMs` although bytes wait for it. */
export function createProgress(stallMs: number, leastBytes: number): (look: Look) => boolean {
  let since: number | null = null;
  let takenThen = 0;
  return ({ waits, taken, now }) => {
    if (!waits) since = null;
    else if (since === null || taken - takenThen >= leastBytes) {
      since = now;
      takenThen = taken;
    }
    return since !== null && now - since >= stallMs;
  };
}
