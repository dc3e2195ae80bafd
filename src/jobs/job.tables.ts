import { createdAt, instant, oneOf } from '../db/columns.ts';
import {
  type AnyPgColumn,
  bigint,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgSequence,
  pgTable,
  primaryKey,
  smallint,
  sql,
  text,
  uniqueIndex,
  uuid,
} from '../db/drizzle.ts';
import { workspaceId } from '../db/workspace.tables.ts';
import { watchlists } from '../watchlists/watchlist.tables.ts';
import { JOB_ORIGINS, JOB_STATES } from './job.ts';

/** Grows with every claim; a writer whose number is not the item's is a writer of the past. */
export const itemFence = pgSequence('item_fence', { startWith: 1, cache: 1 });

export const jobs = pgTable(
  'jobs',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspaceId(),
    kind: text('kind').notNull(),
    state: text('state', { enum: JOB_STATES }).notNull(),
    origin: text('origin', { enum: JOB_ORIGINS }).notNull(),
    strategy: text('strategy').notNull(),
    source: text('source').notNull(),
    isDemo: boolean('is_demo').notNull(),
    options: jsonb('options').notNull(),
    watchlistId: uuid('watchlist_id').references(() => watchlists.id, { onDelete: 'set null' }),
    retryOf: uuid('retry_of').references((): AnyPgColumn => jobs.id, { onDelete: 'set null' }),
    priority: smallint('priority').notNull(),
    runAt: instant('run_at').notNull(),
    /** Claims look at this job. False while none of its queued items is due. `true` by default: a claim corrects it when it finds no due item. */
    claimable: boolean('claimable').notNull().default(true),
    /** When its first queued item is due; null when no item is queued. While the job is claimable the value may be too early, never too late. */
    dueAt: instant('due_at'),
    /** Place in the line of its workspace and priority: the earliest is claimed from first. Moves to the present with each claim. */
    turnAt: instant('turn_at').notNull().default(sql`now()`),
    /** SHA-256 of kind, strategy, source, sorted tickers and resolved options: equal work has equal fingerprints. Time and priority are compared apart. */
    fingerprint: text('fingerprint').notNull(),
    idempotencyKey: text('idempotency_key'),
    /** SHA-256 of the request as it was asked, to tell a repeat from a reuse of the key. */
    requestHash: text('request_hash').notNull(),
    total: integer('total').notNull(),
    queued: integer('queued').notNull(),
    processing: integer('processing').notNull().default(0),
    succeeded: integer('succeeded').notNull().default(0),
    failed: integer('failed').notNull().default(0),
    cancelled: integer('cancelled').notNull().default(0),
    /** Sum over items of their share of progress, 0..100 each. */
    progressSum: integer('progress_sum').notNull().default(0),
    lastSeq: integer('last_seq').notNull(),
    /** Retention has removed its events but the last. */
    logPruned: boolean('log_pruned').notNull().default(false),
    createdAt: createdAt(),
    startedAt: instant('started_at'),
    finishedAt: instant('finished_at'),
  },
  (t) => [
    uniqueIndex('jobs_idempotency_key').on(t.workspaceId, t.idempotencyKey),
    index('jobs_active_fingerprint_idx')
      .on(t.workspaceId, t.fingerprint)
      .where(sql`state in ('QUEUED', 'PROCESSING')`),
    index('jobs_workspace_idx').on(t.workspaceId, t.id),
    // Lists and counts by these columns: see `listing.store.ts`.
    index('jobs_listing_idx').on(t.workspaceId, t.state, t.origin, t.kind, t.strategy, t.id),
    index('jobs_strategies_idx').on(t.workspaceId, t.id).where(sql`options @? '$.strategies[1]'`),
    index('jobs_pruned_idx').on(t.finishedAt).where(sql`log_pruned`),
    // Claims read this one. A job without a due item is not in it.
    index('jobs_claim_idx')
      .on(t.workspaceId, t.kind, t.priority.desc().nullsFirst(), t.turnAt, t.id)
      .where(sql`claimable and state in ('QUEUED', 'PROCESSING')`),
    // The promotion of jobs whose time has come reads this one, in order of their times.
    index('jobs_due_idx')
      .on(t.dueAt)
      .where(sql`not claimable and due_at is not null and state in ('QUEUED', 'PROCESSING')`),
    // The same by workspace, and the oldest due time of a workspace.
    index('jobs_waiting_idx')
      .on(t.claimable, t.workspaceId, t.dueAt)
      .where(sql`due_at is not null and state in ('QUEUED', 'PROCESSING')`),
    // The repair of jobs that are in neither of the indexes above. Counters are in no condition: a column of a condition counts as indexed, so that
    // each update of it would write every index of the table.
    index('jobs_undated_idx')
      .on(t.id)
      .where(sql`not claimable and due_at is null and state in ('QUEUED', 'PROCESSING')`),
    index('jobs_logged_idx').on(t.finishedAt).where(sql`finished_at is not null and not log_pruned`),
    index('jobs_list_idx').on(t.watchlistId, t.id).where(sql`watchlist_id is not null`),
    index('jobs_retry_of_idx').on(t.retryOf).where(sql`retry_of is not null`),
    check('jobs_state_check', oneOf('state', JOB_STATES)),
    check('jobs_origin_check', oneOf('origin', JOB_ORIGINS)),
    check('jobs_priority_check', sql`priority between 0 and 9`),
    check(
      'jobs_counters_check',
      sql`least(queued, processing, succeeded, failed, cancelled, progress_sum) >= 0 and total >= 1
      and queued + processing + succeeded + failed + cancelled = total and progress_sum <= 100 * total`,
    ),
    check(
      'jobs_state_machine_check',
      sql`case state
      when 'QUEUED' then queued = total and started_at is null and finished_at is null
      when 'PROCESSING' then queued + processing > 0 and started_at is not null and finished_at is null
      when 'COMPLETED' then queued + processing + cancelled = 0 and succeeded > 0 and started_at is not null and finished_at is not null
      when 'FAILED' then failed = total and started_at is not null and finished_at is not null
      when 'CANCELLED' then queued + processing = 0 and cancelled > 0 and finished_at is not null
      end`,
    ),
    check(
      'jobs_times_check',
      sql`started_at >= created_at and finished_at >= coalesce(started_at, created_at)`,
    ),
  ],
);

