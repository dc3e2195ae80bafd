import Big from 'big.js';
import type { Risk } from './strategy.ts';

export type Side = 'LONG' | 'SHORT';
export type PlanFlag = 'BELOW_MIN_RISK_REWARD' | 'CAPITAL_TOO_SMALL';

/** Money and prices are exact decimals as text, prices on the instrument's tick. */
export interface TradePlan {
  readonly side: Side;
  readonly entry: string;
  readonly stop: string;
  readonly target: string;
  /** |target - entry| / |entry - stop| of the rounded prices, 4 decimals. */
  readonly riskReward: string;
  /** Units to trade. */
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
}

// A private constructor: the settings of a shared one could be changed by anybody. 40 digits keep every quotient that is floored exact.
const Decimal = Big();
Decimal.DP = 40;
Decimal.RM = Big.roundHalfUp;

/** The plan, or null when rounding to the tick leaves no distance to stop or target, or no positive price. */
export function planTrade(request: PlanRequest): TradePlan | null {
  const { side, risk, riskPct, positionMaxPct, minRiskReward } = request;
  const tick = new Decimal(request.tick);
  const capital = new Decimal(request.capital);
  const close = new Decimal(request.close);
  const stopPct = stopDistancePct(request);
  const away = (pct: number, up: boolean) =>
    roundTo(close.times(new Decimal(100)[up ? 'plus' : 'minus'](pct)).div(100), tick);
  const entry = roundTo(close, tick);
  const stop = away(stopPct, side === 'SHORT');
  const target = away(risk.targetPct, side === 'LONG');
  if ([entry, stop, target].some((price) => price.lte(0)) || stop.eq(entry) || target.eq(entry)) return null;

  const perUnit = entry.minus(stop).abs();
  const gain = target.minus(entry).abs();
  const byRisk = floor(capital.times(riskPct).div(100).div(perUnit));
  const byLimit = floor(capital.times(positionMaxPct).div(100).div(entry));
  const size = byRisk.lte(byLimit) ? byRisk : byLimit;
  const riskReward = gain.div(perUnit).round(4, Big.roundHalfUp);
  const atRisk = size.times(perUnit);
  const flags: PlanFlag[] = [];
  if (riskReward.lt(minRiskReward)) flags.push('BELOW_MIN_RISK_REWARD');
  if (size.eq(0)) flags.push('CAPITAL_TOO_SMALL');
  const decimals = Math.max(-tick.e + tick.c.length - 1, 0);
  const price = (value: Big) => value.toFixed(decimals);
  return {
    side,
    entry: price(entry),
    stop: price(stop),
    target: price(target),
    riskReward: riskReward.toFixed(4),
    positionSize: size.toNumber(),
    boundBy: byRisk.lte(byLimit) ? 'RISK' : 'POSITION_LIMIT',
    positionValue: price(size.times(entry)),
    capitalAtRisk: price(atRisk),
    capitalAtRiskPct: atRisk.times(100).div(capital).toFixed(4),
    potentialReward: price(size.times(gain)),
    targetPct: risk.targetPct,
    stopPct,
    stopWidened: stopPct > risk.stopPct,
    maxHoldingBars: risk.maxHoldingBars,
    minRiskReward,
    flags,
  };
}

function stopDistancePct({ risk, atr, close }: PlanRequest): number {
  if (risk.atrStop === null || atr === null) return risk.stopPct;
  const { multiple, capPct } = risk.atrStop;
  return Math.max(risk.stopPct, Math.min((multiple * 100 * atr) / close, capPct));
}

/** To a multiple of the tick, half away from zero. */
function roundTo(value: Big, tick: Big): Big {
  return value.div(tick).round(0, Big.roundHalfUp).times(tick);
}

function floor(value: Big): Big {
  return value.round(0, Big.roundDown);
}
