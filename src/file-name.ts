import { normaliseTicker, TICKER_RULE } from './ticker.ts';

/** Text files of prices, also compressed. */
const PRICE_FILE = /\.(csv|tsv|txt)(\.gz|\.zip)?$/i;
/** Of files that hold prices, also of kinds that an import alone reads. */
const FILE_ENDING = /(\.(csv|tsv|txt|jsonl?|gz|zip))+$/i;

/** Why a name says no ticker. */
export interface RefusedName {
  readonly code: 'FILE_NAME';
  readonly line: null;
  readonly cell: null;
  readonly why: string;
  readonly cure: string;
}

/** The ticker that a name of a file or the end of a path says, or why it says none. */
export type NamedFile =
  | { readonly ticker: string; readonly refusal: null }
  | { readonly ticker: null; readonly refusal: RefusedName };

export const isPriceFile = (name: string): boolean => PRICE_FILE.test(name);

/**
 * The ticker that a file is named after, by one rule for the source CSV and the check: `<TICKER>.csv`, `.tsv` or `.txt`, also with `.gz` or `.zip`.
 * Small letters count as capitals, and blanks at both ends do not count.
 */
export function readFileName(name: string): NamedFile {
  const bare = name.replace(PRICE_FILE, '');
  const { ticker, refusal } = readSeriesName(bare);
  if (ticker === null) return { ticker, refusal };
  if (isPriceFile(name)) return { ticker, refusal };
  const why = `The name ${JSON.stringify(name)} does not end with .csv, .tsv or .txt, so the source CSV does not read the file.`;
  return refusedName(why, `Name the file ${ticker}.csv, or import it: PUT /import/candles/${ticker}.`);
}

/** The ticker that the path of an import names, which is no file name. */
export function readSeriesName(text: string): NamedFile {
  const bare = text.trim().replace(FILE_ENDING, '');
  const ticker = normaliseTicker(bare);
  if (ticker === null) {
    const why = `${JSON.stringify(text.slice(0, LONGEST_SHOWN))} is no ticker: it has ${TICKER_RULE}.`;
    return refusedName(why, 'Name the file <TICKER>.csv, or import it: PUT /import/candles/<TICKER>.');
  }
  if (bare === text.trim()) return { ticker, refusal: null };
  const why = `${JSON.stringify(text)} is a file name and not a ticker.`;
  return refusedName(why, `Name the file ${ticker}.csv, or import it: PUT /import/candles/${ticker}.`);
}

const LONGEST_SHOWN = 40;

function refusedName(why: string, cure: string): NamedFile {
  return { ticker: null, refusal: { code: 'FILE_NAME', line: null, cell: null, why, cure } };
}
