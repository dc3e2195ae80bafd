import type { Warning } from '../quant/analyze.ts';
import { type Backtest, onlySide, type SideResult, type Trade } from '../quant/backtest.ts';
import type { CurveMetrics, Metrics } from '../quant/performance.ts';
import type { Timeframe } from '../quant/resample.ts';
import type { Sides } from '../quant/side.ts';
import type { Risk } from '../quant/strategy.ts';
import type { BacktestOptions } from './options.ts';

/** What lists show: everything but trades, curve and details. */
export interface StoredBacktest
  extends Pick<Backtest, 'firstDate' | 'lastDate' | 'tradableFrom' | 'skipped' | 'pending' | 'metrics'> {
  readonly id: string;
  readonly workspaceId: string;
  readonly jobId: string | null;
  readonly ticker: string;
  readonly strategy: string;
  readonly source: string;
  readonly isDemo: boolean;
  readonly customised: boolean;
  /** What a bar stands for. */
  readonly timeframe: Timeframe;
  readonly sides: Sides;
  /** Null: one side was traded, or an earlier version stored the row; `sidesOfResult` reads both. */
  readonly bySide: readonly SideResult[] | null;
  readonly windowBars: number;
  readonly metrics: Metrics;
  readonly buyAndHold: CurveMetrics;
  readonly warnings: readonly Warning[];
  readonly createdAt: Date;
  /** `hashCandles` of the bars tested, those before the window included; null: stored before it was kept. */
  readonly inputHash: string | null;
  /** `ENGINE_VERSION` of the code that computed it; null: stored before it was kept. */
  readonly engineVersion: number | null;
}

/** Figures of each side that was traded. An earlier version traded longs alone. */
export function sidesOfResult({ sides, bySide, metrics, skipped }: StoredBacktest): readonly SideResult[] {
  return bySide ?? (sides === 'BOTH' ? [] : [onlySide(sides, metrics, skipped)]);
}

/** The bulky part, read only when asked for. */
export interface BacktestDetails {
  readonly options: BacktestOptions;
  /** The risk numbers that were used. */
  readonly risk: Risk;
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
}

/** What a task hands over to be stored. */
export interface NewBacktest {
  readonly id: string;
  readonly strategy: string;
  readonly customised: boolean;
  readonly result: Backtest;
  readonly inputHash: string;
  readonly engineVersion: number;
  readonly warnings: readonly Warning[];
  readonly details: BacktestDetails;
}

/** With its place in the order of the exits: 1, 2, 3 … */
export interface NumberedTrade extends Trade {
  readonly n: number;
}
