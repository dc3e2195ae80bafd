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
      'Preceding result for the same ticker, strategy and timeframe, stored before this one. The one with the newest bar that is not later than `asOf`. Results of synthetic bars are compared only with each other. Null for the first result.',
    resolve: (row, _args, context) => previousOf(context, row),
  }),
  scoreChange: t.float({
    nullable: true,
    description: 'Score minus the score of the previous result, -2 to 2; null for the first result.',
    resolve: async (row, _args, context) => {
      const previous = await previousOf(context, row);
      return previous === null ? null : row.score - previous.score;
    },
  }),
}));
