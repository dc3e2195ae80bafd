import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { rescueItems } from '../../src/jobs/rescue-items.ts';
import { type LinkMode, startProxy, type TcpProxy } from '../chaos/proxy.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { clearJobs, endedJob, inconsistencies, startWorker, submit, testTask } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { silent } from '../support/silent.ts';

/** The defaults. */
const LEASE_MS = 10_000;
const HEARTBEAT_MS = 3_000;
/** One at least every 3.5 s, so the link is slow for longer than a lease. */
const RENEWALS = 5;

let database: TestDatabase;
let link: TcpProxy;
beforeAll(async () => {
  database = await createTestDatabase();
  link = await startProxy(Number(new URL(database.url).port));
});
afterEach(async () => {
  link.heal();
  expect(await inconsistencies(database.db)).toEqual([]);
  await clearJobs(database.db);
});
afterAll(async () => {
  await link.close();
  await database.close();
});

const modes: readonly (readonly [string, LinkMode])[] = [
  ['answers after a second', { type: 'DELAYED', ms: 500 }],
  ['brings one byte at a time', { type: 'SLICED', bytes: 1 }],
];

test.each(modes)(
  'a link that %s costs a worker time, never its lease or an item',
  async (_name, mode) => {
    const rescuer = rescueItems({ db: database.db, leaseMs: LEASE_MS, log: silent });
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const task = testTask((ticker) => (ticker === 'LONG' ? gate : Promise.resolve()));
    const url = Object.assign(new URL(database.url), { port: String(link.port) }).href;
    const worker = await startWorker(url, database.db, task, {
      leaseMs: LEASE_MS,
      heartbeatMs: HEARTBEAT_MS,
    });
    const lost: string[] = [];
    worker.presence.onLost((id) => lost.push(id));
    link.setMode(mode);
    const id = await submit(database.db, ['LONG', 'SHORT']);
    const renewals = new Set<string>();
    await eventually(async () => {
      const { rows } = await database.db.execute<{ at: string }>(
        `select heartbeat_at::text as at from workers where state = 'ALIVE'`,
      );
      for (const { at } of rows) renewals.add(at);
      return renewals.size > RENEWALS;
    }, 30_000);
    open();
    expect(await eventually(() => endedJob(database.db, id), 30_000)).toMatchObject({
      state: 'COMPLETED',
      succeeded: 2,
    });
    const { rows } = await database.db.execute(
      `select ticker, attempt, crashes from job_items where job_id = '${id}' order by ticker`,
    );
    expect(rows).toEqual([
      { ticker: 'LONG', attempt: 1, crashes: 0 },
      { ticker: 'SHORT', attempt: 1, crashes: 0 },
    ]);
    expect(lost).toEqual([]);
    link.heal();
    await worker.stop();
    await rescuer.stop();
  },
  60_000,
);
