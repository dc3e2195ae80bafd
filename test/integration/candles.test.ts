import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { analyses } from '../../src/analyses/analysis.tables.ts';
import { createAnalysisTask } from '../../src/analyses/analysis.task.ts';
import { ANALYSIS_KIND } from '../../src/analyses/kind.ts';
import { resolveOptions } from '../../src/analyses/options.ts';
import { openDatabase } from '../../src/db/client.ts';
import { eq, sql } from '../../src/db/drizzle.ts';
import { type Pace, politePace } from '../../src/market/ask-service.ts';
import { keepCandles } from '../../src/market/keep-candles.ts';
import type { Source } from '../../src/market/source.ts';
import type { SourceId } from '../../src/market/sources/index.ts';
import { createYahooSource } from '../../src/market/sources/yahoo.ts';
import { type Candles, sliceCandles } from '../../src/quant/candles.ts';
import { strategyIds } from '../../src/quant/strategies/index.ts';
import { createTestDatabase } from '../support/database.ts';
import { endedJob, inconsistencies, startWorker, submit } from '../support/engine.ts';
import { type FakeChart, modes, outcomes, startFakeYahoo } from '../support/fake-yahoo.ts';
import { readAapl } from '../support/series.ts';
import { silent } from '../support/silent.ts';

const database = await createTestDatabase();
const { db } = database;
const aapl = readAapl();
/** What the service has: its bars up to `bars`, all prices times `factor`. */
let market: { bars: number; factor: number; lastClose: number; volume?: number; isLastMissing?: boolean } = {
  bars: 0,
  factor: 1,
  lastClose: 1,
};
let now = new Date();
/** The prices of the last session have not been filled in. */
function blankLast(chart: FakeChart): FakeChart {
  if (market.isLastMissing !== true) return chart;
  const columns = [
    ...Object.values(chart.indicators.quote[0] ?? {}),
    chart.indicators.adjclose[0]?.adjclose ?? [],
  ];
  for (const column of columns) column[column.length - 1] = null;
  return chart;
}
const fake = await startFakeYahoo(() => served(), blankLast);
afterAll(() => Promise.all([database.close(), fake.close()]));

function served(): Candles {
  const { bars, factor, lastClose, volume = 1 } = market;
  const part = sliceCandles(aapl, 0, bars);
  const scale = (column: Float64Array) => column.map((price) => price * factor);
  const close = scale(part.close).map((price, i) => (i === bars - 1 ? price * lastClose : price));
  return {
    ...part,
    open: scale(part.open),
    high: scale(part.high),
    low: scale(part.low),
    close,
    volume: part.volume.map((v) => v * volume),
  };
}

const day = (bar: number) => aapl.dates[bar - 1] ?? '';
/** The service has so many bars, and it is the evening of the last one. */
function evening(bars: number, factor = 1): void {
  market = { bars, factor, lastClose: 1 };
  now = new Date(`${day(bars)}T23:00:00Z`);
}

beforeEach(async () => {
  await db.execute(sql`truncate candle_series`);
  evening(1_000);
});

const fast: Pace = { ...politePace, gapMs: 0, retryMs: 5, failuresToOpen: 1_000 };
const signal = new AbortController().signal;

/** A source with its store, as a worker process has them. */
function keeper(on = db, pace = fast): Source {
  const source = createYahooSource({ now: () => now, origin: fake.origin, pace });
  const kept = keepCandles({ db: on, log: silent, now: () => now }, new Map([['YAHOO', source]])).get(
    'YAHOO',
  );
  if (kept === undefined) throw new Error('no source');
  return kept;
}

const load = async (source: Source, bars: number | 'ALL', asOf: string | null = null, ticker = 'X') =>
  (await source.load({ ticker, bars, asOf }, signal)).candles;
const alone = (bars: number | 'ALL', asOf: string | null = null) =>
  load(createYahooSource({ now: () => now, origin: fake.origin, pace: fast }), bars, asOf);

/** Requests that the work caused. */
async function requestsOf(work: () => Promise<unknown>): Promise<number> {
  const before = fake.requests.length;
  await work();
  return fake.requests.length - before;
}

async function storedRows() {
  const { rows } = await db.execute<{ ticker: string; bars: number; first_day: string; last_day: string }>(
    sql`select ticker, bars, first_day::text, last_day::text, complete, revision from candle_series order by ticker`,
  );
  return rows;
}

