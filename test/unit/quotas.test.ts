import { expect, test } from 'vitest';
import { createPlaces, reserveAll } from '../../src/quotas/reserve-places.ts';

/** Counts what `stored` says, on a clock that stands still. */
function places(limit: number, stored: Record<string, number> = {}) {
  const clock = { ms: 0 };
  const counts: string[] = [];
  const made = createPlaces(
    limit,
    async (id) => {
      counts.push(id);
      return stored[id] ?? 0;
    },
    () => clock.ms,
  );
  return { ...made, clock, counts, stored };
}

test('what is stored, under way and asked for together never exceeds the limit, also at once', async () => {
  const { reserve } = places(10, { a: 3 });
  const made = await Promise.all([4, 4, 4].map((amount) => reserve('a', amount)));
  expect(made.map((place) => place !== null)).toEqual([true, false, false]);
  expect(await reserve('a', 3)).not.toBeNull();
  expect(await reserve('a', 1)).toBeNull();
  expect(await reserve('b', 10)).not.toBeNull();
});

test('places come back when nothing was stored, and count when something was', async () => {
  const { reserve } = places(10);
  (await reserve('a', 10))?.end('NOTHING');
  const second = await reserve('a', 10);
  second?.end('STORED');
  second?.end('NOTHING');
  expect(await reserve('a', 1)).toBeNull();
});

test('the database is asked once a second and workspace, however often places are reserved', async () => {
  const { reserve, clock, counts, stored } = places(10, { a: 10 });
  for (let i = 0; i < 50; i += 1) expect(await reserve('a', 1)).toBeNull();
  expect(counts).toEqual(['a']);
  stored.a = 0;
  clock.ms = 999;
  expect(await reserve('a', 1)).toBeNull();
  clock.ms = 1_000;
  expect(await reserve('a', 10)).not.toBeNull();
  expect(counts).toEqual(['a', 'a']);
});

test('what is stored while a count runs is not forgotten', async () => {
  const counting = Promise.withResolvers<number>();
  const clock = { ms: 0 };
  let first = true;
  const { reserve } = createPlaces(
    10,
    () => {
      if (!first) return counting.promise;
      first = false;
      return Promise.resolve(0);
    },
    () => clock.ms,
  );
  const early = await reserve('a', 4);
  clock.ms = 1_000;
  const late = reserve('a', 7);
  early?.end('STORED');
  // The count has begun before that was committed, and does not know of it.
  counting.resolve(0);
  expect(await late).toBeNull();
});

test('a count that takes long is repeated more rarely', async () => {
  const clock = { ms: 0 };
  let counts = 0;
  const { reserve } = createPlaces(
    10,
    async () => {
      counts += 1;
      clock.ms += 500;
      return 0;
    },
    () => clock.ms,
  );
  await reserve('a', 1);
  clock.ms += 9_999;
  await reserve('a', 1);
  expect(counts).toBe(1);
  clock.ms += 1;
  await reserve('a', 1);
  expect(counts).toBe(2);
});

test('several quotas give places together or not at all', async () => {
  const [queue, responses] = [places(10), places(1)];
  const needs = (items: number) => [
    { places: queue, amount: items, refusal: (limit: number) => `queue ${limit}` },
    { places: responses, amount: 1, refusal: (limit: number) => `responses ${limit}` },
  ];
  const first = await reserveAll('a', needs(5));
  expect(first.refusal).toBeNull();
  const second = await reserveAll('a', needs(5));
  expect(second.refusal).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 1, message: 'responses 1' });
  first.end('NOTHING');
  expect((await reserveAll('a', needs(10))).refusal).toBeNull();
});

test('a count that fails is the failure of the request, and the next one counts again', async () => {
  let fails = true;
  const { reserve } = createPlaces(10, () =>
    fails ? Promise.reject(new Error('away')) : Promise.resolve(0),
  );
  await expect(reserve('a', 1)).rejects.toThrow('away');
  fails = false;
  expect(await reserve('a', 1)).not.toBeNull();
});
