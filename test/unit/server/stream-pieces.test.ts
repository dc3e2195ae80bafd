import { expect, test } from 'vitest';
import { PIECE_BYTES } from '../../../src/execution/pieces.ts';
import { streamPieces } from '../../../src/server/stream-pieces.ts';

test('a long body is sent in pieces over several turns of the event loop', async () => {
  const body = [Buffer.alloc(20 * PIECE_BYTES, 'a'), Buffer.from('bc')];
  const turns = new Set<number>();
  let turn = 0;
  let isOver = false;
  const next = () => {
    turn += 1;
    if (!isOver) setImmediate(next);
  };
  setImmediate(next);
  const received: Buffer[] = [];
  for await (const piece of streamPieces(body)) {
    turns.add(turn);
    received.push(piece as Buffer);
  }
  isOver = true;
  expect(Buffer.concat(received).equals(Buffer.concat(body))).toBe(true);
  expect(Math.max(...received.map(({ length }) => length))).toBe(PIECE_BYTES);
  expect(turns.size).toBeGreaterThan(3);
});
