import { describe, expect, test, vi } from 'vitest';
import { HEED_MS, heedSignal } from '../../../src/jobs/heed-signal.ts';

async function* steps(hangAt: number | null): AsyncGenerator<number, string, void> {
  for (const step of [25, 50, 75]) {
    if (step === hangAt) await new Promise(() => undefined);
    yield step;
  }
  return 'result';
}

async function collect(generator: AsyncGenerator<number, string, void>): Promise<[number[], string]> {
  const seen: number[] = [];
  for (let step = await generator.next(); ; step = await generator.next()) {
    if (step.done) return [seen, step.value];
    seen.push(step.value);
  }
}

describe('steps that heed their signal', () => {
  test('are those of the task, and its result', async () => {
    const { signal } = new AbortController();
    expect(await collect(heedSignal(steps(null), signal))).toEqual([[25, 50, 75], 'result']);
  });

  test('end a while after the abort though the task hangs', async () => {
    vi.useFakeTimers();
    try {
      const abort = new AbortController();
      let ended: unknown = null;
      const collecting = collect(heedSignal(steps(50), abort.signal)).catch((error: unknown) => {
        ended = error;
      });
      await vi.advanceTimersByTimeAsync(60_000);
      expect(ended).toBeNull();
      abort.abort('SHUTDOWN');
      await vi.advanceTimersByTimeAsync(HEED_MS - 1);
      expect(ended).toBeNull();
      await vi.advanceTimersByTimeAsync(1);
      await collecting;
      expect(ended).toBe('SHUTDOWN');
    } finally {
      vi.useRealTimers();
    }
  });

  test('let the task end by itself when it notices', async () => {
    const abort = new AbortController();
    async function* noticing(): AsyncGenerator<number, string, void> {
      yield 25;
      await new Promise((_resolve, reject) =>
        abort.signal.addEventListener('abort', () => reject(new Error('noticed'))),
      );
      return 'never';
    }
    const collecting = collect(heedSignal(noticing(), abort.signal));
    setImmediate(() => abort.abort());
    await expect(collecting).rejects.toThrow('noticed');
  });
});
