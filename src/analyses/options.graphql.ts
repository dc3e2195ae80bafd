import { IndicatorIdEnum } from '../catalog/catalog.graphql.ts';
import { builder } from '../graphql/builder.ts';
import { described } from '../graphql/described.ts';
import type { Timeframe } from '../quant/resample.ts';
import type { AskedOptions } from './options.ts';
import { ranges } from './options.ts';
import { overrideRanges, paramRanges } from './overrides.ts';
import { MAX_JOB_RESULTS, MAX_TICKER_RESULTS } from './span.ts';

export const LookbackEnum = builder.enumType('Lookback', {
  description: 'Number of bars that an analysis uses.',
  values: {
    BARS_100: { value: 100, description: 'Use 100 bars, too few for the EMA of 200 bars.' },
    BARS_200: { value: 200, description: 'Use the last 200 bars.' },
    BARS_400: { value: 400, description: 'Use the last 400 bars (the default).' },
    BARS_750: { value: 750, description: 'Use the last 750 bars.' },
    ALL: { value: 'ALL', description: 'Use all bars that the source has.' },
  } as const,
});

export const TimeframeEnum = builder.enumType('Timeframe', {
  description:
    'Period that one bar covers. Weekly and monthly bars are built from the daily bars of completed periods.',
  values: described<Timeframe>({
    DAILY: 'One bar per trading day.',
    WEEKLY: 'One bar per week, starting on Monday; the current week is not used.',
    MONTHLY: 'One bar per calendar month; the current month is not used.',
  }),
});

const inRange = ({ min, max }: { min: number; max: number }) => `${min} to ${max}`;
const weightText = (category: string) =>
  `Weight of ${category} indicators, ${inRange(ranges.categoryWeight)}.`;

export const CategoryWeightsInput = builder.inputType('CategoryWeightsInput', {
  description: 'Weights of the indicator categories. A weight that is null keeps the strategy’s own weight.',
  fields: (t) => ({
    trend: t.float({ description: weightText('trend') }),
    momentum: t.float({ description: weightText('momentum') }),
    volatility: t.float({ description: weightText('volatility') }),
    volume: t.float({ description: weightText('volume') }),
  }),
});

const IndicatorWeightInput = builder.inputType('IndicatorWeightInput', {
  description: 'Weight of one indicator, in place of the strategy’s own weight.',
  fields: (t) => ({
    indicator: t.field({
      type: IndicatorIdEnum,
      required: true,
      description: 'Indicator to weight, one that votes.',
    }),
    weight: t.float({
      required: true,
      description: `Weight of the indicator, ${inRange(overrideRanges.weight)}; 0 excludes the indicator from the vote.`,
    }),
  }),
});

const IndicatorParamInput = builder.inputType('IndicatorParamInput', {
  description: 'Value of one indicator parameter, in place of the strategy’s own value.',
  fields: (t) => ({
    indicator: t.field({
      type: IndicatorIdEnum,
      required: true,
      description: 'Indicator that has the parameter.',
    }),
    name: t.string({
      required: true,
      description: 'Name of the parameter, one of the names in `Indicator.defaults`.',
    }),
    value: t.float({
      required: true,
      description: `Value of the parameter. Ranges by name: ${Object.entries(paramRanges)
        .map(([name, range]) => `${name} ${inRange(range)}`)
        .join('; ')}; fast must be below slow, lo below hi, and step at most max.`,
    }),
  }),
});

const RiskOverridesInput = builder.inputType('RiskOverridesInput', {
  description: 'Risk numbers in place of the strategy’s own. A number that is null keeps the strategy’s own.',
  fields: (t) => ({
    targetPct: t.float({
      description: `Distance of the target from the entry, percent, ${inRange(overrideRanges.targetPct)}.`,
    }),
    stopPct: t.float({
      description: `Distance of the stop from the entry, percent, ${inRange(overrideRanges.stopPct)}.`,
    }),
    maxHoldingBars: t.int({
      description: `Longest holding time of a position, in bars, ${inRange(overrideRanges.maxHoldingBars)}.`,
    }),
    cooldownBars: t.int({
      description: `Backtests only: bars after a stop in which no signal of the same side opens a position, ${inRange(overrideRanges.cooldownBars)}.`,
    }),
  }),
});

