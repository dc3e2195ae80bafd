import type { PgColumn } from './drizzle.ts';
import { and, gt, gte, lt, type SQL } from './drizzle.ts';

/**
 * SQL for a UUIDv7 by the database's clock: rows are listed by id, and API nodes whose clocks disagree must not decide that. Ids of one
 * millisecond have no order among each other.
 */
export const newTimeId = `(regexp_replace(lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0'), '(.{8})(.{4})', '\\1-\\2')
  || '-7' || substr(gen_random_uuid()::text, 16))::uuid`;

/** Id and time of a row are two looks at the database's clock, microseconds apart; a second covers its being set meanwhile. */
const ID_SKEW_MS = 1_000;

/** A bound for ids that begin with their milliseconds, in 48 bits. */
export function idAt(time: Date, slackMs: number): string {
  const ms = Math.min(Math.max(0, time.getTime() + slackMs), 2 ** 48 - 1)
    .toString(16)
    .padStart(12, '0');
  return `${ms.slice(0, 8)}-${ms.slice(8)}-0000-0000-000000000000`;
}

/** A span of time: with its beginning, without its end. */
export interface Span {
  readonly from: Date | undefined;
  readonly to: Date | undefined;
}

/** Ids between which all rows of the span lie, both exclusive; rows beside the span may lie there, too. */
export function idsWithin({ from, to }: Span): { readonly after?: string; readonly before?: string } {
  return {
    ...(from && { after: idAt(from, -ID_SKEW_MS) }),
    ...(to && { before: idAt(to, ID_SKEW_MS) }),
  };
}

/** Rows that were made within the span: the ids bound what the index reads, the times decide. */
export function madeWithin(
  row: { readonly id: PgColumn; readonly createdAt: PgColumn },
  span: Span,
): SQL | undefined {
  const { from, to } = span;
  const { after, before } = idsWithin(span);
  return and(
    from && gte(row.createdAt, from),
    after === undefined ? undefined : gt(row.id, after),
    to && lt(row.createdAt, to),
    before === undefined ? undefined : lt(row.id, before),
  );
}
