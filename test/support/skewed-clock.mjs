// Preloaded into a process (NODE_OPTIONS=--import=…) whose clock is to be wrong by CLOCK_SKEW_MS. Timers are not touched.
const skewMs = Number(process.env.CLOCK_SKEW_MS);
const RealDate = Date;
const now = () => RealDate.now() + skewMs;

globalThis.Date = class extends RealDate {
  constructor(...values) {
    if (values.length === 0) super(now());
    else super(...values);
  }
  static now = now;
};
