import { perRequestById } from '../events/per-request.ts';
import { builder } from '../graphql/builder.ts';
import type { Context } from '../graphql/context.ts';
import { JobItemRef } from '../jobs/job.graphql.ts';
import { strategyIds } from '../quant/strategies/index.ts';
import { WatchlistItemRef } from '../watchlists/watchlist.graphql.ts';
import { AnalysisRef, wantedOf } from './analysis.graphql.ts';
import { listAnalysesOfItems } from './analysis.store.ts';
import type { Analysis } from './analysis.ts';

/** Results of all items of one request in one statement. */
const readResults = perRequestById(analysesOfItems);

const readItems = async (context: Context, key: string) => (await readResults(context, key)) ?? [];

async function analysesOfItems(context: Context, keys: readonly string[]): Promise<Map<string, Analysis[]>> {
  const rows = await listAnalysesOfItems(
    context.db,
    context.access.workspaceId,
    keys.map((key) => ({ jobId: key.slice(0, 36), ticker: key.slice(37) })),
    strategyIds,
    wantedOf(context),
  );
  return Map.groupBy(rows, (row) => `${row.jobId} ${row.ticker}`);
}

builder.objectFields(JobItemRef, (t) => ({
  analysis: t.field({
    type: AnalysisRef,
    nullable: true,
    description:
      'Result of the item; null until a result is stored. With several strategies the result of the first one; with a span of days the result of the last day.',
    resolve: async (item, _args, context) =>
      (await readItems(context, `${item.jobId} ${item.ticker}`))[0] ?? null,
  }),
  analyses: t.field({
    type: [AnalysisRef],
    description:
      'Results of the item, one per strategy; empty until they are stored. With a span of days only those of the last day; `Job.analyses` lists all.',
    complexity: { field: 1, multiplier: 5 },
    resolve: (item, _args, context) => readItems(context, `${item.jobId} ${item.ticker}`),
  }),
}));

builder.objectField(WatchlistItemRef, 'lastAnalysis', (t) =>
  t.field({
    type: AnalysisRef,
    nullable: true,
    description: 'Newest result of the ticker; null when there is none. A failed run does not change it.',
    resolve: (item) => item.lastAnalysisId,
  }),
);
