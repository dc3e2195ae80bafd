import { setTimeout as delay } from 'node:timers/promises';
import { DEFAULT_WORKSPACE_ID } from '../src/access.ts';
import { type Db, openDatabase } from '../src/db/client.ts';
import { createLogger } from '../src/logger.ts';
import { startDnsServer } from '../test/support/dns-server.ts';
import { createWriter } from '../test/support/feed.ts';
import { insertKey } from '../test/support/insert-key.ts';
import { TEST_KEY } from '../test/support/key.ts';
import { type Running, run, urlOf } from '../test/support/processes.ts';
import { BUSY_WORKSPACE, fill } from './scheduled.ts';
import { withServer } from './server.ts';
import { type Hostile, startHostile } from './tenants-hostile.ts';
import { METRICS, type Samples, startTenant, type Tenant } from './tenants-own.ts';
import { memoryOf, quantile } from './usage.ts';

interface Size {
  readonly scheduled: number;
  readonly retrying: number;
  /** Results of each workspace, for exports. */
  readonly results: number;
  readonly warmUpMs: number;
  readonly measuredMs: number;
  /** Connections that do not read. */
  readonly unread: number;
}
const FULL: Size = {
  scheduled: 3_600_000,
  retrying: 400_000,
  results: 20_000,
  warmUpMs: 5_000,
  measuredMs: 60_000,
  unread: 300,
};
/** To try the benchmark itself. */
const SMALL: Size = {
  scheduled: 20_000,
  retrying: 5_000,
  results: 3_000,
  warmUpMs: 1_000,
  measuredMs: 8_000,
  unread: 50,
};

const AIM = 1.5;
const MEMORY_AIM_MB = 600;

/**
 * A workspace that works as usual, alone and then beside one that does everything at once that could cost others something: millions of scheduled items, webhooks
 * to slow receivers and to names that get no response, exports and responses that are hardly read, operations at the limits of their types, and
 * wrong credentials. `npm run bench -- tenants [--small]`
 */
export async function benchTenants(option?: string): Promise<void> {
  const size = option === '--small' ? SMALL : FULL;
  const log = createLogger('error');
  await withServer(async ({ url }) => {
    const { db, close } = openDatabase({ url, max: 4, applicationName: 'bench', log });
    const names = await startDnsServer({});
    const processes: Running[] = [];
    const settings = { DATABASE_URL: url, PORT: '0', LOG_LEVEL: 'warn', NODE_ENV: 'production' };
    try {
      const api = run('api.mjs', { ...settings, WEBHOOK_LOOPBACK: 'on', GRAPHIQL: 'on' });
      const worker = run('worker.mjs', {
        ...settings,
        WEBHOOK_LOOPBACK: 'on',
        BENCH_NAME_SERVER: names.server,
        NODE_OPTIONS: `--import=${new URL('./slow-names.mjs', import.meta.url).href}`,
      });
      processes.push(api, worker);
      const address = await urlOf(api);
      await worker.said(/is ready/);
      await store(db, DEFAULT_WORKSPACE_ID, size.results);
      const tenant = await startTenant(address, TEST_KEY);
      const alone = await measure('alone ', tenant, processes, size);

      await fill(url, size);
      await store(db, BUSY_WORKSPACE, size.results);
      const key = await insertKey(db, BUSY_WORKSPACE);
      const hostile = await startHostile({
        db,
        address,
        key,
        workspaceId: BUSY_WORKSPACE,
        unread: size.unread,
      });
      const beside = await measure('beside', tenant, processes, size);
      await tenant.stop();
      report(alone, beside, hostile);
      await hostile.stop();
    } finally {
      await Promise.all(processes.map((running) => running.stop()));
      await names.close();
      await close();
    }
  });
}

/** Results in the feed of a workspace. */
async function store(db: Db, workspaceId: string, results: number): Promise<void> {
  const writer = await createWriter(db, workspaceId);
  for (let from = 0; from < results; from += 500)
    await writer.store(Array.from({ length: 500 }, (_, i) => ({ ticker: `E${(from + i) % 2_000}` })));
}

interface Measured {
  readonly samples: Samples;
  /** Highest resident memory of API and worker, MB. */
  readonly memoryMb: readonly number[];
}

async function measure(
  title: string,
  tenant: Tenant,
  processes: readonly Running[],
  { warmUpMs, measuredMs }: Size,
): Promise<Measured> {
  await delay(warmUpMs);
  tenant.take();
  const memoryMb = processes.map(() => 0);
  const until = performance.now() + measuredMs;
  while (performance.now() < until) {
    for (const [i, { child }] of processes.entries())
      memoryMb[i] = Math.max(memoryMb[i] ?? 0, ((await memoryOf(child.pid ?? 0)) ?? 0) / 1e6);
    await delay(100);
  }
  const samples = tenant.take();
  for (const name of METRICS) console.log(`${title}  ${name.padEnd(20)} ${quantiles(samples[name])}`);
  console.log(
    `${title}  ${'memory'.padEnd(20)} API ${memoryMb[0]?.toFixed(0)} MB, worker ${memoryMb[1]?.toFixed(0)} MB`,
  );
  return { samples, memoryMb };
}

const quantiles = (values: readonly number[]) =>
  `p50 ${quantile(values, 0.5).toFixed(1)} ms, p99 ${quantile(values, 0.99).toFixed(1)} ms of ${values.length}`;

/** Times of events are whole milliseconds: a shorter time counts as one. */
const atLeastOne = (ms: number) => Math.max(1, ms);

function report(alone: Measured, beside: Measured, hostile: Hostile): void {
  console.log(`the other workspace: ${JSON.stringify(hostile.counts)}`);
  for (const name of METRICS) {
    if (alone.samples[name].length === 0 || beside.samples[name].length === 0)
      throw new Error(`nothing was measured of ${name}`);
    const [p50 = 0, p99 = 0] = [0.5, 0.99].map(
      (share) =>
        atLeastOne(quantile(beside.samples[name], share)) / atLeastOne(quantile(alone.samples[name], share)),
    );
    console.log(
      `ratio: ${name} ${p50.toFixed(2)} (p50), ${p99.toFixed(2)} (p99) × alone (aim: ${AIM} at most)`,
    );
  }
  const highest = Math.max(...beside.memoryMb, ...alone.memoryMb);
  console.log(`memory: ${highest.toFixed(0)} MB at most (aim: ${MEMORY_AIM_MB})`);
}
