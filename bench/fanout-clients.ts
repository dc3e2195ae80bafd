import { authorized } from '../test/support/key.ts';
import { openRaw } from './raw-socket.ts';

/** Told by the benchmark: this many sockets, each with one subscription. */
export interface Assignment {
  readonly port: number;
  readonly sockets: number;
  /** What they subscribe to; null: a socket that is open receives. */
  readonly operation: { readonly query: string; readonly variables: object } | null;
}

/** Told to the benchmark. */
export type Report =
  | { readonly type: 'OPEN' }
  /** All sockets together have received so many messages. */
  | { readonly type: 'RECEIVED'; readonly total: number }
  /** What single sockets have received since the last time of asking. */
  | { readonly type: 'EACH'; readonly least: number; readonly most: number; readonly messageBytes: number };

/** Shorter ones are the protocol's: connection_ack. */
const MESSAGE_BYTES = 64;
const OPENING = 100;

const report = (message: Report) => process.send?.(message);

async function open({ port, sockets, operation }: Assignment): Promise<void> {
  const counts = new Uint32Array(sockets);
  let total = 0;
  let nextReport = sockets;
  let messageBytes = 0;

  async function one(index: number): Promise<void> {
    const acknowledged = Promise.withResolvers<void>();
    const onText = (payload: Buffer) => {
      if (payload.length < MESSAGE_BYTES) return acknowledged.resolve();
      counts[index] = (counts[index] ?? 0) + 1;
      total += 1;
      messageBytes = payload.length;
      if (total < nextReport) return;
      nextReport += sockets;
      report({ type: 'RECEIVED', total });
    };
    const socket = await openRaw(port, onText, (code) => {
      console.error(`a socket was closed with ${code}`);
      process.exit(1);
    });
    if (operation === null) return;
    socket.send(JSON.stringify({ type: 'connection_init', payload: authorized }));
    await acknowledged.promise;
    // As the clients of graphql-ws do: no two operations have the same id.
    socket.send(JSON.stringify({ id: crypto.randomUUID(), type: 'subscribe', payload: operation }));
  }

  process.on('message', (question) => {
    if (question === 'TOTAL') {
      nextReport = total + sockets;
      report({ type: 'RECEIVED', total });
    }
    if (question === 'EACH') {
      report({ type: 'EACH', least: Math.min(...counts), most: Math.max(...counts), messageBytes });
      counts.fill(0);
    }
  });
  const lanes = Array.from({ length: OPENING }, async (_, lane) => {
    for (let index = lane; index < sockets; index += OPENING) await one(index);
  });
  await Promise.all(lanes);
  report({ type: 'OPEN' });
}

process.once('message', (assignment: Assignment) => {
  open(assignment).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
