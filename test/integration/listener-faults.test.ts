import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../src/db/drizzle.ts';
import { ring } from '../../src/events/publish.ts';
import { LISTENING } from '../chaos/inject.ts';
import { jobGid, startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { submit } from '../support/engine.ts';

const SECONDS = Number(process.env.FAILURE_POINT_SECONDS ?? 10);
const KILL_EVERY_MS = 500;
const FOLLOWERS = 20;

let database: TestDatabase;
let api: TestApi;
beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
});
afterAll(async () => {
  await api.close();
  await database.close();
});

/** Appends an event as a flush does, and rings. The last one ends the job. */
async function append(id: string, seq: number, last: boolean): Promise<void> {
  await database.db.transaction(async (tx) => {
    await tx.execute(sql`select from jobs where id = ${id} for no key update`);
    await tx.execute(sql`insert into job_events (job_id, seq, type, progress)
      select id, last_seq + 1, ${last ? 'JOB_CANCELLED' : 'ITEM_PROGRESSED'}, 0 from jobs where id = ${id}`);
    await tx.execute(
      last
        ? sql`update jobs set last_seq = last_seq + 1, state = 'CANCELLED', queued = 0, cancelled = total, finished_at = clock_timestamp() where id = ${id}`
        : sql`update jobs set last_seq = last_seq + 1 where id = ${id}`,
    );
  });
  await ring(database.db, [{ about: 'job', id, at: seq }]);
}

const listeners = sql`from pg_stat_activity where application_name = 'thetool listener' and datname = current_database()`;

test(
  `its LISTEN connection killed every ${KILL_EVERY_MS} ms for ${SECONDS} s, a node delivers every event once, in order and within 2 s, and listens again within 1 s`,
  async () => {
    const id = await submit(database.db, ['A']);
    const sentAt = new Map<number, number>();
    const lates: number[] = [];
    const lists = Promise.all(
      Array.from({ length: FOLLOWERS }, async () => {
        const seqs: number[] = [];
        for await (const { events } of api.follow<{ events: { seq: number }[] }>(
          'subscription($id: ID!) { jobEvents(jobId: $id) { events { seq } } }',
          { id: jobGid(id) },
        )) {
          const now = performance.now();
          for (const { seq } of events) {
            seqs.push(seq);
            lates.push(now - (sentAt.get(seq) ?? now));
          }
        }
        return seqs;
      }),
    );
    const until = performance.now() + SECONDS * 1_000;
    const reconnects: number[] = [];
    let going = true;
    const killing = (async () => {
      while (performance.now() < until) {
        const { rows } = await database.db.execute<{ pid: number }>(
          sql`select pid, pg_terminate_backend(pid, 1000) ${listeners}`,
        );
        const killedAt = performance.now();
        const killed = rows.map(({ pid }) => pid);
        for (;;) {
          const fresh = await database.db.execute<{ pid: number }>(
            sql`select pid ${listeners} and ${sql.raw(LISTENING)} and state = 'idle'`,
          );
          if (fresh.rows.some(({ pid }) => !killed.includes(pid))) break;
          await delay(5);
        }
        reconnects.push(performance.now() - killedAt);
        await delay(Math.max(0, KILL_EVERY_MS - (performance.now() - killedAt)));
      }
      going = false;
    })();
    let last = 1;
    while (going) {
      last += 1;
      sentAt.set(last, performance.now());
      await append(id, last, false);
      await delay(20);
    }
    await killing;
    last += 1;
    sentAt.set(last, performance.now());
    await append(id, last, true);
    const expected = Array.from({ length: last }, (_, i) => i + 1);
    for (const seqs of await lists) expect(seqs).toEqual(expected);
    console.log(
      `${reconnects.length} kills, ${last} events: latest ${Math.round(Math.max(...lates))} ms, reconnected after ${Math.round(Math.max(...reconnects))} ms at most`,
    );
    expect(reconnects.length).toBeGreaterThan(SECONDS);
    expect(Math.max(...lates)).toBeLessThan(2_000);
    expect(Math.max(...reconnects)).toBeLessThan(1_000);
  },
  (SECONDS + 30) * 1_000,
);
