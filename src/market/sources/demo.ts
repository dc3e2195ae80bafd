import type { Candles } from '../../quant/candles.ts';
import type { Source } from '../source.ts';

const FIRST_DAY = Date.UTC(2010, 0, 4);
const DAY_MS = 86_400_000;
const DRIFT = 0.0002;
const VOLATILITY = 0.015;
/** Keeps a walk of decades within what prices are: the log distance from the base is pulled back by this share a day. */
const PULL = 0.0005;
/** Close, open, high, low, volume: bar `i` never depends on how many bars follow. */
const DRAWS_PER_BAR = 5;
const STRIDE = 0x6d2b79f5;

/**
 * Made-up bars for load, tests and trying things out, flagged as demo in every result. A bar depends on ticker and date only: the same
 * on every machine, and 100 bars are the tail of 400.
 */
export function createDemoSource(now: () => Date): Source {
  return {
    title: 'Demo: made-up bars',
    isDemo: true,
    instruments: () => Promise.resolve([]),
    load(request, signal) {
      signal.throwIfAborted();
      const yesterday = new Date(now().getTime() - DAY_MS).toISOString().slice(0, 10);
      const asOf = request.asOf === null || request.asOf > yesterday ? yesterday : request.asOf;
      const candles = walk(request.ticker, asOf, request.bars);
      return Promise.resolve({ candles, adjustment: 'NONE', currency: 'USD' });
    },
  };
}

/** The last `bars` days of a walk that always begins on the first day. Of the days before them only what later ones rest on is computed. */
function walk(ticker: string, lastDay: string, bars: number | 'ALL'): Candles {
  const days = businessDays(lastDay);
  const from = bars === 'ALL' ? 0 : Math.max(0, days.length - bars);
  const seed = fnv1a(ticker);
  const base = 100 + (seed % 1_000);
  const { next, skip } = gaussians(seed);
  const count = days.length - from;
  const columns = {
    open: new Float64Array(count),
    high: new Float64Array(count),
    low: new Float64Array(count),
    close: new Float64Array(count),
    volume: new Float64Array(count),
  };
  let logPrice = 0;
  const move = () => {
    logPrice += DRIFT + VOLATILITY * next() - PULL * logPrice;
  };
  for (let day = 0; day < from; day += 1) {
    move();
    skip(DRAWS_PER_BAR - 1);
  }
  let before = base * Math.exp(logPrice);
  for (let i = 0; i < count; i += 1) {
    move();
    const close = base * Math.exp(logPrice);
    const open = before * (1 + 0.002 * next());
    columns.open[i] = round(open);
    columns.close[i] = round(close);
    columns.high[i] = round(Math.max(open, close) * (1 + Math.abs(0.01 * next())));
    columns.low[i] = round(Math.min(open, close) * (1 - Math.min(Math.abs(0.01 * next()), 0.5)));
    columns.volume[i] = Math.round(5_500_000 + 4_500_000 * Math.tanh(next()));
    before = close;
  }
  return { dates: days.slice(from), ...columns };
}

function round(price: number): number {
  return Math.round(price * 10_000) / 10_000;
}

let newest: { readonly lastDay: string; readonly days: readonly string[] } | null = null;

/** Kept for the newest day asked for: the same for every ticker, and dearer to list than to walk. */
function businessDays(lastDay: string): readonly string[] {
  if (newest?.lastDay === lastDay) return newest.days;
  newest = { lastDay, days: listBusinessDays(lastDay) };
  return newest.days;
}

function listBusinessDays(lastDay: string): string[] {
  const end = Date.parse(`${lastDay}T00:00:00Z`);
  const days: string[] = [];
  for (let at = FIRST_DAY; at <= end; at += DAY_MS) {
    const weekday = new Date(at).getUTCDay();
    if (weekday !== 0 && weekday !== 6) days.push(new Date(at).toISOString().slice(0, 10));
  }
  return days;
}

/** FNV-1a, 32 bits: a stable hash of the ticker. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** N(0, 1) by Box and Muller over mulberry32, whose state is a count: draws can be passed over without making them. */
function gaussians(seed: number): { next(): number; skip(draws: number): void } {
  let state = seed | 0;
  const uniform = () => {
    state = (state + STRIDE) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
  return {
    next: () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
    skip(draws) {
      state = (state + Math.imul(2 * draws, STRIDE)) | 0;
    },
  };
}
