import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createAnalysisTask } from '../../../src/analyses/analysis.task.ts';
import type { NewAnalysis } from '../../../src/analyses/analysis.ts';
import { SHAPES, WORDS } from '../../../src/analyses/dictionary.ts';
import { LOOKBACKS, resolveOptions } from '../../../src/analyses/options.ts';
import { pack, unpack } from '../../../src/analyses/packing.ts';
import { createSources } from '../../../src/market/sources/index.ts';
import { strategies } from '../../../src/quant/strategies/index.ts';

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

async function detailsOf(strategy: string, lookback: (typeof LOOKBACKS)[number], ticker: string) {
  const now = () => new Date('2026-11-25T12:00:00Z');
  const task = createAnalysisTask({
    sources: createSources({ csvDir: null, now }),
    now,
    findInstrument: () => Promise.resolve(null),
  });
  const steps = task.run(task.parse(resolveOptions({ lookback }, '2026-11-25')), {
    jobId: '',
    workspaceId: '',
    ticker,
    attempt: 1,
    strategy,
    source: 'DEMO',
    signal: new AbortController().signal,
  });
  for (;;) {
    const step = await steps.next();
    if (step.done === true) return (step.value.result as readonly NewAnalysis[])[0]?.details;
  }
}

describe('packing', () => {
  test('what is packed comes back as JSON would bring it back', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(unpack(pack(value))).toEqual(asJson(value));
      }),
    );
    const odd = { none: undefined, not: Number.NaN, endless: [Number.POSITIVE_INFINITY], zero: -0 };
    expect(unpack(pack(odd))).toEqual({ not: null, endless: [null], zero: 0 });
  });

  test('every number comes back to the bit', () => {
    const numbers = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer());
    const decimals = fc.tuple(fc.integer(), fc.constantFrom(1, 10, 100, 1_000, 10_000, 100_000));
    const quotients = decimals.map(([digits, scale]) => digits / scale);
    fc.assert(
      fc.property(fc.array(fc.oneof(numbers, quotients), { maxLength: 600 }), (values) => {
        expect(unpack(pack(values))).toEqual(values.map((value) => value + 0));
      }),
    );
  });

  test.each(Object.keys(strategies))('details of %s stay below 1 KB and lose nothing', async (strategy) => {
    for (const lookback of LOOKBACKS) {
      for (const ticker of ['A', 'B', 'C', 'D', 'E', 'F']) {
        const details = await detailsOf(strategy, lookback, ticker);
        expect(details).toBeDefined();
        const packed = pack(details);
        expect(unpack(packed)).toEqual(asJson(details));
        expect(JSON.stringify(unpack(packed))).toBe(JSON.stringify(details));
        expect(packed.length).toBeLessThan(1_024);
      }
    }
  });

  test('bytes of this version are read for ever', () => {
    const value = {
      filter: 'TREND',
      clause: 'CLOSE_AT_LEAST_SMA50',
      value: [1, -1, 300, -70_000, 1.25, 1_234.5678, Math.PI, Math.PI],
      other: { text: 'Grüße', yes: true, no: false, nothing: null },
    };
    const stored =
      'AY4EBmZpbHRlcooJBmNsYXVzZYouBXZhbHVljAgBg4QBLIX//u6QhgB9hwC8YU6IQAkh+1RELRiJAAVvdGhlco4EBHRleHSLB0dyw7zDn2UDeWVzgQJub4IHbm90aGluZ4A=';
    expect(Buffer.from(pack(value)).toString('base64')).toBe(stored);
    expect(unpack(Buffer.from(stored, 'base64'))).toEqual(value);
    expect(unpack(Buffer.from('{"close": 1.5}'))).toEqual({ close: 1.5 });
    expect(() => unpack(Buffer.from([2, 0]))).toThrow('unknown version 2');
  });

  test('places in the dictionary fit into a byte and nothing stands twice', () => {
    for (const names of [WORDS, SHAPES.map((shape) => shape.join())]) {
      expect(names.length).toBeLessThanOrEqual(256);
      expect(new Set(names).size).toBe(names.length);
    }
  });
});
