import type { Category } from './indicator.ts';
import type { IndicatorId } from './indicators/index.ts';

/** A number that a filter looks at: a line of an indicator, or a plain figure of the chart. */
export type Operand =
  | { readonly indicator: IndicatorId; readonly line: string }
  | 'CLOSE'
  | 'SMA20'
  | 'SMA50'
  /** Volume over the mean of the 20 volumes before it. */
  | 'VOLUME_RATIO'
  /** obv[t] - obv[t-1]. */
  | 'OBV_CHANGE';

export interface Clause {
  /** Stable id within the filter, for example `RSI_30_70`. */
  readonly clause: string;
  readonly value: Operand;
  readonly is: 'AT_LEAST' | 'AT_MOST' | 'ABOVE' | 'BELOW';
  readonly limit: number | Operand;
  /** With AT_LEAST: the value must also be at most this. */
  readonly upTo?: number;
}

/** Every clause of `all` must hold, and at least `count` of `atLeast.of`. */
export interface Filter {
  readonly all: readonly Clause[];
  readonly atLeast?: { readonly count: number; readonly of: readonly Clause[] };
}

export const FILTER_IDS = ['TREND', 'MOMENTUM'] as const;
export type FilterId = (typeof FILTER_IDS)[number];

export type Severity = 'CRITICAL' | 'WARNING' | 'INFO';

/** Points that a confidence of 100 loses. Of contradictions with the same `group` only the first that holds counts. */
export interface LedgerRules {
  readonly choppy: number;
  readonly filterNotPassed: Readonly<Record<FilterId, number>>;
  readonly contradictions: readonly {
    readonly group: string;
    readonly when: Clause;
    readonly points: number;
    readonly severity: Severity;
  }[];
}

export interface Risk {
  readonly targetPct: number;
  readonly stopPct: number;
  /** Widens the stop to `multiple` x ATR, at most to `capPct`. */
  readonly atrStop: { readonly multiple: number; readonly capPct: number } | null;
  readonly minRiskReward: number;
  readonly riskPct: number;
  readonly positionMaxPct: number;
  readonly maxHoldingBars: number;
  readonly cooldownBars: number;
}

/** Data, no code: nothing anywhere asks which strategy it is. */
export interface Strategy {
  readonly title: string;
  readonly summary: string;
  readonly help: string;
  /** An indicator that is not named does not vote. */
  readonly weights: Readonly<Partial<Record<IndicatorId, number>>>;
  readonly categoryWeights: Readonly<Record<Category, number>>;
  /** Parameters that differ from the indicators' defaults, or are declared to equal them. */
  readonly params: Readonly<Partial<Record<IndicatorId, Readonly<Record<string, number>>>>>;
  readonly risk: Risk;
  readonly filters: Readonly<Record<FilterId, Filter>>;
  readonly ledger: LedgerRules | null;
}
