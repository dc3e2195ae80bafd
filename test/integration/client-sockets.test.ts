import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Client, type ClientOptions, connect, type Retry } from '../../packages/client/src/connect.ts';
import { followAnalyses } from '../../packages/client/src/follow-analyses.ts';
import { followJob } from '../../packages/client/src/follow-job.ts';
import { CreateWatchlistDocument, WatchlistsDocument } from '../../packages/client/src/generated/graphql.ts';
import { watchJob } from '../../packages/client/src/watch-job.ts';
import { ring } from '../../src/events/publish.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { BYSTANDER_SUBSCRIPTIONS, keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { authorized } from '../support/key.ts';
import { append } from '../support/log.ts';
import { type Asked, eventBatch, startLogServer } from '../support/log-server.ts';

const LAST = 6;
const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

function clientOf(url: Parameters<typeof connect>[0], options: ClientOptions = {}) {
  const retries: Retry[] = [];
  const client = connect(url, { onRetry: (retry) => retries.push(retry), ...options });
  onTestFinished(() => client.close());
  return { client, retries };
}

async function seqs(client: Client, jobId = 'job', signal?: AbortSignal): Promise<number[]> {
  const list: number[] = [];
  const options = signal === undefined ? {} : { signal };
  for await (const { seq } of followJob(client, jobId, options)) list.push(seq);
  return list;
}

const follow = (client: Client, count: number) =>
  Promise.all(Array.from({ length: count }, () => seqs(client)));

/** Answers everybody when `count` subscriptions have begun. */
function answerTogether(count: number): (asked: Asked) => void {
  const waiting: Asked[] = [];
  return (asked) => {
    waiting.push(asked);
    if (waiting.length < count) return;
    for (const one of waiting) {
      one.next(eventBatch(1, LAST, LAST));
      one.complete();
    }
  };
}

