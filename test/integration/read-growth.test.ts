import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { fillLarge } from '../support/large-database.ts';
import { openReadMeter, type PlanMode, type Reading, type ReadMeter } from '../support/read-meter.ts';
import { jobsTours } from '../support/tours/jobs-tour.ts';
import { restTours } from '../support/tours/rest-tour.ts';
import { resultsTours } from '../support/tours/results-tour.ts';
import type { Visit } from '../support/tours/tour.ts';

const source = fileURLToPath(new URL('../../src', import.meta.url));
const tours = { ...jobsTours, ...resultsTours, ...restTours };

/** Exported functions of stores that send no statement of their own. */
const silentFunctions: ReadonlySet<string> = new Set([
  'jobs/claim claimable',
  'jobs/claim itemsAhead',
  'jobs/job toLocked',
  'jobs/queue backlogQuery',
  'jobs/queue queuesQuery',
  'jobs/worker fleetRows',
  'backtests/rows field',
  'backtests/rows insertRows',
  'events/event-log cursorKey',
  'analyses/feed feedKey',
  'analyses/figure figureAt',
  'analyses/tally recordKey',
]);

/** Statements that read more rows than the limit, with what bounds them. */
const exceptions: Readonly<Record<string, string>> = {
  'instruments/instrument deleteUnlisted': 'the list of instruments, once at a start of an API node',
  'instruments/instrument deleteOfOtherSources': 'as deleteUnlisted',
  'jobs/claim lockClaimableJobs': 'a few jobs of each workspace that has claimable ones',
  'jobs/claim claimItems': 'as lockClaimableJobs, which it follows',
  'jobs/due promoteDueOfEach': 'a look per workspace that has jobs which are not due',
  'jobs/due listDueOfEach': 'as promoteDueOfEach, after it failed',
  'jobs/due listJobsAhead':
    'the jobs that have not ended, a few times after the clock of the server was set back',
  'jobs/worker listDisplacedJobs': 'the queued items, a few times after the clock of the server was set back',
  'jobs/worker moveDisplacedItems': 'the queued items of the jobs that are asked for',
  'jobs/queue measureBacklog': 'at most 10,000 jobs and 10,000 items',
  'jobs/queue measureQueues': 'at most 10,000 jobs, and a look per workspace',
  'jobs/watchlist-status lockListsOfTickers': 'a look per watchlist of the workspace, which has at most 100',
  'jobs/waiting listPlaces': 'at most 1,000 jobs of each of 50 workspaces and kinds',
  'jobs/listing listJobs: by a rare ticker':
    'a look per unfinished job of the workspace; ended ones are found by the ticker',
  'jobs/listing listJobs: by a ticker of none': 'as by a rare ticker',
  'jobs/listing countJobs: by a rare ticker': 'as by a rare ticker',
  'jobs/retention deleteEnds': 'three rows of each workspace',
  'jobs/retention markLogsPruned': 'two rows of each job that is asked for',
  'analyses/feed listFeedPages': 'the entries of a page, which are returned in one row per cursor',
  'analyses/ranking listRanking': 'the latest results of the workspace are sorted anew (docs/decisions/0019)',
  'analyses/ranking listRanking: of a list': 'the instruments, which a list of any length is joined with',
  'analyses/ranking countRanking': 'as listRanking',
  'analyses/tally sumTallies': 'the latest results of the workspace, once a minute per strategy and side',
  'analyses/ranking listActiveItems': 'the unfinished jobs of the workspace',
  'analyses/dashboard summariseLists: all lists': 'the items of all lists of the workspace',
  'analyses/export readExportChunk: by a verdict of none':
    'the results at the positions that the chunk looks at',
  'access/key listWorkspacesNamed': 'the command line looks through the names of all workspaces',
  'access/key findFirstFreeDay':
    'the keys of a workspace, which has at most 1,000, when one more is rejected',
  'access/member hasAnyMember: of an issuer of none': 'members; asked at the start of an API node',
  'audit/entry listEntries: by an action of none':
    'the audit log of the workspace as far as the asked span of time',
  'audit/entry deleteOldEntries: of which there are none': 'entries of the same range of pages as the oldest',
  'market/own countOtherSeries': 'the own series of the workspace, which has at most 5,000',
  'rates/rate deleteFullBuckets': 'a bucket per key; an index of their times would cost every request',
  'webhooks/lease leaseWebhooks': 'the webhooks, of which a workspace has at most 20',
  'webhooks/webhook listWebhooksOfMember': 'the webhooks of a workspace, which has at most 20',
  'webhooks/webhook disableWebhooksOfMember': 'as listWebhooksOfMember',
  'webhooks/webhook listDeliveries: by a state of none':
    'messages of one webhook, which are removed after days',
  'webhooks/webhook countDeliveries: by a state of none': 'as listDeliveries',
};

