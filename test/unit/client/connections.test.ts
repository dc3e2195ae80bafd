import { execFile } from 'node:child_process';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type ClientOptions, connect, type Retry } from '../../../packages/client/src/connect.ts';
import { followAnalyses } from '../../../packages/client/src/follow-analyses.ts';
import { followJob } from '../../../packages/client/src/follow-job.ts';
import { TypedDocumentString } from '../../../packages/client/src/generated/graphql.ts';
import { resume } from '../../../packages/client/src/resume.ts';
import { eventually } from '../../support/eventually.ts';
import { lateSocketClass } from '../../support/late-socket.ts';
import { type Asked, eventBatch, startLogServer } from '../../support/log-server.ts';

const LAST = 6;
const ALL = [1, 2, 3, 4, 5, 6];
/** Longer than the first pause of the client, so that the next attempt has begun. */
const LATE_MS = 700;
const root = fileURLToPath(new URL('../../..', import.meta.url));

function clientOf(url: Parameters<typeof connect>[0], options: ClientOptions = {}) {
  const retries: Retry[] = [];
  const client = connect(url, { onRetry: (retry) => retries.push(retry), ...options });
  onTestFinished(() => client.close());
  const seqs = async () => {
    const list: number[] = [];
    for await (const { seq } of followJob(client, 'job')) list.push(seq);
    return list;
  };
  return { client, retries, seqs };
}

/** A server that responds with the whole log; counts its connections. */
async function startServer(script: Partial<Parameters<typeof startLogServer>[0]> = {}) {
  const respond = (asked: Asked) => {
    asked.next(eventBatch(Number(asked.variables.after) + 1, LAST, LAST));
    asked.complete();
  };
  const server = await startLogServer({ subscribe: respond, ...script });
  let connections = 0;
  server.sockets.on('connection', () => {
    connections += 1;
  });
  return { ...server, connections: () => connections, isFree: async () => server.sockets.clients.size === 0 };
}

async function deadAddress(): Promise<string> {
  const server = await startLogServer({ subscribe: () => undefined });
  await server.close();
  return server.url;
}

describe('a socket that reports its end late, as in browsers', () => {
  test('does not end the connection to the second address after the first one refused', async () => {
    const server = await startServer();
    vi.spyOn(Math, 'random').mockReturnValueOnce(0);
    onTestFinished(() => void vi.restoreAllMocks());
    const { client, retries, seqs } = clientOf([await deadAddress(), server.url], {
      webSocket: lateSocketClass(20),
    });
    expect(await seqs()).toEqual(ALL);
    expect(retries.map(({ delayMs, closeCode }) => [delayMs, closeCode])).toEqual([[0, 1006]]);
    expect([server.inits.length, server.asked.length]).toEqual([1, 1]);
    await client.close();
    await eventually(server.isFree);
  });

  test('does not end the connection after an established one that failed', async () => {
    const server = await startServer({
      subscribe(asked) {
        if (asked.connection === 1) {
          asked.next(eventBatch(1, 2, LAST));
          setImmediate(() => asked.socket.terminate());
        } else {
          asked.next(eventBatch(3, LAST - 1, LAST));
          // Until the former socket has reported its end.
          setTimeout(() => asked.next(eventBatch(LAST, LAST, LAST)), 2 * LATE_MS);
        }
      },
    });
    const { client, retries } = clientOf(server.url, { webSocket: lateSocketClass(LATE_MS) });
    const list: number[] = [];
    for await (const { seq } of followJob(client, 'job')) {
      list.push(seq);
      if (seq === LAST) break;
    }
    expect(list).toEqual(ALL);
    expect(retries.map(({ connection }) => connection)).toEqual([1]);
    expect([server.inits.length, server.asked.length]).toEqual([2, 2]);
    await client.close();
    await eventually(server.isFree);
  });

  test('does not end the connection after one that the client closed for a bad message', async () => {
    const server = await startServer();
    server.sockets.once('connection', (socket) => socket.send('{"type":"connection_nonsense"}'));
    const { client, retries, seqs } = clientOf(server.url, { webSocket: lateSocketClass(LATE_MS) });
    expect(await seqs()).toEqual(ALL);
    expect(retries.map(({ closeCode }) => closeCode)).toEqual([4004]);
    expect(server.connections()).toBe(2);
    await client.close();
    await eventually(server.isFree);
  });
});

