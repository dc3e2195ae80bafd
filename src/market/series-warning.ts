import type { Warning } from '../quant/analyze.ts';

/** The days that a warning is about, so that it can be limited to the bars that are used. */
export interface AboutDays {
  /** The message, with `{count}` for the number of the days and `{days}` for their list. */
  readonly sentence: string;
  /** A day each, `YYYY-MM-DD`, and what may follow it: the evidence. */
  readonly days: readonly string[];
}

/** A warning of a source about a whole series. Rows that an earlier version stored have no days. */
export interface SeriesWarning extends Warning {
  readonly about?: AboutDays;
}

/** Days that a message names. */
const SHOWN = 5;
const DAY_LENGTH = 10;

export function listDays(days: readonly string[]): string {
  const more = days.length - SHOWN;
  return `${days.slice(0, SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** A warning about these days, or none when there are none. */
export function warnOfDays(code: string, { sentence, days }: AboutDays): SeriesWarning[] {
  if (days.length === 0) return [];
  const message = sentence.replace('{count}', String(days.length)).replace('{days}', () => listDays(days));
  return [{ code, message, about: { sentence, days } }];
}

/** The warnings about days from `first` to `last`, both included, and those without days. `last` null: without an end. */
export function cutWarnings(
  warnings: readonly SeriesWarning[],
  first: string,
  last: string | null,
): SeriesWarning[] {
  const isUsed = (day: string) => day >= first && (last === null || day <= last);
  return warnings.flatMap((warning) => {
    if (warning.about === undefined) return [warning];
    const { sentence, days } = warning.about;
    return warnOfDays(warning.code, { sentence, days: days.filter((of) => isUsed(of.slice(0, DAY_LENGTH))) });
  });
}

/**
 * Warnings of stored bars and of a fresh load of some of them. A code that both have is about the days of both; the evidence of a day that both
 * have is that of the fresh load. Where one of them has no days, the fresh one counts.
 */
export function joinWarnings(
  stored: readonly SeriesWarning[],
  fresh: readonly SeriesWarning[],
): SeriesWarning[] {
  const kept = stored.flatMap((old) => {
    const same = fresh.filter(({ code }) => code === old.code);
    if (same.length === 0) return [old];
    // One with another sentence is about something else, although it has the same code.
    const { about } = old;
    const isReplaced = about === undefined || same.some((one) => one.about?.sentence === about.sentence);
    return isReplaced ? [] : [old];
  });
  const joined = fresh.flatMap((one) => {
    const { about } = one;
    const before = stored.find(
      (old) => old.code === one.code && old.about !== undefined && old.about.sentence === about?.sentence,
    );
    if (about === undefined || before?.about === undefined) return [one];
    const days = new Map([...before.about.days, ...about.days].map((day) => [day.slice(0, DAY_LENGTH), day]));
    return warnOfDays(one.code, {
      sentence: about.sentence,
      days: [...days].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, day]) => day),
    });
  });
  return [...kept, ...joined];
}

/** As results and reports contain them. */
export function withoutDays(warnings: readonly SeriesWarning[]): Warning[] {
  return warnings.map(({ code, message }) => ({ code, message }));
}
