import { afterEach, expect, test, vi } from 'vitest';
import { newId, parseUuid } from '../../src/uuid.ts';

afterEach(() => vi.useRealTimers());

/** As in a new process: an earlier test has set the clock to a later time than now. */
async function freshNewId(): Promise<typeof newId> {
  vi.resetModules();
  return (await import('../../src/uuid.ts')).newId;
}

const VERSION_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('new ids are of version 7, ascend and differ, over many draws of random bytes', async () => {
  const newId = await freshNewId();
  const ids = Array.from({ length: 2_000 }, newId);
  for (const id of ids) expect(id).toMatch(VERSION_7);
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
  expect(new Set(ids.map((id) => id.slice(-12))).size).toBe(ids.length);
});

test('new ids tell the time at which they were made', async () => {
  const newId = await freshNewId();
  vi.useFakeTimers({ now: Date.UTC(2100, 0, 2) });
  expect(Number.parseInt(newId().replace('-', '').slice(0, 12), 16)).toBe(Date.UTC(2100, 0, 2));
});

test('new ids ascend when the clock is set back', async () => {
  const newId = await freshNewId();
  vi.useFakeTimers({ now: Date.UTC(2200, 0, 2) });
  const before = newId();
  vi.setSystemTime(Date.UTC(2200, 0, 1));
  expect([newId(), before].toSorted()[0]).toBe(before);
});

test('an id is read in either case, and nothing else is', () => {
  const id = newId();
  expect(parseUuid(id.toUpperCase())).toBe(id);
  for (const other of ['', `${id}0`, 7, null]) expect(parseUuid(other)).toBeNull();
});
