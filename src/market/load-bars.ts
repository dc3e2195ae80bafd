import { ItemError } from '../errors.ts';
import { sliceCandles } from '../quant/candles.ts';
import { DAYS_PER_BAR, resample, type Timeframe } from '../quant/resample.ts';
import { type LoadedCandles, type LoadOptions, loadCandles } from './load-candles.ts';
import type { CandleRequest, Source } from './source.ts';
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
  const daily = await loadCandles(source, id, { ...daysOf, bars: daysNeeded(bars, timeframe) }, options);
  return toTimeframe(daily, { bars, timeframe }, options.today);
}

/** Validated daily bars in bars of a timeframe: the newest `bars` of them. Throws ItemError TOO_FEW_BARS. */
export function toTimeframe(
  daily: LoadedCandles,
  { bars, timeframe }: { readonly bars: number | 'ALL'; readonly timeframe: Timeframe },
  today: string,
): LoadedCandles {
  if (timeframe === 'DAILY') return daily;
  const all = resample(daily.candles, timeframe, closedThrough(daily, today));
  const from = bars === 'ALL' ? 0 : Math.max(0, all.dates.length - bars);
  const candles = from === 0 ? all : sliceCandles(all, from);
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
