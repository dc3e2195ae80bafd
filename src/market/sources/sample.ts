import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { ItemError } from '../../errors.ts';
import { cutToRequest } from '../bars.ts';
import { readBars } from '../files/read-price-file.ts';
import { untilAborted } from '../load-candles.ts';
import type { KnownInstrument, Series, Source } from '../source.ts';

const require = createRequire(import.meta.url);

const apple: KnownInstrument = {
  symbol: 'AAPL',
  ticker: 'AAPL',
  name: 'Apple Inc.',
  exchange: 'NASDAQ',
  timeZone: 'America/New_York',
  currency: 'USD',
  tick: '0.01',
  sector: 'Technology',
  industry: 'Consumer Electronics',
};

async function readSample(): Promise<Series> {
  const bytes = await readFile(require.resolve('@observablehq/sample-datasets/aapl.csv'));
  const { candles, adjustment } = readBars('aapl.csv', bytes);
  return { candles, adjustment, currency: apple.currency };
}

/** Real daily bars of AAPL, 2013-05-13 to 2018-05-11, from the package `@observablehq/sample-datasets` (ISC). Needs no network. */
export function createSampleSource(): Source {
  let series: Promise<Series> | null = null;
  return {
    title: 'Sample: daily AAPL 2013-2018',
    isDemo: false,
    instruments: () => Promise.resolve([apple]),
    async load(request, signal) {
      signal.throwIfAborted();
      if (request.ticker !== apple.ticker) {
        throw new ItemError('UNKNOWN_SYMBOL', `The sample source knows AAPL only, not ${request.ticker}.`);
      }
      series ??= readSample().catch((error: unknown) => {
        // Read again by the next load: what failed once may pass.
        series = null;
        throw error;
      });
      const { candles, adjustment } = await untilAborted(series, signal);
      return { candles: cutToRequest(candles, request), adjustment, currency: apple.currency };
    },
  };
}
