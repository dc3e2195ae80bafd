import { CATEGORIES, type Category } from './indicator.ts';
import { indicatorOf } from './indicators/index.ts';
import type { Reading } from './reading.ts';
import type { Strategy } from './strategy.ts';

export const VERDICTS = ['STRONG_BUY', 'BUY', 'HOLD', 'SELL', 'STRONG_SELL'] as const;
export type Verdict = (typeof VERDICTS)[number];

export type WeightedReading = Reading & {
  /** confidence x category weight x indicator weight; 0 when it does not vote. */
  readonly weight: number;
  /** vote x weight / sum of weights. */
  readonly contribution: number;
};

export interface Scored {
  readonly readings: readonly WeightedReading[];
  /** -1..1; 0 when no vote has weight. */
  readonly score: number;
  readonly verdict: Verdict;
  readonly counts: Readonly<Record<'buy' | 'neutral' | 'sell' | 'unavailable', number>>;
  /** The same formula within a category; null when it has no weight. */
  readonly categoryScores: Readonly<Record<Category, number | null>>;
  /** Share of the selected voters' weight that was available, 0..1. */
  readonly coverage: number;
  /** Share of the available voters' weight that spoke, 0..1. */
  readonly conviction: number;
}

/** The verdict of a score; compared after rounding to 9 decimals, so that 0.6 reached by a sum is 0.6. */
export function verdictOf(score: number): Verdict {
  const rounded = Math.round(score * 1e9) / 1e9;
  if (rounded >= 0.6) return 'STRONG_BUY';
  if (rounded >= 0.2) return 'BUY';
  if (rounded <= -0.6) return 'STRONG_SELL';
  if (rounded <= -0.2) return 'SELL';
  return 'HOLD';
}

/** Weighs the votes of the readings. Neutral votes have confidence 0 and do not dilute. */
export function scoreReadings(
  readings: readonly Reading[],
  weights: Strategy['weights'],
  categoryWeights: Readonly<Record<Category, number>>,
): Scored {
  const voters = readings.map((reading) => {
    const full = indicatorOf(reading.indicator).votes
      ? (weights[reading.indicator] ?? 0) * categoryWeights[reading.category]
      : 0;
    const weight = reading.status === 'OK' ? reading.confidence * full : 0;
    return { reading, full, weight, signed: reading.status === 'OK' ? reading.vote * weight : 0 };
  });
  const total = sum(voters.map(({ weight }) => weight));
  const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
  const score = share(sum(voters.map(({ signed }) => signed)), total);
  const selected = sum(voters.map(({ full }) => full));
  const available = sum(voters.map(({ reading, full }) => (reading.status === 'OK' ? full : 0)));

  const categoryScores = {} as Record<Category, number | null>;
  for (const category of CATEGORIES) {
    const inside = voters.filter(({ reading }) => reading.category === category);
    const weight = sum(inside.map((voter) => voter.weight));
    categoryScores[category] = weight === 0 ? null : sum(inside.map(({ signed }) => signed)) / weight;
  }
  const counted = voters.filter(({ full }) => full > 0).map(({ reading }) => reading);
  const votes = (vote: number) => counted.filter((r) => r.status === 'OK' && r.vote === vote).length;
  return {
    readings: voters.map(({ reading, weight, signed }) => ({
      ...reading,
      weight,
      contribution: share(signed, total),
    })),
    score,
    verdict: verdictOf(score),
    counts: {
      buy: votes(1),
      neutral: votes(0),
      sell: votes(-1),
      unavailable: counted.filter((r) => r.status === 'UNAVAILABLE').length,
    },
    categoryScores,
    coverage: share(available, selected),
    conviction: share(total, available),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
