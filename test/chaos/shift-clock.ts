/**
 * Preloaded into a process whose clock is to be wrong by CLOCK_OFFSET_MS. Every wall-clock reading of JavaScript goes through Date;
 * timers and performance.now() are monotonic and stay right, as on a machine whose clock is set wrong.
 */
const offset = Number(process.env.CLOCK_OFFSET_MS ?? 0);
const RealDate = Date;

class ShiftedDate extends RealDate {
  constructor(...given: [] | [number | string | Date]) {
    if (given.length === 0) super(RealDate.now() + offset);
    else super(...(given as [number]));
  }

  static override now(): number {
    return RealDate.now() + offset;
  }
}

globalThis.Date = ShiftedDate as DateConstructor;
