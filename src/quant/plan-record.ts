import type { AnalysisSettings } from './analyze.ts';
import { type Chart, operandAt } from './chart.ts';
import { bracketOf, type Exit, exitAtOpen, exitWithin } from './position.ts';
import { BORROW_PCT, borrowPerBar, MIN_BARS, netPct, type Side, sideOf } from './side.ts';
import { signalsOf } from './signals.ts';
import type { Strategy } from './strategy.ts';

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

/** Plans of one side that have ended. */
export interface EndedPlans {
  readonly targets: number;
  readonly stops: number;
  readonly timeouts: number;
  /** With a result above zero. */
  readonly wins: number;
  /** Of the results after costs, percent of the entries. */
  readonly sumPct: number;
}

type RecordSettings = Pick<AnalysisSettings, 'categoryWeights' | 'indicators'>;

/**
 * Every bar from the 50th on whose verdict has this side is a case: entry at the next open, stop and target from that price, exits by the rules of backtests
 * (gaps at the open, the stop before the target, the holding time). Cases that are still open are left out. Looks at no bar beyond the chart.
 */
export function recordPlans(
  chart: Chart,
  strategy: Strategy,
  side: Side,
  settings: RecordSettings,
): PlanRecord {
  return recordOf(side, countEnded(chart, strategy, settings, 1)[side]);
}

export function recordOf(side: Side, { targets, stops, timeouts, wins, sumPct }: EndedPlans): PlanRecord {
  const cases = targets + stops + timeouts;
  return {
    side,
    cases,
    targets,
    stops,
    timeouts,
    meanResultPct: cases === 0 ? null : sumPct / cases,
    winRatePct: cases === 0 ? null : (100 * wins) / cases,
  };
}

/** The cases of both sides at the 50th bar and each `every` bars later. */
export function countEnded(
  chart: Chart,
  strategy: Strategy,
  settings: RecordSettings,
  every: number,
): Readonly<Record<Side, EndedPlans>> {
  const { dates, open } = chart.candles;
  const from = MIN_BARS - 1;
  const signalAt =
    every === 1
      ? signalsOf(chart, strategy, settings)
      : signalsOf(chart, strategy, settings, { from, every });
  const cost = RECORD_COST_BPS / 10_000;
  const borrow = borrowPerBar(BORROW_PCT, dates);
  const none = () => ({ targets: 0, stops: 0, timeouts: 0, wins: 0, sumPct: 0 });
  const ended = { LONG: none(), SHORT: none() };
  for (let bar = from; bar < dates.length - 1; bar += every) {
    const signal = signalAt(bar);
    const side = signal === null ? null : sideOf[signal.verdict];
    if (side === null) continue;
    const ending = follow(chart, bar, strategy, side);
    if (ending === null) continue;
    const { exit, bars } = ending;
    const counts = ended[side];
    if (exit.reason === 'TARGET') counts.targets += 1;
    else if (exit.reason === 'STOP') counts.stops += 1;
    else counts.timeouts += 1;
    const prices = { entry: open[bar + 1], exit: exit.price };
    const result = netPct(side, prices, { cost, borrow: borrow * bars });
    counts.sumPct += result;
    if (result > 0) counts.wins += 1;
  }
  return ended;
}

/** How the plan of a bar ended, and how many bars it was held; null: it is open. */
function follow(
  chart: Chart,
  signalBar: number,
  { risk }: Strategy,
  side: Side,
): { readonly exit: Exit; readonly bars: number } | null {
  const { candles } = chart;
  const { open } = candles;
  const atr = operandAt(chart, signalBar, { indicator: 'ATR', line: 'atr' });
  const bracket = bracketOf(side, open[signalBar + 1], risk, atr);
  for (let bar = signalBar + 1; bar < open.length; bar += 1) {
    const bars = bar - signalBar;
    const exit =
      (bars > 1 ? exitAtOpen(bracket, open[bar]) : null) ??
      exitWithin(bracket, candles, bar, bars >= risk.maxHoldingBars);
    if (exit !== null) return { exit, bars };
  }
  return null;
}