describe('a stored series', () => {
  test('answers the second request without the service', async () => {
    const source = keeper();
    expect(await requestsOf(() => load(source, 400))).toBe(1);
    expect(await requestsOf(() => load(source, 400))).toBe(0);
    expect(await requestsOf(() => load(keeper(), 100))).toBe(0);
    expect(await storedRows()).toMatchObject([{ ticker: 'X', bars: 400, last_day: day(1_000) }]);
  });

  test.each([
    [100, 750],
    [750, 100],
    [100, 'ALL'],
    ['ALL', 750],
    [750, 5_000],
  ] as const)('after %s bars, %s are what they are alone', async (first, second) => {
    const source = keeper();
    await load(source, first);
    expect(await load(source, second)).toEqual(await alone(second));
  });

  test('one ticker after another gives what each gives alone', async () => {
    const source = keeper();
    const bars = await load(source, 200, null, 'A');
    market = { ...market, factor: 3 };
    expect(await load(source, 200, null, 'B')).toEqual(await alone(200));
    expect(await load(source, 200, null, 'A')).toEqual(bars);
  });

  test('is asked for more only when there is more', async () => {
    const source = keeper();
    expect((await load(source, 5_000)).dates).toHaveLength(1_000);
    expect(await requestsOf(() => load(source, 2_000))).toBe(0);
    expect(await requestsOf(() => load(source, 'ALL'))).toBe(0);
  });
});

describe('days pass', () => {
  test('the next evening brings the new bar with a short request', async () => {
    const source = keeper();
    await load(source, 400);
    evening(1_001);
    expect(await requestsOf(() => load(source, 400))).toBe(1);
    const { url } = fake.requests.at(-1) ?? {};
    const asked = Number(url?.searchParams.get('period2')) - Number(url?.searchParams.get('period1'));
    expect(asked).toBeLessThan(60 * 86_400);
    expect(await load(source, 400)).toEqual(await alone(400));
    expect(await storedRows()).toMatchObject([{ bars: 401, last_day: day(1_001), revision: 2 }]);
  });

  test('a year later everything in between is there', async () => {
    const source = keeper();
    await load(source, 100);
    evening(1_250);
    expect(await load(source, 750)).toEqual(await alone(750));
  });

  test('the running session is never stored, and its final bar is read after the close', async () => {
    evening(1_001);
    // The bar is there, with a price of noon.
    now = new Date(`${day(1_001)}T17:00:00Z`);
    market = { ...market, lastClose: 0.5 };
    const source = keeper();
    expect((await load(source, 100)).dates.at(-1)).toBe(day(1_000));
    expect(await storedRows()).toMatchObject([{ last_day: day(1_000) }]);
    expect(await requestsOf(() => load(source, 100))).toBe(0);
    evening(1_001);
    const candles = await load(source, 100);
    expect(candles.dates.at(-1)).toBe(day(1_001));
    expect(candles.close.at(-1)).toBe((aapl.close[1_000] ?? 0) * 0.9);
  });

  test('changed prices replace the whole series', async () => {
    const source = keeper();
    await load(source, 400);
    evening(1_001, 0.5);
    const candles = await load(source, 100);
    expect(candles).toEqual(await alone(100));
    const [row] = await storedRows();
    expect(row?.bars).toBeGreaterThanOrEqual(400);
    expect((await load(source, 400)).close).toEqual((await alone(400)).close);
  });

  test('volumes that were revised are taken over, of bars that are loaded again', async () => {
    const source = keeper();
    await load(source, 400);
    evening(1_001);
    market = { ...market, volume: 2 };
    const candles = await load(source, 400);
    expect(candles.volume[398]).toBe(2 * (aapl.volume[999] ?? 0));
    expect(candles.volume[0]).toBe(aapl.volume[601]);
  });

  test('a session without prices is a warning, also from the store, and asked for again after five minutes', async () => {
    const source = keeper();
    await load(source, 400);
    evening(1_001);
    market = { ...market, isLastMissing: true };
    const read = async (asOf: string | null = null) => {
      const { candles, warnings = [] } = await source.load({ ticker: 'X', bars: 100, asOf }, signal);
      return [candles.dates.at(-1), warnings.map(({ code }) => code)];
    };
    const missing = [day(1_000), ['LAST_SESSION_MISSING']];
    expect(await requestsOf(async () => expect(await read()).toEqual(missing))).toBe(1);
    expect(await requestsOf(async () => expect(await read()).toEqual(missing))).toBe(0);
    // Of an earlier day nothing is missing.
    expect(await read(day(1_000))).toEqual([day(1_000), []]);
    market = { ...market, isLastMissing: false };
    now = new Date(now.getTime() + 301_000);
    expect(await read()).toEqual([day(1_001), []]);
  });

  test('noise below a millionth changes no stored bar', async () => {
    const source = keeper();
    const before = await load(source, 400);
    evening(1_001, 1 + 5e-7);
    const after = await load(source, 401);
    expect(after.close.subarray(0, 400)).toEqual(before.close);
    expect(after.dates.at(-1)).toBe(day(1_001));
  });

  test('a past day is read again from the same bars, without the service', async () => {
    const source = keeper();
    const then = await load(source, 200, day(900));
    expect(then.dates.at(-1)).toBe(day(900));
    expect(then.dates).toHaveLength(200);
    evening(1_200);
    expect(await requestsOf(async () => expect(await load(source, 200, day(900))).toEqual(then))).toBe(0);
    await load(source, 200);
    expect(await load(source, 200, day(900))).toEqual(then);
  });
});

