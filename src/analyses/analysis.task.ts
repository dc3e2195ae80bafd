import { type AnyTask, defineTask } from '../jobs/define-task.ts';
import { loadBars } from '../market/load-bars.ts';
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
import { ANALYSIS_KIND } from './kind.ts';
import { type AnalysisOptions, analysisOptions } from './options.ts';

/** Analyses one ticker by every strategy of the job: load (25), compute indicators (50), score and plan (75), store all results or none. */
export function createAnalysisTask(deps: JudgeDeps): AnyTask {
  return defineTask<AnalysisOptions, readonly NewAnalysis[]>({
    kind: ANALYSIS_KIND,
    parse: (options) => analysisOptions.parse(options),

    async *run(options, context) {
      const { ticker, workspaceId, signal } = context;
      const prepared = await prepare(deps, options, context);
      const { source, sourceId, days } = prepared;
      const timeframe: Timeframe = options.timeframe ?? 'DAILY';
      const wanted = { ticker, bars: options.lookback, asOf: options.asOf, workspaceId, timeframe };
      const loaded = await loadBars(source, sourceId, wanted, { ...days, signal });
      yield 25;
      const charts = drawCharts(prepared, loaded);
      yield 50;
      const { judged, currency } = judgeNewest(prepared, options, loaded, charts);
      yield 75;
      const stored = { currency, isBackfill: false };
      const result = judged.map((one) => toAnalysis(one.id, options, loaded, one, stored));
      const [first] = result;
      if (first === undefined) throw new Error('a job without a strategy');
      return { result, facts: { analysisId: first.id, verdict: first.verdict, score: first.score } };
    },

    save: (tx, saved) => saveResults(tx, toRows(saved)),
    announce: (tx, saved) => announceResults(tx, toRows(saved)),
  });
}
