import type { Candles } from './candles.ts';

/** Equity at the close of each bar. */
export interface Curve {
  readonly dates: readonly string[];
  readonly equity: Float64Array;
}

export interface Drawdown {
  /** A positive number; 0 when the curve never fell. */
  readonly maxDrawdownPct: number;
  readonly peakDate: string | null;
  readonly troughDate: string | null;
}

/** What a curve says without its trades. */
export interface CurveMetrics extends Drawdown {
  readonly totalReturnPct: number;
  /** Null under 30 calendar days, and when less than nothing is left. */
  readonly cagrPct: number | null;
  /** Of daily returns, a year, risk-free 0; null when they do not vary, and when the curve reaches zero. */
  readonly sharpe: number | null;
}

/** Null is what zero trades leave undefined. */
export interface TradeMetrics {
  readonly trades: number;
  readonly wins: number;
  readonly losses: number;
  readonly winRatePct: number | null;
  /** Null without losses. */
  readonly profitFactor: number | null;
  readonly avgWinPct: number | null;
  readonly avgLossPct: number | null;
  readonly expectancyPct: number | null;
  readonly bestPct: number | null;
  readonly worstPct: number | null;
  readonly exposurePct: number;
  readonly longestWinStreak: number;
  readonly longestLossStreak: number;
}

export interface Metrics extends CurveMetrics, TradeMetrics {}

export interface Holding {
  readonly metrics: CurveMetrics;
  readonly curve: Curve;
}

const MIN_CAGR_DAYS = 30;
const DAYS_PER_YEAR = 365.25;
const DAY_MS = 86_400_000;
/** Bars of a year: stocks, every day, weeks, months. */
const YEARS = [252, 365, 52, 12] as const;
const STOCKS = YEARS[0];
/** With fewer bars holidays decide. */
const FEWEST_TO_COUNT = 20;

/** Bars that a series has in a year: counted, then the nearest of those that markets have. */
export function barsPerYear(dates: readonly string[]): number {
  const days = (Date.parse(dates[dates.length - 1]) - Date.parse(dates[0])) / DAY_MS;
  if (dates.length < FEWEST_TO_COUNT) return STOCKS;
  const counted = ((dates.length - 1) * DAYS_PER_YEAR) / days;
  const distance = (year: number) => Math.abs(Math.log(counted / year));
  return YEARS.reduce((best, year) => (distance(year) < distance(best) ? year : best), STOCKS as number);
}

/** `trades` in the order of their exits; `exposed`: bars with a position at any moment; `year`: bars of a year. */
export function measure(
  curve: Curve,
  capital: number,
  trades: readonly { readonly returnPct: number }[],
  exposed: number,
  year: number,
): Metrics {
  return {
    ...measureCurve(curve, curve, capital, year),
    ...measureTrades(trades, exposed, curve.equity.length),
  };
}

/** `bars`: of the window. */
export function measureTrades(
  trades: readonly { readonly returnPct: number }[],
  exposed: number,
  bars: number,
): TradeMetrics {
  const returns = trades.map(({ returnPct }) => returnPct);
  const won = returns.filter((value) => value > 0);
  const lost = returns.filter((value) => value < 0);
  return {
    trades: returns.length,
    wins: won.length,
    losses: lost.length,
    winRatePct: returns.length === 0 ? null : (100 * won.length) / returns.length,
    profitFactor: lost.length === 0 ? null : sum(won) / Math.abs(sum(lost)),
    avgWinPct: mean(won),
    avgLossPct: mean(lost),
    expectancyPct: mean(returns),
    bestPct: returns.length === 0 ? null : Math.max(...returns),
    worstPct: returns.length === 0 ? null : Math.min(...returns),
    exposurePct: (100 * exposed) / bars,
    longestWinStreak: longestRun(returns, (value) => value > 0),
    longestLossStreak: longestRun(returns, (value) => value < 0),
  };
}

/** Bought at the first open of the window, sold at its last close, with the same costs. Its risk begins with the purchase: what the first bar loses counts. */
export function buyAndHold(
  candles: Candles,
  from: number,
  capital: number,
  cost: number,
  year: number,
): Holding {
  const shares = capital / (candles.open[from] * (1 + cost));
  const equity = candles.close.slice(from).map((price) => shares * price);
  equity[equity.length - 1] *= 1 - cost;
  const curve = { dates: candles.dates.slice(from), equity };
  const fromPurchase = {
    dates: [curve.dates[0], ...curve.dates],
    equity: Float64Array.from([capital, ...equity]),
  };
  return { metrics: measureCurve(curve, fromPurchase, capital, year), curve };
}

/** `risked`: the curve that drawdown and Sharpe ratio are of. */
function measureCurve(curve: Curve, risked: Curve, capital: number, year: number): CurveMetrics {
  const { dates, equity } = curve;
  const growth = equity[equity.length - 1] / capital;
  const days = (Date.parse(dates[dates.length - 1]) - Date.parse(dates[0])) / DAY_MS;
  return {
    totalReturnPct: 100 * (growth - 1),
    cagrPct: days < MIN_CAGR_DAYS || growth < 0 ? null : 100 * (growth ** (DAYS_PER_YEAR / days) - 1),
    sharpe: sharpeOf(risked.equity, year),
    ...drawdownOf(risked),
  };
}

function drawdownOf({ dates, equity }: Curve): Drawdown {
  let peak = 0;
  let worst: Drawdown = { maxDrawdownPct: 0, peakDate: null, troughDate: null };
  for (let i = 1; i < equity.length; i += 1) {
    if (equity[i] > equity[peak]) peak = i;
    const fall = 100 * (1 - equity[i] / equity[peak]);
    if (fall > worst.maxDrawdownPct) {
      worst = { maxDrawdownPct: fall, peakDate: dates[peak], troughDate: dates[i] };
    }
  }
  return worst;
}

function sharpeOf(equity: Float64Array, year: number): number | null {
  // A short can lose more than its collateral: of nothing there is no return.
  if (equity.some((worth) => worth <= 0)) return null;
  const returns: number[] = [];
  for (let i = 1; i < equity.length; i += 1) returns.push(equity[i] / equity[i - 1] - 1);
  const average = mean(returns);
  if (average === null || returns.length < 2) return null;
  const variance = sum(returns.map((value) => (value - average) ** 2)) / (returns.length - 1);
  return variance === 0 ? null : (average / Math.sqrt(variance)) * Math.sqrt(year);
}

function longestRun(values: readonly number[], belongs: (value: number) => boolean): number {
  let longest = 0;
  let run = 0;
  for (const value of values) {
    run = belongs(value) ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : sum(values) / values.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
