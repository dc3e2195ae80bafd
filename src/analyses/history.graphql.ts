import { shareReads } from '../events/share-reads.ts';
import { builder } from '../graphql/builder.ts';
import type { Context } from '../graphql/context.ts';
import { AnalysisRef } from './analysis.graphql.ts';
import type { Analysis } from './analysis.ts';
import { listPrevious } from './history.store.ts';

/** Those of all results of one request in one statement. */
const previousReads = new WeakMap<Context, (id: string) => Promise<Analysis | undefined>>();

async function previousOf(context: Context, { id }: Analysis): Promise<Analysis | null> {
  let read = previousReads.get(context);
  if (read === undefined) {
    read = shareReads<string, Analysis>(
      (key) => key,
      (ids) => listPrevious(context.db, context.access.workspaceId, ids),
    );
    previousReads.set(context, read);
  }
  return (await read(id)) ?? null;
}

builder.objectFields(AnalysisRef, (t) => ({
  previous: t.field({
    type: AnalysisRef,
    nullable: true,
    description:
      'Of the results stored before it for the same ticker and strategy, the one of the newest bar that is not later than its own; made-up bars are compared with made-up bars only. Null: the first.',
    resolve: (row, _args, context) => previousOf(context, row),
  }),
  scoreChange: t.float({
    nullable: true,
    description: 'Its score less that of the previous one, -2 to 2; null when it is the first.',
    resolve: async (row, _args, context) => {
      const previous = await previousOf(context, row);
      return previous === null ? null : row.score - previous.score;
    },
  }),
}));
