import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parse } from 'csv-parse/sync';
import type { Candles } from '../../src/quant/candles.ts';

const require = createRequire(import.meta.url);

/** The AAPL sample as it is in the package, prices unadjusted for dividends. */
export function readAapl(): Candles {
  const text = readFileSync(require.resolve('@observablehq/sample-datasets/aapl.csv'), 'utf8');
  const rows: Record<string, string>[] = parse(text, { columns: true });
  const column = (name: string) => Float64Array.from(rows, (row) => Number(row[name]));
  return {
    dates: rows.map((row) => row.Date ?? ''),
    open: column('Open'),
    high: column('High'),
    low: column('Low'),
    close: column('Close'),
    volume: column('Volume'),
  };
}

/** `inputHash` of bars, as its description tells an integrator to compute it. */
export function inputHashOf(candles: Candles): string {
  const sha = createHash('sha256');
  for (const name of ['open', 'high', 'low', 'close', 'volume'] as const) {
    const bytes = Buffer.alloc(8 * candles.dates.length);
    for (const [i, value] of candles[name].entries()) bytes.writeDoubleLE(value, 8 * i);
    sha.update(bytes);
  }
  return sha
    .update(`${candles.dates[0]}${candles.dates.at(-1)}`)
    .digest('hex')
    .slice(0, 32);
}

/** mulberry32: small, seeded, the same everywhere. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Valid bars of a random walk. */
export function randomWalk(seed: number, bars: number): Candles {
  const random = randomOf(seed);
  let price = 20 + 200 * random();
  const rows = Array.from({ length: bars }, () => {
    const open = price * (1 + (random() - 0.5) * 0.02);
    price = open * (1 + (random() - 0.5) * 0.04);
    const high = Math.max(open, price) * (1 + random() * 0.01);
    const low = Math.min(open, price) * (1 - random() * 0.01);
    return { open, high, low, close: price, volume: Math.round(1e6 * random()) };
  });
  return fromRows(rows);
}

export type Row = Record<'open' | 'high' | 'low' | 'close' | 'volume', number>;

export function fromRows(rows: readonly Row[]): Candles {
  const start = Date.UTC(2020, 0, 1);
  return {
    dates: rows.map((_, i) => new Date(start + i * 86_400_000).toISOString().slice(0, 10)),
    open: Float64Array.from(rows, (row) => row.open),
    high: Float64Array.from(rows, (row) => row.high),
    low: Float64Array.from(rows, (row) => row.low),
    close: Float64Array.from(rows, (row) => row.close),
    volume: Float64Array.from(rows, (row) => row.volume),
  };
}

/** Bars that never move. */
export function flat(bars: number, price = 100, volume = 1_000): Candles {
  return fromRows(
    Array.from({ length: bars }, () => ({ open: price, high: price, low: price, close: price, volume })),
  );
}
