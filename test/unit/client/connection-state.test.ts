import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type ClientOptions, connect } from '../../../packages/client/src/connect.ts';
import { summarize } from '../../../packages/client/src/connection-state.ts';
import { judge } from '../../../packages/client/src/diagnose.ts';
import { followJob } from '../../../packages/client/src/follow-job.ts';
import { eventually } from '../../support/eventually.ts';
import { type Asked, eventBatch, startLogServer } from '../../support/log-server.ts';

function clientOf(url: Parameters<typeof connect>[0], options: ClientOptions = {}) {
  const client = connect(url, options);
  onTestFinished(() => client.close());
  const statuses = [client.connection.current().status];
  client.connection.subscribe(() => {
    const { status } = client.connection.current();
    if (status !== statuses.at(-1)) statuses.push(status);
  });
  return { client, statuses, status: () => client.connection.current().status };
}

async function startHttp(respond: (response: ServerResponse) => unknown): Promise<string> {
  const http = createServer((_request, response) => respond(response)).listen(0, '127.0.0.1');
  await once(http, 'listening');
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}/graphql`;
}

const errorOf = (code: string) =>
  JSON.stringify({ errors: [{ message: `says ${code}`, extensions: { code } }] });

function respondWith(status: number, body: string) {
  return (response: ServerResponse) => {
    response.statusCode = status;
    response.end(body);
  };
}

const sendAll = (asked: Asked) => {
  asked.next(eventBatch(1, 3, 3));
  asked.complete();
};

/** Keeps a follower waiting; returns what it ends with. */
function follow(client: ReturnType<typeof connect>): Promise<unknown> {
  const run = async () => {
    for await (const { seq } of followJob(client, 'job')) if (seq === 3) return 'followed';
    return 'ended';
  };
  return run().catch((error: unknown) => error);
}

describe('a key that the server rejects', () => {
  const rejecting = {
    init: () => 4403,
    respond: respondWith(401, errorOf('UNAUTHENTICATED')),
    subscribe: sendAll,
  };

  test('ends the follower after the first rejection when it is a fixed text', async () => {
    const server = await startLogServer(rejecting);
    const { client, status } = clientOf(server.url, { key: 'wrong' });
    expect(await follow(client)).toMatchObject({ name: 'RequestError', code: 'UNAUTHENTICATED' });
    expect(client.connection.current()).toMatchObject({
      status: 'signedOut',
      reason: 'says UNAUTHENTICATED',
    });
    await expect(client.request('{ queue { paused } }')).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      status: 401,
    });
    expect(status()).toBe('signedOut');
  });

  test('is signedOut until a function returns another one, for which reconnectNow does not wait', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1);
    onTestFinished(() => void vi.restoreAllMocks());
    let key = 'wrong';
    const init = (payload: unknown) => (JSON.stringify(payload).includes('right') ? null : 4403);
    const server = await startLogServer({ ...rejecting, init });
    const { client, statuses, status } = clientOf(server.url, { key: () => key });
    const followed = follow(client);
    await eventually(async () => status() === 'signedOut');
    key = 'right';
    client.reconnectNow();
    expect(await followed).toBe('followed');
    expect(statuses).toEqual(['connecting', 'signedOut', 'live']);
  });

  test('does not end a follower when the server rejects every try of its address for a while', async () => {
    const server = await startLogServer({
      ...rejecting,
      respond: respondWith(429, errorOf('TOO_MANY_TRIES')),
    });
    const { client, status } = clientOf(server.url, { key: 'right' });
    const followed = follow(client);
    await eventually(async () => server.inits.length > 1);
    expect(status()).toBe('signedOut');
    await client.close();
    expect(await followed).toBe('ended');
  });
});

describe('an address without the API', () => {
  test.each([
    ['another path of the API', 404, errorOf('NOT_FOUND')],
    ['a page', 200, '<!doctype html>'],
  ])('such as %s ends the follower after the first rejection', async (_name, status, body) => {
    const url = await startHttp(respondWith(status, body));
    const { client } = clientOf(url);
    expect(await follow(client)).toMatchObject({ code: 'WRONG_ADDRESS', status });
    expect(client.connection.current()).toMatchObject({ status: 'refused', code: 'WRONG_ADDRESS' });
  });

  test('is refused and tried again when the API was there before', async () => {
    let missing = false;
    const respond = (response: ServerResponse) =>
      respondWith(missing ? 404 : 200, missing ? 'not found' : '{"data":{"queue":null}}')(response);
    const url = await startHttp(respond);
    const { client, statuses, status } = clientOf(url);
    await client.request('{ queue { paused } }');
    expect(status()).toBe('live');
    missing = true;
    const followed = follow(client);
    await eventually(async () => status() === 'refused');
    await client.close();
    expect(await followed).toBe('ended');
    expect(statuses[1]).toBe('live');
  });

  test('is told apart from one whose proxy passes no websockets', async () => {
    const url = await startHttp(respondWith(200, '{"data":{"__typename":"Query"}}'));
    const { client } = clientOf(url);
    void follow(client);
    await eventually(async () =>
      JSON.stringify(client.connection.current()).includes('no websocket can be opened'),
    );
    expect(client.connection.current()).toMatchObject({ status: 'retrying', failures: expect.any(Number) });
  });
});

test.each([
  [200, '{"data":{"__typename":"Query"}}', 'retrying'],
  [400, errorOf('PERSISTED_QUERY_ONLY'), 'retrying'],
  [401, 'proxy', 'signedOut'],
  [200, errorOf('UNAUTHENTICATED'), 'signedOut'],
  [403, errorOf('FORBIDDEN'), 'refused'],
  [404, 'not found', 'refused'],
  [200, '{}', 'refused'],
  [429, errorOf('TOO_MANY_TRIES'), 'retrying'],
  [502, 'bad gateway', 'retrying'],
  [503, errorOf('UNAVAILABLE'), 'retrying'],
])('a response %i %s to the question why there is no socket means %s', (status, text, expected) => {
  expect(judge(status, text, 'http://a.example/graphql').status).toBe(expected);
});

test('the state names the worst of all sockets', () => {
  const retrying = { status: 'retrying', reason: 'lost', failures: 1, retryAt: 0 } as const;
  const refused = { status: 'refused', reason: 'no API', code: 'WRONG_ADDRESS' } as const;
  expect(summarize([])).toEqual({ status: 'connecting' });
  expect(summarize([{ status: 'connecting' }, { status: 'live' }])).toEqual({ status: 'live' });
  expect(summarize([{ status: 'live' }, retrying])).toBe(retrying);
  expect(summarize([retrying, refused, { status: 'live' }])).toBe(refused);
});

describe('a pause before the next attempt', () => {
  /** The longest pause, so that a test that waits for it fails. */
  async function startPaused() {
    vi.spyOn(Math, 'random').mockReturnValue(1);
    onTestFinished(() => void vi.restoreAllMocks());
    let attempts = 0;
    const server = await startLogServer({
      init() {
        attempts += 1;
        return attempts < 6 ? 1013 : null;
      },
      subscribe: sendAll,
    });
    const { client, status, statuses } = clientOf(server.url);
    const followed = follow(client);
    const paused = () => eventually(async () => status() === 'retrying');
    await paused();
    return { client, followed, statuses, server, attempts: () => attempts };
  }

  async function wakeUntilFollowed(followed: Promise<unknown>, wake: () => void): Promise<unknown> {
    const timer = setInterval(wake, 20);
    onTestFinished(() => clearInterval(timer));
    return followed;
  }

  test('ends with reconnectNow; the state says when it would have ended', async () => {
    const { client, followed, statuses } = await startPaused();
    const state = client.connection.current();
    if (state.status !== 'retrying') throw new Error(state.status);
    expect(state.retryAt).toBeGreaterThan(Date.now() + 1_000);
    expect(await wakeUntilFollowed(followed, client.reconnectNow)).toBe('followed');
    expect(statuses).toEqual(['connecting', 'retrying', 'live']);
  });

  test.each(['online', 'visibilitychange', 'resume'])('ends with the event %s of a page', async (type) => {
    const page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
    const scope = new EventTarget();
    vi.stubGlobal('document', page);
    vi.stubGlobal('addEventListener', scope.addEventListener.bind(scope));
    vi.stubGlobal('removeEventListener', scope.removeEventListener.bind(scope));
    onTestFinished(() => void vi.unstubAllGlobals());
    const { followed } = await startPaused();
    const target = type === 'online' ? scope : page;
    expect(await wakeUntilFollowed(followed, () => target.dispatchEvent(new Event(type)))).toBe('followed');
  });

  test('a page that is frozen closes its socket, and goes on when it runs again', async () => {
    const page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
    vi.stubGlobal('document', page);
    onTestFinished(() => void vi.unstubAllGlobals());
    const server = await startLogServer({
      subscribe(asked) {
        if (server.asked.length > 1) sendAll(asked);
      },
    });
    const { client, statuses } = clientOf(server.url);
    const followed = follow(client);
    await eventually(async () => server.asked.length === 1);
    page.dispatchEvent(new Event('freeze'));
    await eventually(async () => server.sockets.clients.size === 0);
    page.dispatchEvent(new Event('resume'));
    expect(await followed).toBe('followed');
    expect(statuses).toEqual(['connecting', 'live', 'retrying', 'live']);
  });
});

test('a socket that died while the page slept is found by reconnectNow', async () => {
  const server = await startLogServer({
    subscribe(asked) {
      if (server.asked.length > 1) return sendAll(asked);
      asked.socket.pause();
    },
  });
  const { client } = clientOf(server.url, { pingMs: 600_000, pongLimitMs: 200 });
  const followed = follow(client);
  await eventually(async () => server.asked.length === 1);
  client.reconnectNow();
  expect(await followed).toBe('followed');
});

describe('where pages are rendered', () => {
  test('connect takes the path of an address, and opens, sends and listens to nothing', async () => {
    const listen = vi.fn();
    vi.stubGlobal('addEventListener', listen);
    vi.stubGlobal('WebSocket', undefined);
    vi.stubGlobal('fetch', listen);
    onTestFinished(() => void vi.unstubAllGlobals());
    const { client } = clientOf('/graphql');
    expect(client.connection.current().status).toBe('connecting');
    expect(listen).not.toHaveBeenCalled();
    await expect(client.request('{ queue { paused } }')).rejects.toThrow(TypeError);
  });

  test('a follower without a WebSocket class is an error at once', async () => {
    vi.stubGlobal('WebSocket', undefined);
    onTestFinished(() => void vi.unstubAllGlobals());
    const { client } = clientOf('http://127.0.0.1:1/graphql');
    expect(String(await follow(client))).toContain('pass a class as `webSocket`');
  });
});
