import type { Executor } from '../db/client.ts';
import { eq, sql } from '../db/drizzle.ts';
import { analysisColumns } from './analysis.store.ts';
import { analyses } from './analysis.tables.ts';
import type { Analysis } from './analysis.ts';

/**
 * Of the results stored before each of these, of the same ticker and strategy and of no later bar, the one of the newest bar, and of equal
 * bars the newest: a past day that was filled in later is not the one before. Made-up bars are compared with made-up bars only. A look at the
 * end of one range of an index for each.
 */
export async function listPrevious(
  db: Executor,
  workspaceId: string,
  ids: readonly string[],
): Promise<Map<string, Analysis>> {
  const rows = await db
    .select({ of: sql<string>`pairs.of_id`, previous: analysisColumns })
    .from(
      sql`(/* listPrevious */
        select c.id as of_id, p.id as previous_id
        from analyses c cross join lateral (
          select a.id from analyses a
          where a.workspace_id = c.workspace_id and a.ticker = c.ticker and a.strategy = c.strategy and a.id < c.id
            and a.timeframe = c.timeframe and a.as_of <= c.as_of and a.is_demo = c.is_demo
          order by a.as_of desc, a.id desc limit 1) as p
        where c.workspace_id = ${workspaceId} and c.id = any(${sql.param(ids)}::uuid[])) as pairs`,
    )
    .innerJoin(analyses, eq(analyses.id, sql`pairs.previous_id`));
  return new Map(rows.map(({ of, previous }) => [of, previous]));
}
