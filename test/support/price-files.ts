import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type PriceFile, readPriceFile } from '../../src/market/files/read-price-file.ts';
import { type Refusal, RefusedFile } from '../../src/market/files/refusal.ts';
import type { Candles } from '../../src/quant/candles.ts';

export const folder = join(import.meta.dirname, '../fixtures/price-files');
export const read = (name: string) => readPriceFile(readFileSync(join(folder, name)));
export const parse = (text: string) => readPriceFile(Buffer.from(text));
export const base = read('BASE.csv').candles;

export function refusalOf(run: () => unknown): Refusal {
  try {
    run();
  } catch (error) {
    if (error instanceof RefusedFile) return error.refusal;
    throw error;
  }
  throw new Error('the file was read');
}
export const codes = (of: PriceFile) => [...of.assumptions, ...of.warnings].map(({ code }) => code);

export const prices = ['open', 'high', 'low', 'close'] as const;
/** Equal dates, and cells that agree within a relative tolerance or an absolute one. */
export function expectEqual(found: Candles, want: Candles, relative = 0, absolute = 0): void {
  expect(found.dates).toEqual(want.dates);
  for (const column of [...prices, 'volume'] as const) {
    for (const [i, value] of want[column].entries()) {
      const difference = Math.abs((found[column][i] ?? Number.NaN) - value);
      expect(difference, `${column} of ${want.dates[i]}`).toBeLessThanOrEqual(
        absolute + relative * Math.abs(value),
      );
    }
  }
}
export const withVolume = (volume: Float64Array): Candles => ({ ...base, volume });
export const silent = withVolume(new Float64Array(base.dates.length));

export const HEADER = 'Date,Open,High,Low,Close,Volume';
export const rows = (
  count: number,
  cells = (i: number) => `${base.open[i]},${base.high[i]},${base.low[i]},${base.close[i]},${base.volume[i]}`,
) => Array.from({ length: count }, (_, i) => `${base.dates[i]},${cells(i)}`);
export const first = (count: number): Candles => ({
  dates: base.dates.slice(0, count),
  open: base.open.slice(0, count),
  high: base.high.slice(0, count),
  low: base.low.slice(0, count),
  close: base.close.slice(0, count),
  volume: base.volume.slice(0, count),
});
export const lines = (...all: string[]) => all.join('\n');
export const body = (header: string, map: (i: number) => string) =>
  lines(header, ...Array.from({ length: 30 }, (_, i) => map(i)));
export const values = (i: number, columns: readonly (keyof Candles)[], separator = ',') =>
  columns.map((column) => String(base[column][i])).join(separator);
export const usual = ['open', 'high', 'low', 'close', 'volume'] as const;
