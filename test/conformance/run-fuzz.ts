import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../src/db/client.ts';
import { createLogger } from '../../src/logger.ts';
import { schema } from '../../src/main/schema.ts';
import { startPostgres } from '../../src/postgres/embedded.ts';
import { apiAt } from '../support/api.ts';
import { authorized } from '../support/key.ts';
import { populate } from '../support/populate.ts';
import { run, urlOf } from '../support/processes.ts';
import { silent } from '../support/silent.ts';
import { collectPool } from './collect-pool.ts';
import { type FuzzReport, fuzz } from './fuzz.ts';

/** Growth in the second half that is still called flat: garbage comes and goes by tens of megabytes. */
const MAX_GROWTH_MB = 64;

/** Fuzzes an API process with a worker process beside it. Answers whether it held. */
export async function runFuzz(seed: number, count: number): Promise<boolean> {
  const dataDir = await mkdtemp(join(tmpdir(), 'thetool-fuzz-'));
  await chmod(dataDir, 0o755);
  const settings = { fsync: 'off', synchronous_commit: 'off' };
  const postgres = await startPostgres({ dataDir, log: createLogger('warn'), settings });
  const env = {
    DATABASE_URL: postgres.url,
    PORT: '0',
    LOG_LEVEL: 'error',
    SOCKET_MESSAGE_LIMIT: '1000000',
    RATE_LIMIT: '0',
  };
  const server = run('api.mjs', env);
  const worker = run('worker.mjs', env);
  const { db, close } = openDatabase({ url: postgres.url, max: 4, applicationName: 'fuzz', log: silent });
  try {
    const url = await urlOf(server);
    await worker.said(/worker is ready/);
    const api = apiAt(url);
    await populate(api, db);
    const pool = await collectPool(api, schema, db);
    console.log(`fuzzing ${url} with seed ${seed}: twice ${count} valid and ${count} broken operations`);
    const rss: number[] = [];
    const startedAt = performance.now();
    const onProgress = async (sent: number) => {
      if (sent % Math.ceil(count / 10) !== 0) return;
      rss.push(await residentMb(url));
      console.log(`  ${sent} sent, ${rss.at(-1)} MB resident`);
    };
    const asked = { url, headers: authorized, schema, pool, valid: count, broken: count, onProgress };
    // What V8 takes before it looks through the whole heap comes in the first round, the sooner the slower the machine is.
    const report = merge(await fuzz({ ...asked, seed }), await fuzz({ ...asked, seed: seed + 1 }));
    await api.close();
    const alive = server.child.exitCode === null && server.child.signalCode === null;
    return tell(report, {
      rss,
      alive,
      seconds: (performance.now() - startedAt) / 1_000,
      log: server.output(),
    });
  } finally {
    await close();
    await worker.stop();
    await server.stop();
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

function merge(one: FuzzReport, other: FuzzReport): FuzzReport {
  const outcomes = { ...one.outcomes };
  for (const [outcome, n] of Object.entries(other.outcomes)) outcomes[outcome] = (outcomes[outcome] ?? 0) + n;
  return { sent: one.sent + other.sent, outcomes, findings: [...one.findings, ...other.findings] };
}

async function residentMb(url: string): Promise<number> {
  const text = await (await fetch(new URL('/metrics', url), { headers: authorized })).text();
  return Math.round(Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]) / 1e6);
}

function tell(
  { sent, outcomes, findings }: FuzzReport,
  run: {
    readonly rss: readonly number[];
    readonly alive: boolean;
    readonly seconds: number;
    readonly log: string;
  },
): boolean {
  // The first round warms up: every operation is a new document, and the caches of 1,024 parsed and validated ones hold whatever comes.
  const half = Math.floor(run.rss.length / 2);
  const warm = Math.max(...run.rss.slice(0, half));
  const end = Math.max(...run.rss.slice(half));
  const logged = run.log.split('\n').filter((line) => line.includes('"unexpected error"'));
  console.log(`${sent} answers in ${run.seconds.toFixed(0)} s; valid ones: ${JSON.stringify(outcomes)}`);
  console.log(`process alive: ${run.alive}; resident ${warm} MB in the first round, ${end} MB in the second`);
  console.log(`findings: ${findings.length}; faults in the log: ${logged.length}`);
  for (const { what, request, answer } of findings.slice(0, 20))
    console.error(`\n${what}\n  ${request}\n  ${answer}`);
  for (const line of logged.slice(0, 10)) console.error(line.slice(0, 1_500));
  // Fewer operations than that do not fill the caches.
  const flat = sent < 40_000 || end - warm <= MAX_GROWTH_MB;
  return run.alive && findings.length === 0 && logged.length === 0 && flat;
}
