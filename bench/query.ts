import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { DEFAULT_WORKSPACE_ID } from '../src/access.ts';
import { authorized } from '../test/support/key.ts';
import { run, urlOf } from '../test/support/processes.ts';
import { installPeers } from './install-peers.ts';
import { withFilledServer } from './query-data.ts';
import { type Facts, type Operation, operations } from './query-operations.ts';
import { cpuSecondsOf, quantile } from './usage.ts';

const WARM_UP = 40;
/** Requests in turn; the contestants alternate so that none has the better moments of the machine. */
const ROUNDS = 100;
const CLIENTS = 32;

interface Target {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<unknown>;
}

/**
 * Reads of a large workspace: our API and PostGraphile 5 over the same tables, each in a process of its own, against the same statement by hand through `pg` on one connection.
 * `npm run bench -- query [part of a title] [seconds of throughput]`
 */
export async function benchQuery(part = '', seconds = '2'): Promise<void> {
  installPeers('peers-fanout');
  await withFilledServer(async ({ url, pid }) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const targets = [await openOurs(url), await openPeer(url)] as const;
    try {
      const facts = await findFacts(client, targets[1].url);
      const reads = await detailReads(client);
      const medians = new Map<string, number>();
      for (const operation of operations.filter(({ title }) => title.includes(part))) {
        const median = await compare(operation, facts, client, targets, pid, Number(seconds));
        medians.set(operation.title, median);
      }
      const [first, deep] = [1, '1,000'].map((n) => medians.get(`history of a ticker, page ${n}`));
      if (first !== undefined && deep !== undefined)
        console.log(`page 1,000 against page 1: ${(deep / first).toFixed(2)} × (limit 1.2)`);
      console.log(`reads of analysis_details meanwhile: ${(await detailReads(client)) - reads}`);
    } finally {
      for (const target of targets) await target.stop();
      await client.end();
    }
  });
}

async function compare(
  operation: Operation,
  facts: Facts,
  client: pg.Client,
  [ours, peer]: readonly [Target, Target],
  postgres: number,
  seconds: number,
): Promise<number> {
  const statements = operation.sql(facts);
  const ask = {
    sql: async () => {
      for (const { text, values } of statements)
        await client.query({ name: operation.title, text, values: [...values] });
    },
    ours: () => post(ours.url, { query: operation.query, variables: operation.variables(facts) }),
    peer: () => post(peer.url, { query: operation.peer, variables: operation.peerVariables(facts) }),
  };
  const times = { sql: [] as number[], ours: [] as number[], peer: [] as number[] };
  const names = ['sql', 'ours', 'peer'] as const;
  for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
    for (const name of names) {
      const began = performance.now();
      await ask[name]();
      if (round >= WARM_UP) times[name].push(performance.now() - began);
    }
  }
  const p50 = {
    sql: quantile(times.sql, 0.5),
    ours: quantile(times.ours, 0.5),
    peer: quantile(times.peer, 0.5),
  };
  const load = {
    ours: await flood(ask.ours, ours.pid, postgres, seconds),
    peer: await flood(ask.peer, peer.pid, postgres, seconds),
  };
  console.log(`${operation.title}
  p50: SQL ${p50.sql.toFixed(2)} ms, TheTool ${p50.ours.toFixed(2)} (${(p50.ours / p50.sql).toFixed(2)} × SQL, limit 1.5), PostGraphile ${p50.peer.toFixed(2)} (ours ${(p50.ours / p50.peer).toFixed(2)} × its time, limit 1.0)
  ${CLIENTS} clients: TheTool ${tell(load.ours)}; PostGraphile ${tell(load.peer)}; ours ${(load.ours.cpuMs / load.peer.cpuMs).toFixed(2)} × its CPU with PostgreSQL's`);
  return p50.ours;
}

interface Load {
  readonly perSecond: number;
  /** Of server and PostgreSQL per request. */
  readonly cpuMs: number;
  readonly serverMs: number;
}

