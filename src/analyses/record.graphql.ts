import { perRequest } from '../events/per-request.ts';
import { builder } from '../graphql/builder.ts';
import type { Context } from '../graphql/context.ts';
import { computeIndicators } from '../quant/chart.ts';
import { customise } from '../quant/customise.ts';
import { type PlanRecord, RECORD_COST_BPS, recordPlans } from '../quant/plan-record.ts';
import { BORROW_PCT } from '../quant/side.ts';
import { isStrategyId, strategies } from '../quant/strategies/index.ts';
import { AnalysisRef, detailsOf } from './analysis.graphql.ts';
import { computeInTurns } from './compute-in-turns.ts';
import { SideEnum } from './plan.graphql.ts';
import type { RecentRecords } from './records.ts';
import { candlesOf } from './series.graphql.ts';
import { TALLIED_EVERY, type UniverseRecord } from './tallies.ts';
import { type RecordKey, recordKey, sumTallies } from './tally.store.ts';

declare module '../graphql/context.ts' {
  interface Context {
    readonly recentRecords: RecentRecords;
  }
}

const PlanRecordRef = builder.objectRef<PlanRecord>('PlanRecord').implement({
  scope: 'results:read',
  description: `Outcomes of past plans of a strategy and side. Every bar with a verdict of this side is a case. A case has the exits of backtests and costs of ${RECORD_COST_BPS / 100} % per side. Shorts also pay ${BORROW_PCT} % per year for borrowing. Cases of neighbouring bars overlap. Past results do not predict future results.`,
  fields: (t) => ({
    side: t.expose('side', { type: SideEnum, description: 'Direction of the plans.' }),
    cases: t.exposeInt('cases', {
      description: 'Number of finished plans; small numbers have little significance.',
    }),
    targets: t.exposeInt('targets', { description: 'Number of cases that reached the target.' }),
    stops: t.exposeInt('stops', { description: 'Number of cases that reached the stop.' }),
    timeouts: t.exposeInt('timeouts', {
      description: 'Number of cases that were held for the longest allowed holding time.',
    }),
    meanResultPct: t.exposeFloat('meanResultPct', {
      nullable: true,
      description: 'Mean result of a case after costs, percent of the entry; null when there is no case.',
    }),
    winRatePct: t.exposeFloat('winRatePct', {
      nullable: true,
      description: 'Cases with a positive result, percent of all cases; null when there is no case.',
    }),
  }),
});

builder.objectField(AnalysisRef, 'planRecord', (t) =>
  t.field({
    columns: ['side', 'strategy', 'source', 'inputHash'],
    type: PlanRecordRef,
    nullable: true,
    description:
      'Outcomes of earlier plans like `plan` for this ticker, within the bars of the result. Null without a plan, and when the bars of the result are no longer stored.',
    // Computes the indicators anew, as `series` does.
    complexity: { field: 30 },
    resolve: async (analysis, _args, context) => {
      if (analysis.side === null || !isStrategyId(analysis.strategy)) return null;
      const details = await detailsOf(context, analysis);
      const candles = await candlesOf(context, analysis, details);
      if ('reason' in candles) return null;
      const { options } = details;
      const { side, strategy: id } = analysis;
      return computeInTurns(context.access.workspaceId, () => {
        const strategy = customise(strategies[id], options.overrides);
        return recordPlans(computeIndicators(candles, strategy), strategy, side, options);
      });
    },
  }),
);

const UniverseRecordRef = builder.objectRef<UniverseRecord>('UniverseRecord').implement({
  scope: 'results:read',
  description: `Outcomes of past plans of a strategy and side over the instruments of the workspace. The record sums the latest result of each ticker, within the bars of that result. One bar in ${TALLIED_EVERY} is evaluated.`,
  fields: (t) => ({
    results: t.exposeInt('results', {
      description:
        'Number of latest results in the record, one per ticker. Results of suspicious bars, of earlier versions, and of requests with overrides, selected indicators or category weights are omitted. 0 when there is none yet.',
    }),
    tickers: t.exposeInt('tickers', { description: 'Number of tickers with at least one case.' }),
    plans: t.field({
      type: PlanRecordRef,
      description:
        'Outcomes of the plans of these tickers; 0 cases when no such plan finished within the bars.',
      resolve: (record) => record,
    }),
  }),
});

/** The records of all results of one request in one statement. */
const readRecord = perRequest(recordKey, ({ db, access }: Context, keys) =>
  sumTallies(db, access.workspaceId, keys),
);

async function recordFor(context: Context, key: RecordKey): Promise<UniverseRecord> {
  const { access, recentRecords } = context;
  const name = recordKey(key);
  const recent = recentRecords.get(access.workspaceId, name);
  if (recent !== undefined) return recent;
  const record = await readRecord(context, key);
  if (record === undefined) throw new Error(`no record of ${name}`);
  recentRecords.put(access.workspaceId, name, record);
  return record;
}

builder.objectField(AnalysisRef, 'universeRecord', (t) =>
  t.field({
    columns: ['side', 'strategy', 'timeframe', 'isDemo'],
    type: UniverseRecordRef,
    nullable: true,
    description:
      'Outcomes of plans of the same strategy, timeframe and side over the latest results of the workspace. Real and synthetic bars are counted separately. Up to one minute old. Null without a plan.',
    complexity: { field: 30 },
    resolve: (analysis, _args, context) => {
      const { side, strategy, timeframe, isDemo } = analysis;
      return side === null ? null : recordFor(context, { strategy, timeframe, side, isDemo });
    },
  }),
);
