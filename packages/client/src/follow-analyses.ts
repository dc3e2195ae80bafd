import type { Client } from './connect.ts';
import { endOnReturn } from './end-on-return.ts';
import {
  AnalysesStoredDocument,
  type AnalysesStoredSubscription,
  type AnalysesStoredSubscriptionVariables,
} from './generated/graphql.ts';
import { type FollowOptions, resume } from './resume.ts';

export type AnalysisBatch = AnalysesStoredSubscription['analysisStored'];

export interface FollowAnalysesOptions extends FollowOptions {
  readonly filter?: AnalysesStoredSubscriptionVariables['filter'];
  /** Cursor of the last batch that was seen: the following goes on behind it. */
  readonly after?: string;
  /** Where to begin without a cursor; default NOW. */
  readonly from?: 'NOW' | 'OLDEST';
}

/**
 * The results of the workspace as they are stored, once and in order, in batches, through lost connections, restarted servers and renewed
 * tokens. Keep the `cursor` of a batch that has been worked off to go on there later, in another process too; `gap` says that retention
 * has removed results before this batch. Batches may be empty: they move the cursor on. Ends at the abort of the signal, at `return()` also
 * while it waits, when the client is closed and when the filter's watchlist is deleted.
 */
export function followAnalyses(
  client: Client,
  options: FollowAnalysesOptions = {},
): AsyncGenerator<AnalysisBatch, void, void> {
  return endOnReturn([options.signal], (signal) => batchesOf(client, { ...options, signal }));
}

async function* batchesOf(
  client: Client,
  options: FollowAnalysesOptions,
): AsyncGenerator<AnalysisBatch, void, void> {
  const { filter = null, from = 'NOW' } = options;
  let after = options.after ?? null;
  const batches = resume(
    client,
    { document: AnalysesStoredDocument, variables: () => ({ filter, after, from }), isOver: () => true },
    options,
  );
  for await (const { analysisStored } of batches) {
    after = analysisStored.cursor;
    yield analysisStored;
  }
}
