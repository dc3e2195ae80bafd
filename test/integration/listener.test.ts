import { afterEach, beforeEach, expect, test } from 'vitest';
import { sql } from '../../src/db/drizzle.ts';
import { type Listener, listen } from '../../src/events/listener.ts';
import { ring } from '../../src/events/publish.ts';
import { startProxy, type TcpProxy } from '../chaos/proxy.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { silent } from '../support/silent.ts';
import { startWireProxy } from '../support/wire-proxy.ts';

let database: TestDatabase;
let proxy: TcpProxy;
let listener: Listener;
let heard: string[];
let connected: number;

beforeEach(async () => {
  database = await createTestDatabase();
  proxy = await startProxy(Number(new URL(database.url).port));
  heard = [];
  connected = 0;
  const url = Object.assign(new URL(database.url), { hostname: '127.0.0.1', port: `${proxy.port}` });
  listener = await listen({
    url: url.href,
    log: silent,
    onHints: (hints) => heard.push(...hints.map(({ id }) => id)),
    onConnected: () => {
      connected += 1;
    },
  });
});
afterEach(async () => {
  await listener.close();
  await proxy.close();
  await database.close();
});

async function hears(): Promise<void> {
  const id = crypto.randomUUID();
  await ring(database.db, [{ about: 'job', id, at: 1 }]);
  await eventually(async () => heard.includes(id));
}

const backends = () =>
  database.db.execute(sql`select from pg_stat_activity
    where application_name = 'thetool listener' and datname = current_database()`);

test('a half-open connection is replaced within 4 s', async () => {
  await hears();
  const before = connected;
  const silentAt = performance.now();
  proxy.abandon();
  await eventually(async () => connected > before);
  const tookMs = performance.now() - silentAt;
  console.log(`half-open: listening again after ${Math.round(tookMs)} ms`);
  expect(tookMs).toBeLessThan(4_000);
  await hears();
});

test('a network that is away for a while is left within 2 s of its return', async () => {
  await hears();
  proxy.aim(null);
  proxy.reset();
  await expect.poll(async () => (await backends()).rows.length, { timeout: 10_000 }).toBe(0);
  const before = connected;
  const backAt = performance.now();
  proxy.aim(Number(new URL(database.url).port));
  await eventually(async () => connected > before);
  const tookMs = performance.now() - backAt;
  console.log(`back: listening again after ${Math.round(tookMs)} ms`);
  expect(tookMs).toBeLessThan(2_000);
  await hears();
});

test('a connection that answers but does not listen is replaced', async () => {
  const wire = await startWireProxy(database.url);
  let muted = 0;
  // The first connection's LISTEN arrives as a statement that does nothing, as after a failure that went unnoticed.
  wire.toServer = (bytes) => {
    const at = bytes.indexOf('LISTEN ');
    if (at >= 0 && muted < 2) {
      muted += 1;
      const end = bytes.indexOf(0, at);
      bytes.fill(' ', at, end).write('select 1', at);
    }
    return 'PASS';
  };
  const deaf: string[] = [];
  let times = 0;
  const second = await listen({
    url: wire.url,
    log: silent,
    onHints: (hints) => deaf.push(...hints.map(({ id }) => id)),
    onConnected: () => {
      times += 1;
    },
  });
  expect(muted).toBe(2);
  await eventually(async () => times === 2);
  const id = crypto.randomUUID();
  await ring(database.db, [{ about: 'job', id, at: 1 }]);
  await eventually(async () => deaf.includes(id));
  await second.close();
  await wire.close();
});
