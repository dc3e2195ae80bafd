import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { type ExecutionResult, parse, subscribe } from 'graphql';
import { expect, test } from 'vitest';
import type { Payload } from '../../../src/execution/payload.ts';
import type { Outlet } from '../../../src/execution/receive-messages.ts';
import { createWorld } from '../../support/shared-executions.ts';

const documents = [
  'subscription($after: Int) { log(after: $after) { numbers cursor } }',
  'subscription($after: Int) { log(after: $after) { numbers owner cursor } }',
  'subscription($after: Int, $n: Int = 3) { log(after: $after) { numbers plus(n: $n) cursor } }',
  'subscription($after: Int!) { log(after: $after) { numbers plus(n: $after) cursor } }',
].map((text) => parse(text));

/** Everything that was said, whatever the batches were. */
interface Said {
  readonly numbers: number[];
  readonly plus: number[];
  readonly owners: Set<string>;
  cursor: number | null;
}

function hear(said: Said, { data, errors }: ExecutionResult): void {
  expect(errors).toBeUndefined();
  const batch = data?.log as { numbers: number[]; plus?: number[]; owner?: string; cursor: number };
  said.numbers.push(...batch.numbers);
  said.plus.push(...(batch.plus ?? []));
  if (batch.owner !== undefined) said.owners.add(batch.owner);
  said.cursor = batch.cursor;
}

const nothing = (): Said => ({ numbers: [], plus: [], owners: new Set(), cursor: null });

/** Frames as a client takes them apart; ready again after `lag` turns. */
function createOutlet(said: Said, lag: number): Outlet {
  const head = Buffer.from('{"id":"x","type":"next","payload":');
  let busy = false;
  let listeners: (() => void)[] = [];
  return {
    isReady: () => !busy,
    next(payload: Payload) {
      let frame = Buffer.alloc(0);
      payload.send({ head }, (ready) => {
        frame = Buffer.from(ready);
        return lag === 0;
      });
      const text = frame.subarray(frame[1] === 126 ? 4 : frame[1] === 127 ? 10 : 2).toString();
      hear(said, (JSON.parse(text) as { payload: ExecutionResult }).payload);
      if (lag === 0) return;
      busy = true;
      void (async () => {
        for (let i = 0; i < lag; i += 1) await turn();
        busy = false;
        const ready = listeners;
        listeners = [];
        for (const listener of ready) listener();
      })();
    },
    whenReady: (listener) => void listeners.push(listener),
  };
}

const joins = fc.record({
  kind: fc.constant('join' as const),
  document: fc.nat(documents.length - 1),
  after: fc.nat(12),
  access: fc.constantFrom('one', 'two'),
  lag: fc.constantFrom(0, 0, 1, 5),
  framed: fc.boolean(),
  extra: fc.constantFrom({}, { n: 7 }),
});
const steps = fc.oneof(
  joins,
  fc.record({ kind: fc.constant('append' as const), count: fc.integer({ min: 1, max: 12 }) }),
  fc.record({ kind: fc.constant('leave' as const), who: fc.nat() }),
  fc.record({ kind: fc.constant('turn' as const), count: fc.nat(4) }),
);

test('shared executions say to each subscriber what an execution of its own says', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 5, maxLength: 40 }), async (plan) => {
      const { log, schema, start, contextOf } = createWorld();
      const running: { said: Said; own: Said; left: boolean; done: Promise<unknown>; leave(): void }[] = [];
      for (const step of plan) {
        if (step.kind === 'append') log.append(step.count);
        else if (step.kind === 'turn') for (let i = 0; i < step.count; i += 1) await turn();
        else if (step.kind === 'leave') {
          const one = running[step.who % Math.max(running.length, 1)];
          if (one === undefined) continue;
          one.left = true;
          one.leave();
        } else {
          const document = documents[step.document] ?? parse('');
          const args = {
            document,
            variableValues: { after: step.after, ...step.extra },
            contextValue: contextOf(step.access),
          };
          const [said, own] = [nothing(), nothing()];
          const stream = await start(
            document,
            args.variableValues,
            args.contextValue,
            step.framed ? createOutlet(said, step.lag) : undefined,
          );
          const separate = await subscribe({ schema, ...args });
          if (!(Symbol.asyncIterator in separate)) throw new Error('refused');
          const drain = async (
            from: AsyncGenerator<ExecutionResult, unknown, unknown>,
            into: Said,
            lag: number,
          ) => {
            for await (const result of from) {
              hear(into, result);
              for (let i = 0; i < lag; i += 1) await turn();
            }
          };
          const done = Promise.all([
            drain(stream, said, step.lag),
            drain(separate as AsyncGenerator<ExecutionResult>, own, 0),
          ]);
          running.push({
            said,
            own,
            left: false,
            done,
            leave() {
              void stream.return();
              void separate.return(undefined);
            },
          });
        }
      }
      log.end();
      for (const { left, done } of running) if (!left) await done;
      for (const { said, own, left } of running) {
        if (!left) expect(said).toEqual(own);
        else expect(said.numbers).toEqual(said.numbers.map((_, i) => (said.numbers[0] ?? 0) + i));
      }
      await turn();
      expect(log.listeners.size).toBe(0);
    }),
    { numRuns: 150 },
  );
});

