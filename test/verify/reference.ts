import type { Candles } from '../../src/quant/candles.ts';
import type { IndicatorId } from '../../src/quant/indicators/index.ts';

/**
 * The twelve indicators again, with their default parameters, written from their definitions for comparison only: plain arrays, every window and
 * every seed added up afresh, nothing shared with the code under test. NaN: no value.
 */
export type ReferenceLines = Readonly<Record<IndicatorId, Readonly<Record<string, number[]>>>>;

export function computeReference({ open, high, low, close, volume }: Candles): ReferenceLines {
  const bars = Array.from(close, (_, i) => ({
    open: open[i] ?? Number.NaN,
    high: high[i] ?? Number.NaN,
    low: low[i] ?? Number.NaN,
    close: close[i] ?? Number.NaN,
    volume: volume[i] ?? Number.NaN,
  }));
  const C = bars.map((bar) => bar.close);
  const V = bars.map((bar) => bar.volume);
  const ema50 = ema(C, 50, 50);
  const ema200 = ema(C, 200, 200);
  const sma20 = C.map((_, t) => mean(last(C, t, 20)));
  const deviation = C.map((_, t) => Math.sqrt(mean(last(C, t, 20).map((x) => (x - at(sma20, t)) ** 2))));
  const upper = sma20.map((m, t) => m + 2 * at(deviation, t));
  const lower = sma20.map((m, t) => m - 2 * at(deviation, t));
  const atr = wilderAtr(bars);
  return {
    RSI: { rsi: wilderRsi(C) },
    MACD: macd(C),
    ADX: wilderAdx(bars),
    PSAR: parabolic(bars),
    EMA: {
      fast: ema50,
      slow: ema200,
      spreadPct: ema50.map((fast, t) => (100 * (fast - at(ema200, t))) / at(ema200, t)),
    },
    STOCHASTIC: stochastic(bars),
    CCI: { cci: bars.map((_, t) => cci(last(bars, t, 20))) },
    WILLIAMS_R: { williamsR: bars.map((bar, t) => -100 + place(bar, last(bars, t, 14))) },
    ATR: { atr, atrPct: atr.map((value, t) => (100 * value) / at(C, t)) },
    BOLLINGER: {
      upper,
      middle: sma20,
      lower,
      percentB: C.map((x, t) => (x - at(lower, t)) / (at(upper, t) - at(lower, t))),
    },
    OBV: {
      obv: C.map((_, t) =>
        sum(V.slice(0, t + 1).map((v, i) => (i === 0 ? v : v * Math.sign(at(C, i) - at(C, i - 1))))),
      ),
      avgVolume: V.map((_, t) => mean(last(V, t, 20))),
    },
    CMF: { cmf: bars.map((_, t) => moneyFlow(last(bars, t, 20))) },
  };
}

interface Bar {
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

const at = (values: readonly number[], i: number) => values[i] ?? Number.NaN;
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]) => (values.length === 0 ? Number.NaN : sum(values) / values.length);

/** The last `n` values up to `t`; none when there are fewer. */
function last<T>(values: readonly T[], t: number, n: number): T[] {
  return t < n - 1 ? [] : values.slice(t - n + 1, t + 1);
}

/** Seeded with the mean of the `n` values that end on the `start`-th (counted from 1). */
function ema(values: readonly number[], n: number, start: number): number[] {
  const line: number[] = [];
  values.forEach((value, t) => {
    if (t < start - 1) line.push(Number.NaN);
    else if (t === start - 1) line.push(mean(last(values, t, n)));
    else line.push((2 / (n + 1)) * value + (1 - 2 / (n + 1)) * at(line, t - 1));
  });
  return line;
}

function macd(C: readonly number[]) {
  const fast = ema(C, 12, 26);
  const slow = ema(C, 26, 26);
  const difference = fast.map((value, t) => value - at(slow, t));
  const signal = ema(difference, 9, 34);
  return {
    macd: difference.map((value, t) => (t < 33 ? Number.NaN : value)),
    signal,
    histogram: difference.map((value, t) => value - at(signal, t)),
  };
}

/** Mean of the 14 values of bars 2 to 15, then (13 before + x) / 14. */
function wilder(values: readonly number[]): number[] {
  const line: number[] = [];
  values.forEach((value, t) => {
    if (t < 14) line.push(Number.NaN);
    else if (t === 14) line.push(mean(values.slice(1, 15)));
    else line.push((13 * at(line, t - 1) + value) / 14);
  });
  return line;
}

function wilderRsi(C: readonly number[]): number[] {
  const change = C.map((value, t) => value - at(C, t - 1));
  const gain = wilder(change.map((x) => (x > 0 ? x : 0)));
  const loss = wilder(change.map((x) => (x < 0 ? -x : 0)));
  return gain.map((g, t) => (g + at(loss, t) === 0 ? 50 : 100 - 100 / (1 + g / at(loss, t))));
}

