import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, connect } from '../../packages/client/src/connect.ts';
import { followJob } from '../../packages/client/src/follow-job.ts';
import {
  AnalyzeWatchlistDocument,
  CreateWatchlistDocument,
  JobResultsDocument,
  type JobResultsQuery,
  SubmitAnalysisDocument,
  WatchlistsDocument,
} from '../../packages/client/src/generated/graphql.ts';
import { makeKey } from '../access/key.ts';
import { loadConfig } from '../config.ts';
import { createLogger } from '../logger.ts';
import { provideDatabase } from './database.ts';
import { createScreen, type Screen } from './demo-screen.ts';
import { SAMPLE_DAY } from './examples.ts';
import { runApi } from './run-api.ts';
import { runWorker } from './run-worker.ts';
import { createShutdown } from './shutdown.ts';
import { stopOnFailure } from './stop-on-failure.ts';

const WATCHLIST = { name: 'Demo', tickers: ['AAPL', 'MSFT', 'NVDA', 'AMZN', 'GOOGL'] };

/** The main job, for a newcomer: boots everything, analyses, shows it live, prints the result and ends. */
export async function main(): Promise<void> {
  // Without the `.env` file: the database that it names is not the demo's.
  const given = loadConfig(null);
  const screen = createScreen();
  // A port and a data directory of its own: the demo never disturbs a running server and leaves nothing behind.
  const dataDir = await mkdtemp(join(tmpdir(), 'thetool-demo-'));
  await chmod(dataDir, 0o755);
  const { key } = makeKey();
  const config = { ...given, port: 0, host: '127.0.0.1', dataDir, bootstrapKey: key };
  const log = createLogger(given.logLevel === 'info' ? 'warn' : given.logLevel);
  const shutdown = createShutdown({ log, drainMs: config.shutdownDrainMs });
  shutdown.onStop('data directory', () => rm(dataDir, { recursive: true, force: true }));
  await stopOnFailure(shutdown, async () => {
    screen.title('Starting PostgreSQL, the API and a worker …');
    const url = await provideDatabase(config, log, shutdown);
    const port = await runApi(config, url, log, shutdown);
    await runWorker(config, url, log, shutdown);
    const client = connect(`http://127.0.0.1:${port}/graphql`, { key });
    shutdown.onStop('client', () => client.close());

    screen.title(`Analysis of AAPL on real daily bars (source SAMPLE) as of ${SAMPLE_DAY}`);
    const single = await client.request(SubmitAnalysisDocument, {
      input: { tickers: ['AAPL'], source: 'SAMPLE', options: { asOf: SAMPLE_DAY }, force: true },
    });
    await show(client, screen, jobOf(single.submitAnalysis));

    screen.title(`Analysis of a watchlist of ${WATCHLIST.tickers.length} on made-up bars (source DEMO)`);
    const list = await ensureWatchlist(client);
    const many = await client.request(AnalyzeWatchlistDocument, {
      input: { id: list, source: 'DEMO', strategy: 'TREND_FOLLOWING', force: true },
    });
    await show(client, screen, jobOf(many.analyzeWatchlist));

    screen.next();
  });
  await shutdown.stop('demo ended');
}

function jobOf(result: {
  readonly __typename: string;
  readonly job?: { readonly id: string };
  readonly message?: string;
}): string {
  if (result.job === undefined) throw new Error(`${result.__typename}: ${result.message ?? ''}`);
  return result.job.id;
}

async function ensureWatchlist(client: Client): Promise<string> {
  const { createWatchlist } = await client.request(CreateWatchlistDocument, { input: WATCHLIST });
  if (createWatchlist.__typename === 'WatchlistPayload') return createWatchlist.watchlist.id;
  const { watchlists } = await client.request(WatchlistsDocument, {});
  const known = watchlists.find((list) => list.name === WATCHLIST.name);
  if (known === undefined) throw new Error(createWatchlist.message);
  return known.id;
}

/** Follows a job over a websocket with a progress bar, then prints its results. */
async function show(client: Client, screen: Screen, jobId: string): Promise<void> {
  for await (const event of followJob(client, jobId)) await screen.step(event);
  const { job } = await client.request(JobResultsDocument, { id: jobId });
  if (job == null) throw new Error(`the job ${jobId} is gone`);
  printResults(screen, job);
}

function printResults(screen: Screen, job: NonNullable<JobResultsQuery['job']>): void {
  const results = job.analyses.edges.map(({ node }) => node).sort((a, b) => a.ticker.localeCompare(b.ticker));
  for (const result of results) {
    if (results.length === 1) screen.result(result);
    else screen.row(result);
  }
  for (const { ticker, error } of job.errors) screen.failure(ticker, error?.message ?? '');
}
