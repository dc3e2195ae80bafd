import { doubleRows } from '../db/array.ts';
import type { Tx } from '../db/client.ts';
import { column, doubleRow, execute } from '../db/statement.ts';
import { gatesOf } from '../quant/gate.ts';
import type { StoredAnalysis } from './analysis.store.ts';
import { LINES } from './lines.ts';
import { TALLY_NUMBERS } from './tallies.ts';
import { latestKey } from './timeframe.ts';

/** Whether a later bar of a stored result was left out (FUTURE_BAR). Read from its warnings: a column would be missing in rows that the version before writes. */
const isBeforeFuture = (id: string) =>
  `exists (select from analyses f where f.id = ${id} and f.warnings @> '[{"code":"FUTURE_BAR"}]')`;

/**
 * Moves "latest" on to these results unless what is there is greater by (real before demo, not gated by FUTURE_BAR, asOf). Of equals the later commit wins: the row's
 * lock decides, not ids, which are made by the clocks of different workers. A result of a span of days displaces none of an equal day. A result that read its source up to the newest bar also
 * displaces one of the same source with a later bar, which the source no longer has. A bar of the day on which it read is no such bar: another
 * worker may have read it a moment later. Rows are taken in key order, so that two flushes never
 * wait for each other in a circle.
 */
export async function upsertLatest(tx: Tx, rows: readonly StoredAnalysis[]): Promise<void> {
  await execute(
    tx,
    'upsertLatest',
    `insert into latest_analyses as l (workspace_id, ticker, strategy, analysis_id, is_demo, as_of, gated, lines, lines_of, tallies)
     select distinct on (n.workspace_id, n.ticker collate "C", n.strategy collate "C")
       n.workspace_id, n.ticker, n.strategy, n.analysis_id, n.is_demo, n.as_of, n.gated, ${doubleRow(10, LINES.length, 'n.place')}, n.analysis_id, ${doubleRow(11, TALLY_NUMBERS, 'n.place')}
     from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::boolean[], $6::date[], $7::boolean[])
       with ordinality as n(workspace_id, ticker, strategy, analysis_id, is_demo, as_of, gated, place)
     order by n.workspace_id, n.ticker collate "C", n.strategy collate "C", n.is_demo, n.analysis_id = any($13::uuid[]), n.as_of desc, n.place desc
     on conflict (workspace_id, ticker, strategy) do update
       set analysis_id = excluded.analysis_id, is_demo = excluded.is_demo, as_of = excluded.as_of, gated = excluded.gated,
         lines = excluded.lines, lines_of = excluded.lines_of, tallies = excluded.tallies
       where ((not excluded.is_demo, excluded.analysis_id <> all($13::uuid[]), excluded.as_of) >= (not l.is_demo, not ${isBeforeFuture('l.analysis_id')}, l.as_of)
         and ((excluded.is_demo, excluded.as_of) <> (l.is_demo, l.as_of) or excluded.analysis_id <> all($12::uuid[]) or (excluded.analysis_id <> all($13::uuid[]) and ${isBeforeFuture('l.analysis_id')})))
       or (l.is_demo = excluded.is_demo and l.as_of > excluded.as_of and exists (
         select from unnest($4::uuid[], $8::date[], $9::text[]) as n(analysis_id, read_on, source)
         join analyses a on a.id = l.analysis_id and a.source = n.source
         where n.analysis_id = excluded.analysis_id and l.as_of <> n.read_on))`,
    [
      column('uuid', rows, (row) => row.workspaceId),
      column('text', rows, (row) => row.ticker),
      column('text', rows, ({ analysis }) => latestKey(analysis.strategy, analysis.timeframe)),
      column('uuid', rows, ({ analysis }) => analysis.id),
      column('bool', rows, ({ analysis }) => analysis.isDemo),
      column('date', rows, ({ analysis }) => analysis.asOf),
      column('bool', rows, ({ analysis }) => gatesOf(analysis.warnings).length > 0),
      // Null where the request named a day: of later bars it knows nothing.
      column('date', rows, ({ analysis: { details } }) =>
        details.options.asOf === null ? details.provenance.asOf : null,
      ),
      column('text', rows, ({ analysis }) => analysis.source),
      doubleRows(rows, LINES.length, ({ analysis }) => analysis.lines),
      doubleRows(rows, TALLY_NUMBERS, ({ analysis }) => analysis.tallies),
      column(
        'uuid',
        rows.filter(({ analysis }) => analysis.isBackfill),
        ({ analysis }) => analysis.id,
      ),
      column(
        'uuid',
        rows.filter(({ analysis }) => analysis.warnings.some(({ code }) => code === 'FUTURE_BAR')),
        ({ analysis }) => analysis.id,
      ),
    ],
  );
}