const trueRange = (bar: Bar, before: Bar | undefined) =>
  before === undefined ? Number.NaN : Math.max(bar.high, before.close) - Math.min(bar.low, before.close);

function wilderAtr(bars: readonly Bar[]): number[] {
  return wilder(bars.map((bar, t) => trueRange(bar, bars[t - 1])));
}

/** Sum of bars 2 to 14, from bar 15 on s - s/14 + x. */
function wilderSum(values: readonly number[]): number[] {
  const line: number[] = [];
  values.forEach((value, t) => {
    if (t < 13) line.push(Number.NaN);
    else if (t === 13) line.push(sum(values.slice(1, 14)));
    else line.push(at(line, t - 1) - at(line, t - 1) / 14 + value);
  });
  return line;
}

function wilderAdx(bars: readonly Bar[]) {
  const moves = bars.map((bar, t) => {
    const before = bars[t - 1];
    return before === undefined ? [0, 0] : [bar.high - before.high, before.low - bar.low];
  });
  const plus = wilderSum(moves.map(([up = 0, down = 0]) => (up > down && up > 0 ? up : 0)));
  const minus = wilderSum(moves.map(([up = 0, down = 0]) => (down > up && down > 0 ? down : 0)));
  const range = wilderSum(bars.map((bar, t) => trueRange(bar, bars[t - 1])));
  const di = (line: readonly number[]) =>
    line.map((value, t) => (t < 14 ? Number.NaN : (100 * value) / at(range, t)));
  const plusDi = di(plus);
  const minusDi = di(minus);
  const dx = plusDi.map((p, t) => (100 * Math.abs(p - at(minusDi, t))) / (p + at(minusDi, t)));
  const adx: number[] = [];
  dx.forEach((value, t) => {
    if (t < 27) adx.push(Number.NaN);
    else if (t === 27) adx.push(mean(dx.slice(14, 28)));
    else adx.push((13 * at(adx, t - 1) + value) / 14);
  });
  return { adx, plusDi, minusDi };
}

/** Short is long with prices below zero. */
function parabolic(bars: readonly Bar[]) {
  const [first, second] = bars;
  const psar = bars.map(() => Number.NaN);
  const trend = bars.map(() => Number.NaN);
  if (first === undefined || second === undefined) return { psar, trend };
  const fell = first.low - second.low;
  let side = fell > 0 && fell > second.high - first.high ? -1 : 1;
  const top = (bar: Bar) => (side === 1 ? bar.high : -bar.low);
  const bottom = (bar: Bar) => (side === 1 ? bar.low : -bar.high);
  let sar = bottom(first);
  let extreme = top(second);
  let factor = 0.02;
  bars.forEach((bar, t) => {
    if (t === 0) return;
    const pair = t === 1 ? [bar] : [bars[t - 1] ?? bar, bar];
    if (bottom(bar) <= sar) {
      const turned = Math.max(extreme, ...pair.map(top));
      side = -side;
      sar = -turned;
      extreme = top(bar);
      factor = 0.02;
      psar[t] = turned * -side;
    } else {
      psar[t] = sar * side;
      if (top(bar) > extreme) {
        extreme = top(bar);
        factor = Math.min(factor + 0.02, 0.2);
      }
    }
    trend[t] = side;
    sar = Math.min(sar + factor * (extreme - sar), ...pair.map(bottom));
  });
  return { psar, trend };
}

/** Of the close in the range of the window, in percent from its low. */
function place(bar: Bar, window: readonly Bar[]): number {
  if (window.length === 0) return Number.NaN;
  const highest = Math.max(...window.map(({ high }) => high));
  const lowest = Math.min(...window.map(({ low }) => low));
  return highest === lowest ? Number.NaN : (100 * (bar.close - lowest)) / (highest - lowest);
}

function stochastic(bars: readonly Bar[]) {
  const raw = bars.map((bar, t) => place(bar, last(bars, t, 14)));
  const k = raw.map((_, t) => mean(last(raw, t, 3)));
  const d = k.map((_, t) => mean(last(k, t, 3)));
  return { k: k.map((value, t) => (Number.isNaN(at(d, t)) ? Number.NaN : value)), d };
}

function cci(window: readonly Bar[]): number {
  const typical = window.map((bar) => (bar.high + bar.low + bar.close) / 3);
  const centre = mean(typical);
  return (
    (at(typical, typical.length - 1) - centre) / (0.015 * mean(typical.map((x) => Math.abs(x - centre))))
  );
}

function moneyFlow(window: readonly Bar[]): number {
  const flow = window.map(({ high, low, close, volume }) =>
    high === low ? 0 : (volume * (2 * close - high - low)) / (high - low),
  );
  return window.length === 0 ? Number.NaN : sum(flow) / sum(window.map(({ volume }) => volume));
}
