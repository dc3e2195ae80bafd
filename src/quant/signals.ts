import type { AnalysisSettings } from './analyze.ts';
import type { Chart, IndicatorLines } from './chart.ts';
import { passesFilters } from './filters.ts';
import { type Indicator, warmUp } from './indicator.ts';
import { indicatorIds, indicatorOf } from './indicators/index.ts';
import { roundedConfidence } from './reading.ts';
import { type Verdict, verdictOf } from './score.ts';
import type { Strategy } from './strategy.ts';

export interface Signal {
  readonly score: number;
  readonly verdict: Verdict;
}

/** What one indicator says on every bar; `confidence` is NaN where it has no reading. */
interface Votes {
  readonly vote: Float64Array;
  readonly confidence: Float64Array;
}

/** Bars that are asked about: `from`, and each `every` bars later. */
export interface Sampling {
  readonly from: number;
  readonly every: number;
}

const EVERY_BAR: Sampling = { from: 0, every: 1 };

// Strategies that share lines share their votes too. Lines never change, so neither do these. Samples differ, and are kept by their name.
const votesOfLines = new WeakMap<IndicatorLines, Map<string, Votes>>();

/**
 * Score and verdict of `assess` at any bar, without readings, plan and texts: a bar costs one or two microseconds. Null: not one voter
 * has a value, where `assess` throws INSUFFICIENT_DATA. Of a sampling, the bars between are not computed and have no signal.
 */
export function signalsOf(
  chart: Chart,
  strategy: Strategy,
  settings: Pick<AnalysisSettings, 'categoryWeights' | 'indicators'>,
  sampling: Sampling = EVERY_BAR,
): (bar: number) => Signal | null {
  const voters = indicatorIds
    .filter((id) => (settings.indicators?.includes(id) ?? true) && indicatorOf(id).votes)
    .map((id) => {
      const { category } = indicatorOf(id);
      const categoryWeight = settings.categoryWeights[category] ?? strategy.categoryWeights[category];
      const { vote, confidence } = votesOf(chart, chart.indicators[id], indicatorOf(id), sampling);
      return { vote, confidence, full: (strategy.weights[id] ?? 0) * categoryWeight };
    });
  return (bar) => {
    let total = 0;
    let signed = 0;
    let available = 0;
    for (const { vote, confidence, full } of voters) {
      if (Number.isNaN(confidence[bar])) continue;
      const weight = confidence[bar] * full;
      available += 1;
      total += weight;
      signed += vote[bar] * weight;
    }
    if (available === 0) return null;
    const score = total === 0 ? 0 : signed / total;
    const verdict = verdictOf(score);
    const isBuy = verdict === 'BUY' || verdict === 'STRONG_BUY';
    const vetoed = isBuy && !passesFilters(chart, bar, strategy.filters);
    return { score, verdict: vetoed ? 'HOLD' : verdict };
  };
}

function votesOf(
  chart: Chart,
  computed: IndicatorLines,
  indicator: Indicator<Readonly<Record<string, number>>>,
  { from, every }: Sampling,
): Votes {
  const kept = votesOfLines.get(computed) ?? new Map<string, Votes>();
  votesOfLines.set(computed, kept);
  const known = kept.get(`${from} ${every}`);
  if (known !== undefined) return known;
  const { close } = chart.candles;
  const vote = new Float64Array(close.length);
  const confidence = new Float64Array(close.length).fill(Number.NaN);
  const first = warmUp(computed.starts);
  const names = Object.keys(computed.lines);
  const columns = names.map((name) => computed.lines[name]);
  let now: Record<string, number> = {};
  let before: Record<string, number> = {};
  for (let bar = from; bar < close.length; bar += every) {
    [now, before] = [before, now];
    let complete = bar >= first;
    if (every > 1) for (let n = 0; n < names.length; n += 1) before[names[n]] = columns[n][bar - 1];
    for (let n = 0; n < names.length; n += 1) {
      const value = columns[n][bar];
      now[names[n]] = value;
      if (!Number.isFinite(value)) complete = false;
    }
    if (!complete) continue;
    const judged = indicator.judge({ now, before, close: close[bar] }, computed.params);
    if (!Number.isFinite(judged.confidence)) continue;
    vote[bar] = judged.vote;
    confidence[bar] = roundedConfidence(judged.confidence);
  }
  const votes = { vote, confidence };
  kept.set(`${from} ${every}`, votes);
  return votes;
}
