import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { Access } from '../../../src/access.ts';
import type { Chunk } from '../../../src/exports/exported.ts';
import { createExports } from '../../../src/exports/serve-exports.ts';
import { createRates } from '../../../src/rates/lease-points.ts';
import { fullAccess } from '../../support/access.ts';
import { eventually } from '../../support/eventually.ts';
import { silent } from '../../support/silent.ts';

const CHUNK = { parts: () => [`${'x'.repeat(999_999)}\n`], rows: 1, place: '1' };
type Read = (workspaceId: string) => Promise<Chunk>;
/** A stream without end, and one of a line. */
const large: Read = async () => ({ ...CHUNK, isLast: false });
const small: Read = async () => ({ ...CHUNK, parts: () => ['x\n'], isLast: true });

/** A server of exports; the header `x-who` is a workspace and a key. */
async function serve(streams: Readonly<Record<string, Read>>) {
  const exports = createExports({
    isOfOtherSite: () => false,
    log: silent,
    rates: createRates({ db: null as never, log: silent, limit: 0 }),
    routes: {
      streams: Object.fromEntries(
        Object.entries(streams).map(([name, read]) => [
          name,
          async (access: Access) => ({
            name,
            columns: ['a'],
            start: '0',
            read: () => read(access.workspaceId),
          }),
        ]),
      ),
      files: {},
    },
    watch: () => undefined,
    record: async () => undefined,
    noteRefusal: () => undefined,
  });
  const http = createServer((asked, response) => {
    const [workspaceId = '', keyId = ''] = String(asked.headers['x-who']).split(' ');
    exports.serve(asked, response, { ...fullAccess(), workspaceId, keyId }, '');
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    http.close();
    http.closeAllConnections();
  });
  const { port } = http.address() as AddressInfo;
  /** The head of a response; its body is not read. */
  return (name: string, who: string) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const path = `/export/${name}.jsonl`;
      request({ host: '127.0.0.1', port, path, headers: { 'x-who': who } }, resolve)
        .on('error', reject)
        .end();
    });
}

const statusOf = (response: IncomingMessage) => {
  response.on('error', () => undefined);
  return response.statusCode;
};

test('exports whose readers are slow leave room for those of other keys', async () => {
  const get = await serve({ large, small });
  const slow = await Promise.all(Array.from({ length: 4 }, () => get('large', 'w1 k1')));
  expect(slow.map(statusOf)).toEqual([200, 200, 200, 200]);
  const fifth = await get('small', 'w1 k1');
  expect(statusOf(fifth)).toBe(429);
  expect(fifth.headers['retry-after']).toBe('1');
  for (const who of ['w1 k2', 'w2 k3']) expect([who, statusOf(await get('small', who))]).toEqual([who, 200]);
  slow[0]?.destroy();
  await eventually(async () => statusOf(await get('small', 'w1 k1')) === 200);
});

test('a workspace has at most eight exports open', async () => {
  const get = await serve({ large, small });
  const slow = [];
  for (let i = 0; i < 8; i += 1) slow.push(await get('large', `w1 k${Math.floor(i / 4)}`));
  expect(new Set(slow.map(statusOf))).toEqual(new Set([200]));
  expect(statusOf(await get('small', 'w1 another'))).toBe(429);
  expect(statusOf(await get('small', 'w2 k'))).toBe(200);
});

test('a workspace runs at most two statements of exports at a time, and another one finds a free slot', async () => {
  const held = Promise.withResolvers<void>();
  let running = 0;
  const get = await serve({
    held: async (workspaceId) => {
      if (workspaceId !== 'w1') return small(workspaceId);
      running += 1;
      await held.promise;
      return small(workspaceId);
    },
  });
  onTestFinished(() => held.resolve());
  const first = [1, 2, 3, 4].map((key) => get('held', `w1 k${key}`).catch(() => null));
  await eventually(async () => running >= 2);
  expect(running).toBe(2);
  expect(statusOf(await get('held', 'w2 k'))).toBe(200);
  expect(running).toBe(2);
  held.resolve();
  expect((await Promise.all(first)).map((response) => response?.statusCode)).toEqual([200, 200, 200, 200]);
});