async function flood(
  ask: () => Promise<unknown>,
  server: number,
  postgres: number,
  seconds: number,
): Promise<Load> {
  const cpu = async () => [(await cpuSecondsOf(server)) ?? 0, (await cpuSecondsOf(postgres)) ?? 0] as const;
  const before = await cpu();
  const began = performance.now();
  let done = 0;
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      while (performance.now() - began < 1_000 * seconds) {
        await ask();
        done += 1;
      }
    }),
  );
  const took = (performance.now() - began) / 1_000;
  const after = await cpu();
  const serverMs = (1_000 * (after[0] - before[0])) / done;
  return { perSecond: done / took, serverMs, cpuMs: serverMs + (1_000 * (after[1] - before[1])) / done };
}

const tell = ({ perSecond, cpuMs, serverMs }: Load) =>
  `${perSecond.toFixed(0)}/s, CPU ${cpuMs.toFixed(2)} ms (${serverMs.toFixed(2)} in the server)`;

const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });

/** A request that must succeed. The answer is read, not parsed: a client's cost is not measured. */
function post(url: string, body: object): Promise<string> {
  const text = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const headers = {
      ...authorized,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    };
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (chunk: Buffer) => parts.push(chunk));
      response.on('end', () => {
        const answer = Buffer.concat(parts).toString();
        if (response.statusCode === 200 && !answer.includes('"errors"')) resolve(answer);
        else reject(new Error(`${response.statusCode}: ${answer.slice(0, 500)}`));
      });
    });
    sent.on('error', reject);
    sent.end(text);
  });
}

async function openOurs(url: string): Promise<Target> {
  const process = run('api.mjs', { DATABASE_URL: url, PORT: '0', LOG_LEVEL: 'error' });
  return { url: await urlOf(process), pid: process.child.pid ?? 0, stop: () => process.stop() };
}

async function openPeer(url: string): Promise<Target> {
  const entry = fileURLToPath(new URL('run-fanout-peer.ts', import.meta.url));
  const child = fork(entry, ['./peers-fanout/postgraphile-tables.mjs', 'postgraphileTables', url], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', GRAPHILE_ENV: 'production' },
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    pid: child.pid ?? 0,
    async stop() {
      child.kill();
      await once(child, 'exit');
    },
  };
}

async function findFacts(client: pg.Client, peer: string): Promise<Facts> {
  const { rows } =
    await client.query(`select (select id from jobs where total = 104 order by id desc limit 1) as job,
    (select id from watchlists where name = 'List 100') as list,
    (select array_agg(id::text) from (select id from analyses order by id desc limit 20) as a) as analyses,
    (select id from analyses where ticker = 'HOT' order by id desc offset 19979 limit 1) as deep`);
  const [{ job, list, analyses, deep }] = rows;
  const query =
    '{ allAnalyses(first: 1, condition: { ticker: "HOT" }, orderBy: [ROW_ID_DESC]) { pageInfo { endCursor } } }';
  const answer = await post(peer, { query });
  const encoded = /"endCursor":"([^"]+)"/.exec(answer)?.[1] ?? '';
  // The first word is a hash of the order, the second the key.
  const [order] = JSON.parse(Buffer.from(encoded, 'base64').toString()) as string[];
  const peerCursor = Buffer.from(JSON.stringify([order, deep])).toString('base64');
  return {
    peerCursor,
    workspaceId: DEFAULT_WORKSPACE_ID,
    jobId: job,
    watchlistId: list,
    analysisIds: analyses,
    deepId: deep,
  };
}

async function detailReads(client: pg.Client): Promise<number> {
  await client.query('select pg_stat_force_next_flush()');
  const { rows } = await client.query<{ reads: string }>(
    "select coalesce(seq_scan, 0) + coalesce(idx_scan, 0) as reads from pg_stat_user_tables where relname = 'analysis_details'",
  );
  return Number(rows[0]?.reads);
}
