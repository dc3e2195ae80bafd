import { expect, test } from 'vitest';
import { createThroughput } from '../../../src/jobs/throughput.ts';

test('a throughput is what was counted within the last minute, however long nothing was', () => {
  let now = 1_000_500;
  const throughput = createThroughput(() => now);
  expect(throughput.perMinute()).toBe(0);
  throughput.count(5);
  now += 30_000;
  throughput.count(7);
  expect(throughput.perMinute()).toBe(12);
  now += 29_000;
  expect(throughput.perMinute()).toBe(12);
  now += 1_000;
  expect(throughput.perMinute()).toBe(7);
  now += 30_000;
  expect(throughput.perMinute()).toBe(0);
  throughput.count(3);
  now += 3_600_000;
  expect(throughput.perMinute()).toBe(0);
});
