import { type Db, inTransaction, type Tx } from '../db/client.ts';
import { LimitExceededError } from '../errors.ts';
import type { Warning } from '../quant/analyze.ts';
import type { Readers } from './files/call-readers.ts';
import { isSameCurrency } from './files/currencies.ts';
import type { PriceFile } from './files/read-price-file.ts';
import type { Refusal } from './files/refusal.ts';
import { type FileReport, rejected, reportBars } from './files/report-file.ts';
import { mergeBars } from './merge-bars.ts';
import {
  countOtherSeries,
  deleteOwnSeries,
  findOwnBars,
  findOwnSeries,
  lockOwnSeries,
  saveOwnSeries,
} from './own.store.ts';
import type { OwnBars, OwnLimits, OwnSeries } from './own-bars.ts';
import { joinWarnings } from './series-warning.ts';
import { daysAt } from './trading-day.ts';

export interface ImportDeps {
  readonly readers: Readers;
  readonly db: Db;
  readonly now: () => Date;
  readonly limits: OwnLimits;
  /** Writes down, in the transaction of the change, who changes the series. */
  readonly record: (tx: Tx, ticker: string) => Promise<void>;
}

export interface ImportRequest {
  readonly workspaceId: string;
  /** Normalised. */
  readonly ticker: string;
  readonly file: Uint8Array;
  /** APPEND keeps the bars that are there, and the file must have one of their days; where there are none it begins a series. */
  readonly mode: 'REPLACE' | 'APPEND';
  /** ISO 4217 or hundredths of it; null: as the file says, and where it does not say it on APPEND as it is. */
  readonly currency: string | null;
}

/** A series as it is after an import; UNCHANGED: an equal import was there before. */
export interface Imported {
  readonly outcome: 'CREATED' | 'REPLACED' | 'APPENDED' | 'UNCHANGED';
  readonly series: OwnSeries;
  /** What the file held, and what came of it. */
  readonly received: { readonly bars: number; readonly added: number; readonly revised: number };
  /** About the whole series. */
  readonly report: FileReport;
}

/** Nothing was stored. */
export interface NotImported {
  readonly refusal: Refusal;
  readonly report: FileReport;
}

/** The codes of refusals that are about the stored series and not about the file. */
export const CONFLICTS: ReadonlySet<string> = new Set([
  'CONFLICTING_BARS',
  'ADJUSTMENT_DIFFERS',
  'CURRENCY_DIFFERS',
  'NO_OVERLAP',
]);

/** With so few bars nothing can be analysed, but more may follow. */
const TOO_FEW = 'TOO_FEW_BARS';

/**
 * Reads a price file and stores its bars as a series of a workspace, all or nothing. The same import again changes nothing. Imports of
 * a workspace store one after the other, so that its quota holds. Throws LimitExceededError, or the ItemError of a
 * reader that could not work.
 */
export async function importBars(
  deps: ImportDeps,
  request: ImportRequest,
  signal: AbortSignal,
): Promise<Imported | NotImported> {
  const { readers, db, now, limits } = deps;
  const { ticker, file } = request;
  const { today, newestDay } = daysAt(now(), null);
  const parsed = await readers.call({ type: 'PARSE', name: ticker, bytes: file, newestDay }, signal);
  if (parsed.read === null) return { refusal: parsed.refusal, report: rejected(ticker, parsed.refusal) };
  const { read } = parsed;
  return inTransaction(db, async (tx) => {
    await lockOwnSeries(tx, request.workspaceId);
    const stored = await findOwnBars(tx, request.workspaceId, ticker);
    const combined = combine(request, stored, read);
    if ('refusal' in combined) return combined;
    const { own, received } = combined;
    const bars = own.candles.dates.length;
    if (bars > limits.barsOfSeries)
      throw new LimitExceededError(
        limits.barsOfSeries,
        `A series has at most ${limits.barsOfSeries} bars, not ${bars}.`,
      );
    const { assumptions } = read;
    const report = allowFew(request, own, reportBars(ticker, { ...own, assumptions }, today));
    if (report.refusal !== null) return { refusal: report.refusal, report };
    const isSame = stored !== null && isEqual(stored, own);
    if (!isSame) {
      await requireQuota(tx, request, bars, limits);
      await saveOwnSeries(tx, request.workspaceId, ticker, own);
      await deps.record(tx, ticker);
    }
    const series = await findOwnSeries(tx, request.workspaceId, ticker);
    if (series === null) throw new Error(`the series of ${ticker} was not stored`);
    const changed = request.mode === 'APPEND' ? 'APPENDED' : 'REPLACED';
    const outcome = isSame ? 'UNCHANGED' : stored === null ? 'CREATED' : changed;
    return { outcome, series, received, report };
  });
}

/** Removes a series; false: there is none. Results that were computed from it stay. */
export function removeBars(
  { db, record }: Pick<ImportDeps, 'db' | 'record'>,
  workspaceId: string,
  ticker: string,
): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    await lockOwnSeries(tx, workspaceId);
    const isGone = await deleteOwnSeries(tx, workspaceId, ticker);
    if (isGone) await record(tx, ticker);
    return isGone;
  });
}

