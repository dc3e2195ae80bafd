import { ItemError } from '../errors.ts';
import { DAYS_PER_BAR, resample, type Timeframe } from '../quant/resample.ts';
import { cutBefore } from './bars.ts';
import { checkSeries, type LoadedCandles, type LoadOptions, loadSeries } from './load-candles.ts';
import type { CandleRequest, Series, Source } from './source.ts';
import type { SourceId } from './sources/index.ts';

/** As for daily bars, of each timeframe. */
const MIN_BARS = 50;
const DAY_MS = 86_400_000;

/** The daily bars of which `bars` bars of a timeframe are made, and those of a period that may have begun before them. */
export function daysNeeded(bars: number | 'ALL', timeframe: Timeframe): number | 'ALL' {
  return bars === 'ALL' || timeframe === 'DAILY' ? bars : (bars + 1) * DAYS_PER_BAR[timeframe];
}

/**
 * As `loadCandles`, in bars of a timeframe: validated daily bars, resampled. `request.bars` are bars of the timeframe. Throws ItemError; TOO_FEW_BARS
 * also when fewer than 50 periods are over.
 */
export async function loadBars(
  source: Source,
  id: SourceId,
  request: CandleRequest & { readonly timeframe: Timeframe },
  options: LoadOptions,
): Promise<LoadedCandles> {
  const { timeframe, ...daysOf } = request;
  const { bars } = request;
  const series = await loadSeries(source, { ...daysOf, bars: daysNeeded(bars, timeframe) }, options);
  const { today } = options;
  const expected = { bars, timeframe, asOf: request.asOf ?? today, today };
  return checkBars(series, { id, isDemo: source.isDemo }, expected);
}

/**
 * Daily bars as a source delivered them, validated, in bars of a timeframe: the newest `bars` of them. Days before the first period that is used
 * have no part in the result, nor in its warnings. Throws ItemError; TOO_FEW_BARS also when fewer than 50 periods are over.
 */
export function checkBars(
  series: Series,
  source: { readonly id: SourceId; readonly isDemo: boolean },
  {
    bars,
    timeframe,
    asOf,
    today,
  }: {
    readonly bars: number | 'ALL';
    readonly timeframe: Timeframe;
    readonly asOf: string;
    readonly today: string;
  },
): LoadedCandles {
  const whole = checkSeries(series, source, { bars: daysNeeded(bars, timeframe), asOf });
  if (timeframe === 'DAILY') return whole;
  const over = closedThrough(whole, today);
  const all = resample(whole.candles, timeframe, over);
  const unused = bars === 'ALL' ? undefined : all.dates.at(-bars - 1);
  const daily =
    unused === undefined ? whole : checkSeries(cutBefore(series, unused), source, { bars: 'ALL', asOf });
  const candles = unused === undefined ? all : resample(daily.candles, timeframe, over);
  const count = candles.dates.length;
  if (count < MIN_BARS) {
    const message = `${count} ${timeframe.toLowerCase()} bars are too few; ${MIN_BARS} are needed.`;
    throw new ItemError('TOO_FEW_BARS', message);
  }
  // That of the daily bars counts days.
  const warnings = daily.warnings.filter(({ code }) => code !== 'SHORT_HISTORY');
  if (bars !== 'ALL' && count < bars)
    warnings.push({ code: 'SHORT_HISTORY', message: `${count} bars instead of the requested ${bars}.` });
  const provenance = {
    ...daily.provenance,
    firstBar: candles.dates[0] ?? '',
    lastBar: candles.dates.at(-1) ?? '',
    bars: count,
  };
  return { candles, warnings, provenance, quoted: daily.quoted };
}

/** The last day whose session has ended: that of the newest bar, or the day that the request names, or yesterday. */
function closedThrough({ candles, provenance: { asOf } }: LoadedCandles, today: string): string {
  const over = asOf < today ? asOf : new Date(Date.parse(today) - DAY_MS).toISOString().slice(0, 10);
  const newest = candles.dates.at(-1) ?? '';
  return over > newest ? over : newest;
}
