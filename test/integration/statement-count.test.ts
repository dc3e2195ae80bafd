import { createClient } from 'graphql-ws';
import pg from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import WebSocket from 'ws';
import { sql } from '../../src/db/drizzle.ts';
import { ring } from '../../src/events/publish.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { submit } from '../support/engine.ts';
import { createWriter } from '../support/feed.ts';

let database: TestDatabase;
let api: TestApi;
/** Names of the statements that the API has sent, and the largest number of its connections. */
const sent: string[] = [];
const query = pg.Client.prototype.query;

beforeAll(async () => {
  database = await createTestDatabase();
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    const { application_name } = (this as unknown as { connectionParameters: { application_name?: string } })
      .connectionParameters;
    const text = typeof args[0] === 'string' ? args[0] : String((args[0] as { text?: string }).text);
    if (application_name === 'thetool api') sent.push(/\/\* (\w+) \*\//.exec(text)?.[1] ?? text.slice(0, 40));
    return (query as (...all: unknown[]) => unknown).apply(this, args);
  } as typeof query;
  api = await startApi(database.url);
});
afterAll(async () => {
  pg.Client.prototype.query = query;
  await api.close();
  await database.close();
});

const documents = {
  events: 'subscription($id: ID!) { jobEvents(jobId: $id) { events { seq } cursor } }',
  progress: 'subscription($id: ID!) { jobProgress(id: $id) { progress lastSeq } }',
  feed: 'subscription($score: Float!) { analysisStored(filter: { minScore: $score }) { cursor analyses { id } } }',
} as const;

/** Subscribers of one job and of the feed, 90 to a socket; `told` counts the messages of each kind. */
async function subscribe(count: number, jobId: string) {
  const id = Buffer.from(`Job:${jobId}`).toString('base64');
  const newest = Array.from({ length: count }, () => '');
  const clients = Array.from({ length: Math.ceil(count / 90) }, () =>
    createClient({ url: api.url.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 }),
  );
  onTestFinished(async () => {
    for (const client of clients) await client.dispose();
  });
  const kinds = Object.keys(documents) as (keyof typeof documents)[];
  for (let i = 0; i < count; i += 1) {
    const kind = kinds[i % 3] ?? 'events';
    // Five filters of the feed, so that not everything can be one execution.
    const variables = kind === 'feed' ? { score: -1 + (i % 5) / 10 } : { id };
    clients[Math.floor(i / 90)]?.subscribe<Record<string, Record<string, unknown>>>(
      { query: documents[kind], variables },
      {
        next: ({ data }) => {
          newest[i] = JSON.stringify(data);
          bell.resolve();
        },
        error: (error) => bell.reject(error),
        complete: () => undefined,
      },
    );
  }
  let bell = Promise.withResolvers<void>();
  return async (isThere: (text: string, kind: string) => boolean) => {
    while (!newest.every((text, i) => text !== '' && isThere(text, kinds[i % 3] ?? ''))) {
      await bell.promise;
      bell = Promise.withResolvers();
    }
  };
}

const ROUNDS = 20;

/** Statements of the API while a job moves on and a result is stored, 20 times, and every subscriber has seen each. */
async function countStatements(subscribers: number): Promise<{ joining: number; following: number }> {
  const { db } = database;
  const jobId = await submit(db, ['A']);
  const writer = await createWriter(db);
  const start = sent.length;
  const everybody = await subscribe(subscribers, jobId);
  await everybody(() => true);
  const joined = sent.length;
  for (let round = 1; round <= ROUNDS; round += 1) {
    await db.transaction(async (tx) => {
      await tx.execute(
        sql`insert into job_events (job_id, seq, type, progress) values (${jobId}, ${round + 1}, 'ITEM_PROGRESSED', 0)`,
      );
      await tx.execute(sql`update jobs set last_seq = ${round + 1} where id = ${jobId}`);
    });
    await ring(db, [{ about: 'job', id: jobId, at: round + 1 }]);
    const [id = ''] = await writer.store([{ ticker: 'A' }]);
    const global = Buffer.from(`Analysis:${id}`).toString('base64');
    await everybody((text, kind) =>
      kind === 'feed'
        ? text.includes(global)
        : text.includes(`"${kind === 'events' ? 'cursor' : 'lastSeq'}":${round + 1}`),
    );
  }
  return { joining: joined - start, following: sent.length - joined };
}

test('the statements of an API node do not grow with its subscribers', async () => {
  const few = await countStatements(3);
  const many = await countStatements(900);
  console.log(
    `statements while joining: ${few.joining} for 3 subscribers, ${many.joining} for 900; per round of following: ${few.following / ROUNDS} and ${many.following / ROUNDS}`,
  );
  expect(few.following).toBeGreaterThan(3 * ROUNDS);
  // The polls of the hub come with time, not with subscribers.
  expect(many.following).toBeLessThanOrEqual(few.following * 1.5 + 10);
  expect(many.joining).toBeLessThan(900 / 3);
});
