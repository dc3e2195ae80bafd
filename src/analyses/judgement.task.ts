import type { Tx } from '../db/client.ts';
import { ItemError } from '../errors.ts';
import type { Hint } from '../events/hint.ts';
import { clockOf, currencyOf, type Instrument, zoneOf } from '../instruments/instrument.ts';
import type { ItemContext, Saved } from '../jobs/define-task.ts';
import type { LoadedCandles } from '../market/load-candles.ts';
import { hashCandles } from '../market/series.ts';
import type { Source } from '../market/source.ts';
import type { SourceId, Sources } from '../market/sources/index.ts';
import { daysAt, hasFinalBars } from '../market/trading-day.ts';
import { type Assessment, assess, QuantError } from '../quant/analyze.ts';
import { type Chart, computeIndicators, knowLines } from '../quant/chart.ts';
import { customise } from '../quant/customise.ts';
import { gatesOf } from '../quant/gate.ts';
import { majorOf, toHundredths } from '../quant/minor-units.ts';
import { isStrategyId, type StrategyId, strategies } from '../quant/strategies/index.ts';
import type { Strategy } from '../quant/strategy.ts';
import { listedTick, lotOf, usualTick } from '../quant/tick.ts';
import { ENGINE_VERSION } from '../quant/version.ts';
import { newId } from '../uuid.ts';
import { insertAnalyses, insertDetails, type StoredAnalysis } from './analysis.store.ts';
import type { AnalysisDetails, NewAnalysis } from './analysis.ts';
import { appendToFeed } from './feed.store.ts';
import { figuresOf } from './figures.ts';
import { upsertLatest } from './latest.store.ts';
import { linesOf } from './lines.ts';
import { type AnalysisOptions, isCustomised } from './options.ts';
import { pack } from './packing.ts';
import { talliesOf } from './tallies.ts';

/** What a task needs to know of an instrument; null: it is not in our list. */
export type TradedAs = Pick<Instrument, 'tick' | 'currency' | 'timeZone' | 'exchange' | 'lot' | 'fractional'>;

export interface JudgeDeps {
  readonly sources: Sources;
  readonly findInstrument: (ticker: string) => Promise<TradedAs | null>;
  readonly now: () => Date;
}

interface Chosen {
  readonly id: StrategyId;
  readonly strategy: Strategy;
}

/** What is known of an item before its bars are loaded. */
export interface Prepared {
  readonly ticker: string;
  /** The strategies of the job, with the request's overrides. */
  readonly chosen: readonly Chosen[];
  readonly listed: TradedAs | null;
  readonly days: ReturnType<typeof daysAt>;
  readonly source: Source;
  readonly sourceId: SourceId;
}

/** Throws the ItemError SOURCE_UNAVAILABLE when the worker does not have the source. */
export async function prepare(
  deps: JudgeDeps,
  options: AnalysisOptions,
  { ticker, strategy, source: sourceName }: ItemContext,
): Promise<Prepared> {
  const chosen = (options.strategies ?? [strategy]).map((id) => {
    if (!isStrategyId(id)) throw new Error(`unknown strategy ${id}`);
    return { id, strategy: customise(strategies[id], options.overrides) };
  });
  const listed = await deps.findInstrument(ticker);
  const sourceId = sourceName as SourceId;
  const source = deps.sources.get(sourceId);
  if (source === undefined) {
    throw new ItemError('SOURCE_UNAVAILABLE', `The source ${sourceName} is not enabled on this worker.`);
  }
  const clock = clockOf(ticker, listed, hasFinalBars(source));
  return { ticker, chosen, listed, days: daysAt(deps.now(), clock), source, sourceId };
}

export interface Charted extends Chosen {
  readonly chart: Chart;
}

/** The indicators of every strategy; strategies share the lines that are the same. */
export function drawCharts({ chosen }: Prepared, { candles }: LoadedCandles): readonly Charted[] {
  const lines = knowLines(candles);
  return chosen.map((one) => ({ ...one, chart: computeIndicators(candles, one.strategy, lines) }));
}

export interface Judged extends Charted {
  readonly result: Assessment;
}

