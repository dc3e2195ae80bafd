import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import type { FeedFilter } from '../../src/analyses/feed.ts';
import {
  createFeed,
  type Feed,
  type FeedBatch,
  type FeedStart,
  feedCursor,
} from '../../src/analyses/follow-feed.ts';
import { sql } from '../../src/db/drizzle.ts';
import { createHub, type Hub } from '../../src/events/hub.ts';
import { type Listener, listen } from '../../src/events/listener.ts';
import { follow } from '../../src/execution/source.ts';
import { listTickersOfLists } from '../../src/watchlists/watchlist.store.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { createWriter } from '../support/feed.ts';
import { randomOf } from '../support/series.ts';
import { silent } from '../support/silent.ts';

let database: TestDatabase;
let hub: Hub;
let listener: Listener;
let feed: Feed;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

beforeEach(() => start(60_000));
afterEach(stop);

async function start(pollMs: number): Promise<void> {
  const { db, url } = database;
  hub = createHub({ db, log: silent, pollMs });
  const heard = { onHints: hub.hear, onConnected: hub.wakeAll };
  listener = await listen({ url, log: silent, ...heard });
  feed = createFeed({ hub, db, listTickersOfLists: (ids) => listTickersOfLists(db, ids) });
}

async function stop(): Promise<void> {
  await listener.close();
  await hub.close();
}

function followFeed(filter: FeedFilter, from: FeedStart) {
  return follow(feed.source(DEFAULT_WORKSPACE_ID, filter), feedCursor(from));
}

/** Ids of the feed behind a position in its order, as stored. */
async function stored(after: number): Promise<string[]> {
  const { rows } = await database.db.execute<{ id: string }>(sql`
    select o.id from feed_entries e cross join unnest(e.analysis_ids) with ordinality as o(id, n)
    where e.workspace_id = ${DEFAULT_WORKSPACE_ID} and e.last_position > ${after} order by e.last_position, o.n`);
  return rows.map((row) => row.id);
}

async function head(): Promise<number> {
  const { rows } = await database.db.execute<{ position: string }>(
    sql`select position from feed_heads where workspace_id = ${DEFAULT_WORKSPACE_ID}`,
  );
  return Number(rows[0]?.position ?? 0);
}

/** Reads until `count` results have come, pausing as `pause` says. */
async function read(
  from: FeedStart,
  count: number,
  filter: FeedFilter = {},
  pause: () => Promise<unknown> = () => Promise.resolve(),
): Promise<{ ids: string[]; batches: FeedBatch[] }> {
  const ids: string[] = [];
  const batches: FeedBatch[] = [];
  for await (const batch of followFeed(filter, from)) {
    batches.push(batch);
    ids.push(...batch.analyses.map((analysis) => analysis.id));
    if (ids.length >= count) break;
    await pause();
  }
  return { ids, batches };
}

