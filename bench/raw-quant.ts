import type { Candles } from '../src/quant/candles.ts';

/** One exponential average as a plain loop into one column: what this machine does today, for comparing runs of different days. */
export function prepare({ close }: Candles): () => unknown {
  const line = new Float64Array(close.length);
  return () => {
    let average = close[0] ?? 0;
    for (let i = 0; i < line.length; i += 1) {
      average += 0.1 * ((close[i] ?? 0) - average);
      line[i] = average;
    }
    return line;
  };
}
