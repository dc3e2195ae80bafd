import { expect, test } from 'vitest';
import { computeInTurns } from '../../../src/analyses/compute-in-turns.ts';
import { whileWanted } from '../../../src/db/abandon.ts';

test('pieces of computing run one per turn of the event loop, the workspaces in turns', async () => {
  const order: string[] = [];
  let turns = 0;
  let counting = true;
  const count = () => {
    turns += 1;
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  const at: number[] = [];
  const compute = (workspaceId: string) =>
    computeInTurns(workspaceId, () => {
      order.push(workspaceId);
      at.push(turns);
    });
  await Promise.all(['a', 'a', 'a', 'b'].map(compute));
  counting = false;
  expect(order).toEqual(['a', 'a', 'b', 'a']);
  expect(new Set(at).size).toBe(4);
});

test('a piece whose client has gone is not run, and the next one is', async () => {
  const client = new AbortController();
  let ran = 0;
  const piece = () => {
    ran += 1;
  };
  const work = whileWanted(client.signal, () => computeInTurns('a', piece));
  client.abort(new Error('gone'));
  await expect(work).rejects.toThrow('gone');
  await computeInTurns('a', piece);
  expect(ran).toBe(1);
});
