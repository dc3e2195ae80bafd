import type { Candles } from './candles.ts';
import { type Chart, computeIndicators, operandAt } from './chart.ts';
import { applyFilters, type ClauseResult, type Outcome, type Veto } from './filters.ts';
import { CATEGORIES, type Category } from './indicator.ts';
import { type IndicatorId, indicatorIds, indicatorOf } from './indicators/index.ts';
import { keepLedger, type Ledger } from './ledger.ts';
import { readingAt } from './reading.ts';
import { type Regime, regimeOf } from './regime.ts';
import { type Scored, scoreReadings, type Verdict, type WeightedReading } from './score.ts';
import { sideOf } from './side.ts';
import type { FilterId, Strategy } from './strategy.ts';
import { planTrade, type TradePlan } from './trade-plan.ts';

/** What a request may change; null keeps the strategy's own number. */
export interface AnalysisSettings {
  /** Decimal as text. */
  readonly capital: string;
  readonly riskPct: number | null;
  readonly positionMaxPct: number | null;
  readonly minRiskReward: number | null;
  readonly categoryWeights: { readonly [Name in Category]?: number | undefined };
  /** The indicators that may vote; null: all. */
  readonly indicators: readonly IndicatorId[] | null;
  /** Smallest price step of the instrument, decimal as text. */
  readonly tick: string;
  /** Units of which a position is a multiple, decimal as text; absent: 1. */
  readonly lot?: string | undefined;
}

export interface Warning {
  readonly code: string;
  readonly message: string;
}

export interface Assessment {
  /** Trading day of the bar decided on, `YYYY-MM-DD`. */
  readonly date: string;
  readonly close: number;
  readonly score: number;
  /** Of the score alone. */
  readonly scoreVerdict: Verdict;
  /** After the filters: a buy that one of them vetoes is HOLD. */
  readonly verdict: Verdict;
  readonly vetoes: readonly Veto[];
  readonly counts: Scored['counts'];
  readonly categoryScores: Scored['categoryScores'];
  readonly coverage: number;
  readonly conviction: number;
  readonly regime: Regime;
  readonly filterOutcomes: Readonly<Record<FilterId, Outcome>>;
  readonly filters: readonly ClauseResult[];
  readonly ledger: Ledger | null;
  /** Null when the verdict is HOLD, or with the warning PLAN_BELOW_TICK. */
  readonly plan: TradePlan | null;
  /** All selected readings; the ones that do not vote have weight 0. */
  readonly readings: readonly WeightedReading[];
  readonly warnings: readonly Warning[];
}

export class QuantError extends Error {
  override readonly name = 'QuantError';
  readonly code: 'INSUFFICIENT_DATA' | 'PLAN_FAILED';
  constructor(code: 'INSUFFICIENT_DATA' | 'PLAN_FAILED', message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

const MIN_COVERAGE = 0.5;

/**
 * Readings, score, filters, verdict and plan at one bar, by the strategy's rules. Looks at no bar after it. Throws QuantError
 * INSUFFICIENT_DATA when no voter has a value, PLAN_FAILED when a plan cannot be computed.
 */
export function assess(
  chart: Chart,
  bar: number,
  strategy: Strategy,
  settings: AnalysisSettings,
): Assessment {
  const selected = indicatorIds.filter((id) => settings.indicators?.includes(id) ?? true);
  const categoryWeights = { ...strategy.categoryWeights };
  for (const category of CATEGORIES) {
    categoryWeights[category] = settings.categoryWeights[category] ?? categoryWeights[category];
  }
  const readings = selected.map((id) => readingAt(chart, bar, id));
  const scored = scoreReadings(readings, strategy.weights, categoryWeights);
  if (!readings.some((r) => r.status === 'OK' && indicatorOf(r.indicator).votes)) {
    throw new QuantError(
      'INSUFFICIENT_DATA',
      `None of the selected indicators has a value after ${bar + 1} bars.`,
    );
  }
  const regime = regimeOf(operandAt(chart, bar, { indicator: 'ADX', line: 'adx' }));
  const filtered = applyFilters(chart, bar, strategy.filters);
  const isBuy = scored.verdict === 'BUY' || scored.verdict === 'STRONG_BUY';
  const vetoes = isBuy ? filtered.vetoes : [];
  const verdict = vetoes.length > 0 ? 'HOLD' : scored.verdict;
  const plan = planFor(chart, bar, verdict, strategy, settings);
  const warnings: Warning[] = [];
  if (scored.coverage < MIN_COVERAGE) warnings.push(lowCoverage(scored.coverage));
  if (plan === null && verdict !== 'HOLD') {
    warnings.push({
      code: 'PLAN_BELOW_TICK',
      message: `The price is too small for a trade plan with a tick of ${settings.tick}.`,
    });
  }
  return {
    date: chart.candles.dates[bar],
    close: chart.candles.close[bar],
    score: scored.score,
    scoreVerdict: scored.verdict,
    verdict,
    vetoes,
    counts: scored.counts,
    categoryScores: scored.categoryScores,
    coverage: scored.coverage,
    conviction: scored.conviction,
    regime,
    filterOutcomes: filtered.outcomes,
    filters: filtered.clauses,
    ledger: strategy.ledger && keepLedger(chart, bar, strategy.ledger, regime, filtered.outcomes),
    plan,
    readings: scored.readings,
    warnings,
  };
}

/** The newest bar of a series, from candles to plan. */
export function analyze(candles: Candles, strategy: Strategy, settings: AnalysisSettings): Assessment {
  return assess(computeIndicators(candles, strategy), candles.dates.length - 1, strategy, settings);
}

function planFor(
  chart: Chart,
  bar: number,
  verdict: Verdict,
  strategy: Strategy,
  settings: AnalysisSettings,
): TradePlan | null {
  const side = sideOf[verdict];
  if (side === null) return null;
  const { risk } = strategy;
  try {
    return planTrade({
      side,
      close: chart.candles.close[bar],
      atr: operandAt(chart, bar, { indicator: 'ATR', line: 'atr' }),
      risk,
      capital: settings.capital,
      riskPct: settings.riskPct ?? risk.riskPct,
      positionMaxPct: settings.positionMaxPct ?? risk.positionMaxPct,
      minRiskReward: settings.minRiskReward ?? risk.minRiskReward,
      tick: settings.tick,
      lot: settings.lot,
    });
  } catch (error) {
    throw new QuantError('PLAN_FAILED', 'The trade plan could not be computed from these bars.', error);
  }
}

function lowCoverage(coverage: number): Warning {
  return {
    code: 'LOW_COVERAGE',
    message: `Only ${Math.round(coverage * 100)} % of the voting weight belongs to indicators that have a value.`,
  };
}
