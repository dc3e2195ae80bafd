import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { makeKey } from '../src/access/key.ts';
import type { Db } from '../src/db/client.ts';
import { sql } from '../src/db/drizzle.ts';
import { apiAt, jobGid } from '../test/support/api.ts';
import { submit } from '../test/support/engine.ts';

export interface Hostile {
  /** What was done so far. */
  readonly counts: Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

const SLOW_WEBHOOKS = 10;
const NAMELESS_WEBHOOKS = 10;
const TRICKLED_EXPORTS = 4;
const POISON_LOOPS = 8;
const CREDENTIAL_LOOPS = 4;
/** Of the options of a job that is asked for 15 times in a document: a response of 6 MB. */
const OPTIONS_BYTES = 400_000;

/** A socket that does not read learns nothing of its end: longer than a server keeps it. */
const LIFE_MS = 40_000;

/** Values at the ends of their types. */
const POISON = [
  '{ job(id: $id) { events(after: 2147483647) { edges { cursor } } } }',
  '{ jobs(first: 2147483647) { edges { node { id } } } }',
  '{ jobs(after: "bnVsbA==", first: 100) { edges { node { id } } } }',
  '{ analyses(first: 100, filter: { minScore: 1.7976931348623157e308, asOfFrom: "0001-01-01" }) { totalCount } }',
  '{ node(id: "Sm9iOmZmZmZmZmZmLWZmZmYtNGZmZi04ZmZmLWZmZmZmZmZmZmZmZg==") { id } }',
];

/** A workspace that does all at once. */
export async function startHostile(deps: {
  readonly db: Db;
  readonly address: string;
  readonly key: string;
  readonly workspaceId: string;
  readonly unread: number;
}): Promise<Hostile> {
  const { db, address, key, workspaceId, unread } = deps;
  const counts: Record<string, number> = {};
  const count = (what: string) => {
    counts[what] = (counts[what] ?? 0) + 1;
  };
  const api = apiAt(address, key);
  const sockets = new Set<Socket>();
  let stopping = false;
  const endless = async (what: string, work: () => Promise<unknown>) => {
    while (!stopping) {
      await work().catch(() => undefined);
      count(what);
      await delay(10);
    }
  };

  const silentReceiver = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silentReceiver, 'listening');
  const slow = `http://127.0.0.1:${(silentReceiver.address() as AddressInfo).port}/`;
  const CREATE =
    'mutation($url: String!) { createWebhook(input: { url: $url, event: JOB_FINISHED }) { __typename } }';
  for (let i = 0; i < SLOW_WEBHOOKS; i += 1) await api.one(CREATE, { url: slow });
  for (let i = 0; i < NAMELESS_WEBHOOKS; i += 1) await api.one(CREATE, { url: `https://dead${i}.example/` });

  const job = await submit(db, ['A'], { workspaceId, kind: 'nobody runs it' });
  await db.execute(
    sql`update jobs set options = jsonb_build_object('filler', repeat('x', ${OPTIONS_BYTES})) where id = ${job}`,
  );
  const copies = Array.from({ length: 15 }, (_, i) => `o${i}: options`).join(' ');
  const large = JSON.stringify({ query: `{ job(id: "${jobGid(job)}") { ${copies} } }` });

  /** Sends a request and takes `bytesPerSecond` of the response, or nothing. */
  function sip(head: string, body: string, bytesPerSecond: number, accept = '*/*'): Promise<void> {
    const { host, port, hostname } = new URL(address);
    return new Promise((resolve) => {
      const socket = connect({ port: Number(port), host: hostname });
      sockets.add(socket);
      const timer = setInterval(() => void socket.read(bytesPerSecond), 1_000);
      const leaving = setTimeout(() => socket.destroy(), LIFE_MS);
      socket.once('close', () => {
        clearTimeout(leaving);
        clearInterval(timer);
        sockets.delete(socket);
        resolve();
      });
      socket.on('error', () => undefined);
      socket.write(`${head} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${key}\r\n`);
      socket.write(
        `Accept: ${accept}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
    });
  }

  async function guess(): Promise<void> {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${makeKey().key}` };
    const response = await fetch(address, { method: 'POST', headers, body: '{"query":"{ __typename }"}' });
    await response.body?.cancel();
  }

  const submits = `mutation { submitAnalysis(input: { tickers: ["A"], source: DEMO, force: true }) { __typename } }`;
  const scheduled = `mutation { submitAnalysis(input: { tickers: [${Array.from({ length: 50 }, (_, i) => `"S${i}"`)}], source: DEMO, force: true, runAt: "2099-01-01T00:00:00Z" }) { __typename } }`;
  const loops = [
    endless('jobs', () => api.post(submits)),
    endless('scheduled jobs', () => api.post(scheduled)),
    ...Array.from({ length: TRICKLED_EXPORTS }, () =>
      endless('trickled exports', () => sip('GET /export/analyses.jsonl', '', 1_000)),
    ),
    ...Array.from({ length: unread }, () =>
      endless('unread responses', () => sip('POST /graphql', large, 0)),
    ),
    ...Array.from({ length: Math.ceil(unread / 4) }, () =>
      endless('unread pages', () => sip('GET /graphql', '', 0, 'text/html')),
    ),
    ...Array.from({ length: POISON_LOOPS }, (_, i) =>
      endless('poison', () => api.post((POISON[i % POISON.length] ?? '').replace('$id', `"${jobGid(job)}"`))),
    ),
    ...Array.from({ length: CREDENTIAL_LOOPS }, () => endless('wrong credentials', guess)),
  ];

  return {
    counts,
    async stop() {
      stopping = true;
      for (const socket of sockets) socket.destroy();
      await Promise.all(loops);
      silentReceiver.closeAllConnections();
      silentReceiver.close();
      await api.close();
    },
  };
}