async function join(
  world: ReturnType<typeof createWorld>,
  access: string,
  after: number,
  document = documents[0],
) {
  const said = nothing();
  const context = world.contextOf(access);
  const stream = await world.start(document ?? parse(''), { after }, context, createOutlet(said, 0));
  const done = stream.next();
  return { said, done, leave: () => stream.return() };
}

const settle = async () => {
  for (let i = 0; i < 10; i += 1) await turn();
};

test('1,000 subscribers at one place cost one execution per batch, also when they came at different cursors', async () => {
  const world = createWorld();
  const all = await Promise.all(Array.from({ length: 1_000 }, (_, i) => join(world, 'one', i % 3)));
  await settle();
  const before = world.executed();
  world.log.append(3);
  await settle();
  // Three positions at first: the cursors that they came with.
  expect(world.executed() - before).toBe(3);
  const together = world.executed();
  world.log.append(1);
  await settle();
  expect(world.executed() - together).toBe(1);
  world.log.end();
  await Promise.all(all.map(({ done }) => done));
  for (const [i, { said }] of all.entries()) expect(said.numbers).toEqual([1, 2, 3, 4, 5].slice(i % 3));
});

test('an execution is charged once for all that share it, by the content of its step', async () => {
  const world = createWorld();
  const all = await Promise.all(Array.from({ length: 5 }, () => join(world, 'one', 0)));
  await settle();
  expect(world.charged.get('one')).toBe(10);
  world.log.append(3);
  await settle();
  // Three of the five numbers that the cost stands for.
  expect(world.charged.get('one')).toBe(16);
  for (const { leave } of all) await leave();
});

test('a message that no subscriber can take is not made until one can', async () => {
  const world = createWorld();
  let isReady = false;
  let ready: (() => void) | null = null;
  const said = nothing();
  const outlet = createOutlet(said, 0);
  const stream = await world.start(documents[0] ?? parse(''), { after: 0 }, world.contextOf('one'), {
    ...outlet,
    isReady: () => isReady,
    whenReady: (listener) => {
      ready = listener;
    },
  });
  void stream.next();
  world.log.append(3);
  await settle();
  expect(world.executed()).toBe(0);
  isReady = true;
  (ready as (() => void) | null)?.();
  await settle();
  expect(said.numbers).toEqual([1, 2, 3]);
  await stream.return();
});

test('another access never shares, and one that leaves does not take the others along', async () => {
  const world = createWorld();
  const one = await join(world, 'one', 0, documents[1]);
  const too = await join(world, 'one', 0, documents[1]);
  const two = await join(world, 'two', 0, documents[1]);
  await settle();
  const before = world.executed();
  world.log.append(1);
  await settle();
  expect(world.executed() - before).toBe(2);
  await one.leave();
  world.log.append(1);
  world.log.end();
  await Promise.all([too.done, two.done]);
  expect(one.said.numbers).toEqual([1]);
  expect(too.said).toMatchObject({ numbers: [1, 2, 3], owners: new Set(['one']) });
  expect(two.said).toMatchObject({ numbers: [1, 2, 3], owners: new Set(['two']) });
});

test('a database that is away delays a batch and loses nothing', async () => {
  const world = createWorld();
  const one = await join(world, 'one', 0);
  await settle();
  world.log.fail(1);
  world.log.append(3);
  world.log.end();
  await one.done;
  expect(one.said.numbers).toEqual([1, 2, 3, 4]);
});

test('a first message never shows what was read before its subscription began', async () => {
  const world = createWorld();
  world.log.append(1);
  const document = parse('subscription { log { beside } }');
  const first = async () => {
    const stream = await world.start(document, {}, world.contextOf('one'));
    return (await stream.next()).value?.data?.log;
  };
  const waiting = await join(world, 'one', 0);
  expect(await first()).toEqual({ beside: 0 });
  const early = first();
  // The execution for `early` has read by now and has not ended.
  await turn();
  world.beside.value = 1;
  const late = first();
  expect(await late).toEqual({ beside: 1 });
  await early;
  world.beside.value = 2;
  expect(await first()).toEqual({ beside: 2 });
  await waiting.leave();
});

test('a step that the database cancels every time ends with an error, and an unavailable database is waited for', async () => {
  const world = createWorld();
  const timed = await join(world, 'one', 0);
  world.log.fail(1_000, '57014');
  world.log.append(1);
  await expect(timed.done).rejects.toMatchObject({ extensions: { code: 'TIMEOUT', retryable: true } });
  const patient = await join(world, 'one', 0);
  world.log.fail(6);
  world.log.append(1);
  world.log.fail(6);
  await new Promise((resolve) => setTimeout(resolve, 0));
  world.log.end();
  await patient.done;
  expect(patient.said.numbers).toEqual([1, 2, 3]);
}, 60_000);
