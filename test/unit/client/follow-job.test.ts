import { once } from 'node:events';
import { createServer } from 'node:http';
import { buildSchema, GraphQLError } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { connect } from '../../../packages/client/src/connect.ts';
import { followJob } from '../../../packages/client/src/follow-job.ts';

const schema = buildSchema(`
  type Query { none: Int }
  type Error { code: String message: String }
  type Event { seq: Int at: String type: String ticker: String tickers: [String] phase: Int progress: Float attempt: Int verdict: String score: Float error: Error }
  type Batch { cursor: Int caughtUp: Boolean gap: Boolean events: [Event] }
  type Subscription { jobEvents(jobId: ID!, after: Int!): Batch }
`);

/** A server whose log is 1..4, and which cannot answer whenever its database is away: at once, and again after two events. */
async function startMoody(code: string): Promise<{ url: string; asked: number[] }> {
  const asked: number[] = [];
  const unavailable = () => new GraphQLError('try again', { extensions: { code } });
  const http = createServer().listen(0, '127.0.0.1');
  await once(http, 'listening');
  const sockets = new WebSocketServer({ server: http, path: '/graphql' });
  const server = useServer(
    {
      schema,
      roots: {
        subscription: {
          jobEvents: async function* ({ after }: { after: number }) {
            asked.push(after);
            if (asked.length === 1) throw unavailable();
            const events = [1, 2, 3, 4]
              .filter((seq) => seq > after)
              .map((seq) => ({ seq, type: seq === 4 ? 'JOB_COMPLETED' : 'ITEM_PROGRESSED' }));
            yield {
              jobEvents: {
                cursor: 2,
                events: events.filter(({ seq }) => seq <= (asked.length === 2 ? 2 : 4)),
              },
            };
            if (asked.length === 2) throw unavailable();
          },
        },
      },
    },
    sockets,
  );
  onTestFinished(async () => {
    await server.dispose();
    http.close();
  });
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}/graphql`, asked };
}

async function seqs(url: string): Promise<number[]> {
  const client = connect(url);
  onTestFinished(() => client.close());
  const received: number[] = [];
  for await (const { seq } of followJob(client, 'job')) received.push(seq);
  return received;
}

test('a server that is unavailable for a moment is asked again behind what was seen', async () => {
  const { url, asked } = await startMoody('UNAVAILABLE');
  expect(await seqs(url)).toEqual([1, 2, 3, 4]);
  expect(asked).toEqual([0, 0, 2]);
});

test('another refusal ends the following', async () => {
  const { url } = await startMoody('NOT_FOUND');
  await expect(seqs(url)).rejects.toMatchObject({ name: 'RequestError', code: 'NOT_FOUND' });
});
