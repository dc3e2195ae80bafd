/** Formats of times. Each function is pure: the present time is an argument. */

const STEPS = [
  [60, 1, 's'],
  [3_600, 60, 'min'],
  [86_400, 3_600, 'h'],
  [30 * 86_400, 86_400, 'd'],
] as const;

/** A duration in its largest unit: `4 s`, `3 min`, `2 h`, `5 d`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, ms / 1_000);
  if (seconds < 1) return `${Math.round(ms)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1).replace(/\.0$/, '')} s`;
  const [, size, unit] = STEPS.find(([limit]) => seconds < limit) ?? [0, 86_400, 'd'];
  return `${Math.floor(seconds / size)} ${unit}`;
}

/** How long ago a time is: `just now`, `3 min ago`; a time ahead is `in 3 min`. */
export function ago(time: string | number | Date, now: number): string {
  const ms = now - new Date(time).getTime();
  if (Math.abs(ms) < 5_000) return 'just now';
  const text = duration(Math.round(Math.abs(ms) / 1_000) * 1_000);
  return ms > 0 ? `${text} ago` : `in ${text}`;
}

/** The exact time in the reader's zone, and in the exchange's when it is another one. */
export function exact(time: string | number | Date, zone?: string | null, locale?: string): string {
  const date = new Date(time);
  const style = { dateStyle: 'medium', timeStyle: 'long' } as const;
  const own = new Intl.DateTimeFormat(locale, style).format(date);
  if (zone == null) return own;
  const there = new Intl.DateTimeFormat(locale, { ...style, timeZone: zone }).format(date);
  return there === own ? own : `${own} · ${there} at the exchange`;
}

/** A trading day as the reader's locale writes it. It has no zone: the 3rd is the 3rd everywhere. */
export function day(date: string | null | undefined, locale?: string): string {
  if (date == null) return '–';
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' }).format(
    new Date(`${date}T00:00:00Z`),
  );
}

/** Hours, minutes and seconds in the reader's zone. */
export function clock(time: string | number | Date, locale?: string): string {
  return new Intl.DateTimeFormat(locale, { timeStyle: 'medium', hourCycle: 'h23' }).format(new Date(time));
}
