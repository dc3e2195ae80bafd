import { InvalidInputError } from '../errors.ts';
import { checkParameters, single } from '../exports/query.ts';

/** A part of the list of series, by ticker. */
export interface Page {
  /** The most series of the page. */
  readonly first: number;
  /** The last ticker of the page before; null: from the first series on. */
  readonly after: string | null;
}

/** A series takes some 170 bytes: a page of the default size is a few packets, and the largest one 85 kB. */
const FIRST = { usual: 100, most: 500 };

/** The page that the parameters `first` and `after` name. Throws InvalidInputError. */
export function readPage(query: URLSearchParams): Page {
  checkParameters(query, ['first', 'after']);
  const asked = single(query, 'first') ?? String(FIRST.usual);
  const first = /^\d{1,4}$/.test(asked) ? Number(asked) : 0;
  if (first < 1 || first > FIRST.most)
    throw new InvalidInputError('first', `first must be a whole number from 1 to ${FIRST.most}.`);
  const after = single(query, 'after') ?? null;
  if (after !== null && !/^[^\0]{1,100}$/.test(after))
    throw new InvalidInputError('after', 'after must be the value of next of the page before.');
  return { first, after };
}
