import { expect, test } from 'vitest';
import { operationOf, payloadOf } from '../../../src/execution/payload.ts';

const textOf = (frame: Buffer) => {
  const length = frame[1] ?? 0;
  const at = length < 126 ? 2 : length === 126 ? 4 : 10;
  const told =
    length < 126 ? length : length === 126 ? frame.readUInt16BE(2) : Number(frame.readBigUInt64BE(2));
  expect(frame[0]).toBe(0x81);
  expect(frame.length - at).toBe(told);
  return JSON.parse(frame.subarray(at).toString()) as unknown;
};

test.each([0, 40, 125, 1_000, 65_000, 70_000])(
  'a frame holds its message, whatever its length (%i)',
  (length) => {
    const data = { text: 'é'.repeat(length) };
    payloadOf({ data }).send(operationOf('"\\ü'), (frame) => {
      expect(textOf(frame)).toEqual({ id: '"\\ü', type: 'next', payload: { data } });
      return true;
    });
  },
);

test('a frame that still waits is not written over by those for others', () => {
  const payload = payloadOf({ data: { n: 1 } });
  const waiting: Buffer[] = [];
  const ids = ['aa', 'bb', 'cc', 'd', 'ee', 'ff'];
  const sent: unknown[] = [];
  for (const [i, id] of ids.entries()) {
    payload.send(operationOf(id), (frame) => {
      sent.push(textOf(frame));
      if (i % 2 === 0) return true;
      waiting.push(frame);
      return false;
    });
  }
  const messageOf = (id: string) => ({ id, type: 'next', payload: { data: { n: 1 } } });
  expect(sent).toEqual(ids.map(messageOf));
  expect(waiting.map(textOf)).toEqual(['bb', 'd', 'ff'].map(messageOf));
});
