import { entriesOf, NumberEntryRef, SourceIdEnum, StrategyIdEnum } from '../catalog/catalog.graphql.ts';
import { NotFoundError } from '../errors.ts';
import { perRequestById } from '../events/per-request.ts';
import { builder } from '../graphql/builder.ts';
import type { Context } from '../graphql/context.ts';
import { described } from '../graphql/described.ts';
import { columnsFor } from '../graphql/field-columns.ts';
import { InstrumentRef } from '../instruments/instrument.graphql.ts';
import { JobRef } from '../jobs/job.graphql.ts';
import type { SourceId } from '../market/sources/index.ts';
import type { Verdict } from '../quant/score.ts';
import type { StrategyId } from '../quant/strategies/index.ts';
import { listAnalysesByIds, listDetails } from './analysis.store.ts';
import type { Analysis, AnalysisColumn, AnalysisDetails } from './analysis.ts';
import { TimeframeEnum } from './options.graphql.ts';
import { PlanRef } from './plan.graphql.ts';
import { ClauseRef, LedgerRef, ProvenanceRef, ReadingRef, VetoRef, WarningRef } from './reading.graphql.ts';

/** By the score's limits (`src/quant/score.ts`). */
export const verdictTexts: Readonly<Record<Verdict, string>> = {
  STRONG_BUY: 'The score is 0.6 or more.',
  BUY: 'The score is at least 0.2 and below 0.6.',
  HOLD: 'The score is above -0.2 and below 0.2, or a buy filter vetoed a buy.',
  SELL: 'The score is at most -0.2 and above -0.6.',
  STRONG_SELL: 'The score is -0.6 or less.',
};
export const VerdictEnum = builder.enumType('Verdict', {
  description: 'Recommendation that the strategy derives from the score and the buy filters.',
  values: described(verdictTexts),
});
/** Bulky parts of all analyses of one request in one statement, and only when a field of theirs is selected. */
const readDetails = perRequestById(({ db, access }: Context, ids) =>
  listDetails(db, access.workspaceId, ids),
);

export const findDetails = (context: Context, { id }: Analysis) => readDetails(context, id);

export async function detailsOf(context: Context, analysis: Analysis): Promise<AnalysisDetails> {
  const details = await findDetails(context, analysis);
  if (details === undefined) throw new Error(`analysis ${analysis.id} has no details`);
  return details;
}

/** The bar of an item of a watchlist is made of more than what is selected of its analysis itself. */
export const wantedOf = ({ selected }: Context) =>
  selected?.get('WatchlistItem')?.has('bar') === true
    ? null
    : columnsFor<AnalysisColumn>('Analysis', selected?.get('Analysis'));

export const AnalysisRef = builder.loadableNodeRef('Analysis', {
  id: { resolve: (analysis: Analysis) => analysis.id },
  load: async (ids: string[], context): Promise<(Analysis | Error)[]> => {
    const { db, access } = context;
    const rows = await listAnalysesByIds(db, access.workspaceId, ids, wantedOf(context));
    const found = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => found.get(id) ?? new NotFoundError(`There is no analysis ${id}.`));
  },
});

