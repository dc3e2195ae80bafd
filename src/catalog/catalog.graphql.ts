import { builder } from '../graphql/builder.ts';
import { described } from '../graphql/described.ts';
import { sources } from '../market/sources/index.ts';
import type { Category } from '../quant/indicator.ts';
import { type IndicatorId, indicatorIds, indicatorOf, indicators } from '../quant/indicators/index.ts';
import { DEFAULT_STRATEGY, type StrategyId, strategies, strategyIds } from '../quant/strategies/index.ts';
import { type Clause, FILTER_IDS, type FilterId } from '../quant/strategy.ts';

const mapValues = <Id extends string, Entry>(
  entries: Readonly<Record<Id, Entry>>,
  text: (entry: Entry) => string,
) =>
  Object.fromEntries(Object.entries<Entry>(entries).map(([id, entry]) => [id, text(entry)])) as Record<
    Id,
    string
  >;

export const IndicatorIdEnum = builder.enumType('IndicatorId', {
  description: 'Ids of the technical indicators.',
  values: described(mapValues(indicators, (entry) => `${entry.title}. ${entry.summary}`)),
});
export const StrategyIdEnum = builder.enumType('StrategyId', {
  description: `Ids of the strategies. ${DEFAULT_STRATEGY} is the default.`,
  values: described(mapValues(strategies, (entry) => entry.summary)),
});
export const SourceIdEnum = builder.enumType('SourceId', {
  description: 'Source of bars. A deployment enables some of the sources.',
  values: described(mapValues(sources, (entry) => entry.summary)),
});
export const CategoryEnum = builder.enumType('Category', {
  description: 'Property of the chart that an indicator measures.',
  values: described<Category>({
    TREND: 'Direction and strength of the price trend.',
    MOMENTUM: 'Speed of the price movement, and whether the price is overbought or oversold.',
    VOLATILITY: 'Range in which the price moves.',
    VOLUME: 'Whether the traded volume confirms the price movement.',
  }),
});
export const FilterIdEnum = builder.enumType('FilterId', {
  description: 'Buy filter of a strategy. Both filters must pass for a buy.',
  values: described<FilterId>({
    TREND: 'Conditions on the trend of the price.',
    MOMENTUM: 'Conditions on the momentum of the price and on the volume.',
  }),
});

export const NumberEntryRef = builder
  .objectRef<{ name: string; value: number | null }>('NamedNumber')
  .implement({
    scope: 'ANY',
    description: 'A named number, for example a parameter, a weight or the value of an indicator line.',
    fields: (t) => ({
      name: t.exposeString('name', { description: 'Name of the number, for example `period`.' }),
      value: t.exposeFloat('value', {
        nullable: true,
        description: 'Value of the number, unrounded; null when there is none.',
      }),
    }),
  });

export function entriesOf(record: Readonly<Record<string, number | null | undefined>>) {
  return Object.entries(record).map(([name, value]) => ({
    name,
    value: value != null && Number.isFinite(value) ? value : null,
  }));
}

const IndicatorRef = builder.objectRef<IndicatorId>('Indicator').implement({
  scope: 'ANY',
  description: 'A technical indicator and its default parameters.',
  fields: (t) => ({
    id: t.field({ type: IndicatorIdEnum, description: 'Id of the indicator.', resolve: (id) => id }),
    title: t.string({ description: 'Full name of the indicator.', resolve: (id) => indicatorOf(id).title }),
    summary: t.string({
      description: 'What the indicator measures, in one sentence.',
      resolve: (id) => indicatorOf(id).summary,
    }),
    category: t.field({
      type: CategoryEnum,
      description: 'Category of the indicator.',
      resolve: (id) => indicatorOf(id).category,
    }),
    votes: t.boolean({
      description:
        'True when the indicator can vote. False when the indicator is for information only and has no weight.',
      resolve: (id) => indicatorOf(id).votes,
    }),
    defaults: t.field({
      type: [NumberEntryRef],
      description: 'Default parameters of the indicator; periods are in bars.',
      resolve: (id) => entriesOf(indicatorOf(id).defaults),
    }),
  }),
});

interface StrategyClause {
  readonly filter: FilterId;
  readonly clause: Clause;
  readonly atLeast: number | null;
}

