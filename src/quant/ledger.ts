import type { Chart } from './chart.ts';
import { holds, type Outcome } from './filters.ts';
import type { Regime } from './regime.ts';
import { FILTER_IDS, type FilterId, type LedgerRules, type Severity } from './strategy.ts';

export interface Contradiction {
  readonly clause: string;
  readonly severity: Severity;
  readonly points: number;
}

export interface Ledger {
  /** 0..100. */
  readonly confidence: number;
  readonly contradictions: readonly Contradiction[];
}

/** Two accounts that both start at 100: conditions and contradictions. Once one of the latter fired, the smaller counts. */
export function keepLedger(
  chart: Chart,
  bar: number,
  rules: LedgerRules,
  regime: Regime,
  outcomes: Readonly<Record<FilterId, Outcome>>,
): Ledger {
  let conditions = 100;
  if (regime === 'CHOPPY') conditions -= rules.choppy;
  for (const id of FILTER_IDS) if (outcomes[id] !== 'PASSED') conditions -= rules.filterNotPassed[id];
  const contradictions: Contradiction[] = [];
  const fired = new Set<string>();
  for (const { group, when, points, severity } of rules.contradictions) {
    if (fired.has(group) || holds(chart, bar, when) !== true) continue;
    fired.add(group);
    contradictions.push({ clause: when.clause, severity, points });
  }
  const against = 100 - contradictions.reduce((total, { points }) => total + points, 0);
  const confidence = contradictions.length > 0 ? Math.min(conditions, against) : conditions;
  return { confidence: Math.min(Math.max(confidence, 0), 100), contradictions };
}
