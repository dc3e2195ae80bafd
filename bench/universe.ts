import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { connect } from '../packages/client/src/connect.ts';
import { SubmitAnalysisDocument } from '../packages/client/src/generated/graphql.ts';
import { createDemoSource } from '../src/market/sources/demo.ts';
import { TEST_KEY } from '../test/support/key.ts';
import { run, urlOf } from '../test/support/processes.ts';
import { type BenchServer, withServer } from './server.ts';
import type { Assignment, Report } from './universe-clients.ts';
import { cpuSecondsOf } from './usage.ts';

const TICKERS = Array.from({ length: 2_192 }, (_, i) => `U${i}`);
/** Bars of a price file. */
const BARS = 750;
const STEPS_PER_ITEM = 4;
const CLIENTS = 100;
const LIMIT_MS = 5_000;
/** Rows of the job in these tables are what a run leaves. */
const TABLES = ['job_items', 'job_events', 'analyses', 'analysis_details', 'latest_analyses'] as const;

type UniverseSource = 'DEMO' | 'CSV';

/**
 * One job over a universe of tickers, followed by 100 clients from its first event to its last; one API process, one worker process, both
 * with default settings. `npm run bench -- universe [rounds] [csv]`: round one finds everything cold, as after a deployment. With `csv` the worker
 * reads the same bars from a folder of price files, one for each ticker.
 */
