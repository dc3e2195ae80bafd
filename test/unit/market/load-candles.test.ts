import { describe, expect, test } from 'vitest';
import { ItemError } from '../../../src/errors.ts';
import { loadCandles } from '../../../src/market/load-candles.ts';
import type { Source } from '../../../src/market/source.ts';
import { createSampleSource } from '../../../src/market/sources/sample.ts';

const signal = new AbortController().signal;

describe('loading', () => {
  const request = { ticker: 'X', bars: 100, asOf: null } as const;
  const source = (act: () => Promise<never>): Source => ({
    title: 'Fake',
    isDemo: false,
    instruments: async () => [],
    load: act,
  });
  const run = (act: () => Promise<never>, options = {}) =>
    loadCandles(source(act), 'CSV', request, { today: '2026-01-01', signal, ...options });

  test('ends at its deadline although the source does not', async () => {
    const never = () => new Promise<never>(() => undefined);
    await expect(run(never, { deadlineMs: 20 })).rejects.toThrow(
      expect.objectContaining({ code: 'SOURCE_TIMEOUT' }),
    );
  });

  test('makes a fault that the source did not name SOURCE_UNAVAILABLE, and keeps one that it did', async () => {
    await expect(run(() => Promise.reject(new Error('x')))).rejects.toThrow(
      expect.objectContaining({ code: 'SOURCE_UNAVAILABLE' }),
    );
    const named = () => Promise.reject(new ItemError('RATE_LIMITED', 'slow down', { retryAfterMs: 5 }));
    await expect(run(named)).rejects.toThrow(
      expect.objectContaining({ code: 'RATE_LIMITED', retryAfterMs: 5 }),
    );
  });

  test('rejects with the reason when the caller aborts', async () => {
    const never = () => new Promise<never>(() => undefined);
    await expect(run(never, { signal: AbortSignal.abort(new Error('cancelled')) })).rejects.toThrow(
      'cancelled',
    );
  });

  test('tells where the bars came from', async () => {
    const { provenance, warnings } = await loadCandles(
      createSampleSource(),
      'SAMPLE',
      { ticker: 'AAPL', bars: 400, asOf: '2018-05-11' },
      { today: '2026-01-01', signal },
    );
    expect(provenance).toEqual({
      source: 'SAMPLE',
      isDemo: false,
      adjustment: 'SPLITS_AND_DIVIDENDS',
      currency: 'USD',
      firstBar: '2016-10-10',
      lastBar: '2018-05-11',
      bars: 400,
      asOf: '2018-05-11',
    });
    expect(warnings).toEqual([]);
  });
});
