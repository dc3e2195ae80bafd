import { expect, test } from 'vitest';
import { payloadOf } from '../../../src/execution/payload.ts';
import { iterate } from '../../../src/execution/receive-messages.ts';
import type { Sink } from '../../../src/execution/share.ts';
import type { Subscribed } from '../../../src/execution/share-executions.ts';
import type { Context } from '../../../src/graphql/context.ts';
import { limitSubscribers, priceOf } from '../../../src/server/limit-subscribers.ts';
import { fullAccess } from '../../support/access.ts';

async function follow() {
  let sink: Sink | null = null;
  let points = 0;
  let open = 0;
  let left = 0;
  const listeners: (() => void)[] = [];
  const executions = limitSubscribers(
    {
      open: async () => (joined) => {
        sink = joined;
        return () => {
          left += 1;
        };
      },
    },
    {
      isOpen: () => points > 0,
      spend(_key, price) {
        points -= price;
      },
      whenOpen: (_key, listener) => void listeners.push(listener),
    },
    { subscribers: { inc: () => (open += 1), dec: () => (open -= 1) } as never },
    { take: () => () => undefined },
  );
  const opened = await executions.open({
    context: { access: fullAccess() },
  } as unknown as Subscribed<Context>);
  if (typeof opened !== 'function') throw new Error('a subscription was expected');
  const { messages, cut } = iterate(opened);
  return {
    messages,
    cut,
    sink: () => sink as unknown as Sink,
    give(count: number) {
      points += count;
      for (const listener of listeners.splice(0)) listener();
    },
    counts: () => ({ open, left }),
  };
}

test('a subscriber without points is not ready, and a message costs one', async () => {
  const { messages, sink, give, counts } = await follow();
  const first = messages.next();
  expect(counts()).toEqual({ open: 1, left: 0 });
  expect(sink().isReady()).toBe(false);
  let woken = 0;
  sink().whenReady(() => {
    woken += 1;
  });
  give(1);
  expect([woken, sink().isReady()]).toEqual([1, true]);
  sink().next(payloadOf({ data: { n: 1 } }));
  expect(await first).toEqual({ done: false, value: { data: { n: 1 } } });
  expect(sink().isReady()).toBe(false);
  await messages.return();
});

test('a large message costs a point for every 50 bytes beyond the first 1,000', () => {
  expect([0, 300, 1_000, 1_001, 1_050, 1_051, 101_000].map(priceOf)).toEqual([1, 1, 1, 2, 2, 3, 2_001]);
});

test('an iteration that waits for points ends at its return, and is counted until then', async () => {
  const { messages, counts } = await follow();
  const waiting = messages.next();
  await messages.return();
  expect(await waiting).toEqual({ done: true, value: undefined });
  expect(await messages.next()).toEqual({ done: true, value: undefined });
  expect(counts()).toEqual({ open: 0, left: 1 });
});

test('an iteration that is cut off ends with the last message, whether its reader waits or not', async () => {
  const last = { errors: [] };
  const waits = await follow();
  const waiting = waits.messages.next();
  waits.cut(last);
  expect(await waiting).toEqual({ done: false, value: last });
  const late = await follow();
  late.give(1);
  const first = late.messages.next();
  late.sink().next(payloadOf({ data: null }));
  await first;
  late.cut(last);
  expect(await late.messages.next()).toEqual({ done: false, value: last });
  for (const { messages, counts } of [waits, late]) {
    expect(await messages.next()).toEqual({ done: true, value: undefined });
    expect(counts()).toMatchObject({ open: 0, left: 1 });
  }
});