describe('what comes before a socket', () => {
  test.each(['key', 'connectionParams'] as const)(
    'a %s that fails once is asked for again, without a socket in between',
    async (name) => {
      const server = await startServer();
      let calls = 0;
      const ask = async () => {
        calls += 1;
        if (calls === 1) throw new Error('the identity provider is unavailable');
        return name === 'key' ? 'k' : {};
      };
      const { client, retries, seqs } = clientOf([server.url, server.url], {
        webSocket: lateSocketClass(LATE_MS),
        [name]: ask,
      });
      expect(await seqs()).toEqual(ALL);
      expect(retries.map(({ cause, closeCode }) => [String(cause), closeCode])).toEqual([
        ['Error: the identity provider is unavailable', null],
      ]);
      expect([calls, server.connections(), server.inits.length, server.asked.length]).toEqual([2, 1, 1, 1]);
      // No address was at fault, so the client pauses before it asks again.
      expect(retries[0]?.delayMs).toBeGreaterThan(0);
      await client.close();
      await eventually(server.isFree);
    },
  );

  test('connectionParams that are no JSON are asked for again after a pause, without a socket', async () => {
    const server = await startServer();
    let calls = 0;
    const connectionParams = async () => {
      calls += 1;
      return { number: calls === 1 ? 1n : 1 };
    };
    const { retries, seqs } = clientOf(server.url, { connectionParams });
    expect(await seqs()).toEqual(ALL);
    expect(retries.map(({ cause }) => cause)).toEqual([expect.any(TypeError)]);
    expect(server.connections()).toBe(1);
  });

  test('a function for the address that never returns is called again', async () => {
    const server = await startServer();
    let calls = 0;
    const url = () => {
      calls += 1;
      return calls === 1 ? new Promise<string>(() => undefined) : server.url;
    };
    const { seqs } = clientOf(url, { pongLimitMs: 200 });
    expect(await seqs()).toEqual(ALL);
  });

  test('parameters that come after their connection was given up are not used by the next one', async () => {
    const server = await startServer();
    const late = Promise.withResolvers<Record<string, unknown>>();
    let calls = 0;
    const connectionParams = async () => {
      calls += 1;
      return calls === 1 ? late.promise : { call: calls };
    };
    // The second connection has its parameters and asks for its address when those of the first one come.
    const url = async () => {
      late.resolve({ call: 1 });
      await turn();
      return server.url;
    };
    const { seqs } = clientOf(url, { connectionParams, pongLimitMs: 500 });
    expect(await seqs()).toEqual(ALL);
    expect(server.inits).toEqual([{ call: 2 }]);
  });

  test('a client that is closed while it waits for an address opens no socket afterwards', async () => {
    const server = await startServer();
    const asked = Promise.withResolvers<void>();
    const address = Promise.withResolvers<string>();
    const { client, seqs } = clientOf(() => {
      asked.resolve();
      return address.promise;
    });
    const list = seqs();
    await asked.promise;
    await client.close();
    expect(await list).toEqual([]);
    address.resolve(server.url);
    // Longer than a socket to this machine takes to connect: another client's.
    expect(await clientOf(server.url).seqs()).toEqual(ALL);
    expect(server.connections()).toBe(1);
  });

  test('an address that cannot be had ends a subscription of the user’s own and nothing else', async () => {
    const unhandled: unknown[] = [];
    const onUnhandled = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', onUnhandled);
    onTestFinished(() => void process.off('unhandledRejection', onUnhandled));
    const server = await startServer();
    let calls = 0;
    const { client, seqs } = clientOf(async () => {
      calls += 1;
      if (calls === 1) throw new Error('the directory is unavailable');
      return server.url;
    });
    const ended = Promise.withResolvers<unknown>();
    const sink = { next: () => undefined, error: ended.resolve, complete: () => ended.resolve('complete') };
    client.sockets.subscribe({ query: 'subscription { none }' }, sink);
    expect(await ended.promise).toMatchObject({ code: 1006, reason: 'the directory is unavailable' });
    expect(await seqs()).toEqual(ALL);
    expect(unhandled).toEqual([]);
  });

  test('a WebSocket class that throws is tried again after a pause', async () => {
    const unhandled: unknown[] = [];
    const onUnhandled = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', onUnhandled);
    onTestFinished(() => void process.off('unhandledRejection', onUnhandled));
    const server = await startServer();
    let made = 0;
    class Insecure extends WebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        made += 1;
        if (made < 3) throw new DOMException('An insecure connection may not be made.', 'SecurityError');
        super(url, protocols);
      }
    }
    const { retries, seqs } = clientOf(server.url, { webSocket: Insecure });
    expect(await seqs()).toEqual(ALL);
    expect(retries.map(({ failures, closeCode }) => [failures, closeCode])).toEqual([
      [1, null],
      [2, null],
    ]);
    expect(String(retries[0]?.cause)).toContain('SecurityError');
    expect(unhandled).toEqual([]);
  });

  test('an address of another scheme, or none at all, is rejected at once', () => {
    expect(() => connect('ftp://example.com/graphql')).toThrow('ftp://example.com/graphql');
    expect(() => connect([])).toThrow(TypeError);
  });
});

