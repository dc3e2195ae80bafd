import WebSocket from 'ws';
import {
  JobEventsDocument,
  type JobEventsSubscription,
  JobProgressDocument,
  type JobProgressSubscription,
} from '../packages/client/src/generated/graphql.ts';
import { authorized } from '../test/support/key.ts';

/** Told by the benchmark: follow this job from as many sockets, every other one by `jobProgress`. */
export interface Assignment {
  readonly url: string;
  readonly jobId: string;
  readonly clients: number;
}

/** Told to the benchmark. Times are milliseconds of the wall clock. */
export interface Report {
  /** When the first client heard that the job is PROCESSING, and when the last client had the end. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly events: number;
  /** Fewest steps of items that a client of `jobEvents` received. */
  readonly fewestSteps: number;
  readonly states: number;
  /** Clients whose log was not 1, 2, 3 … to the job's end, or that ended with another state than COMPLETED. */
  readonly faults: number;
}

/** What a message says. Clients that receive the same text share the reading of it: they stand for machines of their own. */
interface Heard {
  readonly type: string;
  /** Seqs of its events, where they are without a hole; else null. */
  readonly seqs: { readonly first: number; readonly last: number } | null;
  readonly steps: number;
  readonly started: boolean;
  /** It tells that the job is COMPLETED. */
  readonly completed: boolean;
}

const STEPS = new Set(['ITEM_PROGRESSED', 'ITEM_COMPLETED', 'ITEM_FAILED']);
const heard = new Map<string, Heard>();

function read(text: string): Heard {
  const known = heard.get(text);
  if (known !== undefined) return known;
  const { type, payload } = JSON.parse(text) as {
    readonly type: string;
    readonly payload?: { readonly data?: Partial<JobEventsSubscription & JobProgressSubscription> };
  };
  const events = payload?.data?.jobEvents?.events ?? [];
  const [first] = events;
  const last = events.at(-1);
  const dense = first !== undefined && events.every(({ seq }, i) => seq === first.seq + i);
  const summary = {
    type,
    seqs: dense && last !== undefined ? { first: first.seq, last: last.seq } : null,
    steps: events.filter((event) => STEPS.has(event.type)).length,
    started: events.some((event) => event.type === 'JOB_STARTED'),
    completed: last?.type === 'JOB_COMPLETED' || payload?.data?.jobProgress?.state === 'COMPLETED',
  };
  heard.set(text, summary);
  return summary;
}

/** One subscription on a socket of its own, up to its `complete`. */
function subscribe(url: string, payload: object, onNext: (message: Heard) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws');
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: authorized })));
    socket.on('message', (data: Buffer) => {
      const message = read(data.toString());
      if (message.type === 'connection_ack')
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload }));
      else if (message.type === 'next') onNext(message);
      else if (message.type === 'ping') socket.send('{"type":"pong"}');
      else if (message.type === 'complete') socket.close(1000);
      else reject(new Error(data.toString()));
    });
    socket.on('error', reject);
    socket.on('close', (code) => (code === 1000 ? resolve() : reject(new Error(`closed with ${code}`))));
  });
}

async function follow({ url, jobId, clients }: Assignment): Promise<Report> {
  const total = { startedAt: Number.POSITIVE_INFINITY, endedAt: 0, events: 0, states: 0, faults: 0 };
  let fewestSteps = Number.POSITIVE_INFINITY;
  const log = { query: JobEventsDocument.toString(), variables: { jobId, after: 0 } };
  const progress = { query: JobProgressDocument.toString(), variables: { id: jobId } };

  async function readLog(): Promise<boolean> {
    let [seq, steps, whole, completed] = [0, 0, true, false];
    await subscribe(url, log, (message) => {
      if (message.started) total.startedAt = Math.min(total.startedAt, Date.now());
      whole &&= message.seqs?.first === seq + 1;
      seq = message.seqs?.last ?? seq;
      steps += message.steps;
      ({ completed } = message);
    });
    total.events += seq;
    fewestSteps = Math.min(fewestSteps, steps);
    return whole && completed;
  }

  async function readStates(): Promise<boolean> {
    let completed = false;
    await subscribe(url, progress, (message) => {
      total.states += 1;
      ({ completed } = message);
    });
    return completed;
  }

  await Promise.all(
    Array.from({ length: clients }, async (_, index) => {
      const good = await (index % 2 === 0 ? readLog() : readStates());
      if (!good) total.faults += 1;
      total.endedAt = Math.max(total.endedAt, Date.now());
    }),
  );
  return { ...total, fewestSteps };
}

process.on('message', (assignment: Assignment) => {
  follow(assignment).then(
    (report) => {
      process.send?.(report);
      process.disconnect();
    },
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
