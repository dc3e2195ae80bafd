import { type IdPage, OLDEST } from '../db/newest-first.ts';
import { InvalidInputError, LimitExceededError } from '../errors.ts';

export interface ConnectionArgs {
  readonly first?: number | null | undefined;
  readonly last?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly before?: string | null | undefined;
}

const DEFAULT_SIZE = 20;
const MAX_SIZE = 100;

/** What a store needs: one row more than the page tells whether there is another page. */
export interface Keyset {
  readonly limit: number;
  readonly after: string | undefined;
  readonly before: string | undefined;
  /** Read towards the beginning. */
  readonly backwards: boolean;
}

/**
 * One page of a connection by keyset: constant cost on every page, and rows that are added meanwhile neither shift nor double entries.
 * `load` answers up to `limit` rows in the connection's order, beyond the cursor.
 */
export async function resolvePage<Row>(
  args: ConnectionArgs,
  keyOf: (row: Row) => string,
  load: (keyset: Keyset) => Promise<readonly Row[]>,
  maxSize = MAX_SIZE,
) {
  const size = pageSize(args, maxSize);
  const backwards = args.last != null;
  const after = decodeCursor(args.after, 'after');
  const before = decodeCursor(args.before, 'before');
  if (after !== undefined && before !== undefined) {
    throw new InvalidInputError('before', 'Give after or before, not both.');
  }
  if ((backwards && after !== undefined) || (!backwards && before !== undefined)) {
    throw new InvalidInputError(backwards ? 'last' : 'first', 'Use first with after, and last with before.');
  }
  const rows = await load({ limit: size + 1, after, before, backwards });
  const more = rows.length > size;
  const page = more ? (backwards ? rows.slice(1) : rows.slice(0, size)) : rows;
  const edges = page.map((node) => ({ node, cursor: encodeCursor(keyOf(node)) }));
  return {
    edges,
    pageInfo: {
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
      hasNextPage: backwards ? before !== undefined : more,
      hasPreviousPage: backwards ? more : after !== undefined,
    },
  };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** One page of rows whose ids grow with time, newest first, and how many there are over all pages, counted when somebody asks (`countOf`). */
export async function resolveNewestFirst<Row extends { readonly id: string }>(
  args: ConnectionArgs,
  list: (page: IdPage) => Promise<readonly Row[]>,
  count: () => Promise<number> = () => Promise.reject(new Error('this connection has no total')),
) {
  const page = await resolvePage(
    args,
    (row: Row) => row.id,
    ({ limit, after, before, backwards }) => {
      for (const [name, id] of Object.entries({ after, before }))
        if (id !== undefined && !UUID.test(id)) throw foreignCursor(name);
      return list({
        limit,
        olderThan: after,
        newerThan: backwards ? (before ?? OLDEST) : undefined,
      });
    },
  );
  return { ...page, count };
}

/** The total of a page. Pothos knows a connection's own fields only, not what was resolved beside them. */
export function countOf(page: unknown): Promise<number> | number {
  return (page as { readonly count: () => Promise<number> | number }).count();
}

export function foreignCursor(argument: string): InvalidInputError {
  return new InvalidInputError(
    argument,
    'The cursor does not belong to this connection: pass a cursor that the API returned.',
  );
}

export function pageSize({ first, last }: ConnectionArgs, maxSize = MAX_SIZE): number {
  if (first != null && last != null) throw new InvalidInputError('first', 'Give first or last, not both.');
  const size = first ?? last ?? DEFAULT_SIZE;
  // 0 is a size by the specification of connections: it asks whether there is anything, or for the total alone.
  if (size < 0)
    throw new InvalidInputError(last == null ? 'first' : 'last', 'The size of a page must be 0 or more.');
  if (size > maxSize)
    throw new LimitExceededError(maxSize, `A page has at most ${maxSize} entries, not ${size}.`);
  return size;
}

function encodeCursor(key: string): string {
  return Buffer.from(`k:${key}`).toString('base64url');
}

/**
 * The key in a cursor. Throws InvalidInputError for a text that no page has given out: the key is encoded again and compared, because base64
 * is decoded leniently. What kind of key it is, the connection checks.
 */
function decodeCursor(cursor: string | null | undefined, argument: string): string | undefined {
  if (cursor == null) return undefined;
  const key = Buffer.from(cursor, 'base64url').toString().slice(2);
  // PostgreSQL's text has no NUL, so no row has such a key.
  if (encodeCursor(key) !== cursor || key.includes('\0')) throw foreignCursor(argument);
  return key;
}
