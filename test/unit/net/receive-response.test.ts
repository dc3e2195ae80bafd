import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { followKeySet } from '../../../src/access/follow-key-set.ts';
import { createLogger } from '../../../src/logger.ts';
import { fetchJson } from '../../../src/market/fetch-json.ts';
import { MAX_INFORMATIONAL } from '../../../src/net/receive-response.ts';
import { createSender } from '../../../src/webhooks/send-message.ts';

const servers: { readonly server: Server; readonly sockets: Set<Socket> }[] = [];

/** A server that sends these bytes to every request, and keeps the connection open unless `ends`. */
async function serveBytes(bytes: string, ends = false): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => (ends ? socket.end(bytes) : socket.write(bytes)));
  });
  servers.push({ server, sockets });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${Object(server.address()).port}/`;
}

afterEach(async () => {
  for (const { server, sockets } of servers.splice(0)) {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
});

const DEADLINE_MS = 500;

function send(url: string, signal: AbortSignal = new AbortController().signal, deadlineMs = DEADLINE_MS) {
  const policy = { ports: [443], loopback: true };
  const sender = createSender({ policy, now: () => new Date(), deadlineMs });
  const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLwSw'];
  return sender({ workspaceId: 'w', url, secrets, id: 'm', body: '{}' }, signal);
}

function loadKeys(url: string, timeoutMs = DEADLINE_MS) {
  const times = { maxAgeMs: 600_000, cooldownMs: 30_000, timeoutMs, pauseMs: 100 };
  return followKeySet(url, createLogger('silent'), times).current();
}

const responses = {
  '101 with the header Upgrade': [
    'HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
    false,
  ],
  '101 without headers': ['HTTP/1.1 101 Switching Protocols\r\n\r\n', false],
  'half a head, and then the end': ['HTTP/1.1 200 OK\r\nContent-Le', true],
  'half a head, and then silence': ['HTTP/1.1 200 OK\r\nContent-Le', false],
  'a head of 100 only': ['HTTP/1.1 100 Continue\r\n\r\n', false],
} as const;

describe.each(Object.entries(responses))('A server that sends %s', (_name, [bytes, ends]) => {
  it('makes the delivery of a webhook fail within its deadline', async () => {
    const outcome = await send(await serveBytes(bytes, ends));
    expect(outcome).toMatchObject({
      failure: { code: expect.stringMatching(/^(CONNECTION|STATUS|TIMEOUT)$/) },
    });
  });

  it('makes the load of the keys of tokens fail within its deadline', async () => {
    await expect(loadKeys(await serveBytes(bytes, ends))).rejects.toThrow('could not be loaded');
  });

  it('makes a request for price data fail within its deadline', async () => {
    const { origin } = new URL(await serveBytes(bytes, ends));
    const asked = fetchJson({ title: 'X', origin }, '/', AbortSignal.timeout(DEADLINE_MS));
    await expect(asked).rejects.toThrow(/X |timeout/);
  });
});

it('A delivery that is aborted ends although its connection is closed already', async () => {
  const stop = new AbortController();
  const url = await serveBytes(responses['half a head, and then silence'][0]);
  const sent = send(url, stop.signal);
  stop.abort(new Error('stopped'));
  await expect(sent).rejects.toThrow('stopped');
});

describe('Informational responses before a response', () => {
  const LATE_MS = 600_000;
  const never = new AbortController().signal;
  const continues = 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(MAX_INFORMATIONAL);
  const flood = `${continues}HTTP/1.1 103 Early Hints\r\n\r\n`;

  it('make the delivery of a webhook fail when there is one too many, however late its deadline is', async () => {
    const outcome = await send(await serveBytes(flood), never, LATE_MS);
    expect(outcome).toMatchObject({
      failure: { code: 'CONNECTION', message: expect.stringContaining('TOO_MANY_INFORMATIONAL') },
    });
  });

  it('make the load of the keys of tokens fail when there is one too many, however late its deadline is', async () => {
    await expect(loadKeys(await serveBytes(flood), LATE_MS)).rejects.toThrow('could not be loaded');
  });

  it('are ignored up to the limit', async () => {
    const response = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
    expect(await send(await serveBytes(continues + response), never, LATE_MS)).toEqual({ status: 200 });
  });
});
