import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import WebSocket from 'ws';
import { type Client, type ClientOptions, connect, type Retry } from '../../packages/client/src/connect.ts';
import { followAnalyses } from '../../packages/client/src/follow-analyses.ts';
import { followJob, GapError } from '../../packages/client/src/follow-job.ts';
import { watchJob } from '../../packages/client/src/watch-job.ts';
import { eventually } from '../support/eventually.ts';
import { type Asked, eventBatch, startLogServer } from '../support/log-server.ts';

const LAST = 40;
const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

function clientOf(url: Parameters<typeof connect>[0], options?: ClientOptions): Client {
  const client = connect(url, options);
  onTestFinished(() => client.close());
  return client;
}

async function seqs(client: Client, options?: Parameters<typeof followJob>[2]): Promise<number[]> {
  const list: number[] = [];
  for await (const { seq } of followJob(client, 'job', options)) list.push(seq);
  return list;
}

/** Sends the rest of the log in pieces of seven; `after` is what the client asked for. */
function tell(asked: Asked, until = LAST): void {
  for (let from = Number(asked.variables.after) + 1; from <= until; from += 7)
    asked.next(eventBatch(from, Math.min(from + 6, until), LAST));
  if (until === LAST) asked.complete();
}

describe('a follower goes on behind what it has', () => {
  test.each([1000, 1001, 1011, 1012, 1013, 4403, 4429, 4500, 'CUT', 'COMPLETE'] as const)(
    'after %s',
    async (end) => {
      const server = await startLogServer({
        subscribe(asked) {
          if (server.asked.length > 1) return tell(asked);
          tell(asked, 16);
          if (end === 'CUT') asked.socket.terminate();
          else if (end === 'COMPLETE') asked.complete();
          else asked.socket.close(end, 'as the script says');
        },
      });
      // A cut may lose what was sent: the socket's buffers go with it.
      expect(await seqs(clientOf(server.url))).toEqual(upTo(LAST));
      expect(server.asked.map(({ variables }) => Number(variables.after) % 7)).toEqual(
        end === 'CUT' ? [0, expect.any(Number)] : [0, 2],
      );
    },
  );

  test('through a dozen connections of which each dies somewhere, with either WebSocket', async () => {
    for (const webSocket of [undefined, WebSocket]) {
      const server = await startLogServer({
        init: (_payload, connection) => (connection % 5 === 4 ? 1012 : null),
        subscribe(asked) {
          const turns = server.asked.length;
          if (turns === 10) return tell(asked);
          tell(asked, Math.min(Number(asked.variables.after) + (turns % 3), LAST - 1));
          if (turns % 2 === 0) asked.socket.terminate();
          else asked.socket.close(1012);
        },
      });
      const client = clientOf(server.url, { webSocket });
      expect(await seqs(client)).toEqual(upTo(LAST));
    }
  }, 60_000);

  test('whose events were sent twice, or overlap, sees each once', async () => {
    const server = await startLogServer({
      subscribe(asked) {
        asked.next(eventBatch(1, 5, 9));
        asked.next(eventBatch(1, 5, 9));
        asked.next(eventBatch(3, 9, 9));
        asked.complete();
      },
    });
    expect(await seqs(clientOf(server.url))).toEqual(upTo(9));
  });
});

test('a token is asked for anew with every connection; 4403 is tried again with it', async () => {
  let issued = 0;
  const server = await startLogServer({
    init: (payload) => ((payload as { token: number }).token === 3 ? null : 4403),
    subscribe: (asked) => tell(asked),
  });
  const connectionParams = async () => {
    issued += 1;
    await turn();
    return { token: issued };
  };
  expect(await seqs(clientOf(server.url, { connectionParams }))).toEqual(upTo(LAST));
  expect(server.inits).toEqual([{ token: 1 }, { token: 2 }, { token: 3 }]);
});

test('a token that cannot be had is asked for again', async () => {
  let asks = 0;
  const server = await startLogServer({ subscribe: (asked) => tell(asked) });
  const connectionParams = async () => {
    asks += 1;
    if (asks === 1) throw new Error('the identity provider is away');
    return {};
  };
  const retries: Retry[] = [];
  const client = clientOf(server.url, { connectionParams, onRetry: (retry) => retries.push(retry) });
  expect(await seqs(client)).toEqual(upTo(LAST));
  expect(retries.map(({ cause }) => String(cause))).toEqual(['Error: the identity provider is away']);
});

test.each([4400, 4401, 4406, 4409])('close code %i cannot be helped and is thrown', async (code) => {
  const server = await startLogServer({ init: () => code, subscribe: () => undefined });
  await expect(seqs(clientOf(server.url))).rejects.toMatchObject({
    name: 'RequestError',
    code: `CLOSED_${code}`,
  });
});

