/** Whether the text is a day `YYYY-MM-DD` that exists, of the years 0001 to 9999. JavaScript reads 30 February as 1 March, and PostgreSQL has no year 0. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text.startsWith('0000')) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return Number.isFinite(time) && new Date(time).toISOString().startsWith(text);
}

const INSTANT =
  /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/**
 * A moment from ISO 8601 text, or null. The offset is required: a time without one would mean the time zone of whichever server reads it. Years are
 * 1000 to 9999 in UTC: `Date` reads the years below 100, as PostgreSQL writes them, as years of this century or the last.
 */
export function instantOf(text: string): Date | null {
  const [, day = ''] = INSTANT.exec(text) ?? [];
  if (!isDay(day)) return null;
  const instant = new Date(text);
  const year = instant.getUTCFullYear();
  return year >= 1_000 && year <= 9_999 ? instant : null;
}

/** The latest day that is anywhere on earth today: the exact zone is the instrument's. */
export function latestDay(now: Date): string {
  return new Date(now.getTime() + 14 * 3_600_000).toISOString().slice(0, 10);
}
