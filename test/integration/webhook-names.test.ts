import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { sql } from '../../src/db/drizzle.ts';
import { addressesIn, createResolve } from '../../src/net/resolve-name.ts';
import { type DnsServer, startDnsServer } from '../support/dns-server.ts';
import { eventually } from '../support/eventually.ts';
import { createWriter } from '../support/feed.ts';
import { insertWorkspace } from '../support/insert-key.ts';
import { create, database, deliver, receiver, show, tickersOf } from '../support/webhooks.ts';

let dns: DnsServer;
beforeEach(async () => {
  dns = await startDnsServer({ 'good.example': '127.0.0.1' });
});
afterEach(() => dns.close());

const never = new AbortController().signal;
const inWorkspace = (owner: string, signal = never) => ({ owner, signal });
const GOOD = [{ address: '127.0.0.1', family: 4 }];

test('a name has the addresses that its name server gives it, and an absent one has none', async () => {
  const resolve = createResolve({ servers: [dns.server] });
  expect(await resolve('good.example', inWorkspace('a'))).toEqual(GOOD);
  expect(await resolve('absent.example', inWorkspace('a'))).toEqual([]);
});

test('a look-up that gets no response ends at its deadline, and at once when its caller cancels it', async () => {
  // The resolver alone would ask each server twice, for 600 ms.
  const silent = await Promise.all([startDnsServer({}), startDnsServer({}), startDnsServer({})]);
  onTestFinished(async () => void (await Promise.all(silent.map((one) => one.close()))));
  const late = createResolve({ servers: silent.map(({ server }) => server), deadlineMs: 200 });
  await expect(late('dead.example', inWorkspace('a'))).rejects.toMatchObject({ name: 'TimeoutError' });
  const patient = createResolve({ servers: [dns.server], deadlineMs: 600_000 });
  const leaving = new AbortController();
  const ended = expect(patient('dead2.example', inWorkspace('a', leaving.signal))).rejects.toThrow('left');
  await eventually(async () => dns.asked.has('dead2.example'));
  leaving.abort(new Error('left'));
  const leftAt = performance.now();
  await ended;
  // The resolver gives a server 5 s at most.
  expect(performance.now() - leftAt).toBeLessThan(2_500);
});

test('200 names of a workspace that get no response hold four look-ups, and none of another workspace', async () => {
  const resolve = createResolve({ servers: [dns.server], deadlineMs: 600_000 });
  const leaving = new AbortController();
  const dead = Array.from({ length: 200 }, (_, i) =>
    resolve(`dead${i}.example`, inWorkspace('a', leaving.signal)),
  );
  const ended = Promise.allSettled(dead);
  await eventually(async () => dns.asked.size === 4);
  expect(await resolve('good.example', inWorkspace('b'))).toEqual(GOOD);
  expect([...dns.asked].filter((name) => name.startsWith('dead'))).toHaveLength(4);
  leaving.abort();
  await ended;
  expect(await resolve('good.example', inWorkspace('a'))).toEqual(GOOD);
});

test('the hosts file and localhost need no name server', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'thetool-hosts-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const hostsFile = join(folder, 'hosts');
  await writeFile(
    hostsFile,
    '# good\n10.0.0.1 other\n10.0.0.2\tdead.EXAMPLE alias # dead.example\n::9 dead.example\n',
  );
  const resolve = createResolve({ servers: [dns.server], hostsFile });
  expect(await resolve('DEAD.example', inWorkspace('a'))).toEqual([
    { address: '10.0.0.2', family: 4 },
    { address: '::9', family: 6 },
  ]);
  const loopback = ['127.0.0.1', '::1'];
  for (const name of ['localhost', 'hooks.localhost'])
    expect((await resolve(name, inWorkspace('a'))).map(({ address }) => address)).toEqual(loopback);
  expect(dns.asked.size).toBe(0);
  expect(addressesIn('nonsense good.example\n# 1.2.3.4 good.example', 'good.example')).toEqual([]);
});

test('webhooks whose names get no response do not delay those of another workspace', async () => {
  const other = await insertWorkspace(database.db);
  const { webhook } = await create({ filter: {} });
  await database.db.execute(sql`update webhooks set url = replace(url, '127.0.0.1', 'good.example')`);
  expect(new URL(receiver.url).hostname).toBe('127.0.0.1');
  await database.db.execute(sql`
    insert into webhooks (id, workspace_id, url, description, event, filter, position, secret, state)
    select gen_random_uuid(), ${other}, 'https://dead' || n || '.example/', '', event, filter, 0, secret, state
    from webhooks, generate_series(1, 18) as n where id = (select id from webhooks limit 1)`);
  const ours = await createWriter(database.db);
  const theirs = await createWriter(database.db, other);
  await theirs.store([{ ticker: 'T1' }]);
  const resolve = createResolve({ servers: [dns.server], deadlineMs: 60_000 });
  deliver(1, { resolve, deadlineMs: 60_000 });
  await eventually(async () => [...dns.asked].some((name) => name.startsWith('dead')));
  for (const ticker of ['O1', 'O2', 'O3', 'O4']) {
    await ours.store([{ ticker }]);
    await eventually(async () => tickersOf().includes(ticker));
  }
  expect((await show(webhook.id)).failures).toBe(0);
  expect([...dns.asked].filter((name) => name.startsWith('dead')).length).toBeLessThanOrEqual(4);
});