const StrategyClauseRef = builder.objectRef<StrategyClause>('StrategyClause').implement({
  scope: 'ANY',
  description: 'A condition of a buy filter of a strategy.',
  fields: (t) => ({
    filter: t.expose('filter', {
      type: FilterIdEnum,
      description: 'Buy filter to which the condition belongs.',
    }),
    clause: t.string({
      description: 'Identifier of the condition, in upper case.',
      resolve: ({ clause }) => clause.clause,
    }),
    atLeast: t.exposeInt('atLeast', {
      nullable: true,
      description:
        'Null when the condition itself is required. Otherwise at least this many of the filter’s conditions with a non-null `atLeast` must hold.',
    }),
  }),
});

const StrategyRef = builder.objectRef<StrategyId>('Strategy').implement({
  scope: 'ANY',
  description: 'A strategy: the weights, parameters, filters and risk numbers of an analysis.',
  fields: (t) => ({
    id: t.field({ type: StrategyIdEnum, description: 'Id of the strategy.', resolve: (id) => id }),
    title: t.string({ description: 'Name of the strategy.', resolve: (id) => strategies[id].title }),
    summary: t.string({
      description: 'What the strategy looks for, in one sentence.',
      resolve: (id) => strategies[id].summary,
    }),
    help: t.string({
      description: 'When to use the strategy, in a few sentences.',
      resolve: (id) => strategies[id].help,
    }),
    isDefault: t.boolean({
      description: 'True for the strategy that is used when a request names none.',
      resolve: (id) => id === DEFAULT_STRATEGY,
    }),
    weights: t.field({
      type: [NumberEntryRef],
      description: 'Weight per indicator; an indicator that is not listed does not vote.',
      resolve: (id) => entriesOf(strategies[id].weights),
    }),
    categoryWeights: t.field({
      type: [NumberEntryRef],
      description: 'Weight per indicator category.',
      resolve: (id) => entriesOf(strategies[id].categoryWeights),
    }),
    targetPct: t.float({
      description: 'Distance of the target from the entry, percent of the entry.',
      resolve: (id) => strategies[id].risk.targetPct,
    }),
    stopPct: t.float({
      description: 'Distance of the stop from the entry, percent of the entry.',
      resolve: (id) => strategies[id].risk.stopPct,
    }),
    minRiskReward: t.float({
      description: 'Reward-to-risk ratio below which a plan gets a flag.',
      resolve: (id) => strategies[id].risk.minRiskReward,
    }),
    riskPct: t.float({
      description: 'Capital at risk per trade, percent of the capital.',
      resolve: (id) => strategies[id].risk.riskPct,
    }),
    positionMaxPct: t.float({
      description: 'Largest position, percent of the capital.',
      resolve: (id) => strategies[id].risk.positionMaxPct,
    }),
    maxHoldingBars: t.int({
      description: 'Longest holding time of a position, in bars.',
      resolve: (id) => strategies[id].risk.maxHoldingBars,
    }),
    filters: t.field({
      type: [StrategyClauseRef],
      description: 'Conditions of the buy filters.',
      resolve: (id) => clausesOf(id),
    }),
  }),
});

function clausesOf(id: StrategyId): StrategyClause[] {
  return FILTER_IDS.flatMap((filter) => {
    const { all, atLeast } = strategies[id].filters[filter];
    return [
      ...all.map((clause) => ({ filter, clause, atLeast: null })),
      ...(atLeast?.of ?? []).map((clause) => ({ filter, clause, atLeast: atLeast?.count ?? null })),
    ];
  });
}

builder.queryFields((t) => ({
  indicators: t.field({
    scope: 'ANY',
    type: [IndicatorRef],
    description: 'All technical indicators, with default parameters.',
    resolve: () => indicatorIds,
  }),
  strategies: t.field({
    scope: 'ANY',
    type: [StrategyRef],
    description: 'All strategies, with weights, filters and risk numbers.',
    resolve: () => strategyIds,
  }),
  strategy: t.field({
    scope: 'ANY',
    type: StrategyRef,
    description: 'The strategy with this id.',
    args: { id: t.arg({ type: StrategyIdEnum, required: true, description: 'Id of the strategy.' }) },
    resolve: (_root, { id }) => id,
  }),
}));
