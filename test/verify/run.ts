import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installPeers } from '../../bench/install-peers.ts';
import { readBars } from '../../src/market/files/read-price-file.ts';
import type { Candles } from '../../src/quant/candles.ts';
import { computeIndicators } from '../../src/quant/chart.ts';
import { type IndicatorId, indicatorIds } from '../../src/quant/indicators/index.ts';
import { strategies } from '../../src/quant/strategies/index.ts';
import { compareLines, type Difference } from './compare.ts';
import { computeReference } from './reference.ts';
import { verifyMigrations } from './verify-migrations.ts';
import { POSTGRES_VERSIONS, verifyPostgres } from './verify-postgres.ts';

type Lines = Readonly<Partial<Record<IndicatorId, Readonly<Record<string, number[]>>>>>;

const LIMIT = 1e-9;

/** Where trading-signals departs from TA-Lib on purpose. A difference elsewhere fails. */
const KNOWN: Readonly<Partial<Record<IndicatorId, string>>> = {
  MACD: 'its averages start with the first price',
  EMA: 'starts with the first price, not with a mean',
  ADX: 'the range of the first bar counts, so it starts a bar earlier',
  ATR: 'the range of the first bar counts, so it starts a bar earlier',
  PSAR: 'first side by the median price, other bounds of a step',
  OBV: 'starts with 0 on the second bar',
};

const [what, folder, ...rest] = process.argv.slice(2);
if (what === 'postgres' && folder !== undefined && POSTGRES_VERSIONS.includes(folder))
  process.exit(await verifyPostgres(folder, rest));
if (what === 'migrations') {
  await verifyMigrations(Number(folder ?? 2_000_000));
  process.exit();
}
if (what !== 'indicators' || folder === undefined) {
  console.error(
    'npm run verify -- indicators <folder of CSV files>\nnpm run verify -- migrations <rows, for example 2000000>\n' +
      `npm run verify -- postgres <${POSTGRES_VERSIONS.join(', ')}> [names of integration tests]`,
  );
  process.exit(1);
}
installPeers('peers-quant');
const peer = new URL('../../bench/peers-quant/second-opinion.mjs', import.meta.url).href;
const { secondOpinion } = (await import(peer)) as { secondOpinion(candles: Candles): Lines };

let failed = 0;
const opinions = new Map<string, number[]>();
for (const name of (await readdir(folder)).filter((file) => /\.csv$/i.test(file)).sort()) {
  const { candles } = readBars(name, await readFile(join(folder, name)));
  const { indicators } = computeIndicators(candles, strategies.BALANCED);
  const reference: Lines = computeReference(candles);
  const opinion = secondOpinion(candles);
  console.log(`${name}: ${candles.dates.length} bars`);
  for (const id of indicatorIds) {
    for (const [line, ours] of Object.entries(indicators[id].lines)) {
      const own = compareLines(ours, reference[id]?.[line] ?? []);
      const theirs = opinion[id]?.[line];
      const second = theirs === undefined ? null : compareLines(ours, theirs);
      const passed = own.worst <= LIMIT && own.starts.ours === own.starts.theirs;
      if (!passed) failed += 1;
      if (second !== null) {
        const key = `${id} ${line}`;
        opinions.set(key, [...(opinions.get(key) ?? []), second.worst]);
      }
      console.log(
        `  ${`${id} ${line}`.padEnd(22)} ${text(own)} ${passed ? 'ok  ' : 'FAIL'} ${second === null ? 'none' : text(second)}`,
      );
    }
  }
}
console.log('\nlines on which trading-signals differs by more than 1e-9, worst over all series:');
for (const [key, values] of opinions) {
  const worst = Math.max(...values);
  if (worst <= LIMIT) continue;
  const known = KNOWN[key.split(' ')[0] as IndicatorId];
  if (known === undefined) failed += 1;
  console.log(`  ${key.padEnd(22)} ${worst.toExponential(1)}  ${known ?? 'NOT KNOWN'}`);
}
console.log(
  failed === 0
    ? '\nevery line equals the reference within 1e-9, and the second opinion but for its known differences'
    : `\n${failed} lines differ`,
);
process.exitCode = failed === 0 ? 0 : 1;

function text({ worst, starts }: Difference): string {
  const first =
    starts.ours === starts.theirs ? '' : ` (first value ${starts.ours - starts.theirs} bars apart)`;
  return `${worst.toExponential(1)}${first}`;
}
