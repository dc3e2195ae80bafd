import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import {
  countAnalyses,
  listAnalyses,
  listAnalysesByIds,
  listDetails,
  listLatest,
} from '../src/analyses/analysis.store.ts';
import { pack } from '../src/analyses/packing.ts';
import { listRanking } from '../src/analyses/ranking.store.ts';
import { type Db, openDatabase } from '../src/db/client.ts';
import { openApiDatabase } from '../src/db/workspaces.ts';
import { listItems } from '../src/jobs/item.store.ts';
import { submitJob } from '../src/jobs/submit-job.ts';
import { createLogger } from '../src/logger.ts';
import { jobRequest } from '../test/support/engine.ts';
import { withServer } from './server.ts';

const WORKSPACES = 100;
const RESULTS = 2_000;
const ROUNDS = 300;
const STRATEGIES = "array['BALANCED', 'TREND_FOLLOWING']";

/**
 * What row-level security costs: the API's statements by the owner of the tables, whom no policy holds, and as the API's role, in turn on the same
 * data. `npm run bench -- walls`
 */
export async function benchWalls(): Promise<void> {
  await withServer(async ({ url }) => {
    const log = createLogger('error');
    const open = openDatabase({ url, max: 1, applicationName: 'bench open', log });
    const { workspace, jobId } = await fill(url, open.db);
    const other = uuidv7();
    const walled = openApiDatabase({ url, max: 2, applicationName: 'bench walled', log });
    const [without, within] = [open.db, walled.of(workspace)];
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query<{ id: string }>(
      'select id from analyses where workspace_id = $1 order by id desc limit 20',
      [workspace],
    );
    await client.end();
    const ids = rows.map(({ id }) => id);
    const tickers = Array.from({ length: 20 }, (_, i) => `T${i}`);
    const works: readonly (readonly [string, (db: Db) => Promise<unknown>])[] = [
      ['20 results by id', (db) => listAnalysesByIds(db, workspace, ids)],
      ['newest page of 51', (db) => listAnalyses(db, workspace, {}, { limit: 51 })],
      ['history of a ticker', (db) => listAnalyses(db, workspace, { ticker: 'T7' }, { limit: 51 })],
      ['count of 2,000', (db) => countAnalyses(db, workspace, {})],
      ['details of 20', (db) => listDetails(db, workspace, ids)],
      ['latest of 20', (db) => listLatest(db, workspace, tickers, 'BALANCED')],
      [
        'first page of a ranking',
        (db) =>
          listRanking(
            db,
            workspace,
            { strategy: 'BALANCED', includeDemo: true },
            { by: 'SCORE', descending: true },
            { limit: 51, beyond: null, backwards: false },
          ),
      ],
      [
        '51 items of a job',
        (db) => listItems(db, workspace, [jobId], {}, { limit: 51, from: null, descending: false }),
      ],
      [
        'submit of 20',
        (db) => submitJob(db, log, { ...jobRequest(tickers), workspaceId: workspace, force: true }),
      ],
    ];
    try {
      for (const [title, work] of works) {
        const [bare = 0, secured = 0] = await inTurn(
          () => work(without),
          () => work(within),
        );
        console.log(
          `${title.padEnd(24)} ${bare.toFixed(2)} ms without, ${secured.toFixed(2)} ms with policies: ${(secured / bare).toFixed(2)} ×`,
        );
      }
      const byId = (db: Db) => listAnalysesByIds(db, workspace, ids);
      const [kept = 0, changed = 0] = await inTurn(
        async () => byId(within),
        async () => {
          await walled.of(other).execute('select 1');
          const start = performance.now();
          await byId(within);
          return performance.now() - start;
        },
      );
      console.log(
        `20 results by id on a connection that was another workspace’s: ${changed.toFixed(2)} ms, ${(changed - kept).toFixed(2)} ms more`,
      );
    } finally {
      await open.close();
      await walled.close();
    }
  });
}

/** Medians of both, taken in turn. A work may answer its own milliseconds. */
async function inTurn(...works: (() => Promise<unknown>)[]): Promise<number[]> {
  const times = works.map((): number[] => []);
  for (let round = -20; round < ROUNDS; round += 1)
    for (const [i, work] of works.entries()) {
      const start = performance.now();
      const own = await work();
      const ms = typeof own === 'number' && own < 1_000 ? own : performance.now() - start;
      if (round >= 0) times[i]?.push(ms);
    }
  return times.map((all) => all.sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN);
}

/** Answers one workspace of many that have the same, and its job. */
async function fill(url: string, db: Db): Promise<{ workspace: string; jobId: string }> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(
      `insert into workspaces (id, name) select gen_random_uuid(), 'W' || n from generate_series(1, $1::int) as n`,
      [WORKSPACES],
    );
    await client.query(
      `insert into instruments (ticker, symbol, name, name_key, exchange, time_zone, currency, tick)
       select 'T' || n, 'T' || n, 'Name ' || n, 'name ' || n, 'NYSE', 'America/New_York', 'USD', 0.01 from generate_series(0, 999) as n`,
    );
    await client.query(
      `insert into analyses (id, workspace_id, ticker, strategy, score, score_verdict, verdict, regime, coverage, conviction, buy_votes, neutral_votes,
         sell_votes, unavailable_votes, source, is_demo, customised, as_of)
       select gen_random_uuid(), w.id, 'T' || n, s, round(sin(n)::numeric, 2), 'BUY', 'BUY', 'TRENDING', 1, 0.5, 5, 2, 3, 1, 'DEMO', true, false, date '2026-01-30'
       from generate_series(0, $1::int - 1) as n, unnest(${STRATEGIES}) as s, workspaces w order by random()`,
      [RESULTS / 2],
    );
    await client.query(
      `insert into latest_analyses (workspace_id, ticker, strategy, analysis_id, is_demo, as_of)
       select workspace_id, ticker, strategy, id, is_demo, as_of from analyses`,
    );
    await client.query('insert into analysis_details (analysis_id, body) select id, $1 from analyses', [
      Buffer.from(pack({ rawData: Array.from({ length: 90 }, (_, i) => i / 7) })),
    ]);
    const { rows } = await client.query<{ id: string }>('select id from workspaces');
    let last = { workspace: '', jobId: '' };
    for (const { id } of rows) {
      const request = jobRequest(Array.from({ length: 500 }, (_, i) => `T${i}`));
      const { job } = await submitJob(db, createLogger('error'), { ...request, workspaceId: id });
      last = { workspace: id, jobId: job.id };
    }
    await client.query('vacuum analyze');
    return last;
  } finally {
    await client.end();
  }
}
