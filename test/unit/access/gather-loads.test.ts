import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { gatherLoads } from '../../../src/access/gather-loads.ts';

test('ids that are asked for while four statements run are loaded in one', async () => {
  const calls: { ids: readonly string[]; end: PromiseWithResolvers<ReadonlyMap<string, string>> }[] = [];
  const load = gatherLoads<string>((ids) => {
    const end = Promise.withResolvers<ReadonlyMap<string, string>>();
    calls.push({ ids, end });
    return end.promise;
  });
  const asked: Promise<string | null>[] = [];
  for (let i = 0; i < 100; i += 1) {
    asked.push(load(`${i}`));
    if (i < 4) await setImmediate();
  }
  await setImmediate();
  expect(calls.map(({ ids }) => ids.length)).toEqual([1, 1, 1, 1]);
  for (const { ids, end } of calls) end.resolve(new Map(ids.map((id) => [id, `row ${id}`])));
  await Promise.all(asked.slice(0, 4));
  expect(calls.map(({ ids }) => ids.length)).toEqual([1, 1, 1, 1, 96]);
  calls.at(-1)?.end.resolve(new Map([['99', 'row 99']]));
  const rows = await Promise.all(asked);
  expect(rows.slice(0, 5)).toEqual(['row 0', 'row 1', 'row 2', 'row 3', null]);
  expect(rows[99]).toBe('row 99');
});

test('when a statement fails, the ids that wait fail with it, and later ones are loaded', async () => {
  const ends: PromiseWithResolvers<ReadonlyMap<string, string>>[] = [];
  const load = gatherLoads<string>(() => {
    const end = Promise.withResolvers<ReadonlyMap<string, string>>();
    ends.push(end);
    return end.promise;
  });
  const asked: Promise<string | null>[] = [];
  for (let i = 0; i < 6; i += 1) {
    asked.push(load(`${i}`));
    if (i < 4) await setImmediate();
  }
  const settled = Promise.allSettled(asked);
  ends[0]?.reject(new Error('away'));
  await expect(asked[5]).rejects.toThrow('away');
  for (const end of ends.slice(1)) end.resolve(new Map());
  const states = (await settled).map(({ status }) => status);
  expect(states).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected']);
  const later = load('7');
  await setImmediate();
  ends.at(-1)?.resolve(new Map([['7', 'row']]));
  expect(await later).toBe('row');
});

test('ids that are asked for in one turn of the event loop are loaded in one statement', async () => {
  const calls: (readonly string[])[] = [];
  const load = gatherLoads<string>(async (ids) => {
    calls.push(ids);
    return new Map(ids.map((id) => [id, id]));
  });
  expect(await Promise.all(['a', 'b', 'a'].map(load))).toEqual(['a', 'b', 'a']);
  expect(calls).toEqual([['a', 'b']]);
});
