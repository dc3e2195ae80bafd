import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { closeSockets } from '../../../src/sockets/close-sockets.ts';

let http: Server;
let sockets: WebSocketServer;
const clients: WebSocket[] = [];

async function serve(
  count: number,
): Promise<{ url: string; closed: Promise<{ code: number; atMs: number }>[] }> {
  http = createServer();
  sockets = new WebSocketServer({ server: http });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const closed = [];
  for (let i = 0; i < count; i += 1) {
    const client = new WebSocket(url);
    clients.push(client);
    await once(client, 'open');
    closed.push(once(client, 'close').then(([code]) => ({ code: Number(code), atMs: performance.now() })));
  }
  return { url, closed };
}

afterEach(() => {
  for (const client of clients.splice(0)) client.terminate();
  sockets.close();
  http.close();
});

const never = new AbortController().signal;

test('sockets are told of the restart one after the other, 2,000 a second, and no new one is taken meanwhile', async () => {
  const { url, closed } = await serve(200);
  const began = performance.now();
  const closing = closeSockets(sockets, never);
  const late = new WebSocket(url);
  clients.push(late);
  const refused = once(late, 'error');
  const ends = await Promise.all(closed);
  await closing;
  expect((await refused)[0]).toBeInstanceOf(Error);
  expect(new Set(ends.map(({ code }) => code))).toEqual(new Set([1012]));
  const times = ends.map(({ atMs }) => atMs - began).sort((a, b) => a - b);
  expect(times.at(-1)).toBeGreaterThan(80);
  expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(40);
  expect(sockets.clients.size).toBe(0);
});

test('an abort closes those who still wait, at once', async () => {
  const { closed } = await serve(200);
  const closing = closeSockets(sockets, AbortSignal.abort());
  const told = [...sockets.clients].filter((socket) => socket.readyState !== WebSocket.OPEN);
  expect(told).toHaveLength(200);
  await closing;
  expect(new Set((await Promise.all(closed)).map(({ code }) => code))).toEqual(new Set([1012]));
});

test('a client that does not answer is cut off within a second', async () => {
  await serve(3);
  clients[1]?.pause();
  const began = performance.now();
  await closeSockets(sockets, never);
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(sockets.clients.size).toBe(0);
});

test('a client that sends a broken frame instead of its close does not end the others’ goodbye', async () => {
  await serve(3);
  for (const socket of sockets.clients) socket.on('error', () => undefined);
  const [broken] = clients;
  const { _socket: tcp } = broken as unknown as { _socket: Socket };
  // Its own answer to the close frame does not get out; a frame with reserved bits does.
  broken?.pause();
  const closing = closeSockets(sockets, never);
  tcp.write(Buffer.from([0xf1, 0x80, 0, 0, 0, 0]));
  await closing;
  expect(sockets.clients.size).toBe(0);
});