export const jobItems = pgTable(
  'job_items',
  {
    jobId: uuid('job_id')
      .notNull()
      .references(() => jobs.id, { onDelete: 'cascade' }),
    ticker: text('ticker').notNull(),
    workspaceId: uuid('workspace_id').notNull(),
    kind: text('kind').notNull(),
    state: text('state', { enum: JOB_STATES }).notNull().default('QUEUED'),
    priority: smallint('priority').notNull(),
    runAt: instant('run_at').notNull(),
    phase: smallint('phase').notNull().default(0),
    /** How often the item was claimed. */
    attempt: integer('attempt').notNull().default(0),
    /** How many attempts ended in a transient error: what the retry limit counts. An interrupted attempt is not among them. */
    failures: smallint('failures').notNull().default(0),
    /** How many workers died while they held this item. */
    crashes: smallint('crashes').notNull().default(0),
    fence: bigint('fence', { mode: 'number' }),
    /** Not a foreign key: the check would cost a row lock per claim, and old worker rows are pruned. */
    workerId: uuid('worker_id'),
    errorCode: text('error_code'),
    errorMessage: text('error_message'),
    /** Since when it has been in the queue: submitted, or given back. */
    queuedAt: instant('queued_at').notNull().default(sql`clock_timestamp()`),
    startedAt: instant('started_at'),
    finishedAt: instant('finished_at'),
  },
  (t) => [
    primaryKey({ name: 'job_items_pkey', columns: [t.jobId, t.ticker] }),
    // Claims take the due items of a job from it; items that are not due come behind these. It shows what of a job waits, and until when.
    index('job_items_waiting_idx').on(t.jobId, t.runAt).where(sql`state = 'QUEUED'`),
    // Jobs by ticker. An item that has not ended is found by its job: an index of all items would cost three entries per item.
    index('job_items_ticker_idx').on(t.workspaceId, t.ticker, t.jobId).where(sql`finished_at is not null`),
    index('job_items_worker_idx').on(t.workerId).where(sql`state = 'PROCESSING'`),
    check('job_items_state_check', oneOf('state', JOB_STATES)),
    check('job_items_phase_check', sql`phase in (0, 25, 50, 75, 100)`),
    check(
      'job_items_state_machine_check',
      sql`case state
      when 'QUEUED' then phase = 0 and worker_id is null and finished_at is null
      when 'PROCESSING' then phase < 100 and worker_id is not null and fence is not null and started_at is not null and finished_at is null
      when 'COMPLETED' then phase = 100 and error_code is null and started_at is not null and finished_at is not null
      when 'FAILED' then error_code is not null and error_message is not null and started_at is not null and finished_at is not null
      when 'CANCELLED' then finished_at is not null
      end`,
    ),
    check('job_items_times_check', sql`finished_at >= started_at`),
  ],
);