/** Functions that only commands call: their statements have no names, so that PostgreSQL plans them for the values of each call. */
const ofCommands: ReadonlySet<string> = new Set(['access/workspace deletePiece']);

let database: TestDatabase;
let meter: ReadMeter;
beforeAll(async () => {
  database = await createTestDatabase();
  await fillLarge(database.url);
  meter = await openReadMeter(database.url);
}, 300_000);
afterAll(async () => {
  await meter.close();
  await database.close();
});

/** Rows and index entries that a statement may read for what it returns or counts. */
const limitOf = ({ returned, relations }: Reading, counted: number) =>
  50 + 10 * Math.max(returned, counted) * Math.max(1, relations);

async function excess(mode: PlanMode, visit: Visit): Promise<string[]> {
  const { result, readings } = await meter.measure(mode, visit);
  expect(readings.length).toBeGreaterThan(0);
  const counted = typeof result === 'number' ? result : 0;
  return readings
    .filter(
      (reading) =>
        reading.read > limitOf(reading, counted) || reading.blocks > 20 * limitOf(reading, counted),
    )
    .map(
      ({ statement, read, returned, blocks, plan }) =>
        `${mode} ${statement}: read ${read} rows in ${blocks} blocks for ${returned}: ${plan}`,
    );
}

test('the tour calls every function of every store', async () => {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.store.ts'),
  );
  const missing: string[] = [];
  const known = new Set<string>();
  for (const file of files) {
    const store = file.replace('.store.ts', '').replaceAll('\\', '/');
    const exported = Object.entries((await import(join(source, file))) as object);
    const visited = new Set(Object.keys(tours[store] ?? {}).map((title) => title.split(':')[0]));
    for (const [name, value] of exported) {
      if (typeof value !== 'function') continue;
      known.add(`${store} ${name}`);
      if (!visited.has(name) && !silentFunctions.has(`${store} ${name}`)) missing.push(`${store} ${name}`);
    }
  }
  expect(missing).toEqual([]);
  const gone = Object.entries(tours).flatMap(([store, tour]) =>
    Object.keys(tour).filter((title) => !known.has(`${store} ${title.split(':')[0]}`)),
  );
  expect(gone).toEqual([]);
});

const visits = Object.entries(tours).flatMap(([store, tour]) =>
  Object.entries(tour).map(([title, visit]) => ({ title: `${store} ${title}`, visit })),
);

test('no statement reads more rows than it returns asks for, with 50,000 jobs, 300,000 items and 200 workspaces', async () => {
  const faults: string[] = [];
  for (const { title, visit } of visits) {
    const custom = await excess('CUSTOM', visit);
    // A plan for any values may be worse than PostgreSQL would keep: what it does keep counts.
    const any = ofCommands.has(title.split(':')[0] ?? '') ? [] : await excess('GENERIC', visit);
    const kept = any.length === 0 ? [] : await excess('KEPT', visit);
    const found = [...custom, ...kept];
    if (found.length > 0 && exceptions[title] === undefined)
      faults.push(...found.map((fault) => `${title}: ${fault}`));
  }
  expect(faults).toEqual([]);
}, 300_000);

test('every exception names a call of the tour', () => {
  const titles = new Set(visits.map(({ title }) => title));
  expect([...Object.keys(exceptions), ...ofCommands].filter((title) => !titles.has(title))).toEqual([]);
});
