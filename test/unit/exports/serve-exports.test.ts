import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { Exported } from '../../../src/exports/exported.ts';
import { createExports } from '../../../src/exports/serve-exports.ts';
import { exportLimits } from '../../../src/exports/stream-export.ts';
import { createRates } from '../../../src/rates/lease-points.ts';
import { fullAccess } from '../../support/access.ts';
import { silent } from '../../support/silent.ts';

const CHUNK_BYTES = 1_000_000;
const CHUNKS = 256;

/** 256 MB, made as they are asked for; `made` tells how many chunks have been. */
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
  const exports = createExports({
    isOfOtherSite: () => false,
    log: silent,
    rates: createRates({ db: null as never, log: silent, limit: 0 }),
    routes: { streams: { large: async () => exported }, files: {} },
    record: async () => undefined,
    noteRefusal: () => undefined,
    limits: { ...exportLimits, stallMs },
  });
  let closed = () => {};
  const ended = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const http = createServer((asked, answer) => {
    answer.once('close', closed);
    exports.serve(asked, answer, fullAccess(), '');
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void http.close());
  return { port: (http.address() as AddressInfo).port, made: () => made, ended };
}

const get = (port: number) =>
  new Promise<IncomingMessage>((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: '/export/large.jsonl' }, resolve).on('error', reject).end();
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
