import { z } from 'zod';
import { analysisOptions, type Lookback, resolveOptions } from '../analyses/options.ts';
import type { AskedOverrides } from '../analyses/overrides.ts';
import { chooseStrategies } from '../analyses/strategies.ts';
import { InvalidInputError } from '../errors.ts';
import type { IndicatorId } from '../quant/indicators/index.ts';
import type { Timeframe } from '../quant/resample.ts';
import { BORROW_PCT, type Sides } from '../quant/side.ts';
import { type StrategyId, strategyIds } from '../quant/strategies/index.ts';

/** Ranges and defaults, published by the API. What a backtest shares with an analysis has its range there. */
export const ranges = {
  windowBars: { min: 30, max: 2_000, default: 365 },
  costBps: { min: 0, max: 200, default: 10 },
  maxOpenPositions: { min: 2, max: 20, default: 5 },
  borrowPct: { min: 0, max: 200, default: BORROW_PCT },
} as const;

/** So many calendar days hold 2,000 bars of a market with five sessions a week. */
export const MAX_WINDOW_DAYS = (ranges.windowBars.max / 5) * 7;
const DAY_MS = 86_400_000;

const outside = ({ min, max }: { min: number; max: number }) => `must be between ${min} and ${max}`;
const between = (range: { min: number; max: number }) =>
  z.number(outside(range)).min(range.min, outside(range)).max(range.max, outside(range));
const wholeBetween = (range: { min: number; max: number }) =>
  between(range).refine(Number.isInteger, 'must be a whole number');
const day = z.iso.date('must be a date (YYYY-MM-DD)');

/** Resolved options as a job stores them: what the task runs with. */
export const backtestOptions = analysisOptions
  .pick({
    lookback: true,
    capital: true,
    categoryWeights: true,
    indicators: true,
    asOf: true,
    overrides: true,
    timeframe: true,
  })
  .extend({
    /** In the order of the registry, without duplicates. */
    strategies: z.array(z.enum(strategyIds as [StrategyId, ...StrategyId[]])).min(1),
    /** The newest so many bars, or the bars from one day to another; the last may be open. */
    window: z.union([
      z.object({ bars: wholeBetween(ranges.windowBars) }),
      z.object({ from: day, to: day.nullable() }),
    ]),
    costBps: between(ranges.costBps),
    /** 1: one position at a time, which takes the whole equity. */
    maxOpenPositions: z.union([z.literal(1), wholeBetween(ranges.maxOpenPositions)]),
    /** Left out when only longs are traded, with the rate. */
    sides: z.enum(['SHORT', 'BOTH']).optional(),
    borrowPct: between(ranges.borrowPct).optional(),
  });
export type BacktestOptions = z.infer<typeof backtestOptions>;

export function sidesTraded({ sides }: BacktestOptions): Sides {
  return sides ?? 'LONG';
}

/** Options as a client gives them: everything may be left out. */
export interface AskedBacktestOptions {
  readonly windowBars?: number | null | undefined;
  readonly from?: string | null | undefined;
  readonly to?: string | null | undefined;
  readonly lookback?: Lookback | null | undefined;
  readonly capital?: string | null | undefined;
  readonly categoryWeights?: Readonly<Record<string, number | null | undefined>> | null | undefined;
  readonly indicators?: readonly IndicatorId[] | null | undefined;
  readonly asOf?: string | null | undefined;
  readonly overrides?: AskedOverrides | null | undefined;
  readonly timeframe?: Timeframe | null | undefined;
  readonly costBps?: number | null | undefined;
  readonly overlap?: boolean | null | undefined;
  readonly maxOpenPositions?: number | null | undefined;
  readonly sides?: Sides | null | undefined;
  readonly borrowPct?: number | null | undefined;
}

/**
 * Writes defaults out, so that leaving an option out and giving its default are the same request. Throws InvalidInputError naming the
 * field; nothing is ever clamped. `today` bounds the days.
 */