describe('every result reaches every reader once and in the order of the commits', () => {
  test.each([1, 2])(
    'with 8 writers, 24 readers and a listener that is killed all the time (seed %i)',
    async (seed) => {
      const random = randomOf(seed);
      const before = await head();
      const writers = await Promise.all(Array.from({ length: 8 }, () => createWriter(database.db)));
      const flushes = writers.flatMap((writer) =>
        Array.from({ length: 10 }, () => ({ writer, size: 1 + Math.floor(random() ** 3 * 150) })),
      );
      const total = flushes.reduce((sum, { size }) => sum + size, 0);
      const slow = async () => {
        for (let turns = Math.floor(random() * 20); turns > 0; turns -= 1) await turn();
      };
      const readers = Array.from({ length: 24 }, (_, i) =>
        read(before, total, {}, i % 2 === 0 ? slow : undefined),
      );
      const kills = new AbortController();
      const killing = (async () => {
        while (!kills.signal.aborted) {
          await database.db.execute(sql`select pg_terminate_backend(pid) from pg_stat_activity
            where application_name = 'thetool listener' and datname = current_database()`);
          await Promise.race(readers.slice(0, 1).concat(turnMany(200) as never));
        }
      })();
      await Promise.all(
        writers.map(async (_, i) => {
          for (const { writer, size } of flushes.slice(10 * i, 10 * (i + 1))) {
            await writer.store(
              Array.from({ length: size }, (_, n) => ({ ticker: `T${n}` })),
              random() < 0.5 ? slow : undefined,
            );
          }
        }),
      );
      kills.abort();
      await killing;
      const lists = await Promise.all(readers);
      const order = await stored(before);
      expect(order).toHaveLength(total);
      expect(new Set(order).size).toBe(total);
      for (const { ids, batches } of lists) {
        expect(ids).toEqual(order);
        expect(batches.some((batch) => batch.gap)).toBe(false);
        expect(batches.at(-1)).toMatchObject({ position: before + total, caughtUp: true });
      }
    },
  );

  test('also where an earlier writer commits later than a reader has passed', async () => {
    const before = await head();
    const [early, late] = [await createWriter(database.db), await createWriter(database.db)];
    const wrote = Promise.withResolvers<void>();
    const commit = Promise.withResolvers<void>();
    const reader = read(before, 2);
    const first = early.store([{ ticker: 'EARLY' }], () => {
      wrote.resolve();
      return commit.promise;
    });
    await wrote.promise;
    await late.store([{ ticker: 'LATE' }]);
    const { batches } = await read(before, 1);
    expect(batches.at(-1)?.analyses.map(({ ticker }) => ticker)).toEqual(['LATE']);
    commit.resolve();
    await first;
    expect((await reader).batches.flatMap((batch) => batch.analyses.map(({ ticker }) => ticker))).toEqual([
      'LATE',
      'EARLY',
    ]);
  });

  test('across any number of interruptions at any cursor', async () => {
    const before = await head();
    const writer = await createWriter(database.db);
    for (let flush = 0; flush < 20; flush += 1)
      await writer.store(Array.from({ length: 1 + 13 * flush }, (_, n) => ({ ticker: `T${n}` })));
    const order = await stored(before);
    const ids: string[] = [];
    let cursor = before;
    while (ids.length < order.length) {
      const { batches } = await read(cursor, 1);
      const [batch] = batches;
      ids.push(...(batch?.analyses.map((analysis) => analysis.id) ?? []));
      cursor = batch?.position ?? cursor;
    }
    expect(ids).toEqual(order);
  });
});

test('a lost ring costs one poll', async () => {
  await stop();
  await start(50);
  await listener.close();
  const writer = await createWriter(database.db);
  const before = await head();
  const reader = read(before, 3);
  await writer.store([{ ticker: 'A' }]);
  await writer.store([{ ticker: 'B' }, { ticker: 'C' }]);
  expect((await reader).ids).toHaveLength(3);
});

test('a reader from now gets a cursor at once, and only what is stored later', async () => {
  const writer = await createWriter(database.db);
  await writer.store([{ ticker: 'BEFORE' }]);
  const reader = followFeed({}, 'NOW');
  const { value: first } = await reader.next();
  expect(first).toEqual({ analyses: [], position: await head(), caughtUp: true, gap: false });
  const next = reader.next();
  await writer.store([{ ticker: 'AFTER' }]);
  expect((await next).value?.analyses.map(({ ticker }) => ticker)).toEqual(['AFTER']);
  await reader.return();
});

test('filters hold together; a list is read as it is at the moment', async () => {
  const before = await head();
  const list = crypto.randomUUID();
  const { db } = database;
  await db.execute(
    sql`insert into watchlists (id, workspace_id, name) values (${list}, ${DEFAULT_WORKSPACE_ID}, 'Filter')`,
  );
  const add = (ticker: string) =>
    db.execute(
      sql`insert into watchlist_items (watchlist_id, ticker, workspace_id) values (${list}, ${ticker}, ${DEFAULT_WORKSPACE_ID})`,
    );
  await add('LISTED');
  const writer = await createWriter(db);
  const results = [
    { ticker: 'LISTED', score: 0.6, verdict: 'BUY', strategy: 'BALANCED' },
    { ticker: 'OTHER', score: 0.8, verdict: 'BUY', strategy: 'BALANCED' },
    { ticker: 'LISTED', score: -0.6, verdict: 'SELL', strategy: 'MOMENTUM' },
    { ticker: 'THIRD', score: 0.1, verdict: 'HOLD', strategy: 'BALANCED' },
  ] as const;
  const told = async (filter: FeedFilter, from = before) => {
    const { value } = await followFeed(filter, from).next();
    return value?.analyses.map(({ ticker, score }) => `${ticker} ${score}`);
  };
  await writer.store(results);
  expect(await told({})).toHaveLength(4);
  expect(await told({ tickers: new Set(['THIRD', 'OTHER']) })).toEqual(['OTHER 0.8', 'THIRD 0.1']);
  expect(await told({ strategy: 'BALANCED', minScore: 0.6 })).toEqual(['LISTED 0.6', 'OTHER 0.8']);
  expect(await told({ verdicts: ['BUY', 'SELL'], watchlistId: list })).toEqual(['LISTED 0.6', 'LISTED -0.6']);
  expect(await told({ watchlistId: list, minScore: 0.7 })).toEqual([]);

  const reader = followFeed({ watchlistId: list }, await head());
  await reader.next();
  const next = reader.next();
  await add('ADDED');
  await writer.store([{ ticker: 'OTHER' }, { ticker: 'ADDED' }]);
  expect((await next).value?.analyses.map(({ ticker }) => ticker)).toEqual(['ADDED']);
  const last = reader.next();
  await db.execute(sql`delete from watchlists where id = ${list}`);
  await writer.store([{ ticker: 'ADDED' }]);
  expect(await last).toEqual({ done: true, value: undefined });
});

