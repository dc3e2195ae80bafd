import { ItemError } from '../../errors.ts';
import { cutSeries } from '../bars.ts';
import type { CandleRequest } from '../source.ts';
import { READY, type ReadCall, type ReadResults, toReply } from './call.ts';
import { createFileFinder, listFiles } from './list-files.ts';
import { type PackedSeries, packSeries } from './pack-series.ts';
import { readBars } from './read-price-file.ts';
import { readWhole } from './read-whole.ts';
import { parseFile } from './report-file.ts';

const findFile = createFileFinder();

/**
 * A reader process: reads and parses one price file per message and sends its bars back. Its reads block, so that a hung one
 * blocks this process alone. The process ends with the connection to the process that started it.
 */
function load(folder: string, request: CandleRequest): PackedSeries {
  const name = findFile(folder, request.ticker);
  if (name === undefined) {
    throw new ItemError('UNKNOWN_SYMBOL', `There is no ${request.ticker}.csv in the folder of CSV_DIR.`);
  }
  const { candles, adjustment, currency, warnings } = readBars(name, readWhole(folder, name));
  return packSeries(cutSeries({ candles, adjustment, currency, warnings }, request));
}

function run(call: ReadCall): ReadResults[ReadCall['type']] {
  switch (call.type) {
    case 'LIST':
      return [...listFiles(call.folder).keys()];
    case 'LOAD':
      return load(call.folder, call.request);
    case 'PARSE':
      return parseFile(call.bytes, call.newestDay);
  }
}

process.on('message', (call: ReadCall) => {
  process.send?.(toReply(() => run(call)));
});
process.on('disconnect', () => process.exit());
// Ctrl-C goes to the whole process group; reads go on while the process that asked for them drains.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.send?.(READY);
