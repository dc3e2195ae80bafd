import type { Client, Event, EventListener } from 'graphql-ws/client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { watchPulse } from '../../../packages/client/src/watch-pulse.ts';

const LIMIT_MS = 1_000;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Stands in for the sockets of graphql-ws: tells events, counts how often the connection is given up. */
function watched() {
  const listeners = new Map<Event, ((...args: unknown[]) => void)[]>();
  const sockets: Pick<Client, 'on' | 'terminate'> = {
    on<E extends Event>(event: E, listener: EventListener<E>) {
      listeners.set(event, [...(listeners.get(event) ?? []), listener as (...args: unknown[]) => void]);
      return () => undefined;
    },
    terminate: vi.fn(),
  };
  watchPulse(sockets, LIMIT_MS);
  const tell = (event: Event, ...args: unknown[]) => {
    for (const listener of listeners.get(event) ?? []) listener(...args);
  };
  return { tell, givenUp: () => vi.mocked(sockets.terminate).mock.calls.length };
}

describe('a connection is given up', () => {
  test('when a question is not answered, also when other messages came after it', () => {
    const { tell, givenUp } = watched();
    tell('connecting', false);
    tell('connected', null, undefined, false);
    tell('ping', false, undefined);
    vi.advanceTimersByTime(900);
    tell('message', { type: 'next' });
    vi.advanceTimersByTime(900);
    expect(givenUp()).toBe(0);
    vi.advanceTimersByTime(200);
    expect(givenUp()).toBe(1);
  });

  test('when the question was asked before the server’s acknowledgement', () => {
    const { tell, givenUp } = watched();
    tell('connecting', false);
    tell('ping', false, undefined);
    tell('message', { type: 'connection_ack' });
    tell('connected', null, undefined, false);
    vi.advanceTimersByTime(LIMIT_MS + 1);
    expect(givenUp()).toBe(1);
  });

  test('when it does not open within twice the limit', () => {
    const { tell, givenUp } = watched();
    tell('connecting', false);
    tell('ping', false, undefined);
    vi.advanceTimersByTime(2 * LIMIT_MS - 1);
    expect(givenUp()).toBe(0);
    vi.advanceTimersByTime(1);
    expect(givenUp()).toBe(1);
  });
});

test('a connection that answers, has nothing to say, or is closed is left alone', () => {
  const { tell, givenUp } = watched();
  tell('connecting', false);
  tell('connected', null, undefined, false);
  vi.advanceTimersByTime(100 * LIMIT_MS);
  tell('ping', false, undefined);
  tell('message', { type: 'pong' });
  tell('pong', true, undefined);
  vi.advanceTimersByTime(100 * LIMIT_MS);
  tell('ping', false, undefined);
  tell('closed', { code: 1006 });
  vi.advanceTimersByTime(100 * LIMIT_MS);
  expect(givenUp()).toBe(0);
});
