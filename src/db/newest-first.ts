import type { PgColumn } from './drizzle.ts';
import { and, asc, desc, gt, lt, type SQL } from './drizzle.ts';

/** Older than every row: where a page begins that is read from the end without a cursor. */
export const OLDEST = '00000000-0000-0000-0000-000000000000';

/** A page of rows whose ids grow with time, newest first. Both bounds are exclusive; with `newerThan` the page is the one next to it. */
export interface IdPage {
  readonly limit: number;
  readonly olderThan?: string | undefined;
  readonly newerThan?: string | undefined;
}

interface Pageable<Row> {
  where(condition: SQL | undefined): {
    orderBy(order: SQL): { limit(limit: number): PromiseLike<Row[]> };
  };
}

/** The rows of a page by keyset: `query` selects, `condition` says from which rows. */
export async function pageOf<Row>(
  query: Pageable<Row>,
  id: PgColumn,
  condition: SQL | undefined,
  { limit, olderThan, newerThan }: IdPage,
): Promise<Row[]> {
  const upwards = newerThan !== undefined;
  const rows = await query
    .where(
      and(
        condition,
        olderThan === undefined ? undefined : lt(id, olderThan),
        newerThan === undefined ? undefined : gt(id, newerThan),
      ),
    )
    .orderBy(upwards ? asc(id) : desc(id))
    .limit(limit);
  return upwards ? rows.reverse() : rows;
}
