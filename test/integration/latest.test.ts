import { readFileSync } from 'node:fs';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { insertAnalyses, type StoredAnalysis } from '../../src/analyses/analysis.store.ts';
import type { NewAnalysis } from '../../src/analyses/analysis.ts';
import { ANALYSIS_KIND } from '../../src/analyses/kind.ts';
import { upsertLatest } from '../../src/analyses/latest.store.ts';
import { resolveOptions } from '../../src/analyses/options.ts';
import { sql } from '../../src/db/drizzle.ts';
import { createWatchlist } from '../../src/watchlists/edit-watchlist.ts';
import { startAnalysisWorker } from '../support/analysis-worker.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { endedJob, submit } from '../support/engine.ts';
import { newAnalysis } from '../support/feed.ts';
import { silent } from '../support/silent.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

/** An id as a worker makes it whose clock is so far off. */
const idAt = (offsetMs: number) => uuidv7({ msecs: Date.now() + offsetMs });

async function store(ticker: string, ...results: Partial<NewAnalysis>[]): Promise<void> {
  const { db } = database;
  for (const changes of results) {
    const jobId = await submit(db, [ticker]);
    const row = { jobId, workspaceId: DEFAULT_WORKSPACE_ID, ticker, analysis: newAnalysis(changes) };
    await db.transaction(async (tx) => {
      await insertAnalyses(tx, [row]);
      await upsertLatest(tx, [row]);
    });
  }
}

async function latest(ticker: string): Promise<unknown> {
  const { rows } = await database.db.execute(
    sql`select analysis_id from latest_analyses where ticker = ${ticker}`,
  );
  return rows[0]?.analysis_id;
}

test('of two results of one day the one stored later is the latest, though its worker is an hour behind', async () => {
  const [ahead, behind] = [idAt(1_800_000), idAt(-1_800_000)];
  await store('SKEW', { id: ahead }, { id: behind });
  expect(await latest('SKEW')).toBe(behind);
});

test('an older day and made-up bars never displace what is there, a newer day and real bars do', async () => {
  const [real, newer] = [idAt(0), idAt(-3_600_000)];
  await store(
    'ORDER',
    { isDemo: true, asOf: '2026-02-10' },
    { id: real, isDemo: false, asOf: '2026-01-10' },
    { isDemo: true, asOf: '2026-02-20' },
    { isDemo: false, asOf: '2026-01-09' },
  );
  expect(await latest('ORDER')).toBe(real);
  await store('ORDER', { id: newer, isDemo: false, asOf: '2026-01-11' });
  expect(await latest('ORDER')).toBe(newer);
});

test('a result whose later bars were left out never displaces another one, and gives way to any other', async () => {
  const [whole, cut, older] = [idAt(0), idAt(0), idAt(0)];
  const future = { warnings: [{ code: 'FUTURE_BAR', message: 'x' }] };
  await store('CUT', { isDemo: false, asOf: '2026-01-10', id: whole });
  await store('CUT', { isDemo: false, asOf: '2026-01-12', ...future, details: upTo('2026-02-01') });
  await store('CUT', { isDemo: false, asOf: '2026-01-10', ...future, details: upTo('2026-02-01') });
  expect(await latest('CUT')).toBe(whole);
  await store('CUT2', { isDemo: false, asOf: '2026-01-10', ...future, id: cut });
  await store('CUT2', { isDemo: true, asOf: '2026-01-11' });
  expect(await latest('CUT2')).toBe(cut);
  await store('CUT2', { isDemo: false, asOf: '2026-01-08', isBackfill: true, id: older });
  expect(await latest('CUT2')).toBe(older);
});

test('the upgrade moves a stored latest result without its later bars to the newest whole one', async () => {
  const [whole, weekly] = [idAt(0), idAt(0)];
  const future = { warnings: [{ code: 'FUTURE_BAR', message: 'x' }], isDemo: false };
  await store('OLD', { isDemo: false, asOf: '2026-01-09', id: idAt(0) });
  await store('OLD', {
    isDemo: false,
    asOf: '2026-01-10',
    id: whole,
    warnings: [{ code: 'PRICE_SPIKE', message: 'x' }],
  });
  await store('OLD', { isDemo: false, asOf: '2026-01-12', id: weekly, timeframe: 'WEEKLY' });
  const cut = idAt(0);
  await store('OLD', { ...future, asOf: '2026-01-11', id: cut });
  // As the version before has stored it.
  await database.db.execute(sql`update latest_analyses set analysis_id = ${cut}, as_of = '2026-01-11', gated = true
    where ticker = 'OLD' and strategy = 'BALANCED'`);
  const file = '../../drizzle/0048_prefer_results_of_whole_series.sql';
  await database.db.execute(sql.raw(readFileSync(new URL(file, import.meta.url), 'utf8')));
  const { rows } = await database.db.execute(
    sql`select strategy, analysis_id, as_of::text, gated, lines_of from latest_analyses where ticker = 'OLD' order by strategy`,
  );
  expect(rows).toEqual([
    { strategy: 'BALANCED', analysis_id: whole, as_of: '2026-01-10', gated: true, lines_of: null },
    expect.objectContaining({ strategy: 'BALANCED:WEEKLY', analysis_id: weekly, as_of: '2026-01-12' }),
  ]);
});

