import { v7 as uuidv7 } from 'uuid';
import { ItemError } from '../errors.ts';
import { type AnyTask, defineTask } from '../jobs/define-task.ts';
import { type LoadedCandles, loadCandles } from '../market/load-candles.ts';
import { hashCandles } from '../market/series.ts';
import type { SourceId, Sources } from '../market/sources/index.ts';
import { dayFormatter } from '../market/trading-day.ts';
import { type Assessment, assess, QuantError } from '../quant/analyze.ts';
import { computeIndicators, knowLines } from '../quant/chart.ts';
import { customise } from '../quant/customise.ts';
import { isStrategyId, type StrategyId, strategies } from '../quant/strategies/index.ts';
import { ENGINE_VERSION } from '../quant/version.ts';
import { insertAnalyses, insertDetails, upsertLatest } from './analysis.store.ts';
import type { AnalysisDetails, NewAnalysis } from './analysis.ts';
import { appendToFeed } from './feed.store.ts';
import { ANALYSIS_KIND } from './kind.ts';
import { type AnalysisOptions, analysisOptions, isCustomised } from './options.ts';
import { pack } from './packing.ts';

/** What the task needs to know of an instrument; null: it is not in our list. */
export interface TradedAs {
  readonly tick: string;
  readonly currency: string;
  readonly timeZone: string;
}

const UNLISTED = { tick: '0.01', currency: null, timeZone: 'Etc/UTC' } as const;

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
      const instrument = (await deps.findInstrument(ticker)) ?? UNLISTED;
      const today = dayIn(deps.now(), instrument.timeZone);
      const sourceId = context.source as SourceId;
      const source = deps.sources.get(sourceId);
      if (source === undefined) {
        throw new ItemError(
          'SOURCE_UNAVAILABLE',
          `The source ${context.source} is not enabled on this worker.`,
        );
      }
      const request = { ticker, bars: options.lookback, asOf: options.asOf };
      const loaded = await loadCandles(source, sourceId, request, { today, signal });
      yield 25;
      const { candles } = loaded;
      const lines = knowLines(candles);
      const charts = chosen.map((one) => ({
        ...one,
        chart: computeIndicators(candles, one.strategy, lines),
      }));
      yield 50;
      const settings = { ...options, tick: instrument.tick };
      const last = candles.dates.length - 1;
      const assessed = charts.map(({ id, strategy, chart }) => ({
        id,
        result: explained(() => assess(chart, last, strategy, settings)),
      }));
      yield 75;
      const result = assessed.map((one) =>
        toAnalysis(one.id, options, loaded, one.result, instrument.currency),
      );
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

/** A formatter per time zone: making one takes a third of a millisecond, longer than an analysis. */
const dayFormats = new Map<string, (ms: number) => string>();

/** The calendar day in a time zone, `YYYY-MM-DD`. */
function dayIn(now: Date, timeZone: string): string {
  const format = dayFormats.get(timeZone) ?? dayFormatter(timeZone);
  dayFormats.set(timeZone, format);
  return format(now.getTime());
}

function toAnalysis(
  strategy: StrategyId,
  { strategies: _all, ...options }: AnalysisOptions,
  { candles, provenance, warnings }: LoadedCandles,
  result: Assessment,
  listedCurrency: string | null,
): NewAnalysis {
  const { plan, counts } = result;
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
    id: uuidv7(),
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
    currency: provenance.currency ?? listedCurrency,
    warnings: [...warnings, ...result.warnings],
    source: provenance.source,
    isDemo: provenance.isDemo,
    customised: isCustomised(options),
    asOf: provenance.lastBar,
    inputHash: hashCandles(candles),
    engineVersion: ENGINE_VERSION,
    details,
    packed: pack(details),
  };
}
