import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { DEFAULT_WORKSPACE_ID } from '../src/access.ts';
import { authorized, TEST_KEY } from '../test/support/key.ts';
import { withServer } from './server.ts';

interface Measured {
  readonly rows: number;
  readonly bytes: number;
  readonly ms: number;
}

const rate = ({ rows, ms }: Measured) => Math.round((rows / ms) * 1_000);
const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/**
 * Exports all results of a workspace over HTTP from an API in a process of its own, and reads the same rows with a raw `COPY … TO STDOUT` in turn.
 * `npm run bench -- export [results] [rounds]`.
 */
export async function benchExport(count = '300000', times = '3'): Promise<void> {
  const [results, rounds] = [Number(count), Number(times)];
  await withServer(async ({ url }) => {
    await fill(url, results);
    const { api, origin } = await startApi(url);
    try {
      const small = await download(`${origin}/export/analyses.jsonl?after=${Math.round(results * 0.9)}`);
      const before = await peakMb(api);
      console.log(`${results} results; peak memory of the API after ${small.rows} rows: ${before} MB`);
      const measured: Record<string, Measured[]> = { copy: [], jsonl: [], csv: [] };
      for (let round = 0; round < rounds; round += 1) {
        measured.copy?.push(await copy(url));
        measured.jsonl?.push(await download(`${origin}/export/analyses.jsonl`));
        measured.csv?.push(await download(`${origin}/export/analyses.csv`));
      }
      const raw = median((measured.copy ?? []).map(rate));
      for (const [name, runs] of Object.entries(measured)) {
        const rows = median(runs.map(rate));
        const [first] = runs;
        if (first === undefined || first.rows < results)
          throw new Error(`${name} had ${first?.rows} of ${results} rows`);
        console.log(
          `${name.padEnd(6)} ${rows} rows/s, ${Math.round(first.bytes / first.rows)} bytes/row, ${(rows / raw).toFixed(2)} of the raw COPY`,
        );
      }
      console.log(`peak memory of the API after ${2 * rounds} exports: ${await peakMb(api)} MB`);
    } finally {
      api.kill('SIGTERM');
      await once(api, 'exit');
    }
  });
}

/** Results with plans and warnings as the engine stores them, in entries of the feed of 100. */
export async function fill(url: string, results: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(
      `insert into analyses (id, workspace_id, ticker, strategy, score, score_verdict, verdict, regime, coverage, conviction, buy_votes, neutral_votes,
         sell_votes, unavailable_votes, side, entry, stop, target, risk_reward, position_size, currency, warnings, source, is_demo, customised, as_of)
       select (lpad(to_hex(n), 8, '0') || '-0000-7000-8000-000000000000')::uuid, $1, 'T' || n % 2200 || '.NS', 'BALANCED', sin(n), 'BUY', 'BUY', 'TRENDING',
         1, abs(cos(n)), n % 12, 2, 3, 1, 'LONG', (100 + n % 1000)::numeric(12, 2), 98.12, 104.55, 2.0125, 200, 'INR',
         case when n % 3 = 0 then '[{"code":"SHORT_HISTORY","message":"300 bars instead of the 400 asked for."}]'::jsonb end, 'DEMO', true, false, date '2026-01-30'
       from generate_series(1, $2::int) as n`,
      [DEFAULT_WORKSPACE_ID, results],
    );
    await client.query(
      `insert into feed_entries (workspace_id, last_position, analysis_ids)
       select $1, least(n + 99, $2), array(select (lpad(to_hex(m), 8, '0') || '-0000-7000-8000-000000000000')::uuid from generate_series(n, least(n + 99, $2)) as m)
       from generate_series(1, $2::int, 100) as n`,
      [DEFAULT_WORKSPACE_ID, results],
    );
    await client.query('insert into feed_heads (workspace_id, position) values ($1, $2)', [
      DEFAULT_WORKSPACE_ID,
      results,
    ]);
    await client.query('vacuum analyze');
  } finally {
    await client.end();
  }
}

export async function startApi(url: string): Promise<{ api: ChildProcess; origin: string }> {
  const api = spawn(process.execPath, ['../src/main/api.mjs'], {
    cwd: import.meta.dirname,
    env: { ...process.env, DATABASE_URL: url, BOOTSTRAP_KEY: TEST_KEY, PORT: '0', LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: api.stdout })) {
    const [, origin] = /(http:\/\/[^/]+)\/graphql/.exec(line) ?? [];
    if (origin !== undefined) return { api, origin };
  }
  throw new Error('the API did not start');
}

async function download(address: string): Promise<Measured> {
  const start = performance.now();
  const response = await fetch(address, { headers: authorized });
  if (response.body === null || !response.ok) throw new Error(`${address} answered ${response.status}`);
  let [rows, bytes] = [0, 0];
  let last: Uint8Array = new Uint8Array();
  for await (const part of response.body) {
    bytes += part.length;
    for (let at = part.indexOf(10); at >= 0; at = part.indexOf(10, at + 1)) rows += 1;
    last = part;
  }
  if (!/end|END/.test(Buffer.from(last.subarray(-200)).toString())) throw new Error('the export was cut off');
  // Without the ending and the header.
  return { rows: rows - (address.includes('.csv') ? 2 : 1), bytes, ms: performance.now() - start };
}

/** The columns of the table as PostgreSQL's own text, counted and thrown away. */
async function copy(url: string): Promise<Measured> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let [rows, bytes] = [0, 0];
    const start = performance.now();
    await new Promise<void>((resolve, reject) => {
      const ignore = () => undefined;
      client.query({
        submit: (connection: { query(text: string): void }) => connection.query('copy analyses to stdout'),
        handleCopyData: ({ chunk }: { chunk: Buffer }) => {
          rows += 1;
          bytes += chunk.length;
        },
        handleCommandComplete: ignore,
        handleError: reject,
        handleReadyForQuery: () => resolve(),
      } as unknown as pg.Submittable);
    });
    return { rows, bytes, ms: performance.now() - start };
  } finally {
    await client.end();
  }
}

/** The largest resident memory that the process has had. */
async function peakMb({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1_024);
}