export const OverridesInput = builder.inputType('StrategyOverridesInput', {
  description:
    'Numbers in place of the strategies’ own. A number that is left out keeps the strategy’s own. Filters cannot be changed.',
  fields: (t) => ({
    weights: t.field({
      type: [IndicatorWeightInput],
      description: 'Weights of indicators, at most one entry per indicator.',
    }),
    params: t.field({
      type: [IndicatorParamInput],
      description: 'Parameters of indicators, at most one entry per parameter.',
    }),
    risk: t.field({ type: RiskOverridesInput, description: 'Target, stop, holding time and cooldown.' }),
  }),
});

export const AnalysisOptionsInput = builder.inputType('AnalysisOptionsInput', {
  description:
    'Options of an analysis. Null means the default, or the strategy’s own number. A value out of range is rejected, never clamped.',
  fields: (t) => ({
    lookback: t.field({
      type: LookbackEnum,
      description: 'Number of bars that the analysis uses; default BARS_400.',
    }),
    capital: t.field({
      type: 'Decimal',
      description: `Capital in the currency of the prices, ${inRange(ranges.capital)}; default ${ranges.capital.default}.`,
    }),
    riskPct: t.float({
      description: `Capital at risk per trade, percent of the capital, ${inRange(ranges.riskPct)}; default: the strategy’s own.`,
    }),
    positionMaxPct: t.float({
      description: `Largest position, percent of the capital, ${inRange(ranges.positionMaxPct)}; default: the strategy’s own.`,
    }),
    minRiskReward: t.float({
      description: `Reward-to-risk ratio below which a plan gets a flag, ${inRange(ranges.minRiskReward)}; default: the strategy’s own.`,
    }),
    categoryWeights: t.field({
      type: CategoryWeightsInput,
      description: 'Weights of the indicator categories; default: the strategy’s own.',
    }),
    indicators: t.field({
      type: [IndicatorIdEnum],
      description: 'Indicators that may vote; default: all indicators.',
    }),
    asOf: t.field({ type: 'Date', description: 'Last trading day whose bars may be used; default: today.' }),
    asOfFrom: t.field({
      type: 'Date',
      description: `First day of a span of days that one job computes. Each ticker gets the result of every trading day up to \`asOfTo\`, as if that day were \`asOf\`. Days without a bar, such as holidays, get no result. The results have \`isBackfill\` set. Requires \`asOfTo\` and excludes \`asOf\`. Days times strategies are at most ${MAX_TICKER_RESULTS}. Days times strategies times tickers are at most ${MAX_JOB_RESULTS}.`,
    }),
    asOfTo: t.field({
      type: 'Date',
      description: 'Last day of the span that starts with `asOfFrom`; not in the future.',
    }),
    tick: t.field({
      type: 'Decimal',
      description:
        'Smallest price step for every ticker of the job. Default: the tick of the instrument, or the usual tick of its kind.',
    }),
    lot: t.field({
      type: 'Decimal',
      description:
        'Lot size for every ticker of the job, in units, such as 100 or 0.001. Default: the lot of the instrument; without one `fractional` decides.',
    }),
    fractional: t.boolean({
      description:
        'True: sizes have up to 6 decimals. False: sizes are whole units. Default: the value of the instrument; without one true for coins and currencies.',
    }),
    timeframe: t.field({
      type: TimeframeEnum,
      description:
        'Period that one bar covers, also in `lookback` and in the holding time of plans; default DAILY.',
    }),
    overrides: t.field({
      type: OverridesInput,
      description: 'Numbers that replace the strategies’ own weights, parameters and risk numbers.',
    }),
  }),
});

type WeightsInput = Readonly<
  Partial<Record<'trend' | 'momentum' | 'volatility' | 'volume', number | null | undefined>>
>;

/** The API's spelling of the options as the features' own: null and left out are the same. */
export function toAskedOptions<Input extends { readonly categoryWeights?: WeightsInput | null | undefined }>(
  input: Input,
): Omit<Input, 'categoryWeights'> & Pick<AskedOptions, 'categoryWeights'> {
  const { categoryWeights: weights, ...rest } = input;
  if (weights == null) return rest;
  const { trend, momentum, volatility, volume } = weights;
  return {
    ...rest,
    categoryWeights: { TREND: trend, MOMENTUM: momentum, VOLATILITY: volatility, VOLUME: volume },
  };
}
