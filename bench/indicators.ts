import { createDemoSource } from '../src/market/sources/demo.ts';
import { computeIndicators } from '../src/quant/chart.ts';
import { strategies } from '../src/quant/strategies/index.ts';

const BARS = 250;
const SECONDS = 3;

/** All twelve indicators on 250 bars, per second on one core, against one pass over the same bars per line they yield. */
export async function benchIndicators(): Promise<void> {
  const source = createDemoSource(() => new Date('2026-01-02T00:00:00Z'));
  const { candles } = await source.load(
    { ticker: 'BENCH', bars: BARS, asOf: null },
    new AbortController().signal,
  );
  const lines = Object.values(computeIndicators(candles, strategies.BALANCED).indicators).flatMap(
    ({ lines }) => Object.values(lines),
  );
  const all = rate(() => computeIndicators(candles, strategies.BALANCED));
  const copies = rate(() => lines.map((line) => line.map((value) => value + 1)));
  console.log(`twelve indicators on ${BARS} bars: ${Math.round(all)} per second`);
  console.log(`one pass over ${lines.length} lines:      ${Math.round(copies)} per second`);
  console.log(`ratio: one computation costs ${(copies / all).toFixed(1)} passes`);
}

function rate(work: () => unknown): number {
  for (let i = 0; i < 200; i += 1) work();
  const began = performance.now();
  let rounds = 0;
  for (; performance.now() - began < SECONDS * 1_000; rounds += 1) work();
  return (1_000 * rounds) / (performance.now() - began);
}
