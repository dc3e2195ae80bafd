import { ItemError } from '../errors.ts';
import { type AnyTask, defineTask } from '../jobs/define-task.ts';
import { createTurns } from '../jobs/take-turns.ts';
import { loadSpan } from '../market/load-span.ts';
import type { Timeframe } from '../quant/resample.ts';
import type { NewAnalysis } from './analysis.ts';
import {
  announceResults,
  drawCharts,
  type JudgeDeps,
  judgeNewest,
  prepare,
  saveResults,
  toAnalysis,
  toRows,
} from './judgement.task.ts';
import { BACKFILL_KIND } from './kind.ts';
import { type AnalysisOptions, analysisOptions } from './options.ts';
import { asOfDay, spanOf } from './span.ts';

/** The results of one item, the oldest day first. */
type Filled = readonly NewAnalysis[];

/**
 * Fills a span of trading days of one ticker: loads the bars once, and computes for each day the results that a job with this day as `asOf` would store. The
 * results of all days are stored together when the item ends, or none is. Progress is the share of the days that are computed, in quarters.
 */
export function createBackfillTask(deps: JudgeDeps): AnyTask {
  const takeTurn = createTurns();
  return defineTask<AnalysisOptions, Filled>({
    kind: BACKFILL_KIND,
    parse: (options) => analysisOptions.parse(options),

    async *run(options, context) {
      const { ticker, workspaceId, signal } = context;
      const span = spanOf(options);
      if (span === null) throw new Error('a backfill without a span');
      const prepared = await prepare(deps, options, context);
      const { source, sourceId } = prepared;
      // A source on this machine makes or parses its bars in one go: one series per turn.
      await takeTurn(() => undefined);
      const timeframe: Timeframe = options.timeframe ?? 'DAILY';
      const wanted = { ticker, bars: options.lookback, workspaceId, timeframe };
      const loading = { ...prepared.days, signal };
      const { days, upTo } = await loadSpan(source, sourceId, { ...wanted, ...span }, loading);

      /** One day, some milliseconds: between two days the heartbeat and other items have their turn. */
      const computeDay = (day: string): Promise<readonly NewAnalysis[] | ItemError> =>
        takeTurn(() => {
          signal.throwIfAborted();
          try {
            const loaded = upTo(day);
            const asked = asOfDay(options, day);
            const charts = drawCharts(prepared, loaded);
            const { judged, currency } = judgeNewest(prepared, asked, loaded, charts);
            const stored = { currency, isBackfill: true };
            return judged.map((one) => toAnalysis(one.id, asked, loaded, one, stored));
          } catch (error) {
            // A job with this `asOf` would fail: the day has no result, the others have.
            if (error instanceof ItemError) return error;
            throw error;
          }
        });

      const result: NewAnalysis[] = [];
      let failure: ItemError | null = null;
      let reached = 0;
      for (const [i, day] of days.entries()) {
        const computed = await computeDay(day);
        if (computed instanceof ItemError) failure = computed;
        else result.push(...ofNewDay(computed, span.from, result.at(-1)?.asOf));
        const quarter = Math.floor((4 * (i + 1)) / days.length);
        for (; reached < Math.min(quarter, 3); reached += 1) yield phases[reached] ?? 75;
      }
      const newest = result.find(({ asOf }) => asOf === result.at(-1)?.asOf);
      if (newest === undefined) {
        throw (
          failure ?? new ItemError('NO_DATA', `No bar of ${ticker} ends from ${span.from} to ${span.to}.`)
        );
      }
      const facts = { analysisId: newest.id, verdict: newest.verdict, score: newest.score };
      return { result, facts, weight: result.length };
    },

    save(tx, saved) {
      // Older days of an item are never the latest result.
      const newest = saved.map((item) => ({ ...item, result: ofLastDay(item.result) }));
      return saveResults(tx, toRows(saved), toRows(newest));
    },
    announce: (tx, saved) => announceResults(tx, toRows(saved)),
  });
}

const phases = [25, 50, 75] as const;

/**
 * The results of a day unless they are of a bar that does not belong to the day: validation has dropped its own bar, or its period has not ended. That bar lies before
 * the span or has its results already.
 */
function ofNewDay(
  computed: readonly NewAnalysis[],
  from: string,
  lastDay: string | undefined,
): readonly NewAnalysis[] {
  return computed.filter(({ asOf }) => asOf >= from && (lastDay === undefined || asOf > lastDay));
}

function ofLastDay(results: Filled): Filled {
  const day = results.at(-1)?.asOf;
  return results.filter(({ asOf }) => asOf === day);
}
