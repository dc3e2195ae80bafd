import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { createFeed, feedCursor } from '../../src/analyses/follow-feed.ts';
import { sql } from '../../src/db/drizzle.ts';
import type { Owned } from '../../src/db/owned.ts';
import { createJobLogs } from '../../src/events/follow-log.ts';
import { createHub, type Hub } from '../../src/events/hub.ts';
import { createLiveRows } from '../../src/events/live-rows.ts';
import { startAt } from '../../src/execution/source.ts';
import { listFollowedJobs, listJobsByIds } from '../../src/jobs/job.store.ts';
import {
  listFollowedWatchlists,
  listTickersOfLists,
  listWatchlistsByIds,
} from '../../src/watchlists/watchlist.store.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { submit } from '../support/engine.ts';
import { createWriter } from '../support/feed.ts';
import { append } from '../support/log.ts';
import { silent } from '../support/silent.ts';

const OTHER = '00000000-0000-7000-8000-0000000000bb';
const LIST = '00000000-0000-7000-8000-0000000000bc';

let database: TestDatabase;
let hub: Hub;
let mine: string;
let theirs: string;

beforeAll(async () => {
  database = await createTestDatabase();
  const { db } = database;
  hub = createHub({ db, log: silent, pollMs: 60_000 });
  await db.execute(sql`insert into workspaces (id, name) values (${OTHER}, 'Bystander')`);
  await db.execute(sql`insert into watchlists (id, workspace_id, name) values (${LIST}, ${OTHER}, 'Theirs')`);
  await db.execute(
    sql`insert into watchlist_items (workspace_id, watchlist_id, ticker) values (${OTHER}, ${LIST}, 'HELD')`,
  );
  mine = await submit(db, ['A']);
  theirs = await submit(db, ['A'], { workspaceId: OTHER });
  for (const id of [mine, theirs]) await append(db, id, 450);
  await (await createWriter(db, OTHER)).store([{ ticker: 'HELD' }]);
});
afterAll(async () => {
  await hub.close();
  await database.close();
});

