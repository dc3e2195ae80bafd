import { doubleRows } from '../db/array.ts';
import type { Tx } from '../db/client.ts';
import { column, doubleRow, execute } from '../db/statement.ts';
import { BAR_FIGURES } from './figures.ts';
import { LINES } from './lines.ts';

/** A number of the bar out of the array that a row has of them. NaN stands for none: an array with nulls is slower to look into. */
export const figureAt = (alias: string, place: number) => `nullif(${alias}.figures[${place}], 'NaN')`;

/**
 * Up to `limit` results that an earlier version stored without figures, locked, with their details. Results that somebody else has locked are
 * left out, so that nobody waits in a circle.
 */
export async function lockUnfilled(
  tx: Tx,
  limit: number,
): Promise<{ readonly id: string; readonly body: Buffer | null }[]> {
  return execute(
    tx,
    'lockUnfilled',
    `select a.id, d.body from (
       select id from analyses where figures is null order by id limit $1 for no key update skip locked
     ) as a left join analysis_details d on d.analysis_id = a.id`,
    [limit],
  );
}

/** Stores the figures of results that this transaction has locked. */
export async function updateFigures(
  tx: Tx,
  rows: readonly { readonly id: string; readonly figures: readonly number[] }[],
): Promise<void> {
  await execute(
    tx,
    'updateFigures',
    `update analyses a set figures = ${doubleRow(2, BAR_FIGURES.length, 'n.place')}
     from unnest($1::uuid[]) with ordinality as n(id, place) where a.id = n.id`,
    [column('uuid', rows, ({ id }) => id), doubleRows(rows, BAR_FIGURES.length, ({ figures }) => figures)],
  );
}

/** As `lockUnfilled`: latest results whose lines are missing or are those of another result. */
export async function lockUnlined(
  tx: Tx,
  limit: number,
): Promise<{ readonly id: string; readonly body: Buffer | null }[]> {
  return execute(
    tx,
    'lockUnlined',
    `select l.analysis_id as id, d.body from (
       select analysis_id from latest_analyses where lines_of is distinct from analysis_id
       order by analysis_id limit $1 for no key update skip locked
     ) as l left join analysis_details d on d.analysis_id = l.analysis_id`,
    [limit],
  );
}

/** Stores the lines of latest results that this transaction has locked. Their tallies are those of another result, and are removed. */
export async function updateLines(
  tx: Tx,
  rows: readonly { readonly id: string; readonly lines: readonly number[] }[],
): Promise<void> {
  await execute(
    tx,
    'updateLines',
    `update latest_analyses l set lines = ${doubleRow(2, LINES.length, 'n.place')}, lines_of = n.id, tallies = null
     from unnest($1::uuid[]) with ordinality as n(id, place) where l.analysis_id = n.id`,
    [column('uuid', rows, ({ id }) => id), doubleRows(rows, LINES.length, ({ lines }) => lines)],
  );
}
