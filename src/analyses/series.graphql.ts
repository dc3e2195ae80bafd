import { CategoryEnum, entriesOf, IndicatorIdEnum, NumberEntryRef } from '../catalog/catalog.graphql.ts';
import { InvalidInputError, ItemError } from '../errors.ts';
import { perRequest } from '../events/per-request.ts';
import { builder } from '../graphql/builder.ts';
import type { Context } from '../graphql/context.ts';
import { cutToRequest } from '../market/bars.ts';
import { daysNeeded } from '../market/load-bars.ts';
import { candleKey, hashCandles, type WantedCandles } from '../market/series.ts';
import type { Adjustment } from '../market/source.ts';
import { validateCandles } from '../market/validate.ts';
import { type Candles, sliceCandles } from '../quant/candles.ts';
import { computeIndicators } from '../quant/chart.ts';
import { customise, type Overrides } from '../quant/customise.ts';
import { type IndicatorId, indicatorIds, indicatorOf } from '../quant/indicators/index.ts';
import { resample, type Timeframe } from '../quant/resample.ts';
import { isStrategyId, strategies } from '../quant/strategies/index.ts';
import { AnalysisRef, detailsOf } from './analysis.graphql.ts';
import type { Analysis, AnalysisDetails } from './analysis.ts';
import { computeInTurns } from './compute-in-turns.ts';
import type { Lookback } from './options.ts';

const MAX_BARS = 2_000;
const DEFAULT_BARS = 250;

interface IndicatorSeries {
  readonly indicator: IndicatorId;
  readonly params: Readonly<Record<string, number>>;
  readonly lines: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
}

interface AnalysisSeries {
  readonly bars: number;
  readonly candles: Candles;
  readonly from: number;
  readonly indicators: readonly IndicatorSeries[];
}

/** The bars are not the ones that the result was computed from. */
interface CandlesGone {
  readonly reason: 'NO_BARS' | 'OTHER_BARS' | 'NOT_RECORDED';
}

const IndicatorLineRef = builder.objectRef<IndicatorSeries['lines'][number]>('IndicatorLine').implement({
  scope: 'results:read',
  description: 'Values of one line of an indicator, one per bar of the series.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Name of the line, for example `adx`.' }),
    values: t.field({
      type: ['Float'],
      nullable: { list: false, items: true },
      description:
        'One value per date, unrounded; null before the first value and where the line has no value.',
      resolve: (line) => [...line.values],
    }),
  }),
});

const IndicatorSeriesRef = builder.objectRef<IndicatorSeries>('IndicatorSeries').implement({
  scope: 'results:read',
  description: 'An indicator over the bars of a series, computed with the parameters of the result.',
  fields: (t) => ({
    indicator: t.expose('indicator', {
      type: IndicatorIdEnum,
      description: 'Id of the indicator that was computed.',
    }),
    category: t.field({
      type: CategoryEnum,
      description: 'Category of the indicator.',
      resolve: ({ indicator }) => indicatorOf(indicator).category,
    }),
    params: t.field({
      type: [NumberEntryRef],
      description: 'Parameters with which the indicator was computed.',
      resolve: ({ params }) => entriesOf(params),
    }),
    display: t.string({
      description: 'Name of the main line, suitable for lists.',
      resolve: ({ indicator }) => indicatorOf(indicator).display,
    }),
    lines: t.field({
      type: [IndicatorLineRef],
      description: 'All lines of the indicator.',
      resolve: ({ lines }) => [...lines],
    }),
  }),
});