describe('variables that cannot be sent', () => {
  /** Without an end the loop would never let the test fail. */
  const TRIES = 5_000;

  test.each([
    [
      'circular ones',
      () => {
        throw new TypeError('no JSON');
      },
    ],
    ['BigInt', () => 1n],
  ])('such as %s end the follower with the error, and other code runs meanwhile', async (_name, toJSON) => {
    const server = await startServer({ subscribe: (asked) => asked.complete() });
    const { client, seqs } = clientOf(server.url);
    // The socket is open.
    await seqs();
    let tries = 0;
    const filter = {
      toJSON() {
        tries += 1;
        return tries < TRIES ? toJSON() : {};
      },
    };
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    });
    onTestFinished(() => clearInterval(timer));
    await expect(followAnalyses(client, { filter: filter as never }).next()).rejects.toThrow(TypeError);
    expect(tries).toBe(1);
    expect(server.asked).toHaveLength(1);
    await eventually(async () => turns > 0);
  });
});

test('a document without hash ends its follower when documents are sent as hashes', async () => {
  const server = await startServer();
  const { client } = clientOf(server.url, { persisted: true });
  const document = new TypedDocumentString('subscription { none }') as TypedDocumentString<never, never>;
  const followed = { document, variables: () => ({}) as never, isOver: () => true };
  await expect(resume(client, followed, {}).next()).rejects.toThrow('The document has no hash');
});

test('a program ends by itself after close(), with a connection and while it waits for one', async () => {
  const server = await startServer();
  const program = `
    import { connect } from './packages/client/src/connect.ts';
    import { followJob } from './packages/client/src/follow-job.ts';
    const waiting = Promise.withResolvers();
    const lost = connect('${await deadAddress()}', { onRetry: waiting.resolve });
    const none = followJob(lost, 'job').next();
    const client = connect('${server.url}');
    for await (const { seq } of followJob(client, 'job')) if (seq === 2) break;
    await waiting.promise;
    await Promise.all([client.close(), lost.close(), none]);
    console.log('closed');`;
  const node = promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    cwd: root,
    timeout: 15_000,
  });
  expect((await node).stdout).toBe('closed\n');
});
