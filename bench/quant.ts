import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { installPeers } from './install-peers.ts';

const SIZES = [250, 5_000];
const PIPELINE_BARS = 400;
const BACKTEST_BARS = 5_000;
/** Of each the median counts; libraries take turns, so that a slow moment of the machine meets all of them. */
const ROUNDS = 5;

const OURS = { title: 'TheTool', module: './ours-quant.ts' };
const PEERS = [
  { title: '@ixjb94/indicators 1.2', module: './peers-quant/ixjb94.mjs' },
  { title: 'trading-signals 8.3', module: './peers-quant/trading-signals.mjs' },
  { title: 'technicalindicators 3.1', module: './peers-quant/technicalindicators.mjs' },
];

/** All twelve indicators per second on one core against three libraries in the same run, and the time of a ticker's analysis and backtest. */
export async function benchQuant(): Promise<void> {
  installPeers('peers-quant');
  for (const bars of SIZES) {
    const runs = new Map([OURS, ...PEERS].map(({ title }) => [title, [] as number[]]));
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const { title, module } of [OURS, ...PEERS]) {
        runs.get(title)?.push(await measured(module, 'prepare', bars));
      }
    }
    const rates = new Map([...runs].map(([title, values]) => [title, median(values)]));
    console.log(`twelve indicators on ${bars} bars, per second on one core`);
    for (const [title, rate] of rates) console.log(`  ${title.padEnd(24)} ${rate.toFixed(0).padStart(7)}`);
    const ratios = Array.from({ length: ROUNDS }, (_, round) => {
      const rateOf = (title: string) => runs.get(title)?.[round] ?? Number.NaN;
      return rateOf(OURS.title) / Math.max(...PEERS.map(({ title }) => rateOf(title)));
    });
    console.log(
      `  ratio to the fastest of the others, median of ${ROUNDS} rounds: ${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`,
    );
  }
  const raw = await medianMs('./raw-quant.ts', 'prepare', BACKTEST_BARS);
  console.log(`a plain loop over ${BACKTEST_BARS} bars: ${(1_000 * raw).toFixed(1)} µs`);
  const pipeline = await medianMs(OURS.module, 'preparePipeline', PIPELINE_BARS);
  console.log(
    `twelve indicators, five strategies and plans on ${PIPELINE_BARS} bars: ${pipeline.toFixed(3)} ms per ticker, ${(pipeline / raw).toFixed(1)} plain loops`,
  );
  const backtests = await medianMs(OURS.module, 'prepareBacktests', BACKTEST_BARS);
  console.log(
    `five backtests of ${BACKTEST_BARS} bars: ${backtests.toFixed(1)} ms, ${(backtests / raw).toFixed(0)} plain loops`,
  );
}

async function medianMs(module: string, name: string, bars: number): Promise<number> {
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rates.push(await measured(module, name, bars));
  return 1_000 / median(rates);
}

async function measured(module: string, name: string, bars: number): Promise<number> {
  const file = fileURLToPath(new URL('./run-quant.ts', import.meta.url));
  const child = fork(file, [module, name, String(bars)]);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${module} ended with ${code}`);
  });
  const [rate] = await Promise.race([once(child, 'message'), ended]);
  return rate as number;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