const SeriesRef = builder.objectRef<AnalysisSeries>('AnalysisSeries').implement({
  scope: 'results:read',
  description:
    'The bars from which a result was computed, with indicators over them. All columns have the same length, oldest bar first.',
  fields: (t) => {
    const column = (of: 'open' | 'high' | 'low' | 'close' | 'volume', description: string) =>
      t.floatList({ description, resolve: ({ candles, from }) => Array.from(candles[of].subarray(from)) });
    return {
      bars: t.exposeInt('bars', { description: 'Number of all bars from which the result was computed.' }),
      dates: t.field({
        type: ['Date'],
        description: 'Trading days of the bars, oldest first.',
        resolve: ({ candles, from }) => candles.dates.slice(from),
      }),
      open: column('open', 'First price of each bar.'),
      high: column('high', 'Highest price of each bar.'),
      low: column('low', 'Lowest price of each bar.'),
      close: column('close', 'Last price of each bar.'),
      volume: column('volume', 'Units traded in each bar.'),
      indicators: t.field({
        type: [IndicatorSeriesRef],
        description: 'The requested indicators, computed over all bars of the result.',
        resolve: ({ indicators }) => [...indicators],
      }),
    };
  },
});

const messages: Readonly<Record<CandlesGone['reason'], string>> = {
  NO_BARS: 'The bars of this result are no longer stored. Analyse the ticker again to get a chart.',
  OTHER_BARS:
    'The stored bars differ from those of this result because they were corrected or adjusted later. Analyse the ticker again to get a chart.',
  NOT_RECORDED:
    'The result was stored before the server recorded which bars a result uses. Analyse the ticker again to get a chart.',
};

const GoneReasonEnum = builder.enumType('CandlesGoneReason', {
  description: 'Reason why the bars of a result are not available.',
  values: Object.fromEntries(
    Object.entries(messages).map(([value, description]) => [value, { value, description }]),
  ) as Record<CandlesGone['reason'], { value: CandlesGone['reason']; description: string }>,
});

const CandlesGoneRef = builder.objectRef<CandlesGone>('CandlesGone').implement({
  scope: 'results:read',
  description:
    'The bars from which the result was computed are not available. The server never returns other bars in their place.',
  fields: (t) => ({
    reason: t.expose('reason', {
      type: GoneReasonEnum,
      description: 'Reason why the bars are not available.',
    }),
    message: t.string({
      description: 'What happened and what to do, in one or two sentences.',
      resolve: ({ reason }) => messages[reason],
    }),
  }),
});

const SeriesResult = builder.unionType('AnalysisSeriesResult', {
  description: 'Bars and indicator lines of a result, or the reason why they are not available.',
  types: [SeriesRef, CandlesGoneRef],
  resolveType: (value) => ('reason' in value ? CandlesGoneRef : SeriesRef),
});

/** The series of all results of one request in one statement. */
const readFound = perRequest(candleKey, (context: Context, wanted: readonly WantedCandles[]) =>
  context.readCandles(wanted),
);

/** The bars of a result, found again by their hash. */
export async function candlesOf(
  context: Context,
  analysis: Analysis,
  details: AnalysisDetails,
): Promise<Candles | CandlesGone> {
  if (analysis.inputHash === null) return { reason: 'NOT_RECORDED' };
  const { source, ticker } = analysis;
  const adjustment = details.provenance.adjustment as Adjustment;
  const { workspaceId } = context.access;
  const raw = await readFound(context, { source, ticker, adjustment, workspaceId });
  if (raw == null) return { reason: 'NO_BARS' };
  if (raw instanceof ItemError) throw raw;
  return computeInTurns(workspaceId, () => windowOf(analysis, raw, details));
}

function windowOf(
  analysis: Analysis,
  raw: Candles,
  { provenance, options }: AnalysisDetails,
): Candles | CandlesGone {
  const { ticker } = analysis;
  // The window as it was asked for, as many bars as came, and with the newest bars dropped by validation.
  const { timeframe = 'DAILY' } = options;
  if (timeframe !== 'DAILY') return resampledOf(analysis, raw, timeframe, provenance, options.lookback);
  const windows = [
    { bars: options.lookback, asOf: provenance.lastBar },
    { bars: provenance.bars, asOf: provenance.lastBar },
    { bars: options.lookback, asOf: provenance.asOf },
  ];
  for (const { bars, asOf } of windows) {
    const candles = validated(cutToRequest(raw, { ticker, bars, asOf }), asOf);
    if (candles !== null && hashCandles(candles) === analysis.inputHash) return candles;
  }
  return { reason: 'OTHER_BARS' };
}

