import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  eventTypes,
  fromBatch,
  type LoggedEvent,
  MAX_BATCH,
  toBatches,
} from '../../../src/db/event-batch.ts';

const payload = fc.oneof(
  fc.constant(null),
  fc.record({ error: fc.record({ code: fc.string(), message: fc.string({ maxLength: 3_000 }) }) }),
);
const logs = fc.tuple(
  fc.nat(1_000),
  fc.array(
    fc.record({
      type: fc.constantFrom(...eventTypes),
      ticker: fc.option(fc.string()),
      phase: fc.option(fc.constantFrom(0, 25, 50, 75, 100)),
      progress: fc.integer({ min: 0, max: 1_000_000 }).map((n) => n / 10_000),
      payload,
    }),
    { maxLength: 300 },
  ),
);

describe('events in rows', () => {
  test('come back as they were, each once and in order', () => {
    fc.assert(
      fc.property(logs, ([before, drafts]) => {
        const events = drafts.map((draft, i): LoggedEvent => ({ ...draft, seq: before + 1 + i }));
        const batches = toBatches(events);
        expect(batches.flatMap(fromBatch)).toEqual(events);
        for (const { size, last, earlier } of batches) {
          expect(size).toBeLessThanOrEqual(Math.min(MAX_BATCH, last.seq));
          expect(earlier === null).toBe(size === 1);
        }
      }),
    );
  });

  test('are some forty to a row, which stays below the 2 KB of a quarter page', () => {
    const events = Array.from(
      { length: 4_000 },
      (_, i): LoggedEvent => ({
        seq: i + 1,
        type: i % 4 === 3 ? 'ITEM_COMPLETED' : 'ITEM_PROGRESSED',
        ticker: `TICK${i}`,
        phase: 25,
        progress: 12.3456,
        payload:
          i % 4 === 3 ? { analysisId: crypto.randomUUID(), verdict: 'STRONG_BUY', score: Math.PI } : null,
      }),
    );
    const batches = toBatches(events);
    expect(events.length / batches.length).toBeGreaterThan(30);
    for (const { earlier } of batches) expect(earlier?.length ?? 0).toBeLessThan(1_900);
  });
});
