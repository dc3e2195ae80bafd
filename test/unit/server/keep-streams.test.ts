import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, expect, test, vi } from 'vitest';
import { createQuota } from '../../../src/rates/quota.ts';
import { createStreams } from '../../../src/server/keep-streams.ts';
import { silent } from '../../support/silent.ts';

afterEach(() => void vi.useRealTimers());

/** A response of which 100 bytes always wait. */
class WaitingResponse extends EventEmitter {
  readonly writableLength = 100;
  readonly socket = { bytesWritten: 100, writableLength: 100 };
  readonly closed = false;
  destroyed = false;
  destroy() {
    this.destroyed = true;
    this.emit('close');
  }
}

test('a stream that always has something to send is cut off only when its client takes nothing for stallMs', () => {
  vi.useFakeTimers();
  const streams = createStreams({ connections: createQuota(1), perKey: 1, stallMs: 800, log: silent });
  const response = new WaitingResponse();
  expect(streams.open(response as unknown as ServerResponse, 'address', 'key')).toBe(null);
  for (let i = 0; i < 30; i += 1) {
    response.socket.bytesWritten += 10;
    vi.advanceTimersByTime(100);
  }
  expect(response.destroyed).toBe(false);
  vi.advanceTimersByTime(700);
  expect(response.destroyed).toBe(false);
  vi.advanceTimersByTime(200);
  expect(response.destroyed).toBe(true);
  expect(streams.refuse('address', 'key')).toBe(null);
});
