import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { Exported } from '../../../src/exports/exported.ts';
import { createExports } from '../../../src/exports/serve-exports.ts';
import { createRates } from '../../../src/rates/lease-points.ts';
import { createResponseWatch } from '../../../src/server/watch-responses.ts';
import { fullAccess } from '../../support/access.ts';
import { silent } from '../../support/silent.ts';

const CHUNK_BYTES = 1_000_000;
const CHUNKS = 256;
/** More than the kernel takes of a connection. */
const WHOLE_BYTES = 32_000_000;

const oneChunk = (parts: () => Iterable<string>): Exported => ({
  name: 'one',
  columns: ['a'],
  start: '0',
  read: async () => ({ parts, rows: 1, place: '1', isLast: true }),
});

/** 256 MB, made as they are asked for; `made` tells how many chunks have been. `files` are beside them. */
async function startExports(stallMs: number) {
  let made = 0;
  const exported: Exported = {
    name: 'large',
    columns: ['a'],
    start: '0',
    async read(after) {
      const n = Number(after) + 1;
      const parts = () => {
        made += 1;
        return [`${'x'.repeat(CHUNK_BYTES - 1)}\n`];
      };
      return { parts, rows: 1, place: String(n), isLast: n === CHUNKS };
    },
  };
  const watching = createResponseWatch({ stallMs, leastBytes: 1, fault: 'it does not read', log: silent });
  const exports = createExports({
    isOfOtherSite: () => false,
    log: silent,
    rates: createRates({ db: null as never, log: silent, limit: 0 }),
    routes: {
      streams: {
        large: async () => exported,
        unread: async () => unread,
        whole: async () => oneChunk(() => [`${'x'.repeat(WHOLE_BYTES - 1)}\n`]),
      },
      files: {
        report: async () => ({ name: 'a.xlsx', type: 'text/plain', body: new Uint8Array(WHOLE_BYTES) }),
      },
    },
    record: async () => undefined,
    noteRefusal: () => undefined,
    watch: watching.watch,
  });
  const { promise: ended, resolve: closed } = Promise.withResolvers<ServerResponse>();
  let served: ServerResponse | undefined;
  /** A line at a time until the kernel takes no more: the last ones wait in this process. */
  const unread: Exported = {
    ...oneChunk(() => [`${'x'.repeat(9_999)}\n`]),
    async read() {
      await turn();
      const isLast = served !== undefined && served.req.socket.writableLength > 0;
      return { parts: () => [`${'x'.repeat(9_999)}\n`], rows: 1, place: '1', isLast };
    },
  };
  const http = createServer((asked, answer) => {
    served = answer;
    answer.once('close', () => closed(answer));
    exports.serve(asked, answer, fullAccess(), '');
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    watching.stop();
    http.close();
  });
  return { port: (http.address() as AddressInfo).port, made: () => made, ended };
}

const get = (port: number, path = 'large.jsonl') =>
  new Promise<IncomingMessage>((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: `/export/${path}` }, resolve)
      .on('error', reject)
      .end();
  });

test('of a large export no more than a few chunks are made for a reader that stops, and it is given up', async () => {
  const { port, made, ended } = await startExports(300);
  // Nobody listens to it, so nothing is taken from the socket.
  const response = await get(port);
  await ended;
  response.destroy();
  // What the sockets of both sides took, up to 10 MB on Linux, one chunk that waits and one that was being made.
  expect(made()).toBeLessThan(16);
});

test('what is made for a slow reader stays a few chunks before what it has taken', async () => {
  const { port, made } = await startExports(10_000);
  const response = await get(port);
  let [bytes, ahead] = [0, 0];
  for await (const part of response) {
    bytes += part.length;
    ahead = Math.max(ahead, made() - Math.floor(bytes / CHUNK_BYTES));
    // The event loop goes around for each part of 64 kB: a server that does not wait has the time to make all of it.
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(bytes).toBeGreaterThan(CHUNKS * CHUNK_BYTES);
  expect(ahead).toBeLessThan(16);
}, 30_000);

test('an export that nobody reads is cut off, also when its last line was written', async () => {
  const { port, ended } = await startExports(300);
  const response = await get(port, 'unread.jsonl');
  const answer = await ended;
  expect([answer.writableEnded, answer.writableFinished]).toEqual([true, false]);
  response.destroy();
});

test('a report that nobody reads is cut off', async () => {
  const { port, ended } = await startExports(300);
  const response = await get(port, 'report/1.xlsx');
  expect((await ended).writableFinished).toBe(false);
  response.destroy();
});

test('a reader that takes some bytes all the time gets the whole export, however slowly', async () => {
  const { port } = await startExports(1_000);
  const response = await get(port, 'whole.jsonl');
  const began = performance.now();
  let bytes = 0;
  for await (const part of response) {
    const before = Math.floor(bytes / 1_000_000);
    bytes += part.length;
    // About 12 MB within a second.
    if (Math.floor(bytes / 1_000_000) > before) await delay(80);
  }
  expect(bytes).toBeGreaterThan(WHOLE_BYTES);
  expect(performance.now() - began).toBeGreaterThan(2_000);
}, 30_000);
