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
  description: 'The indicators, by id.',
  values: described(mapValues(indicators, (entry) => entry.title)),
});
export const StrategyIdEnum = builder.enumType('StrategyId', {
  description: `The strategies, by id. ${DEFAULT_STRATEGY} is the default.`,
  values: described(mapValues(strategies, (entry) => entry.summary)),
});
export const SourceIdEnum = builder.enumType('SourceId', {
  description: 'Where candles come from. A deployment enables some of them.',
  values: described(mapValues(sources, (entry) => entry.summary)),
});
export const CategoryEnum = builder.enumType('Category', {
  description: 'What an indicator looks at.',
  values: described<Category>({
    TREND: 'Where the price is going.',
    MOMENTUM: 'How fast, and whether it has gone too far.',
    VOLATILITY: 'How widely the price moves.',
    VOLUME: 'Whether the volume confirms it.',
  }),
});
export const FilterIdEnum = builder.enumType('FilterId', {
  description: 'The two buy filters of a strategy.',
  values: described<FilterId>({
    TREND: 'Conditions on the trend of the price.',
    MOMENTUM: 'Conditions on its speed and volume.',
  }),
});

export const NumberEntryRef = builder
  .objectRef<{ name: string; value: number | null }>('NamedNumber')
  .implement({
    scope: 'ANY',
    description: 'A number with its name: a parameter, a weight, a line.',
    fields: (t) => ({
      name: t.exposeString('name', { description: 'Its name.' }),
      value: t.exposeFloat('value', {
        nullable: true,
        description: 'Its value, unrounded; null when there is none.',
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
  description: 'One of the twelve indicators.',
  fields: (t) => ({
    id: t.field({ type: IndicatorIdEnum, description: 'Its id.', resolve: (id) => id }),
    title: t.string({ description: 'Its name.', resolve: (id) => indicatorOf(id).title }),
    summary: t.string({
      description: 'What it tells, in one sentence.',
      resolve: (id) => indicatorOf(id).summary,
    }),
    category: t.field({
      type: CategoryEnum,
      description: 'What it looks at.',
      resolve: (id) => indicatorOf(id).category,
    }),
    votes: t.boolean({
      description: 'False: it informs and has no weight.',
      resolve: (id) => indicatorOf(id).votes,
    }),
    defaults: t.field({
      type: [NumberEntryRef],
      description: 'Its default parameters; periods in bars.',
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
  description: 'A condition of a buy filter.',
  fields: (t) => ({
    filter: t.expose('filter', { type: FilterIdEnum, description: 'The filter it belongs to.' }),
    clause: t.string({ description: 'Its id.', resolve: ({ clause }) => clause.clause }),
    atLeast: t.exposeInt('atLeast', {
      nullable: true,
      description:
        'Null: it must hold. A number: at least so many of the clauses with this number must hold.',
    }),
  }),
});

const StrategyRef = builder.objectRef<StrategyId>('Strategy').implement({
  scope: 'ANY',
  description: 'Weights, parameters, filters and risk numbers by which a chart is judged.',
  fields: (t) => ({
    id: t.field({ type: StrategyIdEnum, description: 'Its id.', resolve: (id) => id }),
    title: t.string({ description: 'Its name.', resolve: (id) => strategies[id].title }),
    summary: t.string({ description: 'In one sentence.', resolve: (id) => strategies[id].summary }),
    help: t.string({ description: 'When to use it.', resolve: (id) => strategies[id].help }),
    isDefault: t.boolean({
      description: 'Used when a request names none.',
      resolve: (id) => id === DEFAULT_STRATEGY,
    }),
    weights: t.field({
      type: [NumberEntryRef],
      description: 'Weight per indicator; one that is not listed does not vote.',
      resolve: (id) => entriesOf(strategies[id].weights),
    }),
    categoryWeights: t.field({
      type: [NumberEntryRef],
      description: 'Weight per category.',
      resolve: (id) => entriesOf(strategies[id].categoryWeights),
    }),
    targetPct: t.float({
      description: 'Distance of the target, percent.',
      resolve: (id) => strategies[id].risk.targetPct,
    }),
    stopPct: t.float({
      description: 'Distance of the stop, percent.',
      resolve: (id) => strategies[id].risk.stopPct,
    }),
    minRiskReward: t.float({
      description: 'Ratio below which a plan is flagged.',
      resolve: (id) => strategies[id].risk.minRiskReward,
    }),
    riskPct: t.float({
      description: 'Capital at risk per trade, percent.',
      resolve: (id) => strategies[id].risk.riskPct,
    }),
    positionMaxPct: t.float({
      description: 'Largest position, percent of the capital.',
      resolve: (id) => strategies[id].risk.positionMaxPct,
    }),
    maxHoldingBars: t.int({
      description: 'Longest holding, daily bars.',
      resolve: (id) => strategies[id].risk.maxHoldingBars,
    }),
    filters: t.field({
      type: [StrategyClauseRef],
      description: 'The conditions of a buy.',
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
    description: 'All indicators.',
    resolve: () => indicatorIds,
  }),
  strategies: t.field({
    scope: 'ANY',
    type: [StrategyRef],
    description: 'All strategies.',
    resolve: () => strategyIds,
  }),
  strategy: t.field({
    scope: 'ANY',
    type: StrategyRef,
    description: 'One strategy.',
    args: { id: t.arg({ type: StrategyIdEnum, required: true, description: 'Its id.' }) },
    resolve: (_root, { id }) => id,
  }),
}));