test('the upgrade replaces the key of stored latest results, and results go on displacing them', async () => {
  const { db } = database;
  const [old, newer] = [idAt(0), idAt(5_000)];
  // As the version before has made it.
  await db.execute(sql`alter table latest_analyses drop constraint latest_analyses_pkey,
    add constraint latest_analyses_pkey primary key (workspace_id, ticker, strategy)`);
  await store('KEYED', { isDemo: false, asOf: '2026-01-10', id: old });
  for (const name of ['0051_index_rankings', '0052_read_rankings_from_the_key']) {
    const text = readFileSync(new URL(`../../drizzle/${name}.sql`, import.meta.url), 'utf8');
    for (const statement of text.split('--> statement-breakpoint')) await db.execute(sql.raw(statement));
  }
  expect(await latest('KEYED')).toBe(old);
  await store('KEYED', { isDemo: false, asOf: '2026-01-11', id: newer });
  expect(await latest('KEYED')).toBe(newer);
  const { rows } = await db.execute(
    sql`select pg_get_constraintdef(oid) as key from pg_constraint where conname = 'latest_analyses_pkey'`,
  );
  expect(rows).toEqual([
    {
      key: 'PRIMARY KEY (workspace_id, strategy, ticker) INCLUDE (analysis_id, is_demo, gated, as_of)',
    },
  ]);
});

test('of equal results in one flush the last one counts', async () => {
  const { db } = database;
  const ids = [idAt(5_000), idAt(0)];
  const rows: StoredAnalysis[] = [];
  for (const id of ids) {
    const jobId = await submit(db, ['TWICE']);
    rows.push({ jobId, workspaceId: DEFAULT_WORKSPACE_ID, ticker: 'TWICE', analysis: newAnalysis({ id }) });
  }
  await db.transaction(async (tx) => {
    await insertAnalyses(tx, rows);
    await upsertLatest(tx, rows);
  });
  expect(await latest('TWICE')).toBe(ids[1]);
});

/** Of a run that read the source up to its newest bar on this day. */
const upTo = (readOn: string) =>
  ({ options: { asOf: null }, provenance: { asOf: readOn } }) as unknown as NewAnalysis['details'];

test('a run over mended bars displaces the result of a later bar that its source no longer has', async () => {
  const [wrong, mended] = [idAt(0), idAt(0)];
  const shared = { isDemo: false, source: 'CSV' };
  await store('MENDED', { ...shared, id: wrong, asOf: '2031-01-02', details: upTo('2026-02-01') });
  // A backfill of a past day says nothing of later bars, another source nothing of this one's.
  await store('MENDED', { ...shared, asOf: '2026-01-10' });
  await store('MENDED', { ...shared, source: 'YAHOO', asOf: '2026-01-30', details: upTo('2026-02-01') });
  // What was read on the day of the bar may be older than the bar.
  await store('MENDED', { ...shared, asOf: '2026-01-30', details: upTo('2031-01-02') });
  expect(await latest('MENDED')).toBe(wrong);
  await store('MENDED', { ...shared, id: mended, asOf: '2026-01-30', details: upTo('2026-02-01') });
  expect(await latest('MENDED')).toBe(mended);
});

test('the latest result says whether its bars are suspicious', async () => {
  const gated = async () => {
    const { rows } = await database.db.execute(sql`select gated from latest_analyses where ticker = 'GATED'`);
    return rows[0]?.gated;
  };
  await store('GATED', { warnings: [{ code: 'PRICE_SPIKE', message: 'x' }] });
  expect(await gated()).toBe(true);
  await store('GATED', { warnings: [{ code: 'STALE_DATA', message: 'x' }] });
  expect(await gated()).toBe(false);
});

test('a job that fills a past day leaves the last analysis of a watched ticker, a newer day and another result of it replace it', async () => {
  const { db } = database;
  await createWatchlist({ db, log: silent }, DEFAULT_WORKSPACE_ID, { name: 'Watched', tickers: ['AAPL'] });
  const worker = await startAnalysisWorker(database);
  const run = async (asOf: string, strategy = 'BALANCED', timeframe: 'DAILY' | 'WEEKLY' = 'DAILY') => {
    const options = resolveOptions({ asOf, timeframe }, '2026-11-29');
    const jobId = await submit(db, ['AAPL'], { kind: ANALYSIS_KIND, source: 'SAMPLE', strategy, options });
    await expect.poll(() => endedJob(db, jobId), { timeout: 20_000 }).toMatchObject({ succeeded: 1 });
    const { rows } = await db.execute<{ as_of: string; strategy: string; is_own: boolean }>(
      sql`select a.as_of::text, a.strategy, a.job_id = ${jobId} as is_own
        from watchlist_tickers t join analyses a on a.id = t.last_analysis_id where t.ticker = 'AAPL'`,
    );
    return rows[0];
  };
  try {
    expect(await run('2018-05-10')).toEqual({ as_of: '2018-05-10', strategy: 'BALANCED', is_own: true });
    expect(await run('2018-05-01')).toEqual({ as_of: '2018-05-10', strategy: 'BALANCED', is_own: false });
    // Of another strategy it is the first result and decides on an older bar.
    expect(await run('2018-05-01', 'TREND_FOLLOWING')).toMatchObject({ as_of: '2018-05-10', is_own: false });
    expect(await run('2018-05-10')).toEqual({ as_of: '2018-05-10', strategy: 'BALANCED', is_own: true });
    expect(await run('2018-05-11', 'TREND_FOLLOWING')).toMatchObject({ as_of: '2018-05-11', is_own: true });
    await db.execute(sql`update watchlist_tickers set last_analysis_id = null`);
    // A list that is analysed by weeks alone.
    expect(await run('2018-04-30', 'BALANCED', 'WEEKLY')).toMatchObject({
      as_of: '2018-04-27',
      is_own: true,
    });
    expect(await run('2018-05-07', 'BALANCED', 'WEEKLY')).toMatchObject({
      as_of: '2018-05-04',
      is_own: true,
    });
    expect(await run('2018-04-30', 'BALANCED', 'WEEKLY')).toMatchObject({
      as_of: '2018-05-04',
      is_own: false,
    });
  } finally {
    await worker.stop();
  }
});
