import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { streamMessages } from '../../../src/server/stream-messages.ts';

/** A stream of a subscription that has no messages, and what it holds. */
function open({ closed = false } = {}) {
  const held = { credential: null as (() => void) | null, subscribers: 0 };
  const res = Object.assign(new EventEmitter(), { closed, destroyed: closed });
  const admitted = {
    onEnd(listener: () => void) {
      held.credential = listener;
      return () => {
        held.credential = null;
      };
    },
  };
  const join = () => {
    held.subscribers += 1;
    return () => {
      held.subscribers -= 1;
    };
  };
  const messages = streamMessages(join, { admitted, res: res as unknown as ServerResponse });
  return { messages, held, close: () => res.emit('close') };
}

test('a stream leaves its subscription and its credential when the connection closes', async () => {
  const { messages, held, close } = open();
  const first = messages.next();
  expect(held).toMatchObject({ credential: expect.any(Function), subscribers: 1 });
  close();
  expect(held).toEqual({ credential: null, subscribers: 0 });
  expect(await first).toEqual({ done: true, value: undefined });
});

test('a stream whose connection closed while the server prepared it does not begin', async () => {
  const { messages, held } = open({ closed: true });
  expect(await messages.next()).toEqual({ done: true, value: undefined });
  expect(held).toEqual({ credential: null, subscribers: 0 });
});

test('a stream ends with the error of its credential', async () => {
  const { messages, held } = open();
  const first = messages.next();
  held.credential?.();
  expect((await first).value).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  expect(await messages.next()).toEqual({ done: true, value: undefined });
  expect(held.subscribers).toBe(0);
});