export async function benchUniverse(rounds = '3', from = 'demo'): Promise<void> {
  if (from !== 'demo' && from !== 'csv') throw new Error(`The source is demo or csv, not ${from}.`);
  if (from === 'demo') return runRounds(Number(rounds), 'DEMO', {});
  const folder = await mkdtemp(join(tmpdir(), 'thetool-universe-'));
  try {
    await writePriceFiles(folder);
    await runRounds(Number(rounds), 'CSV', { CSV_DIR: folder });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A file of 750 bars for each ticker: those of the demo source. */
async function writePriceFiles(folder: string): Promise<void> {
  const demo = createDemoSource(() => new Date());
  for (const ticker of TICKERS) {
    const request = { ticker, bars: BARS, asOf: null };
    const { candles } = await demo.load(request, AbortSignal.timeout(60_000));
    const { dates, open, high, low, close, volume } = candles;
    const lines = dates.map((day, i) => [day, open[i], high[i], low[i], close[i], volume[i]].join(','));
    await writeFile(join(folder, `${ticker}.csv`), `Date,Open,High,Low,Close,Volume\n${lines.join('\n')}\n`);
  }
}

async function runRounds(
  rounds: number,
  source: UniverseSource,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  await withServer(async (server) => {
    const env = { ...settings, DATABASE_URL: server.url, LOG_LEVEL: 'error' };
    const api = run('api.mjs', { ...env, PORT: '0' });
    const url = await urlOf(api);
    const worker = run('worker.mjs', env);
    try {
      await worker.said(/The worker is ready/);
      for (let round = 1; round <= rounds; round += 1) {
        console.log(`round ${round}:`);
        await runOnce(server, url, source, { api: api.child, worker: worker.child });
      }
      await reportRawLimit(server);
    } finally {
      await Promise.all([worker.stop('SIGKILL'), api.stop('SIGKILL')]);
    }
  });
}

async function runOnce(
  server: BenchServer,
  url: string,
  source: UniverseSource,
  nodes: Readonly<Record<'api' | 'worker', ChildProcess>>,
): Promise<void> {
  const client = connect(url, { key: TEST_KEY });
  const clients = fork(fileURLToPath(new URL('./universe-clients.ts', import.meta.url)));
  const pids = { worker: nodes.worker.pid, API: nodes.api.pid, PostgreSQL: server.pid, clients: clients.pid };
  const before = await usage(pids);
  try {
    const sentAt = Date.now();
    const { submitAnalysis } = await client.request(SubmitAnalysisDocument, {
      input: { tickers: TICKERS, source, force: true },
    });
    if (submitAnalysis.__typename !== 'SubmitJobPayload') throw new Error(submitAnalysis.message);
    const answeredMs = Date.now() - sentAt;
    const jobId = submitAnalysis.job.id;
    clients.send({ url, jobId, clients: CLIENTS } satisfies Assignment);
    const ended = once(clients, 'message') as Promise<[Report]>;
    const failed = once(clients, 'exit').then(([code]) => {
      throw new Error(`the clients ended with ${code}`);
    });
    const [report] = await Promise.race([ended, failed]);
    failed.catch(() => undefined);
    const after = await usage(pids);
    const sql = await query(
      server,
      `select extract(epoch from started_at - created_at) * 1000 as started,
         extract(epoch from finished_at - created_at) * 1000 as finished, succeeded from jobs where id = $1`,
      [Buffer.from(jobId, 'base64').toString().replace('Job:', '')],
    );
    const { started, finished, succeeded } = sql.rows[0];
    const allMs = report.endedAt - sentAt;
    const whole =
      report.faults === 0 &&
      report.fewestSteps === TICKERS.length * STEPS_PER_ITEM &&
      Number(succeeded) === TICKERS.length;
    console.log(
      `  submit answered after ${answeredMs} ms; stored: PROCESSING ${ms(started)}, COMPLETED ${ms(finished)} after it was created`,
    );
    console.log(
      `  submit to PROCESSING at a client ${report.startedAt - sentAt} ms, to the end at all ${CLIENTS} clients ${allMs} ms: ${(allMs / LIMIT_MS).toFixed(2)} of the limit of ${LIMIT_MS} ms`,
    );
    console.log(
      `  ${report.events} events and ${report.states} states received; ${whole ? 'every log whole and in order' : 'FAULTY'}`,
    );
    const spent = Object.entries(after).map(
      ([name, s]) => `${name} ${ms(1_000 * (s - (before[name] ?? 0)))}`,
    );
    console.log(`  CPU: ${spent.join(', ')}`);
    if (!whole || allMs > LIMIT_MS) process.exitCode = 1;
  } finally {
    clients.kill();
    await client.close();
  }
}

const ms = (value: number | string) => `${Math.round(Number(value))} ms`;

async function usage(pids: Readonly<Record<string, number | undefined>>): Promise<Record<string, number>> {
  const pairs = Object.entries(pids).map(async ([name, pid]) => [name, (await cpuSecondsOf(pid ?? 0)) ?? 0]);
  return Object.fromEntries(await Promise.all(pairs));
}

/** What PostgreSQL alone needs to write the rows of one run once, from a table of its own, with the same indexes and durability. */
async function reportRawLimit(server: BenchServer): Promise<void> {
  const job = '(select id from jobs order by id desc limit 1)';
  const results = `(select id from analyses where job_id = ${job})`;
  const rowsOf: Readonly<Record<(typeof TABLES)[number], string>> = {
    job_items: `job_id = ${job}`,
    job_events: `job_id = ${job}`,
    analyses: `job_id = ${job}`,
    analysis_details: `analysis_id in ${results}`,
    latest_analyses: `analysis_id in ${results}`,
  };
  await query(server, 'create schema raw');
  for (const table of TABLES) {
    await query(server, `create table raw.${table}_rows as select * from ${table} where ${rowsOf[table]}`);
    await query(server, `create table raw.${table} (like ${table} including all)`);
  }
  await query(server, 'checkpoint');
  const began = performance.now();
  await query(
    server,
    `begin; ${TABLES.map((table) => `insert into raw.${table} select * from raw.${table}_rows`).join('; ')}; commit`,
  );
  console.log(`raw limit: the same rows by one bare INSERT per table ${ms(performance.now() - began)}`);
}

async function query(
  server: BenchServer,
  text: string,
  values?: readonly unknown[],
): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    return await client.query(text, values === undefined ? undefined : [...values]);
  } finally {
    await client.end();
  }
}
