import { createServer } from 'node:http';
import pg from 'pg';
import { WebSocket, WebSocketServer } from 'ws';
import { decodeHints } from '../src/events/hint.ts';
import { HINT_CHANNEL } from '../src/events/publish.ts';

/**
 * Child process of `bench/latency.ts`, the raw limit: a notification is sent on to the sockets of its job as a ready message. No log is read, no
 * operation is executed, and a message that a client misses is lost.
 */
const [url = ''] = process.argv.slice(2);
const followers = new Map<string, Set<WebSocket>>();

const messageOf = (seq: number) =>
  Buffer.from(
    JSON.stringify({
      id: '1',
      type: 'next',
      payload: {
        data: {
          jobEvents: {
            events: [
              { seq, at: new Date(), type: 'ITEM_PROGRESSED', ticker: null, phase: null, progress: 0 },
            ],
            cursor: seq,
            caughtUp: true,
          },
        },
      },
    }),
  );

const listener = new pg.Client({ connectionString: url });
await listener.connect();
listener.on('notification', ({ payload = '' }) => {
  for (const { id, at } of decodeHints(payload)) {
    const message = messageOf(at);
    for (const socket of followers.get(id) ?? []) {
      if (socket.readyState === WebSocket.OPEN) socket.send(message, { binary: false });
    }
  }
});
await listener.query(`listen ${HINT_CHANNEL}`);

const http = createServer();
const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
sockets.on('connection', (socket) =>
  socket.on('message', (data) => {
    const { job, seq } = JSON.parse(String(data)) as { job: string; seq: number };
    const others = followers.get(job) ?? new Set();
    followers.set(job, others.add(socket));
    socket.send(messageOf(seq), { binary: false });
  }),
);
http.listen(0, '127.0.0.1', 4_096, () => process.send?.({ port: (http.address() as { port: number }).port }));
