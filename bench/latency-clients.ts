import { setTimeout as delay } from 'node:timers/promises';
import { authorized } from '../test/support/key.ts';
import { openRaw, type RawSocket } from './raw-socket.ts';
import { now, quantile } from './usage.ts';

/** Told by the benchmark: so many sockets; socket i asks with message i modulo their number. */
export interface Assignment {
  readonly port: number;
  readonly sockets: number;
  readonly messages: readonly string[];
  /** Wait for connection_ack before asking. */
  readonly init: boolean;
}

/** Told by the benchmark: sockets that ask with this message and do not read. */
export interface Stall {
  readonly stall: number;
  readonly message: string;
}

/** Told by the benchmark: which event of which message's job was committed when, by `now`; flat triples. */
export interface Commits {
  readonly commits: readonly number[];
}

/** Told to the benchmark. */
export type Report =
  | { readonly type: 'OPEN' }
  | { readonly type: 'STALLED' }
  | { readonly type: 'RESUMED'; readonly codes: Readonly<Record<string, number>> }
  | {
      readonly type: 'LATENCIES';
      readonly p50: number;
      readonly p99: number;
      readonly worst: number;
      readonly count: number;
    };

/** Of warm-up and measured time together. */
const MOST_EVENTS = 1_000_000;
const OPENING = 100;
/** For some megabytes per socket to be read, and for the server to give up waiting for an answer to its close frame. */
const DRAIN_MS = 8_000;
const CURSOR = Buffer.from('"cursor":');

const report = (message: Report) => process.send?.(message);

/** The number behind the last `"cursor":`; null for messages of the protocol. */
function cursorOf(payload: Buffer): number | null {
  const at = payload.lastIndexOf(CURSOR);
  if (at < 0) return null;
  let value = 0;
  for (let i = at + CURSOR.length; ; i += 1) {
    const digit = (payload[i] ?? 0) - 48;
    if (digit < 0 || digit > 9) return value;
    value = 10 * value + digit;
  }
}

async function openAsking(
  port: number,
  message: string,
  init: boolean,
  onText: (payload: Buffer) => void,
  onClose: (code: number | null) => void,
): Promise<RawSocket> {
  const acknowledged = Promise.withResolvers<void>();
  let isFirst = init;
  const socket = await openRaw(
    port,
    (payload) => {
      if (isFirst) acknowledged.resolve();
      else onText(payload);
      isFirst = false;
    },
    onClose,
  );
  if (init) {
    socket.send(JSON.stringify({ type: 'connection_init', payload: authorized }));
    await acknowledged.promise;
  }
  socket.send(message);
  return socket;
}

async function follow({ port, sockets, messages, init }: Assignment): Promise<void> {
  const cursors = new Int32Array(sockets).fill(-1);
  /** Flat triples: job, seq, when. Made before: an array that grows is copied while others wait. */
  const arrivals = new Float64Array(3 * MOST_EVENTS);
  let arrived = 0;
  const idle: RawSocket[] = [];
  const codes: Record<string, number> = {};

  async function one(index: number): Promise<void> {
    const job = index % messages.length;
    const began = Promise.withResolvers<void>();
    const onText = (payload: Buffer) => {
      const cursor = cursorOf(payload);
      if (cursor === null) return;
      const last = cursors[index] ?? 0;
      cursors[index] = cursor;
      if (last < 0) began.resolve();
      else
        for (let seq = last + 1; seq <= cursor; seq += 1) {
          arrivals.set([job, seq, now()], arrived);
          arrived += 3;
        }
    };
    await openAsking(port, messages[job] ?? '', init, onText, (code) => {
      console.error(`a socket was closed with ${code}`);
      process.exit(1);
    });
    await began.promise;
  }

  async function stall({ stall: count, message }: Stall): Promise<void> {
    for (let i = 0; i < count; i += 1) {
      const onClose = (code: number | null) => {
        codes[String(code)] = (codes[String(code)] ?? 0) + 1;
      };
      const socket = await openAsking(port, message, init, () => undefined, onClose);
      socket.tcp.pause();
      idle.push(socket);
    }
    report({ type: 'STALLED' });
  }

  /** They read what waits for them, and why they were closed. */
  async function resume(): Promise<void> {
    for (const { tcp } of idle) tcp.resume();
    await delay(DRAIN_MS);
    const open = idle.filter(({ tcp }) => !tcp.destroyed).length;
    report({ type: 'RESUMED', codes: { ...codes, open } });
  }

  function judge({ commits }: Commits): void {
    const committed = new Map<string, number>();
    for (let i = 0; i < commits.length; i += 3)
      committed.set(`${commits[i]} ${commits[i + 1]}`, commits[i + 2] ?? 0);
    const delays: number[] = [];
    for (let i = 0; i < arrived; i += 3) {
      const at = committed.get(`${arrivals[i]} ${arrivals[i + 1]}`);
      if (at !== undefined) delays.push((arrivals[i + 2] ?? 0) - at);
    }
    arrived = 0;
    const worst = delays.reduce((most, delay) => Math.max(most, delay), 0);
    report({
      type: 'LATENCIES',
      p50: quantile(delays, 0.5),
      p99: quantile(delays, 0.99),
      worst,
      count: delays.length,
    });
  }

  process.on('message', (message: Stall | Commits | 'RESUME') => {
    if (message === 'RESUME') void resume();
    else if ('commits' in message) judge(message);
    else void stall(message);
  });
  const lanes = Array.from({ length: Math.min(OPENING, sockets) }, async (_, lane) => {
    for (let index = lane; index < sockets; index += OPENING) await one(index);
  });
  await Promise.all(lanes);
  report({ type: 'OPEN' });
}

process.once('message', (assignment: Assignment) => {
  follow(assignment).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
