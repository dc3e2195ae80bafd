import { shareReads } from '../events/share-reads.ts';
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
import type { RecentRecords } from './recent-records.ts';
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
  description: `How plans of a strategy and side have ended. A bar with such a verdict is a case, with the exits of backtests, costs of ${RECORD_COST_BPS / 100} % per side, and for shorts ${BORROW_PCT} % a year for borrowing. Cases of neighbouring bars overlap. It describes the past and promises nothing.`,
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
      'What became of earlier plans like `plan` on this ticker, within the bars that the result was computed from. Null without a plan, and when the bars of the result are not stored any more.',
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
  description: `How plans of a strategy and side have ended over the instruments of the workspace: the sum over the latest result of each ticker, within the bars that it was computed from. One bar in ${TALLIED_EVERY} is looked at.`,
  fields: (t) => ({
    results: t.exposeInt('results', {
      description:
        'Latest results that were looked at, one per ticker. Left out: results of suspicious bars, of requests with overrides, selected indicators or category weights, and of earlier versions. 0: there is none yet.',
    }),
    tickers: t.exposeInt('tickers', { description: 'Tickers with at least one case.' }),
    plans: t.field({
      type: PlanRecordRef,
      description: 'How their plans have ended; with 0 cases no such plan has ended within the bars.',
      resolve: (record) => record,
    }),
  }),
});

/** The records of all results of one request in one statement. */
const recordReads = new WeakMap<Context, (key: RecordKey) => Promise<UniverseRecord | undefined>>();

async function recordFor(context: Context, key: RecordKey): Promise<UniverseRecord> {
  const { db, access, recentRecords } = context;
  const name = recordKey(key);
  const recent = recentRecords.get(access.workspaceId, name);
  if (recent !== undefined) return recent;
  const read =
    recordReads.get(context) ??
    shareReads<RecordKey, UniverseRecord>(recordKey, (keys) => sumTallies(db, access.workspaceId, keys));
  recordReads.set(context, read);
  const record = await read(key);
  if (record === undefined) throw new Error(`no record of ${name}`);
  recentRecords.put(access.workspaceId, name, record);
  return record;
}

builder.objectField(AnalysisRef, 'universeRecord', (t) =>
  t.field({
    type: UniverseRecordRef,
    nullable: true,
    description:
      'What became of plans like `plan` over the universe: of the same strategy, timeframe and side, over the latest results of the workspace, made-up bars apart from real ones. Up to a minute old. Null without a plan.',
    complexity: { field: 30 },
    resolve: (analysis, _args, context) => {
      const { side, strategy, timeframe, isDemo } = analysis;
      return side === null ? null : recordFor(context, { strategy, timeframe, side, isDemo });
    },
  }),
);