describe('a connection that went silent is given up', () => {
  const quick = { pingMs: 60, pongLimitMs: 120 };

  test.each([undefined, WebSocket])('when nothing answers the ping', async (webSocket) => {
    const server = await startLogServer({
      subscribe(asked) {
        if (server.asked.length > 1) return tell(asked);
        tell(asked, 16);
        // It stays open, reads nothing and answers nothing, as behind a link that drops packets.
        setImmediate(() => asked.socket.pause());
      },
    });
    const retries: Retry[] = [];
    const client = clientOf(server.url, { ...quick, webSocket, onRetry: (retry) => retries.push(retry) });
    expect(await seqs(client)).toEqual(upTo(LAST));
    // A busy machine may miss the short limits again.
    expect(new Set(retries.map(({ closeCode }) => closeCode))).toEqual(new Set([4499]));
  });

  test.each([undefined, WebSocket])('when it is never acknowledged', async (webSocket) => {
    const server = await startLogServer({
      init: (_payload, connection) => (connection === 1 ? 'SILENT' : null),
      subscribe: (asked) => tell(asked),
    });
    expect(await seqs(clientOf(server.url, { ...quick, webSocket }))).toEqual(upTo(LAST));
    expect(server.inits).toHaveLength(2);
  });

  test('but not one that is idle and alive', async () => {
    const idle = Promise.withResolvers<Asked>();
    const server = await startLogServer({ subscribe: idle.resolve });
    let pings = 0;
    const client = clientOf(server.url, quick);
    const seen = seqs(client);
    const asked = await idle.promise;
    asked.socket.on('message', (data) => {
      if (String(data).includes('ping')) pings += 1;
    });
    await eventually(async () => pings >= 5);
    tell(asked);
    expect(await seen).toEqual(upTo(LAST));
    expect(server.asked).toHaveLength(1);
  });
});

describe('addresses', () => {
  test('are tried in turn until one answers', async () => {
    const server = await startLogServer({ subscribe: (asked) => tell(asked) });
    const dead = await startLogServer({ subscribe: () => undefined });
    await dead.close();
    for (let round = 0; round < 4; round += 1)
      expect(await seqs(clientOf([dead.url, server.url, dead.url]))).toEqual(upTo(LAST));
  });

  test('of a node that restarts: the client goes on at another', async () => {
    const other = await startLogServer({ subscribe: (asked) => tell(asked) });
    const first = await startLogServer({
      subscribe(asked) {
        tell(asked, 20);
        asked.socket.close(1012);
      },
    });
    const client = clientOf([first.url, other.url]);
    expect(await seqs(client)).toEqual(upTo(LAST));
    expect(other.asked.map(({ variables }) => variables.after)).toEqual([
      expect.toSatisfy((after) => after === 0 || after === 20),
    ]);
  });

  test('may come from a function, which may fail for a while', async () => {
    const server = await startLogServer({ subscribe: (asked) => tell(asked) });
    let asks = 0;
    const client = clientOf(async () => {
      asks += 1;
      if (asks < 3) throw new Error('the directory is away');
      return server.url;
    });
    expect(await seqs(client)).toEqual(upTo(LAST));
    expect(asks).toBe(3);
  });

  test('that are none are refused at once', () => {
    for (const address of ['nowhere', 'localhost:4000/graphql', '127.0.0.1:4000/graphql'])
      expect(() => connect(address)).toThrow(/^The address .+ does not begin with http: or https:\.$/);
  });
});

test('a slow consumer holds a few messages, whatever the server sends, and gets everything', async () => {
  const last = 5_000;
  let sent = 0;
  const server = await startLogServer({
    async subscribe(asked) {
      for (let from = Number(asked.variables.after) + 1; from <= last && !asked.ended; from += 5) {
        asked.next(eventBatch(from, from + 4, last));
        sent += 1;
        if (from % 50 === 1) await turn();
      }
      if (!asked.ended) asked.complete();
    },
  });
  const client = clientOf(server.url);
  const list: number[] = [];
  for await (const { seq } of followJob(client, 'job')) {
    list.push(seq);
    if (seq === 3) await eventually(async () => server.asked[0]?.ended);
    if (seq % 40 === 0) await turn();
  }
  expect(list).toEqual(upTo(last));
  // It was ended and begun again instead of being buffered.
  expect(server.asked.length).toBeGreaterThan(10);
  expect(server.asked.slice(0, -1).every(({ ended }) => ended)).toBe(true);
  expect(sent).toBeGreaterThan(1_000);
});

test('50 followers of one client share one connection and wait once per outage', async () => {
  let outages = 0;
  const server = await startLogServer({
    subscribe(asked) {
      if (outages < 3 && server.asked.length % 50 === 0) {
        outages += 1;
        for (const socket of server.sockets.clients) socket.terminate();
      } else if (outages === 3) tell(asked);
    },
  });
  const retries: Retry[] = [];
  const client = clientOf(server.url, { onRetry: (retry) => retries.push(retry) });
  const lists = await Promise.all(Array.from({ length: 50 }, () => seqs(client)));
  for (const list of lists) expect(list).toEqual(upTo(LAST));
  expect(server.inits).toHaveLength(4);
  expect(retries.map(({ failures }) => failures)).toEqual([1, 2, 3]);
});