describe('the sockets of one client', () => {
  test('are as many as the limit of operations per socket needs', async () => {
    const server = await startLogServer({ subscribe: answerTogether(250) });
    const { client, retries } = clientOf(server.url);
    for (const list of await follow(client, 250)) expect(list).toEqual(upTo(LAST));
    expect(server.inits).toHaveLength(3);
    const perSocket = Map.groupBy(server.asked, ({ connection }) => connection);
    expect([...perSocket.values()].map(({ length }) => length).sort()).toEqual([100, 100, 50]);
    expect(retries).toEqual([]);
  });

  test('become more when the server has a lower limit, which its LIMIT_EXCEEDED shows', async () => {
    const accept = answerTogether(100);
    const accepted = new Map<number, number>();
    const server = await startLogServer({
      subscribe(asked) {
        const count = (accepted.get(asked.connection) ?? 0) + 1;
        if (count > 30) return asked.error('LIMIT_EXCEEDED');
        accepted.set(asked.connection, count);
        accept(asked);
      },
    });
    const { client, retries } = clientOf(server.url);
    for (const list of await follow(client, 100)) expect(list).toEqual(upTo(LAST));
    expect(server.inits).toHaveLength(4);
    expect(retries).toEqual([]);
  });

  test('do not become more for an operation that is rejected alone', async () => {
    const server = await startLogServer({ subscribe: (asked) => asked.error('LIMIT_EXCEEDED') });
    const { client } = clientOf(server.url);
    await expect(seqs(client)).rejects.toMatchObject({ name: 'RequestError', code: 'LIMIT_EXCEEDED' });
    expect(server.inits).toHaveLength(1);
  });

  test('are no more than maxSockets: a new follower gets an error that says so, and the others go on', async () => {
    const server = await startLogServer({ subscribe: answerTogether(4) });
    const { client, retries } = clientOf(server.url, { operationsPerSocket: 2, maxSockets: 2 });
    const first = follow(client, 3);
    const last = seqs(client);
    await expect(seqs(client)).rejects.toMatchObject({
      name: 'RequestError',
      code: 'TOO_MANY_SOCKETS',
      message: 'All 2 sockets of this client are full: end some of its 4 followers, or raise maxSockets.',
    });
    for (const list of [...(await first), await last]) expect(list).toEqual(upTo(LAST));
    expect(server.inits).toHaveLength(2);
    expect(retries).toEqual([]);
    // Those that have ended made room.
    for (const list of await follow(client, 4)) expect(list).toEqual(upTo(LAST));
  });

  test('are shared with those that keep up when a follower of a long log could have one of its own no more', async () => {
    const last = 400;
    const server = await startLogServer({
      subscribe(asked) {
        for (let from = Number(asked.variables.after) + 1; from <= last && !asked.ended; from += 5)
          asked.next(eventBatch(from, from + 4, last));
        if (!asked.ended) asked.complete();
      },
    });
    const { client } = clientOf(server.url, { maxSockets: 1 });
    expect(await seqs(client)).toEqual(upTo(last));
    expect(server.asked.length).toBeGreaterThan(1);
    expect(server.inits).toHaveLength(1);
  });

  test('are waited for by a follower that was subscribed before and finds them full', async () => {
    const waiting: Asked[] = [];
    const server = await startLogServer({
      subscribe(asked) {
        if (server.asked.length > 1) return void waiting.push(asked);
        // The server ends the subscription before the end of the log: the follower pauses and begins again.
        asked.next(eventBatch(1, 3, LAST));
        asked.complete();
      },
    });
    const { client } = clientOf(server.url, { operationsPerSocket: 1, maxSockets: 1 });
    const events = followJob(client, 'job');
    for (const seq of upTo(3)) expect((await events.next()).value).toMatchObject({ seq });
    const take = vi.spyOn(client.lines, 'take');
    const rest = events.next();
    await eventually(async () => client.lines.first.operations === 0);
    const other = followJob(client, 'other');
    const taken = other.next();
    await eventually(async () => waiting.length === 1);
    await eventually(async () => take.mock.results.some(({ value }) => value === null));
    await other.return();
    await taken;
    await eventually(async () => waiting.length === 2);
    waiting[1]?.next(eventBatch(4, LAST, LAST));
    expect((await rest).value).toMatchObject({ seq: 4 });
    await events.return();
  });

  test('are others for a follower that reads a long log slowly', async () => {
    const last = 400;
    const server = await startLogServer({
      async subscribe(asked) {
        if (asked.variables.jobId === 'live') return;
        for (let from = Number(asked.variables.after) + 1; from <= last && !asked.ended; from += 5) {
          asked.next(eventBatch(from, from + 4, last));
          if (from % 50 === 1) await turn();
        }
        if (!asked.ended) asked.complete();
      },
    });
    const { client } = clientOf(server.url);
    const leaving = new AbortController();
    const live = seqs(client, 'live', leaving.signal);
    const list: number[] = [];
    for await (const { seq } of followJob(client, 'bulk')) {
      list.push(seq);
      if (seq === 3)
        await eventually(async () => server.asked.find(({ variables }) => variables.jobId === 'bulk')?.ended);
      if (seq % 40 === 0) await turn();
    }
    expect(list).toEqual(upTo(last));
    const of = (jobId: string) => server.asked.filter(({ variables }) => variables.jobId === jobId);
    expect(of('live').map(({ connection }) => connection)).toEqual([1]);
    const [first, ...rest] = of('bulk').map(({ connection }) => connection);
    expect(first).toBe(1);
    expect(new Set(rest)).toEqual(new Set([2]));
    leaving.abort();
    expect(await live).toEqual([]);
  });
});