test('a filter that lets nothing pass still moves the cursor on', async () => {
  const before = await head();
  const writer = await createWriter(database.db);
  for (let flush = 0; flush < 12; flush += 1)
    await writer.store(Array.from({ length: 100 }, (_, n) => ({ ticker: `T${n}` })));
  const reader = followFeed({ tickers: new Set(['NONE']) }, before);
  expect((await reader.next()).value).toMatchObject({
    analyses: [],
    position: before + 1_000,
    caughtUp: false,
  });
  expect((await reader.next()).value).toMatchObject({
    analyses: [],
    position: before + 1_200,
    caughtUp: true,
  });
  await reader.return();
});

describe('results that retention has removed', () => {
  const take = async (from: FeedStart) => {
    const reader = followFeed({}, from);
    const { value } = await reader.next();
    await reader.return();
    return value;
  };

  test('are told as a gap, wherever they were, and once', async () => {
    const before = await head();
    const writer = await createWriter(database.db);
    const ids = await writer.store([{ ticker: 'A' }, { ticker: 'B' }, { ticker: 'C' }]);
    await writer.store([{ ticker: 'D' }]);
    expect(await take(before)).toMatchObject({ gap: false, position: before + 4 });
    await database.db.execute(sql`delete from analyses where id = ${ids[1] ?? ''}`);
    expect(await take(before)).toMatchObject({
      gap: true,
      analyses: [{ ticker: 'A' }, { ticker: 'C' }, { ticker: 'D' }],
    });
    expect(await take(before + 2)).toMatchObject({
      gap: false,
      analyses: [{ ticker: 'C' }, { ticker: 'D' }],
    });
  });

  test('with their entries: a cursor before what is left has a gap, "oldest" has none', async () => {
    const writer = await createWriter(database.db);
    await writer.store([{ ticker: 'OLD' }, { ticker: 'OLD' }]);
    await database.db.execute(sql`delete from feed_entries`);
    const at = await head();
    expect(await take(at - 1)).toEqual({ gap: true, analyses: [], position: at, caughtUp: true });
    expect(await take(at)).toEqual({ gap: false, analyses: [], position: at, caughtUp: true });
    await writer.store([{ ticker: 'NEW' }]);
    expect(await take(at - 1)).toMatchObject({ gap: true, analyses: [{ ticker: 'NEW' }], position: at + 1 });
    expect(await take('OLDEST')).toMatchObject({
      gap: false,
      analyses: [{ ticker: 'NEW' }],
      position: at + 1,
    });
  });

  test('a database that lost its newest results: a cursor behind its end has a gap and goes on', async () => {
    const at = await head();
    expect(await take(at + 1_000_000)).toMatchObject({ gap: true });
  });
});

test('100 readers with 5 filters at one cursor cost two statements per flush', async () => {
  const { db, statements } = database;
  const writer = await createWriter(db);
  const at = await head();
  const readers = Array.from({ length: 100 }, (_, i) => followFeed({ minScore: -1 + (i % 5) / 10 }, 'NOW'));
  await Promise.all(readers.map((reader) => reader.next()));
  const from = statements.length;
  const next = readers.map((reader) => reader.next());
  await writer.store([{ ticker: 'A' }, { ticker: 'B' }]);
  const batches = await Promise.all(next);
  expect(new Set(batches.map(({ value }) => value?.position)).size).toBe(1);
  expect(batches[0]?.value?.position).toBeGreaterThan(at);
  await eventually(async () => statements.slice(from).some((text) => text.includes('ring')));
  const reads = statements.slice(from).filter((text) => /listFeedPages|from "analyses"/.test(text));
  expect(reads).toHaveLength(2);
  await Promise.all(readers.map((reader) => reader.return()));
});

async function turnMany(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await turn();
}
