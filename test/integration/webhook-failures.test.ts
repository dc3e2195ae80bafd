import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sql } from '../../src/db/drizzle.ts';
import type { Resolve } from '../../src/net/resolve-name.ts';
import { leaseWebhooks, releaseWebhook } from '../../src/webhooks/lease.store.ts';
import { eventually } from '../support/eventually.ts';
import { createWriter } from '../support/feed.ts';
import { run } from '../support/processes.ts';
import { good, isSignedBy, type Receiver, startReceiver } from '../support/receiver.ts';
import {
  api,
  create,
  database,
  deliver,
  receiver,
  show,
  tickersOf,
  untilState,
} from '../support/webhooks.ts';

describe('a message that does not arrive', () => {
  const failing = async (answer: Receiver['answer'], code: string, status: number | null) => {
    const { webhook } = await create({ filter: { tickers: ['F1', 'F2'] } });
    const writer = await createWriter(database.db);
    receiver.answer = answer;
    deliver();
    await writer.store([{ ticker: 'F1' }]);
    await writer.store([{ ticker: 'F2' }]);
    await eventually(async () => {
      const { last } = await show(webhook.id);
      return last !== undefined && last.attempts >= 2;
    });
    const { last } = await show(webhook.id);
    expect(last).toMatchObject({ state: 'PENDING', lastStatus: status, lastError: { code } });
    receiver.answer = good;
    await eventually(async () => {
      const now = await show(webhook.id);
      return now.failures === 0 && now.deliveries.edges.every(({ node }) => node.state === 'DELIVERED');
    });
    await eventually(async () => tickersOf().includes('F2'));
    // The same message until it arrived, and nothing overtook it.
    const [first] = receiver.messages;
    const repeats = receiver.messages.filter(({ id }) => id === first?.id);
    expect(repeats.length).toBeGreaterThan(1);
    expect(new Set(repeats.map(({ text }) => text)).size).toBe(1);
    expect(receiver.messages.slice(0, repeats.length)).toEqual(repeats);
  };

  test('because of a status is sent again', () =>
    failing((response) => void response.writeHead(500).end('broken'), 'STATUS', 500));
  test('because the receiver is slow is sent again', () => failing(() => undefined, 'TIMEOUT', null));
  test('because the connection breaks is sent again', () =>
    failing((response) => void response.socket?.resetAndDestroy(), 'CONNECTION', null));

  test('because of a redirect is sent again, and to nowhere else', async () => {
    const elsewhere = await startReceiver();
    onTestFinished(() => elsewhere.close());
    await failing(
      (response) => void response.writeHead(307, { location: elsewhere.url }).end(),
      'REDIRECT',
      307,
    );
    expect(elsewhere.messages).toEqual([]);
  });

  test('waits as long as the receiver asks', async () => {
    await create({ filter: { tickers: ['L1'] } });
    const writer = await createWriter(database.db);
    const times: number[] = [];
    receiver.answer = (response) => {
      times.push(performance.now());
      receiver.answer = good;
      response.writeHead(429, { 'retry-after': '1' }).end();
    };
    deliver();
    await writer.store([{ ticker: 'L1' }]);
    await eventually(async () => receiver.messages.length === 2);
    expect(performance.now() - (times[0] ?? 0)).toBeGreaterThan(990);
  });

  test('disables the webhook when the receiver wants no more', async () => {
    const { webhook } = await create({ filter: { tickers: ['G1'] } });
    const writer = await createWriter(database.db);
    receiver.answer = (response) => void response.writeHead(410).end();
    deliver();
    await writer.store([{ ticker: 'G1' }]);
    const shown = await untilState(webhook.id, 'DISABLED');
    expect(shown.disabledReason).toContain('410');
    expect(shown.last).toMatchObject({ state: 'PENDING', attempts: 1, lastError: { code: 'GONE' } });
  });

  test('disables the webhook after days of failures; taken up again it goes on', async () => {
    const { webhook } = await create({ filter: { tickers: ['D1'] } });
    const writer = await createWriter(database.db);
    receiver.answer = (response) => void response.writeHead(503).end();
    deliver();
    await writer.store([{ ticker: 'D1' }]);
    await eventually(async () => (await show(webhook.id)).failures > 0);
    expect((await show(webhook.id)).state).toBe('ACTIVE');
    await database.db.execute(
      sql`update webhooks set failing_since = clock_timestamp() - interval '6 days', failures = 60 where failures > 0`,
    );
    const shown = await untilState(webhook.id, 'DISABLED');
    expect(shown.disabledReason).toBe(
      'No message has arrived for 5 days. Last: The receiver responded with 503.',
    );
    receiver.answer = good;
    await api.one(`mutation($id: ID!) { updateWebhook(input: { id: $id, active: true }) { __typename } }`, {
      id: webhook.id,
    });
    await eventually(async () => (await show(webhook.id)).last.state === 'DELIVERED');
  });
});

