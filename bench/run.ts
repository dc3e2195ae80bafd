import { benchExport } from './export.ts';
import { benchExportMemory } from './export-memory.ts';
import { benchFanout } from './fanout.ts';
import { benchJobs } from './jobs.ts';
import { benchLatency } from './latency.ts';
import { benchQuant } from './quant.ts';
import { benchQuery } from './query.ts';
import { benchRanking } from './ranking.ts';
import { benchReconnect } from './reconnect.ts';
import { benchRecovery } from './recovery.ts';
import { benchScheduled } from './scheduled.ts';
import { benchTenants } from './tenants.ts';
import { benchUniverse } from './universe.ts';
import { benchWalls } from './walls.ts';

const benches: Readonly<Record<string, (...options: string[]) => Promise<void>>> = {
  fanout: benchFanout,
  export: benchExport,
  'export-memory': benchExportMemory,
  jobs: benchJobs,
  latency: benchLatency,
  quant: benchQuant,
  query: benchQuery,
  ranking: benchRanking,
  reconnect: benchReconnect,
  recovery: benchRecovery,
  scheduled: benchScheduled,
  tenants: benchTenants,
  universe: benchUniverse,
  walls: benchWalls,
};
const [name = '', ...options] = process.argv.slice(2);
const bench = benches[name];
if (bench === undefined) {
  console.error(`Which benchmark? npm run bench -- ${Object.keys(benches).join(' | ')}`);
  process.exit(1);
}
await bench(...options);
