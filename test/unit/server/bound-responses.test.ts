import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createResponses, type Responses } from '../../../src/server/bound-responses.ts';
import { silent } from '../../support/silent.ts';

const KIB = 1_024;
const limits = { stallMs: 30_000, connectionBytes: 16e6, workspaceBytes: 32e6, nodeBytes: 128e6 };
let responses: Responses;
beforeEach(() => {
  responses = createResponses(limits, silent);
});
afterEach(() => responses.stop());

/** The status of a response over HTTP that the client does not take. */
async function respond(socket: object, bytes: number, isMutation = false, coding?: string) {
  const res = Object.assign(new EventEmitter(), { appendHeader: () => undefined });
  if (isMutation) responses.mustSend(res as never);
  let status = 200;
  await responses.plugin.onResponse?.({
    response: new Response('x', { headers: { 'content-length': String(bytes) } }),
    serverContext: {
      req: { socket, headers: { 'accept-encoding': coding } },
      res,
      admitted: { access: { workspaceId: 'w' } },
    },
    setResponse: (response: Response) => {
      status = response.status;
    },
    fetchAPI: { Response },
  } as never);
  return { status, close: () => void res.emit('close') };
}

test('small responses of many websockets that are not read hold no more than their workspace may', () => {
  const sockets = Array.from({ length: 20 }, () => ({}));
  let held = 0;
  for (const socket of sockets)
    for (let i = 0; i < 100; i += 1) if (responses.hold('w', socket, 55_000) !== null) held += 55_000;
  expect(held).toBeGreaterThan(30e6);
  expect(held).toBeLessThanOrEqual(32e6 + 20 * 64 * KIB);
  expect(responses.refuse('w')).not.toBeNull();
  // Other workspaces, and the first 64 KiB of any connection, have room.
  expect(responses.refuse('x')).toBeNull();
  expect(responses.hold('w', {}, 64 * KIB)).not.toBeNull();
});

test('small responses that wait on one connection over HTTP hold no more than a connection may', async () => {
  const socket = {};
  const sent = [];
  for (let i = 0; i < 400; i += 1) sent.push(await respond(socket, 55_000));
  const passed = sent.filter(({ status }) => status === 200);
  expect(passed.length * 55_000).toBeLessThanOrEqual(16e6);
  expect(passed.length * 55_000).toBeGreaterThan(15e6);
  for (const { close } of sent) close();
  expect((await respond(socket, 55_000)).status).toBe(200);
  expect(responses.refuse('w')).toBeNull();
});

test('the response to a mutation is sent without room, and counts', async () => {
  const [first, second] = [await respond({}, 40e6, true), await respond({}, 40e6, true)];
  expect([first.status, second.status]).toEqual([200, 200]);
  expect(responses.refuse('w')).not.toBeNull();
  first.close();
  expect(responses.refuse('w')).not.toBeNull();
  second.close();
  expect(responses.refuse('w')).toBeNull();
});

test('a compressed response counts with its compressed bytes until it is closed', async () => {
  const [first, second] = [await respond({}, 40e6, true, 'gzip'), await respond({}, 40e6, true, 'gzip')];
  // The text of these responses is one letter, whatever length they announce.
  expect(responses.refuse('w')).toBeNull();
  first.close();
  second.close();
  expect(responses.refuse('w')).toBeNull();
});
