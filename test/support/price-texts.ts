import type { Candles } from '../../src/quant/candles.ts';

const columns = ['open', 'high', 'low', 'close', 'volume'] as const;

const rowsOf = (candles: Candles, from: number, to: number) =>
  candles.dates.slice(from, to).map((day, i) => [day, ...columns.map((of) => candles[of][from + i] ?? 0)]);

/** Bars as CSV with exact numbers. */
export function csvOf(candles: Candles, separator = ',', from = 0, to = candles.dates.length): string {
  const rows = [['Date', 'Open', 'High', 'Low', 'Close', 'Volume'], ...rowsOf(candles, from, to)];
  return `${rows.map((row) => row.join(separator)).join('\n')}\n`;
}

/** The same as JSON Lines. */
export function jsonLinesOf(candles: Candles): string {
  return rowsOf(candles, 0, candles.dates.length)
    .map(([date, ...cells]) =>
      JSON.stringify({ date, ...Object.fromEntries(columns.map((of, i) => [of, cells[i]])) }),
    )
    .join('\n');
}
