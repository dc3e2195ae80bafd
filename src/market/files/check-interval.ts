import { refuse } from './refusal.ts';

interface Bar {
  readonly line: number;
  /** Days since 1970. */
  readonly day: number;
  readonly timeMs: number | null;
}

const DAY_MS = 86_400_000;
/** With fewer bars a long weekend looks like a week. */
const FEWEST = 8;
/** A median step of so many days is no step between trading days. */
const LONG_STEP = 5;
/** Rows of a day that others have, too, above which bars are those of a part of a day. */
const SAME_DAY_SHARE = 0.2;

/** Throws when the bars are those of minutes, hours, weeks or months, and names the interval. */
export function requireInterval(bars: readonly Bar[]): void {
  const [first] = bars;
  if (first === undefined) return;
  const days = [...new Set(bars.map(({ day }) => day))].sort((a, b) => a - b);
  const times = bars.every(({ timeMs }) => timeMs === null)
    ? days
    : [...new Set(bars.map(({ day, timeMs }) => day * DAY_MS + (timeMs ?? 0)))].sort((a, b) => a - b);
  if (times.length - days.length > SAME_DAY_SHARE * bars.length)
    fail(first, `one bar for every ${describeTime(medianStep(times))}`);
  const step = medianStep(days);
  if (days.length >= FEWEST && step >= LONG_STEP) fail(first, describeDays(step));
}

function fail({ line }: Bar, interval: string): never {
  return refuse('NOT_DAILY', `The file has ${interval}.`, 'Export daily bars.', { line });
}

function medianStep(sorted: readonly number[]): number {
  const steps = sorted.slice(1).map((at, i) => at - (sorted[i] ?? 0));
  return steps.sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
}

function describeTime(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes < 1) return `${Math.round(ms / 1_000)} seconds (intraday bars)`;
  if (minutes < 60) return `${Math.round(minutes)} minutes (intraday bars)`;
  return `${Math.round(minutes / 6) / 10} hours (intraday bars)`;
}

/** Bars that are so many days apart, in words. */
export function describeDays(step: number): string {
  if (step <= 8) return 'weekly bars';
  if (step >= 27 && step <= 32) return 'monthly bars';
  if (step >= 88 && step <= 93) return 'quarterly bars';
  if (step >= 360) return 'yearly bars';
  return `one bar for every ${step} days`;
}
