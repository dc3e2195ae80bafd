import { open } from 'node:fs/promises';
import { loadConfig } from '../config.ts';
import { openDatabase } from '../db/client.ts';
import { importInstruments } from '../instruments/import-instruments.ts';
import { type Listed, parseListing } from '../instruments/listing.ts';
import { createLogger } from '../logger.ts';
import { StartupError } from '../startup.ts';
import { provideDatabase } from './database.ts';
import { escapeControls, printLine } from './print-line.ts';
import { createShutdown } from './shutdown.ts';
import { stopOnFailure } from './stop-on-failure.ts';

const MAX_BYTES = 50_000_000;
const MAX_SHOWN = 50;
const USAGE = `Usage: npm run instruments -- import <file.csv>
Columns: symbol,name,exchange,currency,sector and optionally ticker,time zone,tick,industry.`;

/** Imports a list of instruments: all faults at once and nothing stored, or everything. */
export async function main(): Promise<void> {
  const [command, file, ...more] = process.argv.slice(2);
  if (command !== 'import' || file === undefined || more.length > 0) throw new StartupError(USAGE);
  const config = loadConfig();
  const rows = await readListing(file);
  const log = createLogger(config.logLevel === 'info' ? 'warn' : config.logLevel);
  const shutdown = createShutdown({ log, drainMs: 0 });
  await stopOnFailure(shutdown, async () => {
    const url = await provideDatabase(config, log, shutdown, 'COMMAND');
    const { db, close } = openDatabase({ url, max: 2, applicationName: 'thetool instruments', log });
    shutdown.onStop('pool', close);
    const { added, changed, unchanged } = await importInstruments(db, rows, (done, total) =>
      printLine(`${done} of ${total}`),
    );
    printLine(`Instruments: ${added} added, ${changed} changed, ${unchanged} as before.`);
  });
  await shutdown.stop('done');
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