/** Score, verdict and plan of every strategy at the newest bar, with the currency of the prices. Throws ItemError. */
export function judgeNewest(
  { ticker, listed }: Prepared,
  options: AnalysisOptions,
  loaded: LoadedCandles,
  charts: readonly Charted[],
): { readonly judged: readonly Judged[]; readonly currency: string | null } {
  const { candles } = loaded;
  const last = candles.dates.length - 1;
  // Of a file the source knows the ticker alone, and no tick.
  const tick = listed === null || zoneOf(listed) === null ? null : listed.tick;
  const currency = loaded.provenance.currency ?? currencyOf(listed);
  const known =
    listed !== null && tick !== null
      ? listedTick({ tick, currency: listed.currency }, currency)
      : usualTick(ticker, candles.close[last] ?? 1, currency, loaded.quoted);
  // The capital is in whole units, also where prices are in hundredths.
  const capital = majorOf(currency) === null ? options.capital : toHundredths(options.capital);
  const lot = lotOf(ticker, options, listed ?? {}, loaded.quoted);
  const settings = { ...options, tick: options.tick ?? known, lot, capital };
  const judged = charts.map((one) => ({
    ...one,
    result: explained(() => assess(one.chart, last, one.strategy, settings)),
  }));
  return { judged, currency };
}

/** A row of each result. */
export const toRows = <Result extends readonly NewAnalysis[]>(
  saved: readonly Saved<Result>[],
): StoredAnalysis[] =>
  saved.flatMap(({ result, ...item }) => result.map((analysis) => ({ ...item, analysis })));

/** Stores results. `newest`: those that may become the latest of their ticker and strategy. */
export async function saveResults(
  tx: Tx,
  rows: readonly StoredAnalysis[],
  newest: readonly StoredAnalysis[] = rows,
): Promise<void> {
  await Promise.all([insertAnalyses(tx, rows), insertDetails(tx, rows), upsertLatest(tx, newest)]);
}

/** Gives results their positions in the feeds of their workspaces, in their order. */
export async function announceResults(tx: Tx, rows: readonly StoredAnalysis[]): Promise<readonly Hint[]> {
  const heads = await appendToFeed(
    tx,
    rows.map(({ workspaceId, analysis }) => ({ workspaceId, analysisId: analysis.id })),
  );
  return heads.map(({ workspaceId, position }) => ({ about: 'feed', id: workspaceId, at: position }));
}

function explained<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof QuantError) throw new ItemError(error.code, error.message, { cause: error });
    throw error;
  }
}

/** A result as it is stored. */
export function toAnalysis(
  strategy: StrategyId,
  { strategies: _all, ...options }: AnalysisOptions,
  { candles, provenance, warnings }: LoadedCandles,
  {
    strategy: rules,
    chart,
    result,
  }: { readonly strategy: Strategy; readonly chart: Chart; readonly result: Assessment },
  { currency, isBackfill }: { readonly currency: string | null; readonly isBackfill: boolean },
): NewAnalysis {
  const { counts } = result;
  // Suspicious bars give a result and no plan.
  const plan = gatesOf(warnings).length > 0 ? null : result.plan;
  const details: AnalysisDetails = {
    close: result.close,
    vetoes: result.vetoes,
    categoryScores: result.categoryScores,
    filterOutcomes: result.filterOutcomes,
    filters: result.filters,
    ledger: result.ledger,
    plan,
    readings: result.readings,
    provenance,
    options,
  };
  return {
    id: newId(),
    strategy,
    score: result.score,
    scoreVerdict: result.scoreVerdict,
    verdict: result.verdict,
    regime: result.regime,
    coverage: result.coverage,
    conviction: result.conviction,
    buyVotes: counts.buy,
    neutralVotes: counts.neutral,
    sellVotes: counts.sell,
    unavailableVotes: counts.unavailable,
    side: plan?.side ?? null,
    entry: plan?.entry ?? null,
    stop: plan?.stop ?? null,
    target: plan?.target ?? null,
    riskReward: plan?.riskReward ?? null,
    positionSize: plan?.positionSize ?? null,
    currency,
    warnings: [...warnings, ...result.warnings],
    source: provenance.source,
    isDemo: provenance.isDemo,
    isBackfill,
    customised: isCustomised(options),
    timeframe: options.timeframe ?? 'DAILY',
    asOf: provenance.lastBar,
    inputHash: hashCandles(candles),
    engineVersion: ENGINE_VERSION,
    figures: figuresOf(chart, candles.dates.length - 1),
    lines: linesOf(result.readings),
    tallies: talliesOf(chart, rules, options),
    details,
    packed: pack(details),
  };
}
