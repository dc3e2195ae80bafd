import { z } from 'zod';
import { InvalidInputError } from '../errors.ts';
import { CATEGORIES } from '../quant/indicator.ts';
import { type IndicatorId, indicatorIds, indicatorOf } from '../quant/indicators/index.ts';
import type { Timeframe } from '../quant/resample.ts';
import { DEFAULT_STRATEGY, type StrategyId, strategyIds } from '../quant/strategies/index.ts';
import { type AskedOverrides, resolveOverrides, storedOverrides } from './overrides.ts';
import { checkSpan } from './span.ts';

export const LOOKBACKS = [100, 200, 400, 750, 'ALL'] as const;
export type Lookback = (typeof LOOKBACKS)[number];

/** Ranges and defaults, published by the API. Percent fields hold percent numbers. */
export const ranges = {
  capital: { min: 1_000, max: 100_000_000, default: 100_000 },
  riskPct: { min: 0.5, max: 5 },
  positionMaxPct: { min: 5, max: 50 },
  minRiskReward: { min: 1, max: 3 },
  categoryWeight: { min: 0.5, max: 1.5 },
} as const;

const DEFAULT_LOOKBACK: Lookback = 400;

const between = ({ min, max }: { min: number; max: number }) =>
  z.number().min(min, `must be between ${min} and ${max}`).max(max, `must be between ${min} and ${max}`);

/** Smallest step of a price or of a size, decimal as text. */
const step = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,8})?$/, 'must be a decimal number with at most 8 decimals')
  .refine((text) => Number(text) > 0, 'must be above 0');

const weight = between(ranges.categoryWeight).optional();

/** Resolved options as a job stores them: what the task runs with. Null keeps the strategy's own number. */
export const analysisOptions = z.object({
  lookback: z.union([z.literal(100), z.literal(200), z.literal(400), z.literal(750), z.literal('ALL')]),
  /** Decimal as text with at most 2 decimals. */
  capital: z
    .string()
    .regex(/^\d{1,9}(\.\d{1,2})?$/, 'must be a decimal number with at most 2 decimals')
    .refine(
      (text) => Number(text) >= ranges.capital.min && Number(text) <= ranges.capital.max,
      `must be between ${ranges.capital.min} and ${ranges.capital.max}`,
    ),
  riskPct: between(ranges.riskPct).nullable(),
  positionMaxPct: between(ranges.positionMaxPct).nullable(),
  minRiskReward: between(ranges.minRiskReward).nullable(),
  categoryWeights: z.object(
    Object.fromEntries(CATEGORIES.map((category) => [category, weight])) as Record<
      (typeof CATEGORIES)[number],
      typeof weight
    >,
  ),
  indicators: z
    .array(z.enum(indicatorIds as [IndicatorId, ...IndicatorId[]]))
    .min(1, 'must name at least one indicator')
    .refine((ids) => ids.some((id) => indicatorOf(id).votes), 'must name at least one indicator that votes')
    .nullable(),
  asOf: z.iso.date('must be a date (YYYY-MM-DD)').nullable(),
  /** First and last day of the span that the job fills, in place of `asOf`; left out when it analyses one day. */
  asOfFrom: z.iso.date('must be a date (YYYY-MM-DD)').optional(),
  asOfTo: z.iso.date('must be a date (YYYY-MM-DD)').optional(),
  /** Of all tickers of the job, in place of what is known of each; left out when not asked for. */
  tick: step.optional(),
  lot: step.optional(),
  fractional: z.boolean().optional(),
  /** What a bar stands for; left out when it is a day. */
  timeframe: z.enum(['WEEKLY', 'MONTHLY']).optional(),
  /** Left out when nothing is changed, as almost always. */
  overrides: storedOverrides.optional(),
  /** Of a job with several, in the order of the registry; left out when the job's own is the only one. */
  strategies: z
    .array(z.enum(strategyIds as [StrategyId, ...StrategyId[]]))
    .min(1)
    .optional(),
});
export type AnalysisOptions = z.infer<typeof analysisOptions>;

