import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';
import { eventually } from './eventually.ts';
import { type Running, run, temporaryDirectory, urlOf } from './processes.ts';

const root = resolve(import.meta.dirname, '../..');

/** A Chromium of the system; undefined when there is none. */
export const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => existsSync(path),
);

export const DESKTOP = { width: 1366, height: 768 };
export const PHONE = { width: 390, height: 844 };

export interface ConsoleServer {
  readonly origin: string;
  /** The link that the server prints. */
  readonly link: string;
  readonly key: string;
  /** Kills the server and starts it again at the same port. */
  restart(): Promise<void>;
  stopServer(): Promise<void>;
  /** Sends a document to the API, for data that the pages show. Throws when the response has errors. */
  request(query: string, variables?: object): Promise<unknown>;
  close(): Promise<void>;
}

/** Builds the console, and starts a server of its own with an empty database. */
export async function startConsole(): Promise<ConsoleServer> {
  execFileSync(process.execPath, [join(root, 'console/prepare.mjs')], { stdio: 'ignore' });
  const directory = await temporaryDirectory();
  const start = (port: string): Running =>
    run('start.mjs', { DATA_DIR: directory.path, PORT: port, LOG_LEVEL: 'warn', BOOTSTRAP_KEY: '' });
  let app = start('0');
  const url = new URL(await urlOf(app));
  const [, link = '', key = ''] = await app.said(/Console with this key: (\S+#key=(tt_live_\w+))/);
  return {
    origin: url.origin,
    link,
    key,
    async stopServer() {
      await app.stop('SIGKILL');
    },
    async restart() {
      app = start(url.port);
      await urlOf(app);
    },
    async request(query, variables = {}) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors } = (await response.json()) as { data: unknown; errors?: unknown };
      if (errors !== undefined) throw new Error(JSON.stringify(errors));
      return data;
    },
    async close() {
      await app.stop();
      await directory.remove();
    },
  };
}

/** A browser that asks nobody but the server, with a profile of its own. */
export async function openBrowser(
  options: Parameters<typeof chromium.launchPersistentContext>[1] = {},
): Promise<{ readonly context: BrowserContext; close(): Promise<void> }> {
  const profile = await mkdtemp(join(tmpdir(), 'thetool-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: browserPath ?? '',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
    locale: 'en-US',
    timezoneId: 'UTC',
    ...options,
  });
  return {
    context,
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

const submit = `mutation Submit($input: SubmitAnalysisInput!) {
  submitAnalysis(input: $input) { __typename ... on SubmitJobPayload { job { id } } }
}`;

const STRATEGIES = ['BALANCED', 'TREND_FOLLOWING', 'MEAN_REVERSION', 'MOMENTUM_BREAKOUT', 'WEEKLY_TARGET'];

/** Instruments, results, a watchlist, a failed ticker and a backtest. Returns the addresses of all pages, each with something to show. */
export async function fillConsole(server: ConsoleServer): Promise<Readonly<Record<string, string>>> {
  const names = ['MSFT', 'NVDA', 'AMZN', 'JPM', 'KO', 'XOM', 'JNJ', 'ORCL'];
  const instruments = names.map((symbol, i) => ({
    symbol,
    name: `Company ${symbol}`,
    exchange: 'NASDAQ',
    currency: 'USD',
    sector: ['Technology', 'Energy', 'Health'][i % 3],
    timeZone: 'America/New_York',
    tick: '0.01',
  }));
  await server.request(
    'mutation I($input: ImportInstrumentsInput!) { importInstruments(input: $input) { __typename } }',
    {
      input: { instruments },
    },
  );
  const inputs = [
    { tickers: ['AAPL'], source: 'SAMPLE', options: { asOfFrom: '2017-08-01', asOfTo: '2017-11-02' } },
    { tickers: [...names, ...Array.from({ length: 60 }, (_, i) => `T${i + 10}`)], source: 'DEMO' },
    { tickers: ['AAPL'], source: 'SAMPLE', strategies: STRATEGIES, options: { asOf: '2017-11-02' } },
    { tickers: ['AAPL', 'MSFT', 'KO'], source: 'SAMPLE', options: { asOf: '2017-11-02' } },
  ];
  const jobs: string[] = [];
  for (const input of inputs) jobs.push(await jobOf(server, submit, { input: { ...input, force: true } }));
  await server.request(
    'mutation L($input: CreateWatchlistInput!) { createWatchlist(input: $input) { __typename } }',
    { input: { name: 'Technology', tickers: ['AAPL', 'MSFT', 'NVDA', 'ORCL'] } },
  );
  const backtest = await jobOf(
    server,
    'mutation B($input: SubmitBacktestInput!) { submitAnalysis: submitBacktest(input: $input) { ... on SubmitJobPayload { job { id } } } }',
    { input: { tickers: ['AAPL'], source: 'SAMPLE', strategies: STRATEGIES, options: { windowBars: 750 } } },
  );
  for (const id of [...jobs, backtest]) await ended(server, id);
  return {
    home: '/',
    result: '/r/AAPL?lines=EMA,RSI',
    ranking: '/ranking',
    watchlists: '/watchlists',
    backtests: '/backtests',
    backtest: `/backtests/${encodeURIComponent(backtest)}`,
    jobs: '/jobs',
    job: `/jobs/${encodeURIComponent(jobs[3] ?? '')}`,
    log: `/jobs/${encodeURIComponent(jobs[3] ?? '')}?tab=log`,
    keys: '/settings/keys',
    webhooks: '/settings/webhooks',
    audit: '/settings/audit',
    limits: '/settings/limits',
    sources: '/settings/sources',
    about: '/settings/about',
    nothing: '/watchlists/bm90aGluZw==',
  };
}

async function jobOf(server: ConsoleServer, document: string, variables: object): Promise<string> {
  const data = await server.request(document, variables);
  return (data as { submitAnalysis: { job: { id: string } } }).submitAnalysis.job.id;
}

/** Waits until a job has ended. */
async function ended(server: ConsoleServer, id: string): Promise<void> {
  await eventually(async () => {
    const data = await server.request('query S($id: ID!) { job(id: $id) { state } }', { id });
    return /COMPLETED|FAILED|CANCELLED/.test((data as { job: { state: string } }).job.state);
  }, 60_000);
}
