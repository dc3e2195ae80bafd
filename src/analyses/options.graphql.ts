import { IndicatorIdEnum } from '../catalog/catalog.graphql.ts';
import { builder } from '../graphql/builder.ts';
import { described } from '../graphql/described.ts';
import type { Timeframe } from '../quant/resample.ts';
import type { AskedOptions } from './options.ts';
import { ranges } from './options.ts';
import { overrideRanges, paramRanges } from './overrides.ts';
import { MAX_JOB_RESULTS, MAX_TICKER_RESULTS } from './span.ts';

export const LookbackEnum = builder.enumType('Lookback', {
  description: 'How many bars are looked at.',
  values: {
    BARS_100: { value: 100, description: '100 bars; too few for EMA 200.' },
    BARS_200: { value: 200, description: '200 bars.' },
    BARS_400: { value: 400, description: '400 bars, the default.' },
    BARS_750: { value: 750, description: '750 bars.' },
    ALL: { value: 'ALL', description: 'All that the source has.' },
  } as const,
});

export const TimeframeEnum = builder.enumType('Timeframe', {
  description:
    'What one bar stands for. Weekly and monthly bars are made of the daily ones of periods that are over.',
  values: described<Timeframe>({
    DAILY: 'A trading day.',
    WEEKLY: 'A week from Monday on; the running week is not used.',
    MONTHLY: 'A calendar month; the running month is not used.',
  }),
});

const inRange = ({ min, max }: { min: number; max: number }) => `${min} to ${max}`;
const weightText = (category: string) =>
  `Weight of ${category} indicators, ${inRange(ranges.categoryWeight)}.`;

export const CategoryWeightsInput = builder.inputType('CategoryWeightsInput', {
  description: 'Null keeps the strategy’s own weight.',
  fields: (t) => ({
    trend: t.float({ description: weightText('trend') }),
    momentum: t.float({ description: weightText('momentum') }),
    volatility: t.float({ description: weightText('volatility') }),
    volume: t.float({ description: weightText('volume') }),
  }),
});

const IndicatorWeightInput = builder.inputType('IndicatorWeightInput', {
  description: 'A weight in place of the strategy’s own.',
  fields: (t) => ({
    indicator: t.field({ type: IndicatorIdEnum, required: true, description: 'One that votes.' }),
    weight: t.float({
      required: true,
      description: `${inRange(overrideRanges.weight)}; 0: it does not vote.`,
    }),
  }),
});

const IndicatorParamInput = builder.inputType('IndicatorParamInput', {
  description: 'A parameter in place of the strategy’s own.',
  fields: (t) => ({
    indicator: t.field({ type: IndicatorIdEnum, required: true, description: 'Whose.' }),
    name: t.string({ required: true, description: 'One of the names in its `defaults`.' }),
    value: t.float({
      required: true,
      description: `By name: ${Object.entries(paramRanges)
        .map(([name, range]) => `${name} ${inRange(range)}`)
        .join(', ')}; fast below slow, lo below hi, step at most max.`,
    }),
  }),
});

const RiskOverridesInput = builder.inputType('RiskOverridesInput', {
  description: 'Risk numbers in place of the strategy’s own; null keeps them.',
  fields: (t) => ({
    targetPct: t.float({
      description: `Distance of the target, percent, ${inRange(overrideRanges.targetPct)}.`,
    }),
    stopPct: t.float({ description: `Distance of the stop, percent, ${inRange(overrideRanges.stopPct)}.` }),
    maxHoldingBars: t.int({
      description: `Longest holding, bars, ${inRange(overrideRanges.maxHoldingBars)}.`,
    }),
    cooldownBars: t.int({
      description: `Bars after a stop without signals, of backtests, ${inRange(overrideRanges.cooldownBars)}.`,
    }),
  }),
});

export const OverridesInput = builder.inputType('StrategyOverridesInput', {
  description: 'Numbers in place of the strategies’ own; what is left out stays. Filters stay as they are.',
  fields: (t) => ({
    weights: t.field({ type: [IndicatorWeightInput], description: 'Weights of indicators, each once.' }),
    params: t.field({ type: [IndicatorParamInput], description: 'Parameters of indicators, each once.' }),
    risk: t.field({ type: RiskOverridesInput, description: 'Target, stop and times.' }),
  }),
});

export const AnalysisOptionsInput = builder.inputType('AnalysisOptionsInput', {
  description:
    'Null means the default, or the strategy’s own number. Out of range is an error, never a clamp.',
  fields: (t) => ({
    lookback: t.field({ type: LookbackEnum, description: 'Bars looked at; default BARS_400.' }),
    capital: t.field({
      type: 'Decimal',
      description: `Capital, ${inRange(ranges.capital)}; default ${ranges.capital.default}.`,
    }),
    riskPct: t.float({ description: `Capital at risk per trade, percent, ${inRange(ranges.riskPct)}.` }),
    positionMaxPct: t.float({
      description: `Largest position, percent of capital, ${inRange(ranges.positionMaxPct)}.`,
    }),
    minRiskReward: t.float({
      description: `Ratio below which a plan is flagged, ${inRange(ranges.minRiskReward)}.`,
    }),
    categoryWeights: t.field({ type: CategoryWeightsInput, description: 'Weights of the categories.' }),
    indicators: t.field({ type: [IndicatorIdEnum], description: 'Those that may vote; default all.' }),
    asOf: t.field({ type: 'Date', description: 'Last day that may be read; default today.' }),
    asOfFrom: t.field({
      type: 'Date',
      description: `First day of a span that one job fills: each ticker gets, for every trading day up to \`asOfTo\`, the results that a job with this day as \`asOf\` would store. Days without a bar, such as holidays, get none. The results are marked with \`isBackfill\`. Give it together with \`asOfTo\` and without \`asOf\`. Days times strategies are at most ${MAX_TICKER_RESULTS}, and times tickers at most ${MAX_JOB_RESULTS}.`,
    }),
    asOfTo: t.field({
      type: 'Date',
      description: 'Last day of the span that begins with `asOfFrom`; not in the future.',
    }),
    tick: t.field({
      type: 'Decimal',
      description:
        'Smallest price step of every ticker of the job; default: that of the instrument, or the usual one of its kind.',
    }),
    lot: t.field({
      type: 'Decimal',
      description:
        'Units of which sizes are multiples, such as 100 or 0.001; default: those of the instrument, or see `fractional`.',
    }),
    fractional: t.boolean({
      description:
        'True: sizes of 6 decimals. False: whole units. Default: as the instrument says; else true for coins and currencies.',
    }),
    timeframe: t.field({
      type: TimeframeEnum,
      description:
        'What a bar stands for, in the look-back and in the holding time of plans, too; default DAILY.',
    }),
    overrides: t.field({ type: OverridesInput, description: 'Numbers in place of the strategies’ own.' }),
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
