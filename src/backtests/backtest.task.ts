import { ItemError } from '../errors.ts';
import { clockOf, type Instrument } from '../instruments/instrument.ts';
import { type AnyTask, defineTask } from '../jobs/define-task.ts';
import { createTurns } from '../jobs/take-turns.ts';
import { loadBars } from '../market/load-bars.ts';
import { hashCandles } from '../market/series.ts';
import type { SourceId, Sources } from '../market/sources/index.ts';
import { daysAt, hasFinalBars } from '../market/trading-day.ts';
import { type Backtest, runBacktest } from '../quant/backtest.ts';
import { type Chart, computeIndicators, knowLines } from '../quant/chart.ts';
import { customise } from '../quant/customise.ts';
import type { Timeframe } from '../quant/resample.ts';
import { type StrategyId, strategies } from '../quant/strategies/index.ts';
import type { Strategy } from '../quant/strategy.ts';
import { ENGINE_VERSION } from '../quant/version.ts';
import { newId } from '../uuid.ts';
import { insertBacktestDetails, insertBacktests } from './backtest.store.ts';
import type { NewBacktest } from './backtest.ts';
import { BACKTEST_KIND } from './kind.ts';
import { type BacktestOptions, backtestOptions, isCustomised } from './options.ts';
import { insertTrades } from './trade.store.ts';
import { barsNeeded, cutToWindow, lastDay, shortHistory } from './window.ts';

/** Replays one ticker with every strategy of the job: load once (25), indicators (50), replay (75), store. */
export function createBacktestTask(deps: {
  readonly sources: Sources;
  readonly findInstrument: (ticker: string) => Promise<Pick<Instrument, 'exchange' | 'timeZone'> | null>;
  readonly now: () => Date;
}): AnyTask {
  const takeTurn = createTurns();
  return defineTask<BacktestOptions, readonly NewBacktest[]>({
    kind: BACKTEST_KIND,
    parse: (options) => backtestOptions.parse(options),

    async *run(options, { ticker, signal, ...context }) {
      const sourceId = context.source as SourceId;
      const source = deps.sources.get(sourceId);
      if (source === undefined) {
        const message = `The source ${context.source} is not enabled on this worker.`;
        throw new ItemError('SOURCE_UNAVAILABLE', message);
      }
      const clock = clockOf(ticker, await deps.findInstrument(ticker), hasFinalBars(source));
      const { today, newestDay } = daysAt(deps.now(), clock);
      // A source on this machine makes or parses its bars in one go: one series per turn, too.
      await takeTurn(() => undefined);
      const { workspaceId } = context;
      const timeframe: Timeframe = options.timeframe ?? 'DAILY';
      const bars = barsNeeded(options, today);
      const request = { ticker, bars, asOf: lastDay(options), workspaceId, timeframe };
      const loaded = await loadBars(source, sourceId, request, { today, newestDay, signal });
      const tested = cutToWindow(loaded.candles, options);
      yield 25;

      // A few milliseconds each: the heartbeat of a worker must not wait for fifty of them.
      const piece = <T>(compute: () => T): Promise<T> =>
        takeTurn(() => {
          signal.throwIfAborted();
          return compute();
        });
      const lines = await piece(() => knowLines(tested.candles));
      const chosen = options.strategies.map(
        (id) => [id, customise(strategies[id], options.overrides)] as const,
      );
      const charts: (readonly [StrategyId, Strategy, Chart])[] = [];
      for (const [id, strategy] of chosen) {
        charts.push([id, strategy, await piece(() => computeIndicators(tested.candles, strategy, lines))]);
      }
      yield 50;

      const settings = { ...options, capital: Number(options.capital) };
      const results: (readonly [StrategyId, Strategy, Backtest])[] = [];
      for (const [id, strategy, chart] of charts) {
        results.push([id, strategy, await piece(() => runBacktest(chart, tested.from, strategy, settings))]);
      }
      yield 75;

      // The source's own says how many bars were asked for, which is not what the window needed.
      const warnings = loaded.warnings.filter(({ code }) => code !== 'SHORT_HISTORY');
      const { dates } = tested.candles;
      const provenance = { ...loaded.provenance, firstBar: dates[0] ?? '', bars: dates.length };
      const customised = isCustomised(options);
      const inputHash = await piece(() => hashCandles(tested.candles));
      const result = results.map(([id, { risk }, result]): NewBacktest => {
        const short = shortHistory(tested, options, result.tradableFrom);
        return {
          id: newId(),
          strategy: id,
          customised,
          result,
          inputHash,
          engineVersion: ENGINE_VERSION,
          warnings: short === null ? warnings : [...warnings, short],
          details: { options, risk, provenance },
        };
      });
      return { result, facts: {} };
    },

    async save(tx, saved) {
      const rows = saved.flatMap(({ result, ...item }) => result.map((backtest) => ({ ...item, backtest })));
      const backtests = rows.map(({ backtest }) => backtest);
      await Promise.all([
        insertBacktests(tx, rows),
        insertBacktestDetails(tx, backtests),
        insertTrades(tx, backtests),
      ]);
    },
  });
}
