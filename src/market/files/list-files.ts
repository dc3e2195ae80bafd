import { readdirSync, statSync } from 'node:fs';
import { ItemError } from '../../errors.ts';
import { isPriceFile, readFileName } from '../../file-name.ts';
import { errnoOf } from './read-whole.ts';

/**
 * A listing is used again only when the folder had not changed for so long before it, milliseconds. The clocks of file systems tick every few
 * milliseconds, some every 2 s: a file that is added within one tick of the listing does not change the time of the folder.
 */
const SETTLED_MS = 3_000;

/** 3: `.csv`; 2: compressed `.csv`; 1: another plain file; 0: another compressed one. */
function rankOf(name: string): number {
  return Number(/\.csv$/i.test(name)) * 2 + Number(!/\.(gz|zip)$/i.test(name));
}

/** Of several files of one ticker the last one counts: a plain one before a compressed one, `.csv` before the others. */
function byPreference(a: string, b: string): number {
  return rankOf(a) - rankOf(b) || (a < b ? -1 : 1);
}

/**
 * Names of the price files of a folder; of several files of a ticker the last one counts. Throws ItemError SOURCE_UNAVAILABLE when the
 * folder cannot be listed. Blocks: not called in a process that serves.
 */
export function listPriceFiles(folder: string): string[] {
  return withErrors(() => readdirSync(folder))
    .filter((name) => isPriceFile(name))
    .sort(byPreference);
}

/** Names of the price files of a folder by their ticker, as `listPriceFiles`. A file that is named after no ticker is left out. */
export function listFiles(folder: string): Map<string, string> {
  return new Map(
    listPriceFiles(folder).flatMap((name): [string, string][] => {
      const { ticker } = readFileName(name);
      return ticker === null ? [] : [[ticker, name]];
    }),
  );
}

/**
 * Finds the price file of a ticker in a folder; undefined: there is none. The last listing is used again while the folder has not changed:
 * in a folder of 2,200 files, listing and sorting takes longer than reading one file.
 */
export function createFileFinder(): (folder: string, ticker: string) => string | undefined {
  let last: {
    readonly folder: string;
    readonly version: string;
    readonly files: Map<string, string>;
  } | null = null;
  return (folder, ticker) => {
    const { dev, ino, mtimeMs, mtimeNs, ctimeNs } = withErrors(() => statSync(folder, { bigint: true }));
    const version = `${dev} ${ino} ${mtimeNs} ${ctimeNs}`;
    if (last?.folder === folder && last.version === version) return last.files.get(ticker);
    const files = listFiles(folder);
    last = Date.now() - Number(mtimeMs) > SETTLED_MS ? { folder, version, files } : null;
    return files.get(ticker);
  };
}

function withErrors<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    const message = `The folder of CSV_DIR cannot be listed (${errnoOf(error)}).`;
    throw new ItemError('SOURCE_UNAVAILABLE', message, { detail: errnoOf(error), cause: error });
  }
}