export function resolveBacktest(
  strategies: readonly StrategyId[] | null,
  asked: AskedBacktestOptions,
  today: string,
): BacktestOptions {
  const { windowBars, from, to, costBps, overlap, maxOpenPositions, sides, borrowPct, ...shared } = asked;
  const ids = chooseStrategies(strategies);
  const { lookback, capital, categoryWeights, indicators, asOf, overrides, timeframe } = resolveOptions(
    shared,
    today,
    ids,
  );
  return {
    lookback,
    capital,
    categoryWeights,
    indicators,
    asOf,
    ...(overrides !== undefined && { overrides }),
    ...(timeframe !== undefined && { timeframe }),
    strategies: ids,
    window: chooseWindow({ windowBars, from, to }, asOf ?? today),
    costBps: check('costBps', backtestOptions.shape.costBps, costBps ?? ranges.costBps.default),
    maxOpenPositions: choosePositions(overlap ?? false, maxOpenPositions ?? null),
    ...chooseSides(sides ?? 'LONG', borrowPct ?? null),
  };
}

function chooseWindow(
  { windowBars, from, to }: Pick<AskedBacktestOptions, 'windowBars' | 'from' | 'to'>,
  lastDay: string,
): BacktestOptions['window'] {
  if (from == null && to == null) {
    const bars = windowBars ?? ranges.windowBars.default;
    return { bars: check('windowBars', wholeBetween(ranges.windowBars), bars) };
  }
  if (windowBars != null)
    throw refusal('windowBars', 'excludes from and to: give either windowBars, or from and to');
  if (from == null) throw refusal('from', 'is required with to; to use the bars up to a day, give asOf');
  check('from', day, from);
  if (to != null) check('to', day, to);
  const end = to ?? lastDay;
  if (end > lastDay) throw refusal('to', `${end} is after the last day whose bars may be used, ${lastDay}`);
  const days = (Date.parse(end) - Date.parse(from)) / DAY_MS + 1;
  if (days < ranges.windowBars.min || days > MAX_WINDOW_DAYS) {
    throw refusal(
      'from',
      `must lie ${ranges.windowBars.min} to ${MAX_WINDOW_DAYS} calendar days before the end`,
    );
  }
  return { from, to: to ?? null };
}

function choosePositions(overlap: boolean, asked: number | null): number {
  if (overlap) {
    const positions = asked ?? ranges.maxOpenPositions.default;
    return check('maxOpenPositions', wholeBetween(ranges.maxOpenPositions), positions);
  }
  if (asked !== null) throw refusal('maxOpenPositions', 'needs overlap: true');
  return 1;
}

function chooseSides(sides: Sides, borrowPct: number | null): Pick<BacktestOptions, 'sides' | 'borrowPct'> {
  if (sides !== 'LONG') {
    const rate = borrowPct ?? ranges.borrowPct.default;
    return { sides, borrowPct: check('borrowPct', between(ranges.borrowPct), rate) };
  }
  if (borrowPct !== null)
    throw refusal('borrowPct', 'requires sides SHORT or BOTH, because longs do not borrow');
  return {};
}

function check<T>(field: string, schema: z.ZodType<T>, value: T): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw refusal(field, parsed.error.issues[0]?.message ?? 'is invalid');
}

function refusal(field: string, what: string): InvalidInputError {
  return new InvalidInputError(`options.${field}`, `options.${field} ${what}.`);
}

/** True when something was asked that changes what the rules decide or what a trade costs. The window changes neither. */
export function isCustomised(options: BacktestOptions): boolean {
  const defaults = resolveBacktest(null, {}, options.asOf ?? '9999-12-31');
  return (
    [
      'lookback',
      'capital',
      'costBps',
      'maxOpenPositions',
      'indicators',
      'categoryWeights',
      'overrides',
      'timeframe',
      'sides',
      'borrowPct',
    ] as const
  ).some((name) => JSON.stringify(options[name]) !== JSON.stringify(defaults[name]));
}
