import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { sql } from '../../src/db/drizzle.ts';
import { createJobLogs, type LogBatch } from '../../src/events/follow-log.ts';
import { createHub, type Hub } from '../../src/events/hub.ts';
import { type Listener, listen } from '../../src/events/listener.ts';
import { ring } from '../../src/events/publish.ts';
import { follow } from '../../src/execution/source.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { submit } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { append as appendEvents } from '../support/log.ts';
import { randomOf } from '../support/series.ts';
import { silent } from '../support/silent.ts';

let database: TestDatabase;
let hub: Hub;
let listener: Listener | null = null;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await listener?.close();
  listener = null;
  await hub.close();
});
afterAll(() => database.close());

async function start(pollMs: number): Promise<void> {
  hub = createHub({ db: database.db, log: silent, pollMs });
  listener = await listen({
    url: database.url,
    log: silent,
    onHints: (hints) => hub.hear(hints),
    onConnected: () => hub.wakeAll(),
  });
}

const append = (id: string, count: number, ends = false) => appendEvents(database.db, id, count, ends);

async function collect(
  batches: AsyncIterable<LogBatch>,
  pause: () => Promise<void> = () => Promise.resolve(),
) {
  const seqs: number[] = [];
  for await (const batch of batches) {
    seqs.push(...batch.events.map((event) => event.seq));
    await pause();
  }
  return seqs;
}

async function all(batches: AsyncIterable<LogBatch>): Promise<LogBatch[]> {
  const list: LogBatch[] = [];
  for await (const batch of batches) list.push(batch);
  return list;
}

const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);
const own = (id: string) => ({ workspaceId: DEFAULT_WORKSPACE_ID, id });
const hint = (id: string, at: number) => ({ about: 'job', id, at }) as const;

test('200 subscribers of a fast log, some slow and some late, each see every event once and in order', async () => {
  await start(60_000);
  const logs = createJobLogs({ hub, db: database.db });
  const id = await submit(database.db, ['A']);
  const random = randomOf(42);
  const slow = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
  const early = Array.from({ length: 100 }, (_, i) =>
    collect(follow(logs.source(own(id)), 0), i % 3 === 0 ? slow : undefined),
  );
  for (let flush = 0; flush < 30; flush += 1) {
    await append(id, 1 + Math.floor(random() * 40));
    if (random() < 0.7)
      await ring(
        database.db,
        [hint(id, 0), hint(id, 5), hint(id, 9_999_999 - flush)].slice(0, 1 + (flush % 3)),
      );
  }
  const late = Array.from({ length: 100 }, () => collect(follow(logs.source(own(id)), 0), slow));
  await append(id, 1, true);
  await ring(database.db, [hint(id, 99_999_999)]);
  const lists = await Promise.all([...early, ...late]);
  const [first = []] = lists;
  expect(first.length).toBeGreaterThan(200);
  for (const list of lists) expect(list).toEqual(upTo(first.length));
});

test('subscribers at one cursor share one statement per wake-up', async () => {
  await start(60_000);
  const logs = createJobLogs({ hub, db: database.db });
  const id = await submit(database.db, ['A']);
  const readers = Array.from({ length: 50 }, () => follow(logs.source(own(id)), 0));
  await Promise.all(readers.map((reader) => reader.next()));
  const before = database.statements.length;
  const next = readers.map((reader) => reader.next());
  await append(id, 3);
  await ring(database.db, [hint(id, 4)]);
  const batches = await Promise.all(next);
  expect(batches.map(({ value }) => value?.cursor)).toEqual(Array(50).fill(4));
  const reads = database.statements.slice(before).filter((text) => text.includes('listEventPages'));
  // One for the ring, and one more where the submit's own hint arrives late; never one per reader.
  expect([1, 2]).toContain(reads.length);
  await Promise.all(readers.map((reader) => reader.return(undefined)));
});

