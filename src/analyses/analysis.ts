import type { Warning } from '../quant/analyze.ts';
import type { ClauseResult, Outcome, Veto } from '../quant/filters.ts';
import type { Ledger } from '../quant/ledger.ts';
import type { Regime } from '../quant/regime.ts';
import type { Timeframe } from '../quant/resample.ts';
import type { Scored, Verdict, WeightedReading } from '../quant/score.ts';
import type { FilterId } from '../quant/strategy.ts';
import type { TradePlan } from '../quant/trade-plan.ts';
import type { BarFigure, BarFigures } from './figures.ts';
import type { AnalysisOptions } from './options.ts';

/**
 * The narrow row: what lists show. The numbers of the bar are null where there is none, and all of them in a row that an earlier version stored and
 * that `fillFigures` has not reached.
 */
export interface Analysis extends BarFigures {
  readonly id: string;
  readonly workspaceId: string;
  readonly jobId: string | null;
  readonly ticker: string;
  readonly strategy: string;
  readonly score: number;
  readonly scoreVerdict: Verdict;
  readonly verdict: Verdict;
  readonly regime: string;
  readonly coverage: number;
  readonly conviction: number;
  readonly buyVotes: number;
  readonly neutralVotes: number;
  readonly sellVotes: number;
  readonly unavailableVotes: number;
  readonly side: 'LONG' | 'SHORT' | null;
  readonly entry: string | null;
  readonly stop: string | null;
  readonly target: string | null;
  readonly riskReward: string | null;
  readonly positionSize: number | null;
  readonly currency: string | null;
  readonly warnings: readonly Warning[];
  readonly source: string;
  readonly isDemo: boolean;
  /** Of a job that fills a span of days. */
  readonly isBackfill: boolean;
  readonly customised: boolean;
  /** What a bar stands for. */
  readonly timeframe: Timeframe;
  /** Trading day of the last bar used. */
  readonly asOf: string;
  readonly createdAt: Date;
  /** `hashCandles` of the bars that it was computed from; null: stored before it was kept. */
  readonly inputHash: string | null;
  /** `ENGINE_VERSION` of the code that computed it; null: stored before it was kept. */
  readonly engineVersion: number | null;
}

export type AnalysisColumn = keyof Analysis;

/** The bulky part, read only when asked for. */
export interface AnalysisDetails {
  readonly close: number;
  readonly vetoes: readonly Veto[];
  readonly categoryScores: Scored['categoryScores'];
  readonly filterOutcomes: Readonly<Record<FilterId, Outcome>>;
  readonly filters: readonly ClauseResult[];
  readonly ledger: Ledger | null;
  readonly plan: TradePlan | null;
  readonly readings: readonly WeightedReading[];
  readonly provenance: {
    readonly source: string;
    readonly isDemo: boolean;
    readonly adjustment: string;
    readonly currency: string | null;
    readonly firstBar: string;
    readonly lastBar: string;
    readonly bars: number;
    readonly asOf: string;
  };
  readonly options: AnalysisOptions;
}

/** What a task hands over to be stored. */
export interface NewAnalysis
  extends Omit<Analysis, 'workspaceId' | 'jobId' | 'ticker' | 'createdAt' | BarFigure> {
  readonly regime: Regime;
  /** `figuresOf` the bar. */
  readonly figures: readonly number[];
  /** `linesOf` its readings. */
  readonly lines: readonly number[];
  /** `talliesOf` its bars. */
  readonly tallies: readonly number[];
  readonly details: AnalysisDetails;
  /** The details as they are stored, made while the item computes: a flush holds its jobs' locks and should only write. */
  readonly packed: Uint8Array;
}