/** The periods of a result, all of which were over: those up to its last day, as many as were asked for or came. */
function resampledOf(
  { ticker, inputHash }: Analysis,
  raw: Candles,
  timeframe: Timeframe,
  { lastBar, bars: count }: AnalysisDetails['provenance'],
  lookback: Lookback,
): Candles | CandlesGone {
  for (const bars of [lookback, count]) {
    const cut = cutToRequest(raw, { ticker, bars: daysNeeded(bars, timeframe), asOf: lastBar });
    const daily = validated(cut, lastBar);
    if (daily === null) continue;
    const all = resample(daily, timeframe, FOREVER);
    const candles = sliceCandles(all, Math.max(0, all.dates.length - count));
    if (hashCandles(candles) === inputHash) return candles;
  }
  return { reason: 'OTHER_BARS' };
}

/** Later than any day: every period is over. */
const FOREVER = '9999-12-31';

function validated(raw: Candles, asOf: string): Candles | null {
  try {
    return validateCandles(raw, { bars: 'ALL', asOf }).candles;
  } catch (error) {
    if (error instanceof ItemError) return null;
    throw error;
  }
}

function toSeries(
  candles: Candles,
  { strategy, overrides }: { readonly strategy: string; readonly overrides: Overrides | undefined },
  ids: readonly IndicatorId[],
  last: number,
): AnalysisSeries {
  if (!isStrategyId(strategy)) throw new Error(`unknown strategy ${strategy}`);
  const bars = candles.dates.length;
  const from = Math.max(0, bars - last);
  const { indicators } = computeIndicators(candles, customise(strategies[strategy], overrides));
  return {
    bars,
    candles,
    from,
    indicators: ids.map((id) => ({
      indicator: id,
      params: indicators[id].params,
      lines: Object.entries(indicators[id].lines).map(([name, values]) => ({
        name,
        values: Array.from(values.subarray(from), (value) => (Number.isFinite(value) ? value : null)),
      })),
    })),
  };
}

builder.objectField(AnalysisRef, 'series', (t) =>
  t.field({
    columns: ['strategy', 'source', 'inputHash'],
    type: SeriesResult,
    description:
      'Bars from which the result was computed, and indicators over them with the parameters of the result. Suitable for a chart. The server checks the bars against `inputHash`.',
    args: {
      indicators: t.arg({
        type: [IndicatorIdEnum],
        description: 'Indicators to return; default: all indicators.',
      }),
      last: t.arg.int({
        description: `Number of newest bars to return, 1 to ${MAX_BARS}; default ${DEFAULT_BARS}. Indicators are computed over all bars of the result.`,
      }),
    },
    complexity: ({ indicators, last }) => ({
      field: 20 + Math.ceil(((last ?? DEFAULT_BARS) * (5 + 2 * (indicators?.length ?? 12))) / 100),
    }),
    resolve: async (analysis, args, context): Promise<AnalysisSeries | CandlesGone> => {
      const last = args.last ?? DEFAULT_BARS;
      if (last < 1 || last > MAX_BARS)
        throw new InvalidInputError('last', `last must be between 1 and ${MAX_BARS}.`);
      const ids = indicatorIds.filter((id) => args.indicators?.includes(id) ?? true);
      const details = await detailsOf(context, analysis);
      const candles = await candlesOf(context, analysis, details);
      const { overrides } = details.options;
      if ('reason' in candles) return candles;
      const { strategy } = analysis;
      return computeInTurns(context.access.workspaceId, () =>
        toSeries(candles, { strategy, overrides }, ids, last),
      );
    },
  }),
);
