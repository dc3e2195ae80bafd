import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { readInTurns } from '../../../src/events/read-in-turns.ts';

function recordingReads(atOnce: number) {
  const loads: number[][] = [];
  const read = readInTurns<number, string>(
    String,
    async (keys) => {
      loads.push([...keys]);
      return new Map(keys.map((key) => [String(key), `page ${key}`]));
    },
    atOnce,
  );
  return { loads, read };
}

test('keys are read so many at once, in the order in which they were asked for', async () => {
  const { loads, read } = recordingReads(2);
  const answers = await Promise.all([1, 2, 3, 4, 5].map(read));
  expect(answers).toEqual(['page 1', 'page 2', 'page 3', 'page 4', 'page 5']);
  expect(loads.flat()).toEqual([1, 2, 3, 4, 5]);
  expect(Math.max(...loads.map(({ length }) => length))).toBeLessThanOrEqual(2);
});

test('callers that ask for one key before it is read share its answer', async () => {
  const { loads, read } = recordingReads(1);
  const answers = await Promise.all([read(1), read(2), read(2), read(2)]);
  expect(answers).toEqual(['page 1', 'page 2', 'page 2', 'page 2']);
  expect(loads).toEqual([[1], [2]]);
});

test('a key that is asked for while it is read is read again: the read may have begun before a change', async () => {
  const { loads, read } = recordingReads(1);
  const first = read(1);
  const second = first.then(() => read(1));
  await Promise.all([first, second]);
  expect(loads).toEqual([[1], [1]]);
});

test('answers come one per turn of the event loop, so that others get theirs between them', async () => {
  const { read } = recordingReads(4);
  const order: string[] = [];
  const answers = [1, 2, 3, 4].map(async (key) => order.push((await read(key)) ?? ''));
  let done = false;
  const others = (async () => {
    while (!done) {
      await turn();
      if (order.at(-1) !== 'another') order.push('another');
    }
  })();
  await Promise.all(answers);
  done = true;
  await others;
  expect(order.filter((entry) => entry !== 'another')).toEqual(['page 1', 'page 2', 'page 3', 'page 4']);
  for (const page of ['page 1', 'page 2', 'page 3']) expect(order[order.indexOf(page) + 1]).toBe('another');
});

test('a failed read is told to those who asked for its keys, and the next keys are read', async () => {
  let calls = 0;
  const read = readInTurns<number, string>(
    String,
    async (keys) => {
      calls += 1;
      if (calls === 1) throw new Error('away');
      return new Map(keys.map((key) => [String(key), 'there']));
    },
    1,
  );
  const answers = await Promise.allSettled([read(1), read(2)]);
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
});

test('what is not answered is undefined', async () => {
  const read = readInTurns<number, string>(String, async () => new Map(), 4);
  await expect(read(1)).resolves.toBeUndefined();
});