interface Combined {
  readonly own: OwnBars;
  readonly received: Imported['received'];
}

/** The series that an import asks for, or why it cannot be one with the stored series. */
function combine(
  { ticker, mode, currency: asked }: ImportRequest,
  stored: OwnBars | null,
  { candles, adjustment, currency: said, warnings: ofFile }: PriceFile,
): Combined | NotImported {
  const currency = asked ?? said;
  const warnings = [...ofFile, ...aboutCurrency(asked, said)];
  const bars = candles.dates.length;
  const fresh = { candles, adjustment, currency, warnings };
  if (mode === 'REPLACE' || stored === null)
    return { own: fresh, received: { bars, added: bars, revised: 0 } };
  if (adjustment !== stored.adjustment) {
    const why = `The stored bars have the adjustment ${stored.adjustment}, the sent bars ${adjustment}.`;
    return conflict(ticker, 'ADJUSTMENT_DIFFERS', why);
  }
  if (currency !== null && stored.currency !== null && !isSameCurrency(currency, stored.currency)) {
    const why = `The stored bars are in ${stored.currency}, the sent bars in ${currency}.`;
    const cure = `Send the whole series with mode=replace, or currency=${stored.currency} when the file names its currency wrongly.`;
    return conflict(ticker, 'CURRENCY_DIFFERS', why, asked === null ? cure : undefined);
  }
  const merged = mergeBars(stored.candles, candles);
  if ('day' in merged) {
    const why = `The stored bar of ${merged.day} has other prices, as after a split, a dividend or a correction.`;
    return conflict(ticker, 'CONFLICTING_BARS', why);
  }
  if ('noOverlap' in merged) {
    const [first, last] = [stored.candles.dates[0], stored.candles.dates.at(-1)];
    const why = `The file has no day of the stored bars from ${first} to ${last} with a close: nothing shows that its prices have the same scale.`;
    const cure = `Send the days from ${last} on; older days up to ${first}; or the whole series with mode=replace.`;
    return conflict(ticker, 'NO_OVERLAP', why, cure);
  }
  const { added, revised } = merged;
  return {
    own: {
      candles: merged.candles,
      adjustment,
      currency: stored.currency ?? currency,
      // A bar of the future that was left out may have come since.
      warnings: joinWarnings(
        stored.warnings.filter(({ code }) => code !== 'FUTURE_BAR'),
        warnings,
      ),
    },
    received: { bars, added, revised },
  };
}

/** The currency of the request counts where the file says another one. */
function aboutCurrency(asked: string | null, said: string | null): Warning[] {
  if (asked === null || said === null || isSameCurrency(asked, said)) return [];
  const message = `The file says that its prices are in ${said}; the request says ${asked}, which counts.`;
  return [{ code: 'CURRENCY_DIFFERS', message }];
}

function conflict(
  ticker: string,
  code: string,
  why: string,
  cure = 'Send the whole series with mode=replace.',
): NotImported {
  const refusal = { code, line: null, cell: null, why, cure };
  return { refusal, report: rejected(ticker, refusal) };
}

/** A series that more bars are appended to may begin with a few: the refusal is then a warning. */
function allowFew(
  { mode }: ImportRequest,
  { candles, adjustment, currency }: OwnBars,
  report: FileReport,
): FileReport {
  const { refusal } = report;
  if (mode !== 'APPEND' || refusal?.code !== TOO_FEW) return report;
  const { dates } = candles;
  return {
    ...report,
    bars: dates.length,
    firstBar: dates[0] ?? null,
    lastBar: dates.at(-1) ?? null,
    adjustment,
    currency,
    warnings: [{ code: TOO_FEW, message: refusal.why }],
    refusal: null,
  };
}

/** Throws LimitExceededError. */
async function requireQuota(
  tx: Tx,
  { workspaceId, ticker }: ImportRequest,
  bars: number,
  limits: OwnLimits,
): Promise<void> {
  const others = await countOtherSeries(tx, workspaceId, ticker);
  if (others.series >= limits.series)
    throw new LimitExceededError(limits.series, `A workspace has at most ${limits.series} own series.`);
  if (others.bars + bars > limits.bars)
    throw new LimitExceededError(
      limits.bars,
      `The own series of a workspace have at most ${limits.bars} bars; ${others.bars} are stored under other tickers.`,
    );
}

const columns = ['open', 'high', 'low', 'close', 'volume'] as const;

function isEqual(a: OwnBars, b: OwnBars): boolean {
  const texts = ({ adjustment, currency, warnings }: OwnBars) =>
    JSON.stringify([
      adjustment,
      currency,
      warnings.map(({ code, message, about }) => [code, message, about?.sentence, about?.days]),
    ]);
  return (
    texts(a) === texts(b) &&
    a.candles.dates.length === b.candles.dates.length &&
    a.candles.dates.every((day, i) => day === b.candles.dates[i]) &&
    columns.every((of) => a.candles[of].every((cell, i) => Object.is(cell, b.candles[of][i])))
  );
}
