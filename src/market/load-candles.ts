import { ItemError } from '../errors.ts';
import type { Warning } from '../quant/analyze.ts';
import type { Candles } from '../quant/candles.ts';
import { type Quoted, UNQUOTED } from '../quant/tick.ts';
import { gateFuture } from './gates.ts';
import { withoutDays } from './series-warning.ts';
import type { Adjustment, CandleRequest, Series, Source } from './source.ts';
import type { SourceId } from './sources/index.ts';
import { validateCandles } from './validate.ts';

/** Where the bars of a result came from; stored with it. */
export interface Provenance {
  readonly source: SourceId;
  readonly isDemo: boolean;
  readonly adjustment: Adjustment;
  readonly currency: string | null;
  readonly firstBar: string;
  readonly lastBar: string;
  readonly bars: number;
  /** Last day that might have been read. */
  readonly asOf: string;
}

export interface LoadedCandles {
  readonly candles: Candles;
  readonly warnings: readonly Warning[];
  readonly provenance: Provenance;
  /** How the instrument is quoted, as far as the source says so. */
  readonly quoted: Quoted;
}

const DEADLINE_MS = 10_000;

export interface LoadOptions {
  /** The day at the exchange. */
  readonly today: string;
  /** The newest day that a bar may be of; absent: `today`. */
  readonly newestDay?: string;
  readonly signal: AbortSignal;
  readonly deadlineMs?: number;
}

/**
 * Validated bars of one ticker. The call really ends at the deadline, whether or not the source heeds the signal. Throws ItemError;
 * a fault that a source did not name is SOURCE_UNAVAILABLE.
 */
export async function loadCandles(
  source: Source,
  id: SourceId,
  request: CandleRequest,
  options: LoadOptions,
): Promise<LoadedCandles> {
  const asOf = request.asOf ?? options.today;
  const series = await loadSeries(source, request, options);
  return checkSeries(series, { id, isDemo: source.isDemo }, { bars: request.bars, asOf });
}

/** As `loadCandles`, before validation. */
export function loadSeries(source: Source, request: CandleRequest, options: LoadOptions): Promise<Series> {
  return askSource(source, options, (load) =>
    withoutFuture(request, options.newestDay ?? options.today, load),
  );
}

/** Bars as a source delivered them, validated. `asOf`: the last day that might have been read. Throws ItemError. */
export function checkSeries(
  series: Series,
  source: { readonly id: SourceId; readonly isDemo: boolean },
  expected: { readonly bars: number | 'ALL'; readonly asOf: string },
): LoadedCandles {
  const { candles, warnings } = validateCandles(series.candles, expected);
  const provenance: Provenance = {
    source: source.id,
    isDemo: source.isDemo,
    adjustment: series.adjustment,
    currency: series.currency,
    firstBar: candles.dates[0] ?? '',
    lastBar: candles.dates.at(-1) ?? '',
    bars: candles.dates.length,
    asOf: expected.asOf,
  };
  const { quoted = UNQUOTED } = series;
  return { candles, warnings: [...withoutDays(series.warnings ?? []), ...warnings], provenance, quoted };
}

/** Runs `work`, which loads from the source, until the deadline. Throws ItemError, or the reason of the caller's signal. */
export async function askSource<Result>(
  source: Source,
  options: LoadOptions,
  work: (load: (request: CandleRequest) => Promise<Series>) => Promise<Result>,
): Promise<Result> {
  const deadlineMs = options.deadlineMs ?? source.remote?.deadlineMs ?? DEADLINE_MS;
  const late = AbortSignal.timeout(deadlineMs);
  const signal = AbortSignal.any([options.signal, late]);
  try {
    return await work((request) => untilAborted(source.load(request, signal), signal));
  } catch (error) {
    options.signal.throwIfAborted();
    if (late.aborted) {
      throw new ItemError('SOURCE_TIMEOUT', `${source.title} did not respond within ${deadlineMs / 1000} s.`);
    }
    if (error instanceof ItemError) throw error;
    throw new ItemError('SOURCE_UNAVAILABLE', `${source.title} could not be read.`, { cause: error });
  }
}

/** The series up to `newestDay`: later bars are left out with a warning, and as many older ones take their place. */
async function withoutFuture(
  request: CandleRequest,
  newestDay: string,
  load: (request: CandleRequest) => Promise<Series>,
): Promise<Series> {
  const series = await load(request);
  const [future] = gateFuture(series.candles.dates, newestDay);
  if (future === undefined) return series;
  const past = await load({ ...request, asOf: newestDay });
  return { ...past, warnings: [...(past.warnings ?? []), future] };
}

/** The work's end, or the signal's reason as soon as it aborts. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
