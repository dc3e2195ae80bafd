import { expect, test } from 'vitest';
import { type Payload, payloadOf } from '../../../src/execution/payload.ts';
import { createRecentPayloads } from '../../../src/execution/recent-payloads.ts';

function started() {
  let now = 0;
  let made = 0;
  const recent = createRecentPayloads(() => now);
  const get = (key: string, text = key) =>
    recent.get(key, () => {
      made += 1;
      return payloadOf({ data: { text } });
    });
  return { recent, get, made: () => made, pass: (ms: number) => (now += ms) };
}

test('a payload that was just made is not made again', () => {
  const { get, made, pass } = started();
  const first = get('a');
  pass(400);
  expect(get('a')).toBe(first);
  expect(made()).toBe(1);
});

test('after a second it is made again, however often it was asked for and whatever was made meanwhile', () => {
  const { get, made, pass } = started();
  get('a');
  for (let i = 0; i < 99; i += 1) {
    pass(10);
    get('a');
    get(`other ${i}`);
  }
  expect(made()).toBe(100);
  pass(11);
  get('a');
  expect(made()).toBe(101);
});

test('many bytes push out what is older, in turns', () => {
  const { get, made } = started();
  const text = 'x'.repeat(100_000);
  get('first');
  for (let i = 0; i < 50; i += 1) get(`${i}`, text);
  const before = made();
  get('first');
  expect(made()).toBe(before + 1);
  get('49', text);
  expect(made()).toBe(before + 1);
});

test('those who ask while it is being made wait for the same one, and what failed is made anew', async () => {
  const { recent } = started();
  const failing = Promise.reject<Payload>(new Error('away'));
  const first = recent.get('a', () => failing);
  expect(recent.get('a', () => payloadOf({ data: {} }))).toBe(first);
  await expect(first).rejects.toThrow('away');
  const made = payloadOf({ data: {} });
  expect(recent.get('a', () => made)).toBe(made);
});

test('a payload that was begun before a moment is made again for who asks for one after it', () => {
  const { recent, pass } = started();
  const payload = (text: string) => payloadOf({ data: { text } });
  const first = recent.get('a', () => payload('old'));
  pass(10);
  expect(recent.get('a', () => payload('new'), 5)).not.toBe(first);
  // The others get the newer one from then on.
  const textOf = (made: Payload | Promise<Payload>) => (made as Payload).result;
  expect(textOf(recent.get('a', () => payload('other')))).toEqual({ data: { text: 'new' } });
  expect(textOf(recent.get('a', () => payload('other'), 9))).toEqual({ data: { text: 'new' } });
});

test('a payload that fails late does not take the newer one of its key along', async () => {
  const { recent, pass } = started();
  const failing = Promise.withResolvers<Payload>();
  const failed = Promise.resolve(recent.get('a', () => failing.promise)).catch(() => 'failed');
  pass(10);
  const newer = recent.get('a', () => payloadOf({ data: {} }), 5);
  failing.reject(new Error('away'));
  expect(await failed).toBe('failed');
  expect(recent.get('a', () => payloadOf({ data: {} }))).toBe(newer);
});
