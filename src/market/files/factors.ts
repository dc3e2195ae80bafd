import type { Warning } from '../../quant/analyze.ts';
import type { Candles } from '../../quant/candles.ts';
import type { Extra } from './adjust-bars.ts';
import { refuse } from './refusal.ts';

/** Columns of cumulative factors, in the order of the bars; absent: there is no such column. */
export interface FactorColumns {
  readonly factor?: Float64Array;
  /** Of a column whose name does not say what the factor is of. */
  readonly anyFactor?: Float64Array;
}

export interface Resolved {
  readonly extra: Extra;
  readonly assumptions: readonly Warning[];
}

interface Step {
  readonly i: number;
  /** Logarithm of the factor over the one of the bar before. */
  readonly size: number;
  /** Logarithm of the close before over the open. */
  readonly fall: number;
}

/** How a factor adjusts prices; NONE: the prices are adjusted by it already. */
type Use = 'MULTIPLY' | 'DIVIDE' | 'NONE';

/** A smaller step is the rounding of a factor. */
const SMALLEST_STEP = 1e-4;
/** A step of so much is no dividend: the move of the price shows what the factor does. */
const CLEAR_STEP = Math.log(1.15);
/** A factor that moves on more bars than this is none. */
const MAX_STEP_SHARE = 0.1;
const FEW_STEPS = 3;
/** The best use has to explain the moves so much better than the next one. */
const MARGIN = 0.5;
const CURE =
  'Name the column adj_factor and keep unadjusted prices, or remove the column when the prices are adjusted.';

/**
 * Replaces a column of cumulative factors by what it says: an adjusted close, or for factors of splits the ratios of the days. Factors count
 * from any bar on. Whether they multiply or divide is decided by the moves of the prices, else by their direction, because splits
 * and dividends lower older prices. Throws when the factors can mean two things.
 */
export function resolveFactors(raw: Candles, given: Extra, { factor, anyFactor }: FactorColumns): Resolved {
  const { extra, assumptions } = resolveSplits(raw, given);
  const factors = factor ?? anyFactor;
  // An adjusted close says the same.
  if (factors === undefined || extra.adjClose !== undefined) return { extra, assumptions };
  const filled = fillForward(factors);
  const steps = stepsOf(raw, filled);
  if (steps.length === 0) return { extra, assumptions };
  refuseUnsteady(raw, steps);
  const use = useOf(raw, steps, factor !== undefined);
  if (use === 'NONE') {
    const message = 'The factors show splits that the prices do not: the prices are adjusted already.';
    return { extra, assumptions: [...assumptions, { code: 'FACTORS', message }] };
  }
  const newest = filled.findLast(Number.isFinite) ?? 1;
  const adjClose = raw.close.map((price, i) => {
    const by = (filled[i] ?? Number.NaN) / newest;
    return use === 'MULTIPLY' ? price * by : price / by;
  });
  const message = `Prices are ${use === 'MULTIPLY' ? 'multiplied with' : 'divided by'} the factor of their bar relative to the newest one.`;
  return { extra: { ...extra, adjClose }, assumptions: [...assumptions, { code: 'FACTORS', message }] };
}

/** A column of splits that has a ratio on many bars holds cumulative factors: their steps are the ratios. */
function resolveSplits(raw: Candles, extra: Extra): Resolved {
  const { split } = extra;
  if (split === undefined) return { extra, assumptions: [] };
  const stated = split.filter((ratio) => ratio > 0 && ratio !== 1).length;
  // A factor of few bars, as of those before an early split.
  const hasRun = split.some((ratio, i) => ratio > 0 && ratio !== 1 && ratio === split[i - 1]);
  if (!hasRun && stated <= Math.max(FEW_STEPS, MAX_STEP_SHARE * split.length))
    return { extra, assumptions: [] };
  const filled = fillForward(split);
  const steps = stepsOf(raw, filled);
  refuseUnsteady(raw, steps);
  const ratios = new Float64Array(split.length);
  for (const { i } of steps) ratios[i] = (filled[i] ?? 1) / (filled[i - 1] ?? 1);
  const message = 'The column of splits counts them up: its steps are the ratios.';
  return { extra: { ...extra, split: ratios }, assumptions: [{ code: 'FACTORS', message }] };
}

