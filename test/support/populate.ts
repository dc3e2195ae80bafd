import type { Db } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';
import { importInstruments } from '../../src/instruments/import-instruments.ts';
import { parseListing } from '../../src/instruments/listing.ts';
import type { Submitted, TestApi } from './api.ts';

const LISTING = `symbol,name,exchange,currency,sector
AAPL,Apple,NASDAQ,USD,Technology
D1,First of the Demo,NASDAQ,USD,Technology
D2,Second of the Demo,NASDAQ,USD,Energy
D3,Third of the Demo,NYSE,USD,
TCS,Tata Consultancy Services,NSE,INR,IT
M&M,Mahindra & Mahindra,NSE,INR,Automobile`;

const ANSWER =
  '__typename ... on SubmitJobPayload { deduplicated job { id uuid } } ... on UserError { code message }';
const LIST = '__typename ... on WatchlistPayload { watchlist { id } } ... on UserError { code message }';

/**
 * At least two objects of every kind that the API can show, made through the API: jobs that have ended, one that failed in part, results of
 * several strategies, backtests with trades, watchlists, instruments. Needs workers for analyses and backtests.
 */
export async function populate(api: TestApi, db: Db): Promise<void> {
  const { rows, faults } = parseListing(LISTING);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  await importInstruments(db, rows, () => undefined);
  // Otherwise the planner thinks that the new tables are empty.
  await db.execute(sql`analyze instruments`);

  const lists: string[] = [];
  for (const [name, tickers] of [
    ['Conformance', ['D1', 'D2', 'D3']],
    ['Second list', ['D1', 'TCS.NS']],
  ] as const) {
    const { watchlist } = await api.one<{ watchlist: { id: string } }>(
      `mutation($input: CreateWatchlistInput!) { createWatchlist(input: $input) { ${LIST} } }`,
      { input: { name, tickers } },
    );
    lists.push(watchlist.id);
  }
  for (const name of ['first', 'second', 'third'])
    await api.one('mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { __typename } }', {
      input: { name, scopes: ['RESULTS_READ'] },
    });
  // Paused: nothing is sent to an address of somebody else.
  for (const event of ['ANALYSIS_STORED', 'JOB_FINISHED']) {
    const { webhook } = await api.one<{ webhook: { id: string } }>(
      'mutation($input: CreateWebhookInput!) { createWebhook(input: $input) { ... on WebhookSecretPayload { webhook { id } } } }',
      { input: { url: 'https://example.com/hook', event } },
    );
    await api.one('mutation($input: UpdateWebhookInput!) { updateWebhook(input: $input) { __typename } }', {
      input: { id: webhook.id, active: false },
    });
  }
  await db.execute(sql`
    insert into webhook_deliveries (id, webhook_id, workspace_id, state, position, subject_ids)
    select gen_random_uuid(), id, workspace_id, 'SUPERSEDED', n, array[gen_random_uuid()] from webhooks, generate_series(1, 3) as n`);
  const submits: [string, object][] = [
    ['Analysis', { tickers: ['AAPL', 'NONESUCH'], source: 'SAMPLE' }],
    [
      'Analysis',
      {
        tickers: ['D1', 'D2', 'D3', 'D4', 'D5'],
        source: 'DEMO',
        strategies: ['BALANCED', 'MOMENTUM_BREAKOUT'],
      },
    ],
    [
      'Backtest',
      { tickers: ['D1', 'D2', 'D3'], source: 'DEMO', strategies: ['BALANCED', 'TREND_FOLLOWING'] },
    ],
    ['Analysis', { watchlistId: lists[0], source: 'DEMO' }],
  ];
  for (const [kind, input] of submits) {
    const answer = await api.one<Submitted>(
      `mutation($input: Submit${kind}Input!) { submit${kind}(input: $input) { ${ANSWER} } }`,
      { input: { ...input, force: true } },
    );
    if (answer.__typename !== 'SubmitJobPayload') throw new Error(JSON.stringify(answer));
    // Completes when the job has ended.
    for await (const _ of api.follow('subscription($id: ID!) { jobProgress(id: $id) { state } }', {
      id: answer.job.id,
    }));
  }
}
