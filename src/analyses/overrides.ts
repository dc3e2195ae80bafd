import { z } from 'zod';
import { InvalidInputError } from '../errors.ts';
import { customise, type Overrides } from '../quant/customise.ts';
import { type IndicatorId, indicatorIds, indicatorOf } from '../quant/indicators/index.ts';
import { type StrategyId, strategies } from '../quant/strategies/index.ts';

/** Ranges of what may be set in place of a strategy's own numbers, published by the API. */
export const overrideRanges = {
  weight: { min: 0, max: 5 },
  targetPct: { min: 0.5, max: 50 },
  stopPct: { min: 0.25, max: 25 },
  maxHoldingBars: { min: 1, max: 250, whole: true },
  cooldownBars: { min: 0, max: 60, whole: true },
} as const;

interface Range {
  readonly min: number;
  readonly max: number;
  readonly whole?: true;
}

const period: Range = { min: 2, max: 500, whole: true };
/** By name: a parameter means the same wherever it occurs. */
export const paramRanges: Readonly<Record<string, Range>> = {
  period,
  fast: period,
  slow: period,
  signal: period,
  k: period,
  smooth: period,
  d: period,
  lo: { min: 1, max: 50 },
  hi: { min: 50, max: 99 },
  threshold: { min: 5, max: 60 },
  deviations: { min: 0.5, max: 5 },
  step: { min: 0.001, max: 1 },
  max: { min: 0.001, max: 1 },
};

const RISK_NAMES = ['targetPct', 'stopPct', 'maxHoldingBars', 'cooldownBars'] as const;
type RiskName = (typeof RISK_NAMES)[number];

/** Overrides as a client gives them. */
export interface AskedOverrides {
  readonly weights?:
    | readonly { readonly indicator: IndicatorId; readonly weight: number }[]
    | null
    | undefined;
  readonly params?:
    | readonly { readonly indicator: IndicatorId; readonly name: string; readonly value: number }[]
    | null
    | undefined;
  readonly risk?: { readonly [Name in RiskName]?: number | null | undefined } | null | undefined;
}

const id = z.enum(indicatorIds as [IndicatorId, ...IndicatorId[]]);

/** As a job stores them. */
export const storedOverrides = z.object({
  weights: z.partialRecord(id, z.number()).optional(),
  params: z.partialRecord(id, z.record(z.string(), z.number())).optional(),
  risk: z
    .object(
      Object.fromEntries(RISK_NAMES.map((name) => [name, z.number().optional()])) as Record<
        RiskName,
        z.ZodOptional<z.ZodNumber>
      >,
    )
    .optional(),
});

/**
 * In one spelling whatever their order; undefined when nothing is changed. Throws InvalidInputError naming the field: out of range, not a
 * parameter of the indicator, given twice, or numbers that do not fit each other in one of the strategies.
 */
export function resolveOverrides(
  asked: AskedOverrides | null | undefined,
  ids: readonly StrategyId[],
  selected: readonly IndicatorId[] | null,
): Overrides | undefined {
  if (asked == null) return undefined;
  const weights = pickWeights(asked.weights ?? []);
  const params = pickParams(asked.params ?? []);
  const risk = pickRisk(asked.risk ?? {});
  const overrides: Overrides = {
    ...(Object.keys(weights).length > 0 && { weights }),
    ...(Object.keys(params).length > 0 && { params }),
    ...(Object.keys(risk).length > 0 && { risk }),
  };
  if (Object.keys(overrides).length === 0) return undefined;
  for (const strategy of ids) checkTogether(strategy, overrides, selected);
  return overrides;
}

function pickWeights(asked: NonNullable<AskedOverrides['weights']>): Partial<Record<IndicatorId, number>> {
  const given = new Map<IndicatorId, number>();
  for (const [i, { indicator, weight }] of asked.entries()) {
    const field = `weights[${i}]`;
    if (!indicatorOf(indicator).votes)
      throw refusal(field, `is of ${indicator}, an indicator that never votes`);
    if (given.has(indicator)) throw refusal(field, `is a second weight of ${indicator}`);
    given.set(indicator, inRange(`${field}.weight`, weight, overrideRanges.weight));
  }
  return inOrder(given);
}

function pickParams(asked: NonNullable<AskedOverrides['params']>): NonNullable<Overrides['params']> {
  const given = new Map<IndicatorId, Map<string, number>>();
  for (const [i, { indicator, name, value }] of asked.entries()) {
    const field = `params[${i}]`;
    const names = Object.keys(indicatorOf(indicator).defaults);
    const range = names.includes(name) ? paramRanges[name] : undefined;
    if (range === undefined)
      throw refusal(`${field}.name`, `must be one of ${names.join(', ')} for ${indicator}`);
    const own = given.get(indicator) ?? new Map<string, number>();
    if (own.has(name)) throw refusal(field, `is a second ${name} of ${indicator}`);
    own.set(name, inRange(`${field}.value`, value, range));
    given.set(indicator, own);
  }
  const sorted = (own: Map<string, number>) =>
    Object.fromEntries([...own].sort(([a], [b]) => (a < b ? -1 : 1)));
  return inOrder(new Map([...given].map(([indicator, own]) => [indicator, sorted(own)])));
}

function pickRisk(asked: NonNullable<AskedOverrides['risk']>): Partial<Record<RiskName, number>> {
  return Object.fromEntries(
    RISK_NAMES.flatMap((name) => {
      const value = asked[name];
      return value == null ? [] : [[name, inRange(`risk.${name}`, value, overrideRanges[name])]];
    }),
  );
}

function inOrder<Value>(given: ReadonlyMap<IndicatorId, Value>): Partial<Record<IndicatorId, Value>> {
  return Object.fromEntries(indicatorIds.flatMap((one) => (given.has(one) ? [[one, given.get(one)]] : [])));
}

/** What a strategy would be with the overrides must be a strategy still. */
function checkTogether(id: StrategyId, overrides: Overrides, selected: readonly IndicatorId[] | null): void {
  const { weights, params } = customise(strategies[id], overrides);
  const speaks = (one: IndicatorId) => (weights[one] ?? 0) > 0 && (selected?.includes(one) ?? true);
  if (!indicatorIds.some(speaks)) throw refusal('weights', `leave ${id} no indicator that votes`);
  for (const one of Object.keys(overrides.params ?? {}) as IndicatorId[]) {
    const all: Readonly<Record<string, number>> = { ...indicatorOf(one).defaults, ...params[one] };
    const { fast, slow, lo, hi, step, max } = all;
    if (fast !== undefined && slow !== undefined && fast >= slow)
      throw refusal('params', `give ${one} of ${id} fast ${fast} and slow ${slow}: fast must be smaller`);
    if (lo !== undefined && hi !== undefined && lo >= hi)
      throw refusal('params', `give ${one} of ${id} lo ${lo} and hi ${hi}: lo must be smaller`);
    if (step !== undefined && max !== undefined && step > max)
      throw refusal('params', `give ${one} of ${id} step ${step} and max ${max}: step must not be greater`);
  }
}

function inRange(field: string, value: number, { min, max, whole }: Range): number {
  if (!(value >= min && value <= max)) throw refusal(field, `must be between ${min} and ${max}`);
  if (whole === true && !Number.isInteger(value)) throw refusal(field, 'must be a whole number');
  return value;
}

function refusal(field: string, what: string): InvalidInputError {
  return new InvalidInputError(`options.overrides.${field}`, `options.overrides.${field} ${what}.`);
}