/** A missing factor is that of the bar before. */
function fillForward(factors: Float64Array): Float64Array {
  let last = Number.NaN;
  return factors.map((factor) => {
    if (factor > 0 && factor < Infinity) last = factor;
    return last;
  });
}

function stepsOf({ open, close }: Candles, factors: Float64Array): Step[] {
  const steps: Step[] = [];
  for (let i = 1; i < factors.length; i += 1) {
    const size = Math.log((factors[i] ?? Number.NaN) / (factors[i - 1] ?? Number.NaN));
    if (!(Math.abs(size) > SMALLEST_STEP)) continue;
    steps.push({ i, size, fall: Math.log((close[i - 1] ?? Number.NaN) / (open[i] ?? Number.NaN)) });
  }
  return steps;
}

function refuseUnsteady({ dates }: Candles, steps: readonly Step[]): void {
  if (steps.length <= Math.max(FEW_STEPS, MAX_STEP_SHARE * dates.length)) return;
  const why = `The adjustment factor moves on ${steps.length} of ${dates.length} bars, the first is ${dates[steps[0]?.i ?? 0]}: it is no factor of splits and dividends.`;
  refuse('AMBIGUOUS_FACTOR', why, CURE);
}

function useOf(raw: Candles, steps: readonly Step[], isNamed: boolean): Use {
  const clear = steps.filter(({ size, fall }) => Math.abs(size) >= CLEAR_STEP && Number.isFinite(fall));
  const fail = (why: string): never =>
    refuse(
      'AMBIGUOUS_FACTOR',
      `The adjustment factor steps on ${raw.dates[steps[0]?.i ?? 0]}, and ${why}.`,
      CURE,
    );
  if (clear.length > 0) {
    const costOf = (by: number) => clear.reduce((sum, { size, fall }) => sum + Math.abs(fall - by * size), 0);
    const costs: [Use, number][] = [
      ['MULTIPLY', costOf(1)],
      ['DIVIDE', costOf(-1)],
      ['NONE', costOf(0)],
    ];
    const [best, next] = costs.sort((a, b) => a[1] - b[1]);
    if (best === undefined || next === undefined || best[1] > MARGIN * next[1])
      return fail('the prices do not show whether they are adjusted by it');
    return best[0];
  }
  if (!isNamed) return fail('the name of its column does not say whether the prices are adjusted by it');
  const up = steps.filter(({ size }) => size > 0).length;
  if (up > 0 && up < steps.length) return fail('it moves in both directions');
  const by = up > 0 ? 1 : -1;
  if (showsNone(raw, steps, by)) return fail('the prices do not: they may be adjusted by it already');
  return by > 0 ? 'MULTIPLY' : 'DIVIDE';
}

/** Steps are compared with this multiple of the usual move between a close and the next open. */
const CERTAIN_MOVES = 4;

/** Whether prices certainly do not fall by small steps of the factor: less than half of them, and by more than usual moves explain. */
function showsNone({ open, close }: Candles, steps: readonly Step[], by: 1 | -1): boolean {
  const known = steps.filter(({ fall }) => Number.isFinite(fall));
  const square = known.reduce((sum, { size }) => sum + size * size, 0);
  const shared = known.reduce((sum, { size, fall }) => sum + by * size * fall, 0) / square;
  const moves = open
    .map((price, i) => Math.abs(Math.log((close[i - 1] ?? Number.NaN) / price)))
    .filter(Number.isFinite)
    .sort();
  const usual = moves[Math.floor(moves.length / 2)] ?? Infinity;
  return shared < 0.5 && (1 - shared) * Math.sqrt(square) > CERTAIN_MOVES * usual;
}