describe('when the clock of the server was set', () => {
  /** A webhook whose first try has failed and whose next one is far away, nobody sending. */
  async function failedOnce(ticker: string): Promise<string> {
    const { webhook } = await create({ filter: { tickers: [ticker] } });
    const writer = await createWriter(database.db);
    receiver.answer = (response) => void response.writeHead(503, { 'retry-after': '1800' }).end();
    const stop = deliver();
    await writer.store([{ ticker }]);
    await eventually(async () => (await show(webhook.id)).failures > 0);
    await stop();
    return webhook.id;
  }

  test.each([
    ['by half an hour', sql`interval '30 minutes'`],
    ['by days', sql`interval '3 days'`],
  ])('back %s, a webhook that failed does not wait until it has caught up', async (_, step) => {
    const id = await failedOnce('B1');
    await database.db.execute(sql`update webhooks set next_at = next_at + ${step} where failures > 0`);
    await database.db.execute(sql`update webhook_deliveries set last_attempt_at = last_attempt_at + ${step}`);
    receiver.answer = good;
    deliver();
    await eventually(async () => (await show(id)).last?.state === 'DELIVERED');
  });

  test('forward by days, a webhook that has failed a few times stays active', async () => {
    const id = await failedOnce('B2');
    await database.db.execute(sql`update webhooks set failing_since = clock_timestamp() - interval '6 days',
      next_at = clock_timestamp() where failures > 0`);
    deliver();
    await eventually(async () => (await show(id)).failures > 1);
    expect((await show(id)).state).toBe('ACTIVE');
  });

  test('nothing, a webhook waits for as long as its receiver asked', async () => {
    const id = await failedOnce('B3');
    const leased = await leaseWebhooks(
      database.db,
      { free: 9, quota: 9, quotaAlone: 9, underWay: [] },
      5_000,
    );
    expect(leased).toEqual([]);
    expect((await show(id)).failures).toBe(1);
  });
});

test('an endless answer is not read to its end', async () => {
  const { webhook } = await create({ filter: { tickers: ['H1'] } });
  const writer = await createWriter(database.db);
  let sent = 0;
  receiver.answer = (response) => {
    response.writeHead(200);
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536))) sent += 65_536;
    };
    response.on('drain', more);
    more();
  };
  deliver();
  await writer.store([{ ticker: 'H1' }]);
  await eventually(async () => (await show(webhook.id)).last?.state === 'DELIVERED');
  // What the kernels' buffers took, not what a reader of everything would have taken in the time.
  expect(sent).toBeLessThan(20_000_000);
});

test('a name is resolved once per message, and no message goes to an address that is not public', async () => {
  let asked = 0;
  const resolve: Resolve = async () => {
    asked += 1;
    return [
      { address: '1.1.1.1', family: 4 },
      { address: '169.254.169.254', family: 4 },
    ];
  };
  const { webhook } = await create({ url: 'https://rebound.example/', filter: { tickers: ['N1'] } });
  const writer = await createWriter(database.db);
  deliver(1, { resolve });
  await writer.store([{ ticker: 'N1' }]);
  const shown = await eventually(async () => {
    const now = await show(webhook.id);
    return now.last?.attempts >= 1 && now;
  });
  expect(shown.last.lastError?.code).toBe('BLOCKED_ADDRESS');
  expect(asked).toBeLessThanOrEqual(shown.last.attempts + 1);
});

