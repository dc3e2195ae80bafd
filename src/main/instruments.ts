import { open } from 'node:fs/promises';
import { loadConfig } from '../config.ts';
import { type Db, openDatabase } from '../db/client.ts';
import { InvalidTickerError } from '../errors.ts';
import { removeInstruments } from '../instruments/find-instrument.ts';
import { importInstruments } from '../instruments/import-instruments.ts';
import { type Listed, parseListing } from '../instruments/listing.ts';
import { parseTickers } from '../instruments/ticker.ts';
import { createLogger } from '../logger.ts';
import { StartupError } from '../startup.ts';
import { provideDatabase } from './database.ts';
import { escapeControls, printLine } from './print-line.ts';
import { createShutdown } from './shutdown.ts';
import { stopOnFailure } from './stop-on-failure.ts';

const MAX_BYTES = 50_000_000;
const MAX_SHOWN = 50;
const USAGE = `Usage: npm run instruments -- import <file.csv>
                              remove <ticker> [<ticker> ...]
Columns: symbol,name,exchange,currency,sector and optionally ticker,time zone,tick,lot,fractional,industry.
"remove" takes instruments out of the list. Results and watchlists keep their tickers.`;

/** Imports a list of instruments: all faults at once and nothing stored, or everything. Or removes instruments of the list. */
export async function main(): Promise<void> {
  const [command, first, ...more] = process.argv.slice(2);
  if (first === undefined) throw new StartupError(USAGE);
  if (command === 'import' && more.length === 0) {
    const rows = await readListing(first);
    await onDatabase(async (db) => {
      const { added, changed, unchanged } = await importInstruments(db, rows, (done, total) =>
        printLine(`${done} of ${total}`),
      );
      printLine(`Instruments: ${added} added, ${changed} changed, ${unchanged} as before.`);
    });
  } else if (command === 'remove') {
    const tickers = readTickers([first, ...more]);
    await onDatabase(async (db) => {
      const removed = await removeInstruments(db, tickers);
      const missing = tickers.filter((ticker) => !removed.includes(ticker));
      printLine(`Instruments: ${removed.length} removed.`);
      if (missing.length > 0) printLine(`Not in the list: ${missing.join(', ')}.`);
    });
  } else throw new StartupError(USAGE);
}

async function onDatabase(work: (db: Db) => Promise<void>): Promise<void> {
  const config = loadConfig();
  const log = createLogger(config.logLevel === 'info' ? 'warn' : config.logLevel);
  const shutdown = createShutdown({ log, drainMs: 0 });
  await stopOnFailure(shutdown, async () => {
    const url = await provideDatabase(config, log, shutdown, 'COMMAND');
    const { db, close } = openDatabase({ url, max: 2, applicationName: 'thetool instruments', log });
    shutdown.onStop('pool', close);
    await work(db);
  });
  await shutdown.stop('done');
}

function readTickers(texts: readonly string[]): string[] {
  try {
    return parseTickers(texts);
  } catch (error) {
    if (error instanceof InvalidTickerError) throw new StartupError(error.message);
    throw error;
  }
}

async function readListing(file: string): Promise<readonly Listed[]> {
  const { rows, faults, ignored } = parseListing(await readText(file));
  if (ignored.length > 0) printLine(`Columns that are not read: ${ignored.join(', ')}.`);
  if (faults.length > 0) {
    const shown = faults.slice(0, MAX_SHOWN).map((fault) => `  ${escapeControls(fault)}`);
    const rest = faults.length > MAX_SHOWN ? `\n  and ${faults.length - MAX_SHOWN} more` : '';
    throw new StartupError(`Nothing was stored. Faults in ${file}:\n${shown.join('\n')}${rest}`);
  }
  return rows;
}

async function readText(file: string): Promise<string> {
  try {
    await using handle = await open(file, 'r');
    const { size } = await handle.stat();
    if (size > MAX_BYTES) throw new Error(`it has ${size} bytes; at most ${MAX_BYTES} are read`);
    return await handle.readFile('utf8');
  } catch (error) {
    throw new StartupError(
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