describe('an address', () => {
  test('from a function that fails is asked for once per attempt, however many followers wait', async () => {
    const server = await startLogServer({ subscribe: answerTogether(80) });
    let calls = 0;
    const { client, retries } = clientOf(() => {
      calls += 1;
      if (calls < 4) throw new Error('the directory is unavailable');
      return server.url;
    });
    for (const list of await follow(client, 80)) expect(list).toEqual(upTo(LAST));
    expect(calls).toBe(4);
    expect(retries.map(({ failures }) => failures)).toEqual([1, 2, 3]);
  });

  test('that refuses the connection is followed by the other one without a pause', async () => {
    const server = await startLogServer({ subscribe: answerTogether(1) });
    const dead = await startLogServer({ subscribe: () => undefined });
    await dead.close();
    const refusals: Retry[] = [];
    for (let round = 0; round < 8; round += 1) {
      const { client, retries } = clientOf([dead.url, server.url]);
      expect(await seqs(client)).toEqual(upTo(LAST));
      refusals.push(...retries);
    }
    expect(refusals.map(({ delayMs }) => delayMs)).toEqual(refusals.map(() => 0));
  });

  test('that refuses the connection of a request is followed by the other one, for a mutation, too', async () => {
    let served = 0;
    const http = createServer((_request, response) => {
      served += 1;
      response.end(JSON.stringify({ data: { served } }));
    }).listen(0, '127.0.0.1');
    await once(http, 'listening');
    onTestFinished(() => void http.close());
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/graphql`;
    const dead = await startLogServer({ subscribe: () => undefined });
    await dead.close();
    for (let round = 1; round <= 8; round += 1) {
      const { client } = clientOf([dead.url, url]);
      const answer =
        round % 2 === 0
          ? client.request(WatchlistsDocument, { first: 1 } as never)
          : client.request(CreateWatchlistDocument, { input: { name: 'x' } } as never);
      expect(await answer).toEqual({ served: round });
    }
    const { client } = clientOf(dead.url);
    await expect(client.request(WatchlistsDocument, {} as never)).rejects.toMatchObject({
      code: 'UNREACHABLE',
    });
  });

  test('whose connection breaks after a mutation was sent is not followed by another one', async () => {
    let received = 0;
    const http = createServer((request) => {
      received += 1;
      request.socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(http, 'listening');
    onTestFinished(() => void http.close());
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/graphql`;
    const { client } = clientOf([`${url}?a`, `${url}?b`]);
    const mutation = client.request(CreateWatchlistDocument, { input: { name: 'x' } } as never);
    await expect(mutation).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(received).toBe(1);
    // A query has no effect, so it is sent to each address.
    await expect(client.request(WatchlistsDocument, {} as never)).rejects.toMatchObject({
      code: 'UNREACHABLE',
    });
    expect(received).toBe(3);
  });
});