test('the migration to adjusted volume removes the stored series of Tiingo and no other', async () => {
  await load(keeper(), 100);
  await db.execute(sql`
    insert into candle_series (source, ticker, "interval", adjustment, bars, first_day, last_day, currency, complete, fresh_until, body)
    select 'TIINGO', ticker, "interval", adjustment, bars, first_day, last_day, currency, complete, fresh_until, body from candle_series`);
  const folder = new URL('../../drizzle/', import.meta.url);
  const file = readdirSync(folder).find((name) => name.endsWith('_reload_tiingo_series.sql')) ?? '';
  await db.execute(sql.raw(readFileSync(new URL(file, folder), 'utf8')));
  const { rows } = await db.execute(sql`select source, bars from candle_series`);
  expect(rows).toEqual([{ source: 'YAHOO', bars: 100 }]);
});

describe('many at once', () => {
  test('want the same series: it is loaded once', async () => {
    const source = keeper();
    const all = () => Promise.all(Array.from({ length: 20 }, () => load(source, 400, null, 'LATER')));
    const before = database.statements.length;
    expect(await requestsOf(all)).toBe(1);
    // Each looks once, one stores: nobody asks the database again and again while the service takes its time.
    expect(database.statements.length - before).toBeLessThanOrEqual(21);
  });

  test('want different depths: each gets its own', async () => {
    const source = keeper();
    const depths = [100, 750, 200, 400, 750, 100];
    const answers = await Promise.all(depths.map((bars) => load(source, bars)));
    expect(answers.map(({ dates }) => dates.length)).toEqual(depths);
    expect(answers[1]).toEqual(await alone(750));
  });

  test('one who goes takes nothing away from the others; the last one ends the request', async () => {
    const source = keeper();
    const leaving = new AbortController();
    const gone = source.load({ ticker: 'LATER', bars: 100, asOf: null }, leaving.signal);
    const stays = load(source, 100, null, 'LATER');
    leaving.abort(new Error('cancelled'));
    await expect(gone).rejects.toThrow('cancelled');
    expect((await stays).dates).toHaveLength(100);

    const last = new AbortController();
    const slow = source.load({ ticker: 'SLOW', bars: 100, asOf: null }, last.signal);
    await expect.poll(() => fake.open.now, { timeout: 10_000 }).toBe(1);
    last.abort(new Error('cancelled'));
    await expect(slow).rejects.toThrow('cancelled');
    await expect.poll(() => fake.open.now, { timeout: 10_000 }).toBe(0);
  });

  test('an error reaches all who wait, and the next one asks again', async () => {
    const source = keeper(db, { ...fast, tries: 1 });
    const ends = await Promise.allSettled([1, 2, 3].map(() => load(source, 100, null, 'BROKEN')));
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(await requestsOf(() => load(source, 100, null, 'BROKEN').catch(() => null))).toBe(1);
  });

  test('two processes load a series at once: each answers rightly, one row is stored', async () => {
    const other = openDatabase({ url: database.url, max: 2, applicationName: 'test', log: silent });
    try {
      const [one, two] = [keeper(), keeper(other.db)];
      const [shallow, deep] = await Promise.all([load(one, 100), load(two, 750)]);
      expect([shallow, deep]).toEqual([await alone(100), await alone(750)]);
      expect(await storedRows()).toHaveLength(1);
      expect(await load(one, 750)).toEqual(await alone(750));
    } finally {
      await other.close();
    }
  });
});

