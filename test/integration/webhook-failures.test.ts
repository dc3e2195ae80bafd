import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { sql } from 'drizzle-orm';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Resolve } from '../../src/webhooks/send-message.ts';
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
      sql`update webhooks set failing_since = clock_timestamp() - interval '6 days' where failures > 0`,
    );
    const shown = await untilState(webhook.id, 'DISABLED');
    expect(shown.disabledReason).toBe('No message has arrived for 5 days. Last: The receiver answered 503.');
    receiver.answer = good;
    await api.one(`mutation($id: ID!) { updateWebhook(input: { id: $id, active: true }) { __typename } }`, {
      id: webhook.id,
    });
    await eventually(async () => (await show(webhook.id)).last.state === 'DELIVERED');
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
