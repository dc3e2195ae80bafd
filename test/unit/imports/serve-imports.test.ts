import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { createImports } from '../../../src/imports/serve-imports.ts';
import type { HoldResponse } from '../../../src/rates/budget.ts';
import { fullAccess } from '../../support/access.ts';
import { silent } from '../../support/silent.ts';

/** A workspace with 1,000 series. Returns how to ask, and what was charged and held. */
async function serve(hold: HoldResponse = () => null, body: object = {}) {
  const charged: number[] = [];
  const held: [bytes: number, mustBeSent: boolean][] = [];
  const take = async (_key: unknown, points: number) => {
    charged.push(points);
    return { admitted: true };
  };
  const imports = createImports({
    isOfOtherSite: () => false,
    log: silent,
    rates: { take } as never,
    noteRefusal: () => undefined,
    routes: {
      put: async () => ({ status: 200, body }),
      find: async () => ({}),
      list: async (_access, { first }) => ({
        series: Array.from({ length: first }, () => body),
        next: null,
        quota: {},
      }),
      remove: async () => true,
    },
  });
  const http = createServer((asked, response) =>
    imports.serve(
      asked,
      response,
      { ...fullAccess(), workspaceId: 'w', keyId: 'k' },
      '',
      (bytes, mustBeSent) => {
        held.push([bytes, mustBeSent]);
        return hold(bytes, mustBeSent);
      },
    ),
  );
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    http.close();
    http.closeAllConnections();
  });
  const { port } = http.address() as AddressInfo;
  const ask = (path: string, method = 'GET') =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, path: `/import/candles${path}`, method }, resolve);
      asked.on('error', reject).end();
    });
  return { ask, charged, held };
}

test('a list of series has 100 by default and 500 at most, and costs a point and one for each', async () => {
  const { ask, charged } = await serve();
  for (const [path, count] of [
    ['', 100],
    ['?first=500', 500],
  ] as const) {
    const response = await ask(path);
    expect(JSON.parse(await text(response)).series).toHaveLength(count);
    expect(charged.splice(0)).toEqual([1, count]);
  }
  for (const path of ['?first=501', '?first=0', '?first=1e2', '?after=', '?last=3'])
    expect([path, (await ask(path)).statusCode]).toEqual([path, 400]);
});

test('lists that nobody reads take the places of further ones of their key', async () => {
  const { ask } = await serve(undefined, { filler: 'x'.repeat(40_000) });
  const open = [await ask('?first=500'), await ask('?first=500')];
  expect(open.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
  expect((await ask('')).statusCode).toBe(429);
  for (const response of open) response.destroy();
});

test('responses count in what waits for clients: a list is rejected without room, and an import is sent', async () => {
  const { ask, held } = await serve((_bytes, mustBeSent) => (mustBeSent ? null : 'full'));
  const list = await ask('');
  expect([list.statusCode, JSON.parse(await text(list)).error]).toEqual([
    429,
    { code: 'LIMIT_EXCEEDED', message: 'full' },
  ]);
  expect((await ask('/A', 'PUT')).statusCode).toBe(200);
  expect((await ask('/A')).statusCode).toBe(429);
  expect(held.map(([, mustBeSent]) => mustBeSent)).toEqual([false, true, false]);
  expect(held[0]?.[0]).toBeGreaterThan(300);
});