test('the abort of the signal ends a follower that waits, and its subscription', async () => {
  const server = await startLogServer({ subscribe: (asked) => tell(asked, 10) });
  const leaving = new AbortController();
  const client = clientOf(server.url);
  const list: number[] = [];
  for await (const { seq } of followJob(client, 'job', { signal: leaving.signal })) {
    list.push(seq);
    if (seq === 10) setImmediate(() => leaving.abort());
  }
  expect(list).toEqual(upTo(10));
  await eventually(async () => server.asked[0]?.ended);
  expect(await seqs(client, { signal: AbortSignal.abort() })).toEqual([]);
});

test('closing the client ends its followers, also while they wait for a server', async () => {
  const server = await startLogServer({ subscribe: () => undefined });
  await server.close();
  const waiting = Promise.withResolvers<void>();
  const client = connect(server.url, { onRetry: () => waiting.resolve() });
  const seen = seqs(client);
  await waiting.promise;
  await client.close();
  expect(await seen).toEqual([]);
});

test('events that retention has removed are a GapError that says where to go on', async () => {
  const server = await startLogServer({
    subscribe(asked) {
      const after = Number(asked.variables.after);
      asked.next(eventBatch(after < 20 ? 21 : after + 1, LAST, LAST));
      asked.complete();
    },
  });
  const client = clientOf(server.url);
  const error = await seqs(client, { after: 4 }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(GapError);
  expect(error).toMatchObject({ after: 4, resumeAfter: 20 });
  expect(await seqs(client, { after: 20 })).toEqual(upTo(LAST).slice(20));
});

test('a log of which nothing is left is a gap, too, not an end', async () => {
  const server = await startLogServer({
    subscribe(asked) {
      const gap = Number(asked.variables.after) < LAST;
      asked.next({ jobEvents: { events: [], cursor: LAST, caughtUp: true, gap } });
      asked.complete();
    },
  });
  const client = clientOf(server.url);
  await expect(seqs(client, { after: 7 })).rejects.toMatchObject({
    name: 'GapError',
    after: 7,
    resumeAfter: LAST,
  });
  expect(await seqs(client, { after: LAST })).toEqual([]);
});

test('a log that ends before `after` is a gap, too, and its events after the cursor are not lost', async () => {
  const server = await startLogServer({
    subscribe(asked) {
      const after = Number(asked.variables.after);
      if (after > 1) asked.next({ jobEvents: { events: [], cursor: 1, caughtUp: true, gap: true } });
      asked.next(eventBatch(2, 2, 2));
      asked.complete();
    },
  });
  const client = clientOf(server.url);
  await expect(seqs(client, { after: 3 })).rejects.toMatchObject({
    name: 'GapError',
    after: 3,
    resumeAfter: 1,
    message: 'The log of the job ends at event 1: there is no event 3 to continue after.',
  });
  expect(await seqs(client, { after: 1 })).toEqual([2]);
});

test('a watcher sees the newest state only, no state twice over reconnects, and the final one', async () => {
  const state = (progress: number) => ({
    jobProgress: { id: 'job', state: progress === 100 ? 'COMPLETED' : 'PROCESSING', progress },
  });
  const server = await startLogServer({
    subscribe(asked) {
      const turns = server.asked.length;
      if (turns === 1) {
        for (let progress = 1; progress <= 50; progress += 1) asked.next(state(progress));
        asked.socket.close(1012);
      } else if (turns === 2) {
        asked.next(state(50));
        asked.complete();
      } else {
        asked.next(state(50));
        asked.next(state(100));
        asked.complete();
      }
    },
  });
  const seen: number[] = [];
  for await (const { progress } of watchJob(clientOf(server.url), 'job')) {
    seen.push(progress);
    // Slow: until everything that was sent has arrived.
    if (seen.length === 1)
      await eventually(async () => server.asked[0]?.socket.readyState === WebSocket.CLOSED);
  }
  expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
  expect(seen.length).toBeLessThan(10);
  expect(seen.slice(-2)).toEqual([50, 100]);
});

test('a feed goes on behind the last batch that was taken, and tells gaps as they come', async () => {
  const batch = (at: number, gap = false) => ({
    analysisStored: { cursor: `c${at}`, caughtUp: true, gap, analyses: [{ id: `a${at}` }] },
  });
  const server = await startLogServer({
    subscribe(asked) {
      const turns = server.asked.length;
      if (turns === 1) {
        asked.next(batch(1));
        asked.next(batch(2));
        asked.socket.close(1012);
      } else if (turns === 2) asked.socket.terminate();
      else {
        asked.next(batch(7, true));
        asked.complete();
      }
    },
  });
  const filter = { minScore: 0.5 };
  const seen: unknown[] = [];
  for await (const { analyses, gap } of followAnalyses(clientOf(server.url), { filter, from: 'OLDEST' }))
    seen.push([analyses[0]?.id, gap]);
  expect(seen).toEqual([
    ['a1', false],
    ['a2', false],
    ['a7', true],
  ]);
  expect(server.asked.map(({ variables }) => variables)).toEqual([
    { filter, from: 'OLDEST', after: null },
    { filter, from: 'OLDEST', after: 'c2' },
    { filter, from: 'OLDEST', after: 'c2' },
  ]);
});
