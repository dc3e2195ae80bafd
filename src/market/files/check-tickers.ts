import { toIso } from './dates.ts';
import type { Columns } from './read-numbers.ts';
import { refuse } from './refusal.ts';

/** Rows that name one ticker, in the order of the file. */
export interface TickerRows {
  readonly ticker: string;
  /** Of the first row. */
  readonly line: number;
}

/** A ticker that is renamed goes on within so many days … */
const LONGEST_GAP = 7;
/** … at a price that differs by this share at most from the last close. */
const LARGEST_MOVE = 0.1;
const MOST_NAMES = 3;
const SHOWN = 5;

export function refuseTickers(tickers: Iterable<string>, line: number): never {
  const named = [...tickers].slice(0, SHOWN).join(', ');
  const why = `The file holds several tickers: ${named}.`;
  return refuse('SEVERAL_TICKERS', why, 'Make one file for each ticker.', { line });
}

/** Adds the ticker of a row. Throws when a ticker comes again, or when there are more than an instrument has names. */
export function addTicker(known: TickerRows[], ticker: string, line: number): void {
  // Spreadsheets take away zeros.
  const written = ticker.toUpperCase().replace(/^0+(?=\d)/, '');
  if (ticker === '' || known.at(-1)?.ticker === written) return;
  const isKnown = known.some((one) => one.ticker === written);
  if (isKnown || known.length === MOST_NAMES)
    refuseTickers(new Set([...known.map((one) => one.ticker), written]), known[1]?.line ?? line);
  known.push({ ticker: written, line });
}

/**
 * Throws when the rows name several tickers. Where they follow one another within a week and at about the price of the last close, they may be names of
 * one instrument, as FB became META: the cure then says how to send them as one. `days` and `columns` are in the order of `rows`.
 */
export function requireOneTicker(
  tickers: readonly TickerRows[],
  rows: readonly { readonly line: number }[],
  days: readonly number[],
  { open, close }: Columns,
): void {
  const [, second] = tickers;
  if (second === undefined) return;
  const parts = tickers.map(({ ticker, line }, i) => {
    const end = tickers[i + 1]?.line ?? Infinity;
    const own = [...rows.keys()].filter((row) => isWithin(rows[row]?.line ?? 0, line, end));
    const sorted = own.sort((a, b) => (days[a] ?? 0) - (days[b] ?? 0));
    return { ticker, first: sorted[0] ?? 0, last: sorted.at(-1) ?? 0 };
  });
  parts.sort((a, b) => (days[a.first] ?? 0) - (days[b.first] ?? 0));
  const names = parts.slice(1).map((part, i) => {
    const last = parts[i]?.last ?? 0;
    const gap = (days[part.first] ?? 0) - (days[last] ?? 0);
    const move = (open?.[part.first] ?? Number.NaN) / (close?.[last] ?? Number.NaN) - 1;
    const goesOn = gap > 0 && gap <= LONGEST_GAP && Math.abs(move) <= LARGEST_MOVE;
    return goesOn
      ? `${parts[i]?.ticker} ends on ${toIso(days[last] ?? 0)} and ${part.ticker} goes on from ${toIso(days[part.first] ?? 0)}`
      : null;
  });
  const all = tickers.map(({ ticker }) => ticker);
  if (names.includes(null)) refuseTickers(all, second.line);
  const why = `The file holds several tickers: ${all.join(', ')}. ${names.join(', and ')}.`;
  const cure = `If ${parts.at(-1)?.ticker} is the new name of the same instrument, write it in all lines or remove the column; else make one file for each ticker.`;
  refuse('SEVERAL_TICKERS', why, cure, { line: second.line, cell: second.ticker });
}

const isWithin = (line: number, from: number, end: number) => line >= from && line < end;