test('a lost ring costs one poll, nothing else', async () => {
  await start(50);
  const logs = createJobLogs({ hub, db: database.db });
  const id = await submit(database.db, ['A']);
  const seen = collect(follow(logs.source(own(id)), 0));
  await append(id, 5);
  await append(id, 5, true);
  expect(await seen).toEqual(upTo(11));
});

test('a killed LISTEN connection comes back, and what happened meanwhile is read', async () => {
  await start(60_000);
  const logs = createJobLogs({ hub, db: database.db });
  const id = await submit(database.db, ['A']);
  const reader = follow(logs.source(own(id)), 0);
  await reader.next();
  const next = reader.next();
  for (let round = 0; round < 3; round += 1) {
    const killed = await eventually(async () => {
      const { rows } = await database.db.execute<{ ok: boolean }>(sql`
        select pg_terminate_backend(pid) as ok from pg_stat_activity where application_name = 'thetool listener' and datname = current_database()`);
      return rows[0]?.ok;
    });
    expect(killed).toBe(true);
  }
  await append(id, 2);
  // Nobody rings: only the reconnect can tell.
  expect((await next).value).toMatchObject({ cursor: 3, caughtUp: true });
  await reader.return(undefined);
});

test('a reader that leaves while it waits takes its watch along at once', async () => {
  await start(60_000);
  const logs = createJobLogs({ hub, db: database.db });
  const id = await submit(database.db, ['A']);
  const reader = follow(logs.source(own(id)), 0);
  await reader.next();
  const waiting = reader.next();
  await reader.return();
  expect((await waiting).done).toBe(true);
});

test('events that retention has removed are told as a gap, and an ended log ends at once behind its last event', async () => {
  await start(60_000);
  const logs = createJobLogs({ hub, db: database.db });
  const id = await submit(database.db, ['A']);
  await append(id, 9, true);
  await database.db.execute(sql`delete from job_events where job_id = ${id} and seq <= 4`);
  const [batch] = await all(follow(logs.source(own(id)), 0));
  expect(batch).toMatchObject({ gap: true, cursor: 10, caughtUp: true });
  expect(await all(follow(logs.source(own(id)), 10))).toEqual([
    { events: [], cursor: 10, caughtUp: true, gap: false },
  ]);
});

test('a seq after the end of the log is reported as a gap, and what follows the end is delivered', async () => {
  await start(60_000);
  const logs = createJobLogs({ hub, db: database.db });
  const id = await submit(database.db, ['A']);
  const gap = { events: [], cursor: 1, caughtUp: true, gap: true };
  expect(await logs.read(own(id), 7)).toEqual(gap);
  const first = follow(logs.source(own(id)), 3);
  expect((await first.next()).value).toEqual(gap);
  // The log is known in this process by now.
  const second = follow(logs.source(own(id)), 2_000_000_000);
  expect((await second.next()).value).toEqual(gap);
  const next = [first.next(), second.next()];
  await append(id, 1, true);
  await ring(database.db, [hint(id, 2)]);
  for (const { value } of await Promise.all(next))
    expect(value).toMatchObject({ events: [{ seq: 2 }], cursor: 2, gap: false });
  // An ended log is reported with its end, and then ends.
  expect(await all(follow(logs.source(own(id)), 9))).toEqual([{ ...gap, cursor: 2 }]);
});

test('a first batch does not report the end of the log before an event that its subscriber knows of', async () => {
  // No listener: every notification is lost, and nothing but the row moves on.
  hub = createHub({ db: database.db, log: silent, pollMs: 60_000 });
  const logs = createJobLogs({ hub, db: database.db });
  const id = await submit(database.db, ['A']);
  const early = follow(logs.source(own(id)), 0);
  await early.next();
  await append(id, 2);
  const late = follow(logs.source({ ...own(id), lastSeq: 3 }), 1);
  const { value } = await late.next();
  expect(value).toMatchObject({ cursor: 3, caughtUp: true });
  expect(value?.events.map(({ seq }) => seq)).toEqual([2, 3]);
  await Promise.all([early.return(), late.return()]);
});
