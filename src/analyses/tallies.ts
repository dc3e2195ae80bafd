import type { Chart } from '../quant/chart.ts';
import { countEnded, type EndedPlans, type PlanRecord, recordOf } from '../quant/plan-record.ts';
import type { Side } from '../quant/side.ts';
import type { Strategy } from '../quant/strategy.ts';
import type { AnalysisOptions } from './options.ts';

/** Numbers of a side in the order in which rows hold them, longs first: append sides or numbers never in between. */
const NUMBERS = ['targets', 'stops', 'timeouts', 'wins', 'sumPct'] as const satisfies (keyof EndedPlans)[];
const SIDES: readonly Side[] = ['LONG', 'SHORT'];
export const TALLY_NUMBERS = SIDES.length * NUMBERS.length;

/** Plans of neighbouring bars end alike: one in five says nearly as much, and takes a fifth of the time of each analysis. */
export const TALLIED_EVERY = 5;

/** Sums are kept as whole numbers of millionths of a percent: sums of whole numbers are equal in any order. */
const MILLIONTHS = 1_000_000;

/**
 * How plans of both sides have ended within the bars of a result, as its row holds it. NaN, all of it, where a request has changed what the strategy
 * decides: such plans are not those of the strategy.
 */
export function talliesOf(
  chart: Chart,
  strategy: Strategy,
  options: Pick<AnalysisOptions, 'categoryWeights' | 'indicators' | 'overrides'>,
): number[] {
  const { categoryWeights, indicators, overrides } = options;
  if (overrides !== undefined || indicators !== null || Object.keys(categoryWeights).length > 0)
    return Array.from({ length: TALLY_NUMBERS }, () => Number.NaN);
  const ended = countEnded(chart, strategy, options, TALLIED_EVERY);
  return SIDES.flatMap((side) =>
    NUMBERS.map((name) =>
      name === 'sumPct' ? Math.round(MILLIONTHS * ended[side].sumPct) : ended[side][name],
    ),
  );
}

/** Place of the first number of a side in a row, from 1 on. */
export const tallyPlaceOf = (side: Side): number => 1 + SIDES.indexOf(side) * NUMBERS.length;

/** Of the latest results of a strategy: how its plans of one side have ended over all instruments. */
export interface UniverseRecord extends PlanRecord {
  /** Latest results that were looked at. */
  readonly results: number;
  /** Those of them with a case. */
  readonly tickers: number;
}

/** The sums of the numbers of a side over results; null: there is no result. */
export function universeRecord(
  side: Side,
  counts: { readonly results: number; readonly tickers: number },
  sums: readonly (number | null)[],
): UniverseRecord {
  const [targets, stops, timeouts, wins, sum] = NUMBERS.map((_, i) => sums[i] ?? 0);
  const ended = {
    targets: targets ?? 0,
    stops: stops ?? 0,
    timeouts: timeouts ?? 0,
    wins: wins ?? 0,
    sumPct: (sum ?? 0) / MILLIONTHS,
  };
  return { ...recordOf(side, ended), ...counts };
}
