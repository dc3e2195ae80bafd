import { builder } from '../graphql/builder.ts';
import { computeIndicators } from '../quant/chart.ts';
import { customise } from '../quant/customise.ts';
import { type PlanRecord, RECORD_COST_BPS, recordPlans } from '../quant/plan-record.ts';
import { BORROW_PCT } from '../quant/side.ts';
import { isStrategyId, strategies } from '../quant/strategies/index.ts';
import { AnalysisRef, detailsOf } from './analysis.graphql.ts';
import { SideEnum } from './plan.graphql.ts';
import { candlesOf } from './series.graphql.ts';

const PlanRecordRef = builder.objectRef<PlanRecord>('PlanRecord').implement({
  scope: 'results:read',
  description: `How plans of this strategy and side on this ticker have ended within the bars that the result was computed from. Each bar with such a verdict is a case, with the exits of backtests, costs of ${RECORD_COST_BPS / 100} % per side, and for shorts ${BORROW_PCT} % a year for borrowing. Cases of neighbouring bars overlap. It describes the past and promises nothing.`,
  fields: (t) => ({
    side: t.expose('side', { type: SideEnum, description: 'Direction of the plans.' }),
    cases: t.exposeInt('cases', { description: 'Plans that have ended; few cases say little.' }),
    targets: t.exposeInt('targets', { description: 'Cases that reached the target.' }),
    stops: t.exposeInt('stops', { description: 'Cases that reached the stop.' }),
    timeouts: t.exposeInt('timeouts', { description: 'Cases that were held as long as a plan may be held.' }),
    meanResultPct: t.exposeFloat('meanResultPct', {
      nullable: true,
      description: 'Mean result of a case after costs, percent of the entry; null without a case.',
    }),
    winRatePct: t.exposeFloat('winRatePct', {
      nullable: true,
      description: 'Cases with a result above zero, percent; null without a case.',
    }),
  }),
});

builder.objectField(AnalysisRef, 'planRecord', (t) =>
  t.field({
    type: PlanRecordRef,
    nullable: true,
    description:
      'What became of earlier plans like `plan`. Null without a plan, and when the bars of the result are not stored any more.',
    // Computes the indicators anew, as `series` does.
    complexity: { field: 30 },
    resolve: async (analysis, _args, context) => {
      if (analysis.side === null || !isStrategyId(analysis.strategy)) return null;
      const details = await detailsOf(context, analysis);
      const candles = await candlesOf(context, analysis, details);
      if ('reason' in candles) return null;
      const { options } = details;
      const strategy = customise(strategies[analysis.strategy], options.overrides);
      return recordPlans(computeIndicators(candles, strategy), strategy, analysis.side, options);
    },
  }),
);
