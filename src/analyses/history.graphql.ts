import { perRequestById } from '../events/per-request.ts';
import { builder } from '../graphql/builder.ts';
import type { Context } from '../graphql/context.ts';
import { AnalysisRef } from './analysis.graphql.ts';
import { listPrevious } from './history.store.ts';

/** Those of all results of one request in one statement. */
const readPrevious = perRequestById(({ db, access }: Context, ids) =>
  listPrevious(db, access.workspaceId, ids),
);

builder.objectFields(AnalysisRef, (t) => ({
  previous: t.field({
    columns: [],
    type: AnalysisRef,
    nullable: true,
    description:
      'Preceding result for the same ticker, strategy and timeframe, stored before this one. The one with the newest bar that is not later than `asOf`. Results of synthetic bars are compared only with each other. Null for the first result.',
    resolve: async ({ id }, _args, context) => (await readPrevious(context, id)) ?? null,
  }),
  scoreChange: t.float({
    columns: ['score'],
    nullable: true,
    description: 'Score minus the score of the previous result, -2 to 2; null for the first result.',
    resolve: async (row, _args, context) => {
      const previous = await readPrevious(context, row.id);
      return previous === undefined ? null : row.score - previous.score;
    },
  }),
}));
