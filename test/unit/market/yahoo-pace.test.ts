import { afterAll, describe, expect, test } from 'vitest';
import { type Pace, politePace } from '../../../src/market/ask-service.ts';
import { createLimiter } from '../../../src/market/limiter.ts';
import { createYahooSource } from '../../../src/market/sources/yahoo.ts';
import { sliceCandles } from '../../../src/quant/candles.ts';
import { startFake } from '../../support/fake-http.ts';
import { startFakeYahoo } from '../../support/fake-yahoo.ts';
import { readAapl } from '../../support/series.ts';

const aapl = readAapl();
const now = () => new Date('2018-05-14T12:00:00Z');
const signal = new AbortController().signal;
const fast: Pace = { ...politePace, gapMs: 0, retryMs: 5, deadlineMs: 10_000, failuresToOpen: 1_000 };

const fake = await startFakeYahoo(() => aapl);
afterAll(() => fake.close());
const source = (pace: Partial<Pace> = {}, at = now) =>
  createYahooSource({ now: at, origin: fake.origin, pace: { ...fast, ...pace } });
const load = (
  ticker: string,
  bars: number | 'ALL' = 400,
  asOf: string | null = null,
  pace: Partial<Pace> = {},
) => source(pace).load({ ticker, bars, asOf }, signal);

describe('the pace', () => {
  test('starts are 300 ms apart, two at once at most, unless a test says otherwise', async () => {
    const limiter = createLimiter(politePace);
    const starts: number[] = [];
    const work = async () => void starts.push(performance.now());
    await Promise.all(Array.from({ length: 4 }, () => limiter.run(signal, work)));
    for (const [i, at] of starts.slice(1).entries())
      expect(at - (starts[i] ?? 0)).toBeGreaterThanOrEqual(300);
    expect(politePace).toMatchObject({ concurrent: 2, gapMs: 300, deadlineMs: 10_000, failuresToOpen: 5 });

    const paced = createYahooSource({ now, origin: fake.origin });
    const since = performance.now();
    await Promise.all(['A', 'B', 'C'].map((ticker) => paced.load({ ticker, bars: 50, asOf: null }, signal)));
    expect(performance.now() - since).toBeGreaterThanOrEqual(600);
  });

  test('never more than two at once, however long they take', async () => {
    const slow = await startFakeYahoo(() => sliceCandles(aapl, 1_000));
    try {
      const own = createYahooSource({ now, origin: slow.origin, pace: fast });
      await Promise.all(
        Array.from({ length: 7 }, () => own.load({ ticker: 'LATER', bars: 50, asOf: null }, signal)),
      );
      expect(slow.requests).toHaveLength(7);
      expect(slow.open.most).toBe(2);
    } finally {
      await slow.close();
    }
  });

  test('a pause that the service asks for holds the others back', async () => {
    const own = source();
    const since = performance.now();
    await expect(own.load({ ticker: 'PAUSE', bars: 50, asOf: null }, signal)).rejects.toThrow();
    await own.load({ ticker: 'GOOD', bars: 50, asOf: null }, signal);
    expect(performance.now() - since).toBeGreaterThanOrEqual(1_000);
  });

  test.each([
    ['7', 7_000],
    ['3600', 60_000],
    ['0', 1_000],
    ['soon', 5_000],
    [null, 5_000],
    ['Wed, 21 Oct 2015 07:28:00 GMT', 1_000],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 60_000],
  ])('Retry-After %s is a pause of %s ms', async (header, retryAfterMs) => {
    const busy = await startFake((_url, response) => {
      response.writeHead(429, header === null ? {} : { 'retry-after': header }).end();
    });
    try {
      const own = createYahooSource({ now, origin: busy.origin, pace: fast });
      await expect(own.load({ ticker: 'X', bars: 50, asOf: null }, signal)).rejects.toThrow(
        expect.objectContaining({ code: 'RATE_LIMITED', retryAfterMs }),
      );
    } finally {
      await busy.close();
    }
  });

  test('waiting ends with the signal', async () => {
    const own = source();
    await expect(own.load({ ticker: 'PAUSE', bars: 50, asOf: null }, signal)).rejects.toThrow();
    const late = AbortSignal.timeout(20);
    await expect(own.load({ ticker: 'GOOD', bars: 50, asOf: null }, late)).rejects.toThrow(
      expect.objectContaining({ name: 'TimeoutError' }),
    );
  });

  test('after five failures in a row nobody asks; then one tries, and its success lets all through', async () => {
    const shaky = await startFakeYahoo(() => aapl);
    try {
      const pace = { ...fast, tries: 1, failuresToOpen: 5, openMs: 1_500 };
      const own = createYahooSource({ now, origin: shaky.origin, pace });
      const ask = (ticker: string) => own.load({ ticker, bars: 50, asOf: null }, signal);
      for (let i = 0; i < 5; i += 1) await expect(ask('RESET')).rejects.toThrow();
      const asked = shaky.requests.length;
      await expect(ask('GOOD')).rejects.toThrow(
        expect.objectContaining({ code: 'SOURCE_UNAVAILABLE', detail: 'CIRCUIT_OPEN' }),
      );
      expect(shaky.requests).toHaveLength(asked);
      await expect
        .poll(
          () =>
            ask('GOOD').then(
              () => 'closed',
              () => 'open',
            ),
          { timeout: 10_000 },
        )
        .toBe('closed');
      await Promise.all(['A', 'B', 'C'].map(ask));
    } finally {
      await shaky.close();
    }
  }, 15_000);

  test('an unavailable service is asked once more, a refusal is not', async () => {
    const count = (ticker: string) =>
      fake.requests.filter(({ url }) => url.pathname.endsWith(`/${ticker}`)).length;
    const [broken, unknown] = [count('BROKEN'), count('UNKNOWN')];
    await expect(load('BROKEN')).rejects.toThrow();
    await expect(load('UNKNOWN')).rejects.toThrow();
    expect([count('BROKEN') - broken, count('UNKNOWN') - unknown]).toEqual([2, 1]);
  });
});
