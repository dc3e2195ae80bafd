import { NameTakenError, NotFoundError, type UserError } from '../errors.ts';
import { violatedConstraint } from './retry.ts';

/** What a violated constraint means to the client whose transaction violated it. */
type Meaning = 'TRY_AGAIN' | (() => UserError);

const deleted = (what: string) => () =>
  new NotFoundError(`The ${what} was deleted by another request in the meantime.`);
const workspaceDeleted = deleted('workspace');

/**
 * Every constraint that a request can violate: two requests may act at the same moment on the same objects. TRY_AGAIN: the transaction has rolled
 * back, and running it again sees what the other one committed. What is not in this table cannot be violated by a client, or is a fault of ours
 * and INTERNAL; a test compares the table with the constraints of the database.
 */
export const constraintMeanings: Readonly<Record<string, Meaning>> = {
  watchlists_folded_name_key: () => new NameTakenError('watchlist'),
  workspaces_folded_name_key: () => new NameTakenError('workspace'),
  jobs_watchlist_id_watchlists_id_fk: deleted('watchlist'),
  jobs_retry_of_jobs_id_fk: deleted('job'),
  watchlist_items_watchlist_id_watchlists_id_fk: deleted('watchlist'),
  // A status that is stored while its job or result is removed: run again, the transaction finds neither.
  watchlist_tickers_last_job_id_jobs_id_fk: 'TRY_AGAIN',
  watchlist_tickers_last_analysis_id_analyses_id_fk: 'TRY_AGAIN',
  watchlist_items_pkey: 'TRY_AGAIN',
  jobs_idempotency_key: 'TRY_AGAIN',
  // Ids of keys are drawn at random.
  api_keys_key_id_key: 'TRY_AGAIN',
  workspace_members_subject_key: 'TRY_AGAIN',
  webhook_deliveries_pending_key: 'TRY_AGAIN',
  api_keys_workspace_id_workspaces_id_fk: workspaceDeleted,
  jobs_workspace_id_workspaces_id_fk: workspaceDeleted,
  mutation_answers_workspace_id_workspaces_id_fk: workspaceDeleted,
  watchlists_workspace_id_workspaces_id_fk: workspaceDeleted,
  watchlist_tickers_workspace_id_workspaces_id_fk: workspaceDeleted,
  own_series_workspace_id_workspaces_id_fk: workspaceDeleted,
  webhooks_workspace_id_workspaces_id_fk: workspaceDeleted,
  workspace_members_workspace_id_workspaces_id_fk: workspaceDeleted,
  // The places of ended jobs: a cancel ends one.
  job_end_heads_workspace_id_workspaces_id_fk: workspaceDeleted,
  job_ends_workspace_id_workspaces_id_fk: workspaceDeleted,
};

function meaningOf(error: unknown): Meaning | undefined {
  const constraint = violatedConstraint(error);
  return constraint !== null && Object.hasOwn(constraintMeanings, constraint)
    ? constraintMeanings[constraint]
    : undefined;
}

/** The transaction lost a race and rolled back: run again, it sees what the winner committed. */
export function lostRace(error: unknown): boolean {
  return meaningOf(error) === 'TRY_AGAIN';
}

/** The error that a client gets for a violated constraint, with the database's as its cause; other errors as they are. */
export function explainViolation(error: unknown): unknown {
  const meaning = meaningOf(error);
  return typeof meaning === 'function' ? Object.assign(meaning(), { cause: error }) : error;
}
