import { benchEngine } from './engine.ts';
import { benchIndicators } from './indicators.ts';

const benches: Readonly<Record<string, () => Promise<void>>> = {
  engine: benchEngine,
  indicators: benchIndicators,
};
const name = process.argv[2] ?? '';
const bench = benches[name];
if (bench === undefined) {
  console.error(`Which benchmark? npm run bench -- ${Object.keys(benches).join(' | ')}`);
  process.exit(1);
}
await bench();