/** Below, at and above the ends of int4, beyond those of bigint, and none. */
const numbers = [-2_147_483_649, -1, 2_147_483_647, 2_147_483_648, 1e300, Number.NaN];
const ids = ['', 'x', '\0', 'zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz', 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF'];
const bystander: Owned = { workspaceId: OTHER, id: '' };

/** Everything that one process shares between workspaces, new for each case: what is remembered would hide what is read. */
function createReads() {
  const { db } = database;
  const logs = createJobLogs({ hub, db });
  const feed = createFeed({ hub, db, listTickersOfLists: (lists) => listTickersOfLists(db, lists) });
  const jobs = createLiveRows({
    hub,
    topic: 'job',
    load: (asked) => listFollowedJobs(db, asked),
    find: (workspaceId, asked) => listJobsByIds(db, workspaceId, asked),
  });
  const lists = createLiveRows({
    hub,
    topic: 'watchlist',
    load: (asked) => listFollowedWatchlists(db, asked),
    find: (workspaceId, asked) => listWatchlistsByIds(db, workspaceId, asked),
  });
  return { logs, feed, jobs, lists };
}

type Reads = ReturnType<typeof createReads>;
type Read<Poison> = readonly [
  name: string,
  poisoned: (reads: Reads, poison: Poison) => unknown,
  healthy: (reads: Reads) => unknown,
  expected: () => object,
];

const logOf = async ({ logs }: Reads, job: Owned, cursor: number) => {
  const source = logs.source(job);
  const stop = source.onChange(() => undefined);
  try {
    // The first step teaches the tail where the end is: who is far behind it reads in turns.
    await source.next(startAt(400));
    return await source.next(startAt(cursor));
  } finally {
    stop();
  }
};

const byNumber: readonly Read<number>[] = [
  [
    'a page of a log',
    ({ logs }, after) => logs.read({ workspaceId: DEFAULT_WORKSPACE_ID, id: mine }, after),
    ({ logs }) => logs.read({ ...bystander, id: theirs }, 100),
    () => ({ cursor: 300 }),
  ],
  [
    'a page of a log that is read in turns',
    (reads, after) => logOf(reads, { workspaceId: DEFAULT_WORKSPACE_ID, id: mine }, after),
    (reads) => logOf(reads, { ...bystander, id: theirs }, 0),
    () => ({ cursor: 200 }),
  ],
  [
    'a page of a feed',
    ({ feed }, cursor) => feed.source(DEFAULT_WORKSPACE_ID, {}).next(startAt(cursor)),
    ({ feed }) => feed.source(OTHER, {}).next(startAt(0)),
    () => ({ value: { analyses: [{ ticker: 'HELD' }] } }),
  ],
];

const byId: readonly Read<string>[] = [
  ...(['workspaceId', 'id'] as const).flatMap((member): Read<string>[] => {
    const poisoned = (poison: string): Owned => ({
      workspaceId: DEFAULT_WORKSPACE_ID,
      id: mine,
      [member]: poison,
    });
    return [
      [
        `a page of a log by ${member}`,
        ({ logs }, poison) => logs.read(poisoned(poison), 0),
        ({ logs }) => logs.read({ ...bystander, id: theirs }, 100),
        () => ({ cursor: 300 }),
      ],
      [
        `a followed job by ${member}`,
        ({ jobs }, poison) => jobs.source(poisoned(poison)).next(startAt(0)),
        ({ jobs }) => jobs.source({ ...bystander, id: theirs }).next(startAt(0)),
        () => ({ value: { id: theirs } }),
      ],
      [
        `a job by ${member}`,
        ({ jobs }, poison) => jobs.read(poisoned(poison)),
        ({ jobs }) => jobs.read({ ...bystander, id: theirs }),
        () => ({ id: theirs }),
      ],
      [
        `a followed watchlist by ${member}`,
        ({ lists }, poison) => lists.source(poisoned(poison)).next(startAt(0)),
        ({ lists }) => lists.source({ ...bystander, id: LIST }).next(startAt(0)),
        () => ({ value: { id: LIST } }),
      ],
      [
        `a watchlist by ${member}`,
        ({ lists }, poison) => lists.read(poisoned(poison)),
        ({ lists }) => lists.read({ ...bystander, id: LIST }),
        () => ({ id: LIST }),
      ],
    ];
  }),
  [
    'a page of a feed by workspaceId',
    ({ feed }, poison) => feed.source(poison, {}).next(startAt(0)),
    ({ feed }) => feed.source(OTHER, {}).next(startAt(0)),
    () => ({ value: { analyses: [{ ticker: 'HELD' }] } }),
  ],
  [
    'the watchlist of a feed by id',
    ({ feed }, poison) => feed.source(OTHER, { watchlistId: poison }).next(startAt(0)),
    ({ feed }) => feed.source(OTHER, { watchlistId: LIST }).next(startAt(0)),
    () => ({ value: { analyses: [{ ticker: 'HELD' }] } }),
  ],
  [
    'the watchlist of an idle feed by id',
    ({ feed }, poison) => idle(feed.source(OTHER, { watchlistId: poison })),
    ({ feed }) => idle(feed.source(OTHER, { watchlistId: LIST })).then((step) => ({ step: step ?? 'none' })),
    () => ({ step: 'none' }),
  ],
];

async function idle(source: ReturnType<Reads['feed']['source']>) {
  const stop = source.onChange(() => undefined);
  try {
    const first = await source.next(startAt(feedCursor('NOW')));
    return first == null
      ? first
      : await source.next({ cursor: first.cursor, told: true, note: first.note ?? '' });
  } finally {
    stop();
  }
}

async function poison<Poison>(reads: readonly Read<Poison>[], values: readonly Poison[]): Promise<number> {
  for (const [name, poisoned, healthy, expected] of reads) {
    const shared = createReads();
    // All in one turn: a statement serves them together.
    const others = values.map(async (value) => poisoned(shared, value));
    const outcome = (async () => healthy(shared))();
    await Promise.allSettled(others);
    await expect(outcome, name).resolves.toMatchObject(expected());
  }
  return reads.length * values.length;
}

test('a value that a shared statement cannot take fails for its own workspace alone', async () => {
  const cases = (await poison(byNumber, numbers)) + (await poison(byId, ids));
  console.info(`shared statements poisoned: ${byNumber.length + byId.length} reads, ${cases} cases`);
}, 90_000);