/** Options as a client gives them: everything may be left out. */
export interface AskedOptions {
  readonly lookback?: Lookback | null | undefined;
  readonly capital?: string | null | undefined;
  readonly riskPct?: number | null | undefined;
  readonly positionMaxPct?: number | null | undefined;
  readonly minRiskReward?: number | null | undefined;
  readonly categoryWeights?: Readonly<Record<string, number | null | undefined>> | null | undefined;
  readonly indicators?: readonly IndicatorId[] | null | undefined;
  readonly asOf?: string | null | undefined;
  /** First and last day of a span: both or neither. */
  readonly asOfFrom?: string | null | undefined;
  readonly asOfTo?: string | null | undefined;
  readonly tick?: string | null | undefined;
  readonly lot?: string | null | undefined;
  readonly fractional?: boolean | null | undefined;
  readonly timeframe?: Timeframe | null | undefined;
  readonly overrides?: AskedOverrides | null | undefined;
}

/**
 * Writes defaults out, so that leaving an option out and giving its default are the same request. Throws InvalidInputError
 * naming the field; nothing is ever clamped. `today` bounds `asOf` and the span; overrides must fit every strategy.
 */
export function resolveOptions(
  asked: AskedOptions,
  today: string,
  ids: readonly StrategyId[] = [DEFAULT_STRATEGY],
): AnalysisOptions {
  const weights = Object.entries(asked.categoryWeights ?? {}).filter(([, value]) => value != null);
  const selected =
    asked.indicators == null ? null : indicatorIds.filter((id) => asked.indicators?.includes(id));
  const parsed = analysisOptions.safeParse({
    lookback: asked.lookback ?? DEFAULT_LOOKBACK,
    capital: canonicalDecimal(asked.capital ?? String(ranges.capital.default)),
    riskPct: asked.riskPct ?? null,
    positionMaxPct: asked.positionMaxPct ?? null,
    minRiskReward: asked.minRiskReward ?? null,
    categoryWeights: Object.fromEntries(weights),
    indicators: selected?.length === indicatorIds.length ? null : selected,
    asOf: asked.asOf ?? null,
    ...(asked.asOfFrom != null && { asOfFrom: asked.asOfFrom }),
    ...(asked.asOfTo != null && { asOfTo: asked.asOfTo }),
    ...(asked.tick != null && { tick: canonicalDecimal(asked.tick) }),
    ...(asked.lot != null && { lot: canonicalDecimal(asked.lot) }),
    ...(asked.fractional != null && { fractional: asked.fractional }),
    ...(asked.timeframe != null && asked.timeframe !== 'DAILY' && { timeframe: asked.timeframe }),
  });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = ['options', ...(issue?.path ?? [])].join('.');
    throw new InvalidInputError(path, `${path} ${issue?.message ?? 'is invalid'}.`);
  }
  if (parsed.data.asOf !== null && parsed.data.asOf > today) {
    throw new InvalidInputError(
      'options.asOf',
      `options.asOf ${parsed.data.asOf} is in the future: give today or an earlier day.`,
    );
  }
  checkSpan(parsed.data, today);
  const overrides = resolveOverrides(asked.overrides, ids, parsed.data.indicators);
  return {
    ...parsed.data,
    ...(overrides !== undefined && { overrides }),
    ...(ids.length > 1 && { strategies: [...ids] }),
  };
}

/** `100000.00` and `100000` are the same capital. */
function canonicalDecimal(text: string): string {
  return text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '') : text;
}

/** True when anything was asked that differs from the defaults. */
export function isCustomised(options: AnalysisOptions): boolean {
  const {
    lookback,
    capital,
    riskPct,
    positionMaxPct,
    minRiskReward,
    categoryWeights,
    indicators,
    overrides,
    tick,
    lot,
    fractional,
    timeframe,
  } = options;
  return (
    lookback !== DEFAULT_LOOKBACK ||
    Number(capital) !== ranges.capital.default ||
    [riskPct, positionMaxPct, minRiskReward, indicators].some((value) => value !== null) ||
    Object.keys(categoryWeights).length > 0 ||
    [overrides, tick, lot, fractional, timeframe].some((value) => value !== undefined)
  );
}
