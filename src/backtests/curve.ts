/** Two curves of a window on one axis of days. */
export interface CurvePair {
  readonly dates: readonly string[];
  readonly equity: Float64Array;
  readonly buyAndHold: Float64Array;
}

const DAY_MS = 86_400_000;
/** Bytes of a bar: two doubles and a day number. */
const BAR_BYTES = 20;

/** Equity, then buy-and-hold as doubles, then the days as 32-bit numbers since 1970, little-endian as every machine that Node supports. */
export function encodeCurves({ dates, equity, buyAndHold }: CurvePair): Buffer {
  const bars = dates.length;
  const memory = new ArrayBuffer(bars * BAR_BYTES);
  new Float64Array(memory, 0, bars).set(equity);
  new Float64Array(memory, 8 * bars, bars).set(buyAndHold);
  new Int32Array(memory, 16 * bars, bars).set(dates.map((day) => Date.parse(day) / DAY_MS));
  return Buffer.from(memory);
}

export function decodeCurves(body: Buffer): CurvePair {
  const bars = body.byteLength / BAR_BYTES;
  if (!Number.isInteger(bars)) throw new Error(`${body.byteLength} bytes are no curves`);
  // A copy: the driver's buffer may begin anywhere in its memory, doubles must not.
  const memory = new Uint8Array(body).buffer;
  return {
    dates: Array.from(new Int32Array(memory, 16 * bars, bars), (day) =>
      new Date(day * DAY_MS).toISOString().slice(0, 10),
    ),
    equity: new Float64Array(memory, 0, bars),
    buyAndHold: new Float64Array(memory, 8 * bars, bars),
  };
}

/**
 * At most `points` indices out of `bars`, evenly spread, the first and the last always among them. `kept` are bars that a chart must not
 * lose, such as peak and trough; there is room for them when two points are left besides.
 */
export function spreadIndices(bars: number, points: number, kept: readonly number[] = []): number[] {
  if (bars <= points) return Array.from({ length: bars }, (_, i) => i);
  const marks = points - kept.length < 2 ? [] : kept;
  const even = points - marks.length;
  const step = (bars - 1) / (even - 1);
  const picked = Array.from({ length: even }, (_, i) => Math.round(i * step));
  return [...new Set([...picked, ...marks])].sort((a, b) => a - b);
}
