import { EventEmitter } from 'node:events';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { parseConfig } from '../../../src/config.ts';
import type { Connection } from '../../../src/sockets/connection.ts';
import { createReaper } from '../../../src/sockets/reap-sockets.ts';
import { silent } from '../../support/silent.ts';

const { keepAliveMs, stallMs } = parseConfig({}).sockets;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A connection whose client and kernel are told what to do. */
function createPeer() {
  const events = new EventEmitter();
  let stalledSince: number | null = null;
  let pongMs: number | null = 50;
  let code: number | null = null;
  const socket = Object.assign(events, {
    OPEN: 1,
    readyState: 1,
    bufferedAmount: 0,
    ping() {
      if (pongMs !== null) setTimeout(() => pongMs !== null && events.emit('pong'), pongMs);
    },
    close(with_: number) {
      code = with_;
      socket.readyState = 2;
    },
    terminate: () => void events.emit('close'),
  });
  const connection = {
    socket: socket as unknown as WebSocket,
    stalledSince: () => stalledSince,
  } as Connection;
  return {
    connection,
    code: () => code,
    /** Answers to pings take so long; null: they never come. */
    answer(inMs: number | null) {
      pongMs = inMs;
    },
    /** From now on a message waits; false: the kernel has taken it. */
    hold(holds: boolean) {
      stalledSince = holds ? performance.now() : null;
    },
    leave: () => void events.emit('close'),
  };
}

test('who stops reading is closed with 1013 within 30 s, whenever that is, whenever the buffers are full', () => {
  fc.assert(
    fc.property(
      fc.nat(40_000),
      fc.oneof(fc.nat(31_000), fc.integer({ min: 10_000, max: 20_000 })),
      fc.uniqueArray(fc.nat(31_000), { maxLength: 3, selector: (ms) => Math.floor(ms / 4_000) }),
      (stopsAfterMs, fullAfterMs, spread) => {
        const flickers = spread.map((ms) => 4_000 * Math.floor(ms / 4_000) + (ms % 1_500));
        const reaper = createReaper({ keepAliveMs, stallMs, log: silent });
        const peer = createPeer();
        reaper.watch(peer.connection);
        vi.advanceTimersByTime(stopsAfterMs);
        expect(peer.code()).toBeNull();
        peer.answer(null);
        for (let ms = 0; ms < 30_000; ms += 100) {
          // A message waits for a moment while there is room in the buffers.
          const holds = ms >= fullAfterMs || flickers.some((at) => at <= ms && ms < at + 200);
          if (holds !== (peer.connection.stalledSince() !== null)) peer.hold(holds);
          vi.advanceTimersByTime(100);
        }
        expect(peer.code()).toBe(1013);
        peer.leave();
        reaper.stop();
      },
    ),
    { numRuns: 500 },
  );
});

test('who reads slowly is left alone: its answers wait behind what it was sent', () => {
  const reaper = createReaper({ keepAliveMs, stallMs, log: silent });
  const peer = createPeer();
  reaper.watch(peer.connection);
  peer.answer(40_000);
  // A message is taken every three seconds; the next one waits at once.
  for (let taken = 0; taken < 100; taken += 1) {
    peer.hold(true);
    vi.advanceTimersByTime(3_000);
  }
  expect(peer.code()).toBeNull();
  peer.hold(false);
  peer.answer(50);
  vi.advanceTimersByTime(60_000);
  expect(peer.code()).toBeNull();
  reaper.stop();
});
