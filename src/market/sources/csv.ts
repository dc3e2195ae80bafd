import { open, readdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { ItemError } from '../../errors.ts';
import { cutToRequest, parseBars } from '../bars.ts';
import type { KnownInstrument, Source } from '../source.ts';

/** A century of daily bars is about 2 MB; more is not a file of bars. */
const MAX_BYTES = 20_000_000;

/**
 * A folder of `<TICKER>.csv`. The file name is looked up in the folder's own listing, never built from the request, and must
 * lead to a regular file inside the folder: no ticker and no link reaches anything else.
 */
export function createCsvSource(folder: string): Source {
  async function listFiles(): Promise<Map<string, string>> {
    let names: string[];
    try {
      names = await readdir(folder);
    } catch (error) {
      throw new ItemError('SOURCE_UNAVAILABLE', 'The folder of CSV_DIR cannot be read.', { cause: error });
    }
    const files = names.filter((name) => /\.csv$/i.test(name)).sort();
    return new Map(files.map((name) => [name.slice(0, -'.csv'.length).toUpperCase(), name]));
  }

  async function read(name: string, signal: AbortSignal): Promise<string> {
    const root = await realpath(folder);
    const path = await realpath(join(root, name));
    if (!path.startsWith(root + sep))
      throw new ItemError('BAD_DATA', `${name} leads out of the folder.`, { detail: 'OUTSIDE' });
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    if (size > MAX_BYTES) {
      throw new ItemError('BAD_DATA', `${name} has ${size} bytes; at most ${MAX_BYTES} are read.`, {
        detail: 'TOO_LARGE',
      });
    }
    return file.readFile({ encoding: 'utf8', signal });
  }

  return {
    title: 'CSV files',
    isDemo: false,
    async instruments() {
      const files = await listFiles();
      return [...files.keys()].map(toInstrument);
    },
    async load(request, signal) {
      signal.throwIfAborted();
      const name = (await listFiles()).get(request.ticker);
      if (name === undefined) {
        throw new ItemError('UNKNOWN_SYMBOL', `There is no ${request.ticker}.csv in the folder of CSV_DIR.`);
      }
      const series = parseBars(await read(name, signal), name);
      return { ...series, candles: cutToRequest(series.candles, request) };
    },
  };
}

/** A file name tells the ticker and nothing else. */
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
