import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Hint } from '../../src/events/hint.ts';
import { ring, ringThrough } from '../../src/events/publish.ts';
import { createPostgresWakeUp, type WakeUp } from '../../src/events/wake-up.ts';
import { administer, createTestDatabase, type TestDatabase } from '../support/database.ts';
import { submit } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { silent } from '../support/silent.ts';

let database: TestDatabase;
const opened: WakeUp[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((wakeUp) => wakeUp.close()));
});
afterAll(() => database.close());

/** A transport under test: as a process of its own would have it, and what breaks all its connections. */
const transports = {
  postgres: {
    open: () => createPostgresWakeUp({ db: database.db, url: database.url, log: silent }),
    disrupt: async () => {
      const name = new URL(database.url).pathname.slice(1);
      await administer(`select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'thetool listener' and datname = '${name}'`);
    },
  },
} as const satisfies Record<string, { open(): WakeUp; disrupt(): Promise<void> }>;

const hint = (id: string, at: number): Hint => ({ about: 'job', id, at });
const idOf = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;

describe.each(Object.entries(transports))('the transport %s', (_name, { open, disrupt }) => {
  const openOne = () => {
    const wakeUp = open();
    opened.push(wakeUp);
    return wakeUp;
  };

  /** A process that hears: the newest `at` by id, and how often it was connected. */
  async function hearing() {
    const heard = new Map<string, number>();
    let connections = 0;
    const wakeUp = openOne();
    const listener = await wakeUp.subscribe({
      onHints: (hints) => {
        for (const { id, at } of hints) heard.set(id, Math.max(at, heard.get(id) ?? -1));
      },
      onConnected: () => {
        connections += 1;
      },
    });
    return { heard, listener, wakeUp, connections: () => connections };
  }

  test('tells every process the newest of every subject, however many hints at once', async () => {
    const listeners = [await hearing(), await hearing()];
    const speaker = openOne();
    const subjects = Array.from({ length: 2_000 }, (_, n) => idOf(n));
    await Promise.all(
      [1, 2, 3].map((round) => speaker.publish(subjects.map((id, n) => hint(id, round * 10 + (n % 7))))),
    );
    for (const { heard } of listeners) {
      await eventually(async () => heard.size === 2_000 && [...heard.values()].every((at) => at >= 30));
      expect([...heard].every(([id, at]) => at === 30 + (subjects.indexOf(id) % 7))).toBe(true);
    }
  });

  test('says when it is connected, again after every loss, and carries hints again', async () => {
    const { heard, listener, connections } = await hearing();
    const speaker = openOne();
    expect(connections()).toBeGreaterThanOrEqual(1);
    for (let loss = 1; loss <= 3; loss += 1) {
      const before = connections();
      await disrupt();
      await eventually(async () => connections() > before && listener.connected());
      await speaker.publish([hint(idOf(loss), loss)]);
      await eventually(async () => heard.get(idOf(loss)) === loss);
    }
  });

  test('publishing waits for nobody: not without a listener, not while listeners come and go', async () => {
    const speaker = openOne();
    await speaker.publish([hint(idOf(1), 1)]);
    await hearing();
    const slowest = Promise.all(
      Array.from({ length: 200 }, async (_, n) => {
        if (n % 50 === 0) void disrupt();
        const began = performance.now();
        await speaker.publish([hint(idOf(n), n)]);
        return performance.now() - began;
      }),
    );
    expect(Math.max(...(await slowest))).toBeLessThan(5_000);
  });

  test('is silent once it is closed', async () => {
    const closing = await hearing();
    const other = await hearing();
    await closing.wakeUp.close();
    await openOne().publish([hint(idOf(1), 1)]);
    await eventually(async () => other.heard.has(idOf(1)));
    expect(closing.heard.size).toBe(0);
  });
});

test('a listener that stands still in a transaction holds no publisher up', async () => {
  const stuck = new pg.Client({ connectionString: database.url });
  await stuck.connect();
  await stuck.query('listen thetool_hints');
  await stuck.query('begin');
  await stuck.query('select 1');
  const wakeUp = transports.postgres.open();
  opened.push(wakeUp);
  const began = performance.now();
  for (let n = 0; n < 200; n += 1) await wakeUp.publish([hint(idOf(n), n)]);
  expect(performance.now() - began).toBeLessThan(10_000);
  await stuck.end();
});

test('what the engine rings travels by the transport of its pool, and by it alone', async () => {
  const carried: Hint[] = [];
  const other = await createTestDatabase();
  ringThrough(other.db, async (hints) => {
    carried.push(...hints);
  });
  await submit(other.db, ['A']);
  expect(carried.map(({ about }) => about)).toContain('work');
  expect(other.statements.filter((text) => text.includes('pg_notify'))).toEqual([]);
  // A transport that fails costs a poll, not the submit.
  ringThrough(other.db, () => Promise.reject(new Error('the transport is away')));
  expect(await submit(other.db, ['B'])).toMatch(/^[0-9a-f-]{36}$/);
  await expect(ring(other.db, [hint(idOf(1), 1)])).rejects.toThrow('away');
  await other.close();
});