test('the connection goes to the address that was checked', async () => {
  const { port } = new URL(receiver.url);
  const resolve: Resolve = async () => [{ address: '127.0.0.1', family: 4 }];
  // A name that nothing else resolves.
  const { webhook } = await create({ url: `http://checked.localhost:${port}/`, filter: { tickers: ['K1'] } });
  const writer = await createWriter(database.db);
  deliver(1, { resolve });
  await writer.store([{ ticker: 'K1' }]);
  await eventually(async () => (await show(webhook.id)).last?.state === 'DELIVERED');
});

test('a process that dies between sending and noting sends the message again under its id', async () => {
  const { secret } = await create({ filter: { tickers: ['Z1', 'Z2'] } });
  const writer = await createWriter(database.db);
  const entry = '../../test/support/webhook-process.ts';
  const sender = run(entry, { DATABASE_URL: database.url });
  onTestFinished(() => sender.stop('SIGKILL').then(() => undefined));
  await sender.said(/delivering/);
  // The receiver has taken the message and says so to nobody: its sender is dead.
  receiver.answer = (response) => {
    sender.child.kill('SIGKILL');
    void sender.exited.then(() => response.writeHead(204).end());
  };
  await writer.store([{ ticker: 'Z1' }]);
  await sender.exited;
  receiver.answer = good;
  await writer.store([{ ticker: 'Z2' }]);
  deliver(2);
  await eventually(async () => tickersOf().includes('Z2'));
  expect(tickersOf()).toEqual(['Z1', 'Z1', 'Z2']);
  const [first, again] = receiver.messages;
  expect(again?.id).toBe(first?.id);
  expect(again?.text).toBe(first?.text);
  expect(receiver.messages.every((message) => isSignedBy(secret, message))).toBe(true);
});

test('a sender that was overtaken notes nothing', async () => {
  const { webhook } = await create({ filter: { tickers: ['O1'] } });
  const writer = await createWriter(database.db);
  const held = Promise.withResolvers<void>();
  receiver.answer = (response) => void held.promise.then(() => response.writeHead(204).end());
  deliver();
  await writer.store([{ ticker: 'O1' }]);
  await eventually(async () => receiver.messages.length === 1);
  // Somebody changes the webhook meanwhile: its fence moves on.
  await api.one(`mutation($id: ID!) { updateWebhook(input: { id: $id, active: false }) { __typename } }`, {
    id: webhook.id,
  });
  held.resolve();
  await api.one(`mutation($id: ID!) { updateWebhook(input: { id: $id, active: true }) { __typename } }`, {
    id: webhook.id,
  });
  receiver.answer = good;
  await eventually(async () => (await show(webhook.id)).last.state === 'DELIVERED');
  expect((await show(webhook.id)).deliveries.totalCount).toBe(1);
});

