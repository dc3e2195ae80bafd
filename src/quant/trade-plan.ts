import Big from 'big.js';
import type { Side } from './side.ts';
import type { Risk } from './strategy.ts';

export type PlanFlag = 'BELOW_MIN_RISK_REWARD' | 'CAPITAL_TOO_SMALL' | 'COARSE_TICK';

/** Money and prices are exact decimals as text, prices on the instrument's tick; with the flag COARSE_TICK they have 10 digits instead. */
export interface TradePlan {
  readonly side: Side;
  readonly entry: string;
  readonly stop: string;
  readonly target: string;
  /** |target - entry| / |entry - stop| of the rounded prices, 4 decimals. */
  readonly riskReward: string;
  /** Units to trade, a multiple of the lot. */
  readonly positionSize: number;
  readonly boundBy: 'RISK' | 'POSITION_LIMIT';
  readonly positionValue: string;
  readonly capitalAtRisk: string;
  /** Percent of the capital, 4 decimals. */
  readonly capitalAtRiskPct: string;
  readonly potentialReward: string;
  readonly targetPct: number;
  /** The stop's distance that was used, percent. */
  readonly stopPct: number;
  readonly stopWidened: boolean;
  readonly maxHoldingBars: number;
  readonly minRiskReward: number;
  readonly flags: readonly PlanFlag[];
}

export interface PlanRequest {
  readonly side: Side;
  readonly close: number;
  /** Null when it is not available: then the stop is not widened. */
  readonly atr: number | null;
  readonly risk: Risk;
  readonly capital: string;
  readonly riskPct: number;
  readonly positionMaxPct: number;
  readonly minRiskReward: number;
  /** Smallest price step as a decimal. */
  readonly tick: string;
  /** Units of which the size is a multiple, as a decimal; absent: 1. */
  readonly lot?: string | undefined;
}

// Private constructors: the settings of a shared one could be changed by anybody. A quotient is rounded once, as it is wanted: to whole lots
// downwards, to 4 decimals half up. Long division by digits is what a plan costs.
const Decimal = withQuotients(4, Big.roundHalfUp);
const Whole = withQuotients(0, Big.roundDown);
const WholeHalfUp = withQuotients(0, Big.roundHalfUp);

function withQuotients(decimals: number, rounding: number) {
  const decimal = Big();
  decimal.DP = decimals;
  decimal.RM = rounding;
  return decimal;
}

/** With a smaller distance of the stop, in ticks, rounding changes the ratio by up to a twentieth and more. */
const FEWEST_TICKS = 20;
/** Digits of a price that is not on a tick: beyond them a double says nothing of a price. */
const DIGITS = 10;

/** The plan, or null when there is no positive price or no distance to stop or target. Where the tick is coarse prices are not rounded to it. */
export function planTrade(request: PlanRequest): TradePlan | null {
  const { side, risk, riskPct, positionMaxPct, minRiskReward } = request;
  const capital = new Decimal(request.capital);
  const close = new Decimal(request.close);
  const stopPct = stopDistancePct(risk, request.atr, request.close);
  const isCoarse = request.close * stopPct < 100 * FEWEST_TICKS * Number(request.tick);
  const tick = isCoarse ? new Decimal(`1e${close.e - DIGITS + 1}`) : new Decimal(request.tick);
  const away = (pct: number, up: boolean) =>
    roundTo(close.times(new Decimal(100)[up ? 'plus' : 'minus'](pct)).times('0.01'), tick);
  const entry = roundTo(close, tick);
  const stop = away(stopPct, side === 'SHORT');
  const target = away(risk.targetPct, side === 'LONG');
  if ([entry, stop, target].some((price) => price.lte(0)) || stop.eq(entry) || target.eq(entry)) return null;

  const perUnit = entry.minus(stop).abs();
  const gain = target.minus(entry).abs();
  const lot = new Decimal(request.lot ?? 1);
  const byRisk = new Whole(capital.times(riskPct).times('0.01')).div(perUnit.times(lot));
  const byLimit = new Whole(capital.times(positionMaxPct).times('0.01')).div(entry.times(lot));
  const size = lot.times(byRisk.lte(byLimit) ? byRisk : byLimit);
  const riskReward = gain.div(perUnit);
  const atRisk = perUnit.times(size);
  const flags: PlanFlag[] = [];
  if (riskReward.lt(minRiskReward)) flags.push('BELOW_MIN_RISK_REWARD');
  if (size.eq(0)) flags.push('CAPITAL_TOO_SMALL');
  if (isCoarse) flags.push('COARSE_TICK');
  const decimals = Math.max(-tick.e + tick.c.length - 1, 0);
  const price = (value: Big) => (isCoarse ? value.toFixed() : value.toFixed(decimals));
  return {
    side,
    entry: price(entry),
    stop: price(stop),
    target: price(target),
    riskReward: riskReward.toFixed(4),
    positionSize: size.toNumber(),
    boundBy: byRisk.lte(byLimit) ? 'RISK' : 'POSITION_LIMIT',
    positionValue: price(entry.times(size)),
    capitalAtRisk: price(atRisk),
    capitalAtRiskPct: atRisk.times(100).div(capital).toFixed(4),
    potentialReward: price(gain.times(size)),
    targetPct: risk.targetPct,
    stopPct,
    stopWidened: stopPct > risk.stopPct,
    maxHoldingBars: risk.maxHoldingBars,
    minRiskReward,
    flags,
  };
}

/** Percent of the entry; without an ATR the stop is not widened. */
export function stopDistancePct(risk: Risk, atr: number | null, entry: number): number {
  if (risk.atrStop === null || atr === null) return risk.stopPct;
  const { multiple, capPct } = risk.atrStop;
  return Math.max(risk.stopPct, Math.min((multiple * 100 * atr) / entry, capPct));
}

/** To a multiple of the tick, half away from zero. */
function roundTo(value: Big, tick: Big): Big {
  // A power of ten, as almost every tick is: no division.
  if (tick.c.length === 1 && tick.c[0] === 1 && tick.e <= 0) return value.round(-tick.e, Big.roundHalfUp);
  return new Decimal(new WholeHalfUp(value).div(tick)).times(tick);
}
