import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { newSecret, sign } from '../../src/webhooks/signature.ts';
import { eventually } from '../support/eventually.ts';
import { commandOfGuide, hasPython, PROCESS_TIMEOUT_MS, pythonEnv } from '../support/examples.ts';
import { createWriter } from '../support/feed.ts';
import { temporaryDirectory } from '../support/processes.ts';
import { create, database, deliver, receiver, show } from '../support/webhooks.ts';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  directory = await temporaryDirectory();
});
afterAll(() => directory.remove());

const PROGRAMS = [
  { language: 'Node', file: 'receiver.mjs', isHere: true },
  { language: 'Python', file: 'receiver.py', isHere: hasPython },
];

/** A receiver of the examples with this secret, on a free port. */
async function startExample(file: string, secret: string) {
  const target = join(directory.path, `${file}-${secret.slice(-8).replaceAll('/', '_')}.db`);
  const [program, path] = commandOfGuide('receive-webhooks.md', `webhook-receiver/${file}`);
  const child = spawn(program, [path, target], {
    env: pythonEnv({ WEBHOOK_SECRET: secret, PORT: '0' }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  let errors = '';
  child.stderr.on('data', (part: Buffer) => {
    errors += part.toString();
  });
  child.stdout.on('data', (part: Buffer) => {
    output += part.toString();
  });
  const port = await eventually(async () => {
    if (child.exitCode !== null) throw new Error(`the receiver ended: ${errors}`);
    return /listening on port (\d+)/.exec(output)?.[1];
  });
  const rowsOf = (table: 'messages' | 'events') => {
    const opened = new DatabaseSync(target, { timeout: 5_000 });
    const rows = opened.prepare(`SELECT * FROM ${table} ORDER BY rowid`).all();
    opened.close();
    return rows;
  };
  return { port: Number(port), url: `http://127.0.0.1:${port}/hooks`, rowsOf, errors: () => errors, child };
}

interface Message {
  readonly id?: string;
  readonly secret?: string;
  readonly ageSeconds?: number;
  readonly body?: string;
}

/** The headers of a signed message; `secret` signs it. */
function headersOf({ id = 'msg_1', secret = '', ageSeconds = 0, body = '' }: Message) {
  const timestamp = Math.floor(Date.now() / 1_000) - ageSeconds;
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': sign(secret, id, timestamp, body),
  };
}

async function statusOf(url: string, body: string, headers: Record<string, string>): Promise<number> {
  return (await fetch(url, { method: 'POST', body, headers })).status;
}

/** The first line of the response to a request that announces more than it sends. */
async function announce(port: number, bytes: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(`POST /hooks HTTP/1.1\r\nhost: receiver\r\ncontent-length: ${bytes}\r\n\r\n{`);
  const [first] = await once(socket, 'data');
  socket.destroy();
  return String(first).split('\r\n')[0] ?? '';
}

test.each(PROGRAMS)(
  'the $language receiver stores each event once and survives junk',
  async ({ language, file, isHere }) => {
    if (!isHere) return console.log(`${language} is not here: its example was skipped`);
    const secret = newSecret();
    const { port, url, rowsOf, errors, child } = await startExample(file, secret);
    const body = JSON.stringify({
      type: 'job.finished',
      data: { cursor: '2', jobs: [{ id: 'J1' }, { id: 'J2' }] },
    });
    const good = { secret, body };

    const other = headersOf({ ...good, secret: newSecret() });
    expect(await statusOf(url, body, other)).toBe(401);
    expect(await statusOf(url, `${body} `, headersOf(good))).toBe(401);
    expect(await statusOf(url, body, { 'content-type': 'application/json' })).toBe(401);
    expect(await statusOf(url, body, { ...headersOf(good), 'webhook-id': 'msg_2' })).toBe(401);
    expect(await statusOf(url, body, { ...headersOf(good), 'webhook-signature': 'v1, v1,é =' })).toBe(401);
    expect(await statusOf(url, body, headersOf({ ...good, ageSeconds: 400 }))).toBe(401);
    expect(await statusOf(url, body, headersOf({ ...good, ageSeconds: -400 }))).toBe(401);
    expect(await statusOf(url, body, { ...headersOf(good), 'webhook-timestamp': 'soon' })).toBe(401);
    for (const wrong of ['no JSON', '', '[]', 'null', '{"type":"job.finished"}'])
      expect([wrong, await statusOf(url, wrong, headersOf({ secret, body: wrong }))]).toEqual([wrong, 400]);
    expect(await announce(port, 10_000_000_000)).toContain(' 413 ');
    expect(rowsOf('messages')).toEqual([]);

    const rotated = headersOf(good);
    rotated['webhook-signature'] = `${other['webhook-signature']} ${rotated['webhook-signature']}`;
    const repeats = await Promise.all([
      statusOf(url, body, rotated),
      ...Array.from({ length: 5 }, () => statusOf(url, body, headersOf(good))),
    ]);
    expect(repeats).toEqual(Array(6).fill(204));
    // A replay sends known events in a new message.
    expect(await statusOf(url, body, headersOf({ ...good, id: 'msg_3' }))).toBe(204);
    expect(rowsOf('messages').map(({ id }) => id)).toEqual(['msg_1', 'msg_3']);
    expect(rowsOf('events').map(({ subject_id }) => subject_id)).toEqual(['J1', 'J2']);
    expect(errors()).not.toMatch(/Error|Traceback/);
    expect(child.exitCode).toBeNull();
  },
  PROCESS_TIMEOUT_MS,
);

test.each(PROGRAMS)(
  'the $language receiver gets the results of a server, also when the server repeats messages',
  async ({ language, file, isHere }) => {
    if (!isHere) return console.log(`${language} is not here: its example was skipped`);
    const { secret, webhook } = await create({ filter: { tickers: ['X1', 'X2', 'X3'] } });
    const example = await startExample(file, secret);
    // The receiver of the suite forwards each message, and reports the first one as failed: the server repeats that message.
    let failures = 1;
    receiver.answer = (response, { id, timestamp, signatures, text }) => {
      const headers = {
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signatures.join(' '),
      };
      void statusOf(example.url, text, headers).then((status) => {
        failures -= 1;
        response.writeHead(failures === 0 ? 500 : status).end();
      });
    };
    deliver(1, { deadlineMs: 10_000 });
    const writer = await createWriter(database.db);
    for (const ticker of ['X1', 'X2', 'X3']) await writer.store([{ ticker, score: 0.5 }]);
    await eventually(async () => example.rowsOf('events').length === 3);
    await eventually(async () =>
      (await show(webhook.id)).deliveries.edges.every(({ node }) => node.state !== 'PENDING'),
    );
    const bodies = example.rowsOf('events').map(({ body }) => JSON.parse(String(body)));
    expect(bodies.map(({ ticker, score }) => [ticker, score])).toEqual([
      ['X1', 0.5],
      ['X2', 0.5],
      ['X3', 0.5],
    ]);
    const ids = receiver.messages.map(({ id }) => id);
    expect(ids.length).toBe(new Set(ids).size + 1);
    expect(example.rowsOf('messages').map(({ id }) => id)).toEqual([...new Set(ids)]);
  },
  PROCESS_TIMEOUT_MS,
);