describe('the receivers of docs/webhooks.md', () => {
  const guide = readFileSync(new URL('../../docs/webhooks.md', import.meta.url), 'utf8');
  const snippet = (language: string) =>
    new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(guide)?.[1] ?? '';

  async function freePort(): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    return port;
  }

  test.each([
    ['js', process.execPath, ['--input-type=module', '-e']],
    ['python', 'python3', ['-c']],
  ] as const)('verify and take a message: %s', async (language, command, flags) => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/`;
    const { secret, webhook } = await create({ url, filter: { tickers: ['T1'] } });
    const child = spawn(command, [...flags, snippet(language)], {
      env: { PATH: process.env.PATH, PORT: String(port), WEBHOOK_SECRET: secret },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const said = once(child.stdout, 'data').then(([chunk]) => String(chunk));
    const writer = await createWriter(database.db);
    deliver();
    await writer.store([{ ticker: 'T1' }]);
    expect(await said).toContain('analysis.stored');
    await eventually(async () => (await show(webhook.id)).last?.state === 'DELIVERED');
    const forged = await fetch(url, {
      method: 'POST',
      headers: {
        'webhook-id': 'x',
        'webhook-timestamp': String(Math.floor(Date.now() / 1_000)),
        'webhook-signature': `v1,${'A'.repeat(43)}=`,
      },
      body: '{}',
    });
    expect(forged.status).toBe(401);
  });
});

describe('the webhooks that a process sends for at once', () => {
  /** Webhooks of a workspace that have one ended job to send. */
  async function add(workspaceId: string, url: string, count: number): Promise<void> {
    const { db } = database;
    await db.execute(sql`insert into workspaces (id, name) values (${workspaceId}, 'hooks')`);
    await db.execute(
      sql`insert into job_ends (workspace_id, position, job_id) values (${workspaceId}, 1, gen_random_uuid())`,
    );
    await db.execute(sql`insert into job_end_heads (workspace_id, position) values (${workspaceId}, 1)`);
    await db.execute(sql`insert into webhooks (id, workspace_id, url, description, event, filter, state, secret, position)
      select gen_random_uuid(), ${workspaceId}, ${url}, '', 'JOB_FINISHED', '{}', 'ACTIVE', 'c2VjcmV0', 0 from generate_series(1, ${count})`);
  }

  test('leave room for a workspace that comes later, when twenty receivers of another are slow', async () => {
    const quick = await startReceiver();
    onTestFinished(() => quick.close());
    const asked: ServerResponse[] = [];
    receiver.answer = (response) => void asked.push(response);
    await add(crypto.randomUUID(), receiver.url, 20);
    deliver(1, { deadlineMs: 60_000 });
    await eventually(async () => asked.length === 8);
    await add(crypto.randomUUID(), quick.url, 1);
    await eventually(async () => quick.messages.length === 1);
    expect(asked).toHaveLength(8);
    receiver.answer = good;
    for (const response of asked) response.writeHead(204).end();
  });

  test('are a quarter of one workspace at most while others wait, with those under way', async () => {
    const { db } = database;
    const [first, second] = [crypto.randomUUID(), crypto.randomUUID()];
    await add(first, receiver.url, 20);
    await add(second, receiver.url, 1);
    const lease = async (underWay: readonly string[]) => {
      const slots = { free: 16 - underWay.length, quota: 4, quotaAlone: 8, underWay };
      const leased = await leaseWebhooks(db, slots, 60_000);
      await Promise.all(leased.map((webhook) => releaseWebhook(db, webhook)));
      return [first, second].map((id) => leased.filter(({ workspaceId }) => workspaceId === id).length);
    };
    expect(await lease([])).toEqual([4, 1]);
    expect(await lease([first, first, first])).toEqual([1, 1]);
    expect(await lease(Array.from({ length: 8 }, () => first))).toEqual([0, 1]);
    await db.execute(sql`update webhooks set position = 1 where workspace_id = ${second}`);
    expect(await lease([])).toEqual([8, 0]);
    expect(await lease(Array.from({ length: 8 }, () => first))).toEqual([0, 0]);
  });

  test('leave the last one to a workspace that has none, whatever a few others have under way', async () => {
    const { db } = database;
    const [first, second] = [crypto.randomUUID(), crypto.randomUUID()];
    await add(first, receiver.url, 20);
    const lease = async (others: number, own: number) => {
      const busy = Array.from({ length: others }, () => '00000000-0000-7000-8000-00000000beef');
      const underWay = [...busy, ...Array.from({ length: own }, () => first)];
      const slots = { free: 16 - underWay.length, quota: 4, quotaAlone: 8, underWay };
      const leased = await leaseWebhooks(db, slots, 60_000);
      await Promise.all(leased.map((webhook) => releaseWebhook(db, webhook)));
      return [first, second].map((id) => leased.filter(({ workspaceId }) => workspaceId === id).length);
    };
    // A workspace that has some under way is another one, although nothing more of it waits.
    expect(await lease(8, 0)).toEqual([4, 0]);
    expect(await lease(13, 1)).toEqual([1, 0]);
    expect(await lease(13, 2)).toEqual([0, 0]);
    expect(await lease(15, 0)).toEqual([1, 0]);
    await add(second, receiver.url, 3);
    expect(await lease(13, 2)).toEqual([0, 1]);
    expect(await lease(12, 2)).toEqual([0, 1]);
  });
});
