import { ItemError } from '../errors.ts';
import { type Instrument, zoneOf } from '../instruments/instrument.ts';
import { type AnyTask, defineTask } from '../jobs/define-task.ts';
import { loadBars } from '../market/load-bars.ts';
import type { LoadedCandles } from '../market/load-candles.ts';
import { hashCandles } from '../market/series.ts';
import type { SourceId, Sources } from '../market/sources/index.ts';
import { daysAt } from '../market/trading-day.ts';
import { type Assessment, assess, QuantError } from '../quant/analyze.ts';
import { type Chart, computeIndicators, knowLines } from '../quant/chart.ts';
import { customise } from '../quant/customise.ts';
import { gatesOf } from '../quant/gate.ts';
import { majorOf, toHundredths } from '../quant/minor-units.ts';
import type { Timeframe } from '../quant/resample.ts';
import { isStrategyId, type StrategyId, strategies } from '../quant/strategies/index.ts';
import type { Strategy } from '../quant/strategy.ts';
import { listedTick, lotOf, usualTick } from '../quant/tick.ts';
import { ENGINE_VERSION } from '../quant/version.ts';
import { newId } from '../uuid.ts';
import { insertAnalyses, insertDetails, upsertLatest } from './analysis.store.ts';
import type { AnalysisDetails, NewAnalysis } from './analysis.ts';
import { appendToFeed } from './feed.store.ts';
import { figuresOf } from './figures.ts';
import { ANALYSIS_KIND } from './kind.ts';
import { linesOf } from './lines.ts';
import { type AnalysisOptions, analysisOptions, isCustomised } from './options.ts';
import { pack } from './packing.ts';
import { talliesOf } from './tallies.ts';

/** What the task needs to know of an instrument; null: it is not in our list. */
export type TradedAs = Pick<Instrument, 'tick' | 'currency' | 'timeZone' | 'exchange' | 'lot' | 'fractional'>;

/** Analyses one ticker by every strategy of the job: load (25), compute indicators (50), score and plan (75), store all results or none. */
export function createAnalysisTask(deps: {
  readonly sources: Sources;
  readonly findInstrument: (ticker: string) => Promise<TradedAs | null>;
  readonly now: () => Date;
}): AnyTask {
  return defineTask<AnalysisOptions, readonly NewAnalysis[]>({
    kind: ANALYSIS_KIND,
    parse: (options) => analysisOptions.parse(options),

    async *run(options, context) {
      const { ticker, signal } = context;
      const chosen = (options.strategies ?? [context.strategy]).map((id) => {
        if (!isStrategyId(id)) throw new Error(`unknown strategy ${id}`);
        return { id, strategy: customise(strategies[id], options.overrides) };
      });
      const listed = await deps.findInstrument(ticker);
      const days = daysAt(deps.now(), zoneOf(listed));
      const sourceId = context.source as SourceId;
      const source = deps.sources.get(sourceId);
      if (source === undefined) {
        throw new ItemError(
          'SOURCE_UNAVAILABLE',
          `The source ${context.source} is not enabled on this worker.`,
        );
      }
      const { workspaceId } = context;
      const timeframe: Timeframe = options.timeframe ?? 'DAILY';
      const wanted = { ticker, bars: options.lookback, asOf: options.asOf, workspaceId, timeframe };
      const loaded = await loadBars(source, sourceId, wanted, { ...days, signal });
      yield 25;
      const { candles } = loaded;
      const lines = knowLines(candles);
      const charts = chosen.map((one) => ({
        ...one,
        chart: computeIndicators(candles, one.strategy, lines),
      }));
      yield 50;
      const last = candles.dates.length - 1;
      // Of a file the source knows the ticker alone, and no tick.
      const isKnown = listed !== null && zoneOf(listed) !== null;
      const currency = loaded.provenance.currency ?? listed?.currency ?? null;
      const known = isKnown
        ? listedTick(listed, currency)
        : usualTick(ticker, candles.close[last] ?? 1, currency, loaded.quoted);
      // The capital is in whole units, also where prices are in hundredths.
      const capital = majorOf(currency) === null ? options.capital : toHundredths(options.capital);
      const lot = lotOf(ticker, options, listed ?? {}, loaded.quoted);
      const settings = { ...options, tick: options.tick ?? known, lot, capital };
      const assessed = charts.map(({ id, strategy, chart }) => ({
        id,
        strategy,
        chart,
        result: explained(() => assess(chart, last, strategy, settings)),
      }));
      yield 75;
      const result = assessed.map((one) => toAnalysis(one.id, options, loaded, one, currency));
      const [first] = result;
      if (first === undefined) throw new Error('a job without a strategy');
      return { result, facts: { analysisId: first.id, verdict: first.verdict, score: first.score } };
    },

    async save(tx, saved) {
      const rows = saved.flatMap(({ result, ...item }) => result.map((analysis) => ({ ...item, analysis })));
      await Promise.all([insertAnalyses(tx, rows), insertDetails(tx, rows), upsertLatest(tx, rows)]);
    },

    async announce(tx, saved) {
      const heads = await appendToFeed(
        tx,
        saved.flatMap(({ workspaceId, result }) => result.map(({ id }) => ({ workspaceId, analysisId: id }))),
      );
      return heads.map(({ workspaceId, position }) => ({ about: 'feed', id: workspaceId, at: position }));
    },
  });
}

function explained<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof QuantError) throw new ItemError(error.code, error.message, { cause: error });
    throw error;
  }
}

function toAnalysis(
  strategy: StrategyId,
  { strategies: _all, ...options }: AnalysisOptions,
  { candles, provenance, warnings }: LoadedCandles,
  {
    strategy: rules,
    chart,
    result,
  }: { readonly strategy: Strategy; readonly chart: Chart; readonly result: Assessment },
  currency: string | null,
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
