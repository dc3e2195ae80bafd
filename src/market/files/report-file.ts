import { ItemError } from '../../errors.ts';
import type { Warning } from '../../quant/analyze.ts';
import { cutToRequest } from '../bars.ts';
import { gateFuture } from '../gates.ts';
import { withoutDays } from '../series-warning.ts';
import type { Adjustment } from '../source.ts';
import { validateCandles } from '../validate.ts';
import { type PriceFile, readPriceFile } from './read-price-file.ts';
import { type Refusal, RefusedFile } from './refusal.ts';

/** What a price file comes to: its bars with what was assumed, or why it is rejected. */
export interface FileReport {
  readonly file: string;
  /** Bars that an analysis can use; 0 when the file is rejected. */
  readonly bars: number;
  /** Day of the first bar; null when the file is rejected. */
  readonly firstBar: string | null;
  readonly lastBar: string | null;
  readonly adjustment: Adjustment | null;
  /** Currency of the prices; null when the file does not say it, or is rejected. */
  readonly currency: string | null;
  /** What the file does not say by itself, and how it was read. */
  readonly assumptions: readonly Warning[];
  /** What was left out, repaired or is suspicious. */
  readonly warnings: readonly Warning[];
  /** Null when the file is accepted. */
  readonly refusal: Refusal | null;
}

/** The newest day that a bar may be of, and the day to measure the age of the last bar by. */
export interface Days {
  readonly today: string;
  readonly newestDay: string;
}

/** A file that was read, without bars of the future and before validation, or why it cannot be read. */
export type ParsedFile =
  | { readonly read: PriceFile; readonly refusal: null }
  | { readonly read: null; readonly refusal: Refusal };

/** Reads a price file. Bars after `newestDay` are left out with a warning. */
export function parseFile(bytes: Uint8Array, newestDay: string): ParsedFile {
  try {
    const file = readPriceFile(bytes);
    const future = gateFuture(file.candles.dates, newestDay);
    if (future.length === 0) return { read: file, refusal: null };
    const candles = cutAfter(file.candles, newestDay);
    return { read: { ...file, candles, warnings: [...file.warnings, ...future] }, refusal: null };
  } catch (error) {
    return { read: null, refusal: refusalOf(error) };
  }
}

/** Validates bars that were read, as an analysis of all of them does. */
export function reportBars(
  file: string,
  { candles, adjustment, currency, assumptions, warnings }: PriceFile,
  today: string,
): FileReport {
  try {
    const validated = validateCandles(candles, { bars: 'ALL', asOf: today });
    const { dates } = validated.candles;
    return {
      file,
      bars: dates.length,
      firstBar: dates[0] ?? null,
      lastBar: dates.at(-1) ?? null,
      adjustment,
      currency,
      assumptions,
      warnings: [...withoutDays(warnings), ...validated.warnings],
      refusal: null,
    };
  } catch (error) {
    return rejected(file, refusalOf(error));
  }
}

/** Reads and validates a price file as an analysis of all its bars does. */
export function reportFile(file: string, bytes: Uint8Array, { today, newestDay }: Days): FileReport {
  const { read, refusal } = parseFile(bytes, newestDay);
  return read === null ? rejected(file, refusal) : reportBars(file, read, today);
}

function cutAfter(candles: PriceFile['candles'], newestDay: string): PriceFile['candles'] {
  const end = candles.dates.filter((day) => day <= newestDay).length;
  return cutToRequest(candles, { ticker: '', bars: end, asOf: newestDay });
}

/** The report of a file that is rejected, or that cannot be read. */
export function rejected(file: string, refusal: Refusal): FileReport {
  return {
    file,
    bars: 0,
    firstBar: null,
    lastBar: null,
    adjustment: null,
    currency: null,
    assumptions: [],
    warnings: [],
    refusal,
  };
}

/** What an owner can do about bars that validation rejects; by code, else the last one. */
const cures: Readonly<Record<string, string>> = {
  NO_DATA: 'Export bars of days that have ended.',
  TOO_FEW_BARS: 'Export a longer period, or append more days to an import with mode=append.',
  TOO_MANY_MISSING: 'Export the file with all cells, or remove the lines that have none.',
  NOT_DAILY: 'Export daily bars.',
};
const CURE = 'Correct these bars, or export the file again.';

/** The refusal behind an error of the reader or of validation. Other errors are thrown again. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof RefusedFile) return error.refusal;
  if (!(error instanceof ItemError)) throw error;
  const code = error.detail ?? error.code;
  return { code, line: null, cell: null, why: error.message, cure: cures[code] ?? CURE };
}