builder.objectType(AnalysisRef, {
  scope: 'results:read',
  description: 'Result of one strategy for one ticker at one bar.',
  // By these a row is found, told apart and grouped.
  always: ['id', 'workspaceId', 'jobId', 'ticker'],
  fields: (t) => ({
    ticker: t.exposeString('ticker', { description: 'Ticker of the analysed instrument, in upper case.' }),
    instrument: t.field({
      columns: [],
      type: InstrumentRef,
      nullable: true,
      description: 'The instrument of the ticker; null when the ticker is not in the list of instruments.',
      resolve: (row, _args, context) =>
        InstrumentRef.getDataloader(context)
          .load(row.ticker)
          .catch(() => null),
    }),
    job: t.field({
      columns: [],
      type: JobRef,
      nullable: true,
      description: 'Job that stored the result; null when the job has been removed.',
      resolve: (row) => row.jobId,
    }),
    strategy: t.field({
      columns: ['strategy'],
      type: StrategyIdEnum,
      description: 'Strategy that computed the result.',
      resolve: (row) => row.strategy as StrategyId,
    }),
    score: t.exposeFloat('score', {
      description: 'Weighted mean of the indicator votes, from -1 (sell) to 1 (buy).',
    }),
    scoreVerdict: t.expose('scoreVerdict', {
      type: VerdictEnum,
      description: 'Verdict of the score alone, before the buy filters apply.',
    }),
    verdict: t.expose('verdict', {
      type: VerdictEnum,
      description: 'Verdict after the buy filters: a vetoed buy becomes HOLD.',
    }),
    regime: t.exposeString('regime', {
      description:
        'Trend regime by the ADX: CHOPPY, WEAK_TREND, TRENDING, or UNKNOWN without an ADX. For information only; it does not change the verdict.',
    }),
    coverage: t.exposeFloat('coverage', {
      description: 'Share of the voting indicators’ weight that belongs to indicators with a value, 0 to 1.',
    }),
    conviction: t.exposeFloat('conviction', {
      description:
        'Weighted mean confidence of the voting indicators that have a value, 0 to 1; neutral votes count as 0.',
    }),
    buyVotes: t.exposeInt('buyVotes', { description: 'Number of indicators that vote to buy.' }),
    neutralVotes: t.exposeInt('neutralVotes', { description: 'Number of indicators that vote neutral.' }),
    sellVotes: t.exposeInt('sellVotes', { description: 'Number of indicators that vote to sell.' }),
    unavailableVotes: t.exposeInt('unavailableVotes', {
      description: 'Number of indicators with weight that have no value.',
    }),
    warnings: t.field({
      columns: ['warnings'],
      type: [WarningRef],
      description: 'Warnings about the bars or the result; empty when there are none.',
      resolve: (row) => row.warnings,
    }),
    source: t.field({
      columns: ['source'],
      type: SourceIdEnum,
      description: 'Source that delivered the bars.',
      resolve: (row) => row.source as SourceId,
    }),
    isDemo: t.exposeBoolean('isDemo', { description: 'True when the bars are synthetic (source DEMO).' }),
    isBackfill: t.exposeBoolean('isBackfill', {
      description:
        'True when a job with a span of days (`asOfFrom`, `asOfTo`) stored the result. Lists, feeds, exports and webhooks omit such results unless their filter sets `includeBackfill`. `Job.analyses` always lists them.',
    }),
    customised: t.exposeBoolean('customised', {
      description: 'True when the options of the request differ from the defaults.',
    }),
    timeframe: t.expose('timeframe', {
      type: TimeframeEnum,
      description: 'Period that one bar of the result covers.',
    }),
    currency: t.exposeString('currency', {
      nullable: true,
      description:
        'Currency of the prices: an ISO 4217 code, or GBp, GBX, ZAc or ILA where the exchange quotes hundredths. Null when the currency is unknown.',
    }),
    asOf: t.field({
      columns: ['asOf'],
      type: 'Date',
      description: 'Trading day of the last bar that the analysis used.',
      resolve: (row) => row.asOf,
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'Time at which the result was stored.',
    }),
    inputHash: t.exposeString('inputHash', {
      nullable: true,
      description:
        'Hash of the bars. Equal hash, options and engine version give an equal result. The value is the first 32 hex digits of a SHA-256. Hashed are open, high, low, close and volume as columns of little-endian doubles, oldest bar first, then the first and the last day (YYYY-MM-DD). Null for results stored before hashes were recorded.',
    }),
    engineVersion: t.exposeInt('engineVersion', {
      nullable: true,
      description:
        'Version of the rules and indicators that computed the result; null for results stored before versions were recorded.',
    }),
    plan: t.field({
      columns: ['side'],
      type: PlanRef,
      nullable: true,
      description:
        'Trade plan with entry, stop, target and size. Null when the verdict is HOLD, when the price is too small for the tick, or when a warning reports suspicious bars (docs/data.md).',
      resolve: async (row, _args, context) =>
        row.side === null ? null : (await detailsOf(context, row)).plan,
    }),
    indicators: t.field({
      columns: [],
      type: [ReadingRef],
      description: 'Readings of all indicators at the last bar.',
      complexity: { field: 1, multiplier: 12 },
      resolve: async (row, _args, context) => (await detailsOf(context, row)).readings,
    }),
    filters: t.field({
      columns: [],
      type: [ClauseRef],
      description: 'Conditions of the buy filters with their outcomes at the last bar.',
      complexity: { field: 1, multiplier: 8 },
      resolve: async (row, _args, context) => (await detailsOf(context, row)).filters,
    }),
    vetoes: t.field({
      columns: [],
      type: [VetoRef],
      description: 'Reasons why the buy filters vetoed a buy; empty when there is no veto.',
      resolve: async (row, _args, context) => (await detailsOf(context, row)).vetoes,
    }),
    categoryScores: t.field({
      columns: [],
      type: [NumberEntryRef],
      description:
        'Score within each category, -1 to 1; the value is null when no vote in the category has weight.',
      resolve: async (row, _args, context) => entriesOf((await detailsOf(context, row)).categoryScores),
    }),
    ledger: t.field({
      columns: [],
      type: LedgerRef,
      nullable: true,
      description: 'Confidence ledger of the result; null for strategies without a ledger.',
      resolve: async (row, _args, context) => (await detailsOf(context, row)).ledger,
    }),
    provenance: t.field({
      columns: [],
      type: ProvenanceRef,
      description: 'Source, adjustment and range of the bars.',
      resolve: async (row, _args, context) => (await detailsOf(context, row)).provenance,
    }),
    rawData: t.field({
      columns: [],
      type: 'JSON',
      description: 'All stored details of the result as JSON, including the resolved options.',
      resolve: (row, _args, context) => detailsOf(context, row),
    }),
  }),
});