test('a broken series is handed on to validation and not kept', async () => {
  const source = keeper();
  expect((await load(source, 'ALL', null, 'STRINGS')).dates).toHaveLength(1_000);
  await load(source, 'ALL', null, 'CONFLICT');
  await expect(load(source, 100, null, 'UNKNOWN')).rejects.toThrow();
  expect(await storedRows()).toEqual([]);
});

describe('a job', () => {
  const task = (source: Source) =>
    createAnalysisTask({
      sources: new Map<SourceId, Source>([['YAHOO', source]]),
      now: () => now,
      findInstrument: async () => null,
    });
  const asked = {
    kind: ANALYSIS_KIND,
    source: 'YAHOO',
    isDemo: false,
    options: resolveOptions({}, '2027-01-01'),
  };

  test('over every answer that a service may give fails what must fail and analyses the rest', async () => {
    const worker = await startWorker(
      database.url,
      db,
      task(keeper(db, { ...fast, deadlineMs: 1_000, tries: 1 })),
    );
    try {
      // A quota that is used up pauses all requests for a minute.
      const answers = Object.keys(modes).filter((mode) => !mode.startsWith('QUOTA'));
      const tickers = [...answers, 'AAPL', 'MSFT'];
      const id = await submit(db, tickers, asked);
      await expect.poll(() => endedJob(db, id), { timeout: 25_000 }).not.toBeNull();
      const { rows } = await db.execute<{ ticker: string; end: string }>(
        sql`select ticker, coalesce(error_code, state) as "end" from job_items where job_id = ${id}`,
      );
      expect(Object.fromEntries(rows.map(({ ticker, end }) => [ticker, end]))).toEqual(outcomes);
      expect(await inconsistencies(db)).toEqual([]);
    } finally {
      await worker.stop();
    }
  });

  test('per strategy over the same tickers loads each series once', async () => {
    const worker = await startWorker(database.url, db, task(keeper()));
    try {
      const tickers = ['A', 'B', 'C', 'D', 'E', 'F'];
      const before = fake.requests.length;
      const ids = await Promise.all(
        strategyIds.map((strategy) => submit(db, tickers, { ...asked, strategy })),
      );
      for (const id of ids)
        await expect.poll(() => endedJob(db, id), { timeout: 20_000 }).toMatchObject({ succeeded: 6 });
      expect(fake.requests.length - before).toBe(6);
    } finally {
      await worker.stop();
    }
  });

  test('of all strategies loads each series once, over two workers, too', async () => {
    const other = openDatabase({ url: database.url, max: 4, applicationName: 'test', log: silent });
    // Neither loads before both have an item.
    const began = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const meeting = [keeper(), keeper(other.db)].map(
      (source, i): Source => ({
        ...source,
        async load(request, ended) {
          began[i]?.resolve();
          await Promise.all(began.map(({ promise }) => promise));
          return source.load(request, ended);
        },
      }),
    );
    const workers = await Promise.all(
      meeting.map((source) => startWorker(database.url, db, task(source), { capacity: 2 })),
    );
    try {
      const tickers = Array.from({ length: 40 }, (_, i) => `M${i}`);
      const before = fake.requests.length;
      const id = await submit(db, tickers, {
        ...asked,
        options: resolveOptions({}, '2027-01-01', strategyIds),
      });
      await expect.poll(() => endedJob(db, id), { timeout: 20_000 }).toMatchObject({ succeeded: 40 });
      expect(fake.requests.length - before).toBe(40);
      expect(await db.$count(analyses, eq(analyses.jobId, id))).toBe(40 * strategyIds.length);
    } finally {
      for (const worker of workers) await worker.stop();
      await other.close();
    }
  });
});
