import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';
import { createRates } from '../../src/rates/lease-points.ts';
import type { Rates } from '../../src/rates/rate.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { silent } from '../support/silent.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  await database.db.execute(sql`delete from rate_limits`);
});
afterAll(() => database.close());

describe('one bucket', () => {
  const fleet: { rates: Rates; close(): Promise<void> }[] = [];
  const join = (limit: number) => {
    const { db, close } = openDatabase({ url: database.url, max: 3, applicationName: 'rates', log: silent });
    const rates = createRates({ db, log: silent, limit });
    fleet.push({
      rates,
      async close() {
        rates.close();
        await close();
      },
    });
    return rates;
  };
  afterEach(async () => {
    for (const { close } of fleet.splice(0)) await close();
  });

  test('gives out no point twice, however many ask at once on however many nodes', async () => {
    const limit = 12_000;
    const nodesOf = [join(limit), join(limit), join(limit), join(limit)];
    const from = performance.now();
    const admitted = await Promise.all(
      Array.from({ length: 2_000 }, async (_, i) => {
        const rates = nodesOf[i % 4] as Rates;
        return (await rates.take('k', 10)).admitted;
      }),
    );
    const spent = admitted.filter(Boolean).length * 10;
    expect(spent).toBeLessThanOrEqual(limit + (limit / 60_000) * (performance.now() - from));
    expect(spent).toBeGreaterThan(limit * 0.95);
  });

  test('knows what is left: what was spent is missing, what this node holds is not', async () => {
    const rates = join(12_000);
    expect(rates.stateOf('k').remaining).toBe(12_000);
    await rates.take('k', 2_000);
    await rates.take('k', 10);
    const { limit, remaining, resetAt } = rates.stateOf('k');
    expect(limit).toBe(12_000);
    expect(remaining).toBeGreaterThanOrEqual(9_990);
    expect(remaining).toBeLessThan(11_000);
    expect(resetAt.getTime()).toBeGreaterThan(Date.now());
  });

  test('asks the database once for a portion, not for each operation', async () => {
    const rates = join(60_000_000);
    for (let i = 0; i < 5_000; i += 1) expect(await rates.take('k', 50)).toEqual({ admitted: true });
    const { rows } = await database.db.execute<{ used: number }>(
      sql`select used from rate_limits where key = 'k'`,
    );
    expect(rows[0]?.used).toBeLessThanOrEqual(300_000);
  });

  test('an operation that costs more than the limit takes a full bucket, and passes again when that is full', async () => {
    const rates = join(60_000);
    expect(await rates.take('k', 200_000)).toEqual({ admitted: true });
    const refused = await rates.take('k', 200_000);
    expect(refused).toMatchObject({ admitted: false });
    expect('retryAfterMs' in refused && refused.retryAfterMs).toBeLessThanOrEqual(60_000);
    await database.db.execute(sql`update rate_limits set at = at - interval '1 minute'`);
    expect(await join(60_000).take('k', 200_000)).toEqual({ admitted: true });
  });

  test('points that a higher limit allowed are not owed when the limit is lowered', async () => {
    const before = join(60_000_000);
    for (let i = 0; i < 200; i += 1) expect(await before.take('k', 300_000)).toEqual({ admitted: true });
    const after = join(60_000);
    const refused = await after.take('k', 1_000);
    // All of the lower limit is spent, and a second brings 1,000 points back.
    expect('retryAfterMs' in refused ? refused.retryAfterMs : 0).toBeLessThanOrEqual(1_000);
    await database.db.execute(sql`update rate_limits set at = at - interval '30 seconds'`);
    expect(await join(60_000).take('k', 25_000)).toEqual({ admitted: true });
  });

  test('what messages cost beyond the points that are left is owed until it has come back', async () => {
    const rates = join(60_000);
    // A message that costs more than a full allowance takes a full one.
    rates.spend('k', 200_000);
    rates.spend('k', 1_500);
    expect(rates.isOpen('k')).toBe(false);
    expect(await rates.take('k', 10)).toMatchObject({ admitted: false });
    expect(rates.stateOf('k').remaining).toBeLessThan(1_000);
    const from = performance.now();
    await new Promise<void>((resolve) => rates.whenOpen('k', resolve));
    // 61,500 points were spent, and a second brings 1,000 back.
    expect(performance.now() - from).toBeGreaterThan(700);
    expect(performance.now() - from).toBeLessThan(5_000);
  });

  test('an operation of a workspace that owes points is refused at once, until they have come back', async () => {
    const rates = join(6_000_000);
    await rates.take('k', 6_000_000);
    rates.spend('k', 500_000);
    // Some points have come back whenever the database is asked, and all of them go into the debt.
    const answers = [await rates.take('k', 1), await rates.take('k', 1), await rates.take('k', 1)];
    for (const answer of answers) {
      expect(answer).toMatchObject({ admitted: false });
      const { retryAfterMs } = answer as { retryAfterMs: number };
      // 100,000 points come back in a second.
      expect(retryAfterMs).toBeGreaterThan(3_000);
      expect(retryAfterMs).toBeLessThan(5_100);
    }
  });

  test('keys do not touch each other, and 0 is no limit', async () => {
    const rates = join(5_000);
    expect(await rates.take('a', 5_000)).toEqual({ admitted: true });
    expect(await rates.take('a', 5_000)).toMatchObject({ admitted: false });
    expect(await rates.take('b', 5_000)).toEqual({ admitted: true });
    const free = join(0);
    for (let i = 0; i < 3; i += 1) expect(free.take('a', 1_000_000)).toEqual({ admitted: true });
    expect(free.isOpen('a')).toBe(true);
  });
});
