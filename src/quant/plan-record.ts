import type { AnalysisSettings } from './analyze.ts';
import { type Chart, operandAt } from './chart.ts';
import { barsPerYear } from './performance.ts';
import type { Verdict } from './score.ts';
import { signalsOf } from './signals.ts';
import type { Strategy } from './strategy.ts';
import { type Side, stopDistancePct } from './trade-plan.ts';

/** How the plans of one side ended that the rules would have made on the bars before the newest one. */
export interface PlanRecord {
  readonly side: Side;
  /** Plans that have ended by the newest bar; those of neighbouring bars overlap. */
  readonly cases: number;
  readonly targets: number;
  readonly stops: number;
  /** Held to the last bar that they may be held. */
  readonly timeouts: number;
  /** Mean result of a case after costs, percent of the entry; null without a case. */
  readonly meanResultPct: number | null;
  /** Share of cases with a result above zero, percent; null without a case. */
  readonly winRatePct: number | null;
}

/** Costs per side in hundredths of a percent, as the default of backtests. */
export const RECORD_COST_BPS = 10;
/** What borrowing a share costs a year, percent of the entry: usual for shares that are easy to borrow. Only shorts pay it. */
export const BORROW_PCT = 3;

/** As in backtests. */
const MIN_BARS = 50;

type Ending = 'TARGET' | 'STOP' | 'TIME';

const sides: Readonly<Record<Verdict, Side | null>> = {
  STRONG_BUY: 'LONG',
  BUY: 'LONG',
  HOLD: null,
  SELL: 'SHORT',
  STRONG_SELL: 'SHORT',
};

/**
 * Every bar from the 50th on whose verdict has this side is a case: entry at the next open, stop and target from that price, exits by the rules of backtests
 * (gaps at the open, the stop before the target, the holding time). Cases that are still open are left out. Looks at no bar beyond the chart.
 */
export function recordPlans(
  chart: Chart,
  strategy: Strategy,
  side: Side,
  settings: Pick<AnalysisSettings, 'categoryWeights' | 'indicators'>,
): PlanRecord {
  const { dates, open } = chart.candles;
  const signalAt = signalsOf(chart, strategy, settings);
  const year = barsPerYear(dates);
  const ended: Record<Ending, number> = { TARGET: 0, STOP: 0, TIME: 0 };
  let [sum, wins] = [0, 0];
  for (let bar = MIN_BARS - 1; bar < dates.length - 1; bar += 1) {
    const signal = signalAt(bar);
    if (signal === null || sides[signal.verdict] !== side) continue;
    const exit = follow(chart, bar, strategy, side);
    if (exit === null) continue;
    ended[exit.ending] += 1;
    const result = resultPct(side, open[bar + 1], exit.price, exit.bars / year);
    sum += result;
    if (result > 0) wins += 1;
  }
  const cases = ended.TARGET + ended.STOP + ended.TIME;
  return {
    side,
    cases,
    targets: ended.TARGET,
    stops: ended.STOP,
    timeouts: ended.TIME,
    meanResultPct: cases === 0 ? null : sum / cases,
    winRatePct: cases === 0 ? null : (100 * wins) / cases,
  };
}

/** How the plan of a bar ended; null: it is open. */
function follow(
  chart: Chart,
  signalBar: number,
  { risk }: Strategy,
  side: Side,
): { readonly ending: Ending; readonly price: number; readonly bars: number } | null {
  const { open, high, low, close } = chart.candles;
  const entry = open[signalBar + 1];
  const stopPct = stopDistancePct(
    risk,
    operandAt(chart, signalBar, { indicator: 'ATR', line: 'atr' }),
    entry,
  );
  // Of a short everything is mirrored: prices count downwards.
  const sign = side === 'LONG' ? 1 : -1;
  const stop = entry * (1 - (sign * stopPct) / 100);
  const target = entry * (1 + (sign * risk.targetPct) / 100);
  const [worst, best] = side === 'LONG' ? [low, high] : [high, low];
  for (let bar = signalBar + 1; bar < open.length; bar += 1) {
    const bars = bar - signalBar;
    const isFirst = bars === 1;
    if (!isFirst && sign * (open[bar] - stop) <= 0) return { ending: 'STOP', price: open[bar], bars };
    if (!isFirst && sign * (open[bar] - target) >= 0) return { ending: 'TARGET', price: open[bar], bars };
    if (sign * (worst[bar] - stop) <= 0) return { ending: 'STOP', price: stop, bars };
    if (sign * (best[bar] - target) >= 0) return { ending: 'TARGET', price: target, bars };
    if (bars >= risk.maxHoldingBars) return { ending: 'TIME', price: close[bar], bars };
  }
  return null;
}

/** After costs on both sides and, of a short, what borrowing costs for so many years; percent of the entry. */
function resultPct(side: Side, entry: number, exit: number, years: number): number {
  const cost = RECORD_COST_BPS / 10_000;
  if (side === 'LONG') return 100 * ((exit * (1 - cost)) / (entry * (1 + cost)) - 1);
  return 100 * (1 - cost - (exit / entry) * (1 + cost)) - BORROW_PCT * years;
}