describe('against the server', () => {
  let database: TestDatabase;
  let api: TestApi;
  beforeAll(async () => {
    database = await createTestDatabase();
    api = await startApi(database.url);
  });
  afterAll(async () => {
    await api.close();
    await database.close();
  });
  keepBystander(() => ({ url: api.url, db: database.db }));

  async function subscribers(): Promise<number> {
    const text = await (await fetch(new URL('/metrics', api.url), { headers: authorized })).text();
    return Number(text.match(/^thetool_subscribers (\d+)$/m)?.[1]) - BYSTANDER_SUBSCRIPTIONS;
  }

  /** No worker runs here, so the job stays queued and its followers wait. */
  const submit = async () => (await api.submit({ tickers: ['AAPL'], force: true, source: 'DEMO' })).job.id;

  test('an iteration that is returned or destroyed while it waits ends its subscription', async () => {
    const { client } = clientOf(api.url);
    const job = await submit();
    const events = followJob(client, job);
    expect((await events.next()).value).toMatchObject({ seq: 1 });
    const states = watchJob(client, job);
    expect((await states.next()).value).toMatchObject({ state: 'QUEUED' });
    const analyses = followAnalyses(client);
    const pending = [events.next(), states.next(), analyses.next()];
    await eventually(async () => (await subscribers()) === 3);
    await Promise.all([events.return(), states.return(), analyses.return()]);
    await pending[0];
    expect(await Promise.all([events.next(), states.next()])).toEqual(upTo(2).map(() => ({ done: true })));
    await eventually(async () => (await subscribers()) === 0);

    const stream = Readable.from(followJob(client, job));
    await once(stream, 'readable');
    stream.read();
    await eventually(async () => (await subscribers()) === 1);
    stream.destroy();
    await eventually(async () => (await subscribers()) === 0);
  });

  test('a follower that asks for more than the log has learns where to continue, and sees the next event', async () => {
    const { client } = clientOf(api.url);
    const job = await submit();
    const error = await followJob(client, job, { after: 3 })
      .next()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'GapError', after: 3, resumeAfter: 1 });
    const next = followJob(client, job, { after: 1 }).next();
    await api.one('mutation($id: ID!) { cancelJob(input: { id: $id }) { __typename } }', { id: job });
    expect((await next).value).toMatchObject({ seq: 2, type: 'JOB_CANCELLED' });
  });

  test('120 followers, begun twice as in strict mode, all end without a reconnect', async () => {
    const { client, retries } = clientOf(api.url);
    const job = await submit();
    const leaving = new AbortController();
    const lists = upTo(120).map((): number[] => []);
    const first = lists.map(async (list) => {
      for await (const { seq } of followJob(client, job, { signal: leaving.signal })) list.push(seq);
    });
    // The server counts a subscriber before it sends the first event.
    await eventually(async () => lists.every(({ length }) => length === 1));
    leaving.abort();
    const second = upTo(120).map(() => seqs(client, job));
    await Promise.all(first);
    for (const list of lists) expect(list).toEqual([1]);
    await eventually(async () => (await subscribers()) === 120);
    await api.one('mutation($id: ID!) { cancelJob(input: { id: $id }) { __typename } }', { id: job });
    for (const list of await Promise.all(second)) expect(list).toEqual([1, 2]);
    expect(retries).toEqual([]);
    await eventually(async () => (await subscribers()) === 0);
  });

  test('a follower that replays a long log, or takes nothing, does not delay the others of its client', async () => {
    const last = 30_000;
    const { client, retries } = clientOf(api.url);
    const heavy = await api.submit({ tickers: ['AAPL'], force: true, source: 'DEMO' });
    await append(database.db, heavy.job.uuid, last - 1);
    const jobs = await Promise.all(
      upTo(5).map(() => api.submit({ tickers: ['AAPL'], force: true, source: 'DEMO' })),
    );
    const lists = jobs.map((): number[] => []);
    const leaving = new AbortController();
    const others = jobs.map(async ({ job }, i) => {
      for await (const { seq } of followJob(client, job.id, { signal: leaving.signal })) lists[i]?.push(seq);
    });
    await eventually(async () => lists.every((list) => list.length === 1));

    let count = 0;
    /** Appends an event to each of the other logs, again when all of it has arrived. */
    async function beat(rounds: number) {
      for (const _ of upTo(rounds)) {
        const wanted = (lists[0]?.length ?? 0) + 1;
        await Promise.all(jobs.map(({ job }) => append(database.db, job.uuid, 1)));
        await ring(
          database.db,
          jobs.map(({ job }) => ({ about: 'job' as const, id: job.uuid, at: wanted })),
        );
        await eventually(async () => lists.every((list) => list.length === wanted));
      }
    }
    let beats: Promise<void> | null = null;
    let countAfterBeats = Number.POSITIVE_INFINITY;
    for await (const { seq } of followJob(client, heavy.job.id)) {
      count += 1;
      expect(seq).toBe(count);
      // It takes nothing until the others have had events of their own.
      if (seq === 1_000) await beat(5);
      // It takes what comes while the others get theirs.
      if (seq === 2_000)
        beats = beat(5).then(() => {
          countAfterBeats = count;
        });
      if (seq === last) break;
    }
    await beats;
    expect(countAfterBeats).toBeLessThan(last);
    expect(lists).toEqual(jobs.map(() => upTo(11)));
    expect(retries).toEqual([]);
    leaving.abort();
    await Promise.all(others);
    await api.one('mutation($id: ID!) { cancelJob(input: { id: $id }) { __typename } }', {
      id: heavy.job.id,
    });
  }, 60_000);
});
