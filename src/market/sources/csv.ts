import { type Readers, shareReaders } from '../files/call-readers.ts';
import { unpackSeries } from '../files/pack-series.ts';
import type { KnownInstrument, Source } from '../source.ts';

/**
 * A folder of `<TICKER>.csv`. Files are listed, read and parsed in reader processes, so that neither a file that hangs nor a large
 * one holds up this process.
 */
export function createCsvSource(folder: string, readers: Readers = shareReaders()): Source {
  return {
    title: 'CSV files',
    isDemo: false,
    async instruments() {
      // The readers have a deadline of their own.
      const tickers = await readers.call({ type: 'LIST', folder }, new AbortController().signal);
      return tickers.map(toInstrument);
    },
    async load(request, signal) {
      return unpackSeries(await readers.call({ type: 'LOAD', folder, request }, signal));
    },
  };
}

/** A file name contains the ticker and nothing else. */
function toInstrument(ticker: string): KnownInstrument {
  return {
    symbol: ticker,
    ticker,
    name: ticker,
    exchange: 'UNKNOWN',
    timeZone: 'Etc/UTC',
    currency: 'XXX',
    tick: '0.01',
    sector: null,
    industry: null,
  };
}
