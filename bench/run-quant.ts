import { createDemoSource } from '../src/market/sources/demo.ts';
import type { Candles } from '../src/quant/candles.ts';

/** Child process of `bench/quant.ts`: one library alone, so that no other's types slow its compiled code down. */
const WARM_UP_MS = 400;
const MEASURED_MS = 600;

const [module = '', name = '', bars = ''] = process.argv.slice(2);
const exported = (await import(module)) as Readonly<Record<string, (candles: Candles) => () => unknown>>;
const prepare = exported[name];
if (prepare === undefined) throw new Error(`${module} has no ${name}`);

const source = createDemoSource(() => new Date('2040-01-02T00:00:00Z'));
const request = { ticker: 'BENCH', bars: Number(bars), asOf: null };
const { candles } = await source.load(request, new AbortController().signal);
if (candles.dates.length !== Number(bars)) throw new Error(`${candles.dates.length} bars instead of ${bars}`);
const work = prepare(candles);

runFor(WARM_UP_MS);
process.send?.(runFor(MEASURED_MS));
process.disconnect();

/** Runs per second. */
function runFor(ms: number): number {
  const began = performance.now();
  let rounds = 0;
  for (; performance.now() - began < ms; rounds += 1) work();
  return (1_000 * rounds) / (performance.now() - began);
}
