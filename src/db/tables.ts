import {
  bytes,
  createdAt,
  eventTypes,
  instant,
  jobStates,
  oneOf,
  origins,
  verdicts,
  workerStates,
} from './columns.ts';
import {
  type AnyPgColumn,
  bigint,
  boolean,
  check,
  date,
  doublePrecision,
  index,
  integer,
  jsonb,
  numeric,
  pgSequence,
  pgTable,
  primaryKey,
  real,
  smallint,
  sql,
  text,
  uniqueIndex,
  uuid,
} from './drizzle.ts';

/** Grows with every claim; a writer whose number is not the item's is a writer of the past. */
export const itemFence = pgSequence('item_fence', { startWith: 1, cache: 1 });

/**
 * The name as `foldName` makes it, by which names are unique. Null: stored by an earlier version and not filled yet (`fill-name-keys.ts`), or an older
 * row has the same one. The indexes leave null out. Therefore a rename takes no lock against foreign keys, which any other unique index would ask for.
 */
const nameKey = () => text('name_key');

export const workspaces = pgTable(
  'workspaces',
  {
    id: uuid('id').primaryKey(),
    name: text('name').notNull(),
    nameKey: nameKey(),
    createdAt: createdAt(),
    /** Since when nothing of the workspace is claimed; null: its queue is open. */
    pausedAt: instant('paused_at'),
    pauseNote: text('pause_note'),
    /** Since when nobody is admitted and nothing starts; null: it is in use. A queue that was paused by the suspension has the same time as `paused_at`. */
    suspendedAt: instant('suspended_at'),
  },
  (t) => [
    uniqueIndex('workspaces_folded_name_key').on(t.nameKey).where(sql`name_key is not null`),
    // Nearly always empty: what every claim asks costs one look at an empty page.
    index('workspaces_paused_idx').on(t.id).where(sql`paused_at is not null`),
    index('workspaces_suspended_idx').on(t.id).where(sql`suspended_at is not null`),
    check(
      'workspaces_pause_check',
      sql`pause_note is null or (paused_at is not null and char_length(pause_note) <= 200)`,
    ),
  ],
);

const workspaceId = () =>
  uuid('workspace_id')
    .notNull()
    .references(() => workspaces.id, { onDelete: 'cascade' });

export const watchlists = pgTable(
  'watchlists',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspaceId(),
    name: text('name').notNull(),
    nameKey: nameKey(),
    isDefault: boolean('is_default').notNull().default(false),
    /** Grows with every change of the list, its items or their status: what a subscriber compares. */
    revision: bigint('revision', { mode: 'number' }).notNull().default(1),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('watchlists_folded_name_key').on(t.workspaceId, t.nameKey).where(sql`name_key is not null`),
    uniqueIndex('watchlists_one_default_key').on(t.workspaceId).where(sql`is_default`),
    check('watchlists_name_check', sql`name = btrim(name) and char_length(name) between 1 and 50`),
  ],
);

export const jobs = pgTable(
  'jobs',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspaceId(),
    kind: text('kind').notNull(),
    state: text('state', { enum: jobStates }).notNull(),
    origin: text('origin', { enum: origins }).notNull(),
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
    check('jobs_state_check', oneOf('state', jobStates)),
    check('jobs_origin_check', oneOf('origin', origins)),
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
    state: text('state', { enum: jobStates }).notNull().default('QUEUED'),
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
    check('job_items_state_check', oneOf('state', jobStates)),
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

/**
 * A row is one event, with those of the same flush that come directly before it in `earlier` (`event-batch.ts`): forty steps cost one row, one
 * entry of the index and one check of the foreign key. The view `job_log` shows every event as a row.
 */
export const jobEvents = pgTable(
  'job_events',
  {
    jobId: uuid('job_id')
      .notNull()
      .references(() => jobs.id, { onDelete: 'cascade' }),
    seq: integer('seq').notNull(),
    at: instant('at').notNull().default(sql`clock_timestamp()`),
    type: text('type', { enum: eventTypes }).notNull(),
    ticker: text('ticker'),
    phase: smallint('phase'),
    /** Progress of the whole job after this event, percent. */
    progress: real('progress').notNull(),
    payload: jsonb('payload'),
    /** Events of the row: their seqs end with its own. */
    size: smallint('size').notNull().default(1),
    /** JSON, not parsed when it is stored. */
    earlier: text('earlier'),
  },
  (t) => [
    primaryKey({ name: 'job_events_pkey', columns: [t.jobId, t.seq] }),
    check('job_events_type_check', oneOf('type', eventTypes)),
    check('job_events_seq_check', sql`seq >= size`),
    check('job_events_size_check', sql`size between 1 and 64 and (size = 1) = (earlier is null)`),
  ],
);

const dayOfSpan = sql`(case when backfill then as_of else '-infinity'::date end)`;
/**
 * Rows of `analyses` and of the two tables behind it have their parents by triggers per statement, not by foreign keys: 0010, or
 * docs/decisions/0018. Only the job is a foreign key.
 */
export const analyses = pgTable(
  'analyses',
  {
    id: uuid('id').primaryKey(),
    workspaceId: uuid('workspace_id').notNull(),
    /** History outlives its job: retention may remove the job and leaves the result. */
    jobId: uuid('job_id').references(() => jobs.id, { onDelete: 'set null' }),
    ticker: text('ticker').notNull(),
    strategy: text('strategy').notNull(),
    score: doublePrecision('score').notNull(),
    scoreVerdict: text('score_verdict', { enum: verdicts }).notNull(),
    verdict: text('verdict', { enum: verdicts }).notNull(),
    regime: text('regime').notNull(),
    coverage: doublePrecision('coverage').notNull(),
    conviction: doublePrecision('conviction').notNull(),
    buyVotes: smallint('buy_votes').notNull(),
    neutralVotes: smallint('neutral_votes').notNull(),
    sellVotes: smallint('sell_votes').notNull(),
    unavailableVotes: smallint('unavailable_votes').notNull(),
    side: text('side', { enum: ['LONG', 'SHORT'] }),
    entry: numeric('entry'),
    stop: numeric('stop'),
    target: numeric('target'),
    riskReward: numeric('risk_reward'),
    /** Whole units of the size, for processes of the version before; the size itself is `units` where that is not null. */
    positionSize: bigint('position_size', { mode: 'number' }),
    units: numeric('units'),
    currency: text('currency'),
    warnings: jsonb('warnings'),
    source: text('source').notNull(),
    isDemo: boolean('is_demo').notNull(),
    customised: boolean('customised').notNull(),
    /** Trading day of the last bar used. */
    asOf: date('as_of', { mode: 'string' }).notNull(),
    createdAt: createdAt(),
    inputHash: bytes('input_hash'),
    engineVersion: smallint('engine_version'),
    /** What a bar stands for: DAILY, WEEKLY or MONTHLY. */
    timeframe: text('timeframe').notNull().default('DAILY'),
    /** Numbers of the bar by place (`analyses/figures.ts`), NaN where there is none; null: stored by an earlier version and not filled yet. */
    figures: doublePrecision('figures').array(),
    /** Of a job that fills a span of days: lists, feeds, exports and webhooks leave it out unless they are asked for it. */
    backfill: boolean('backfill').notNull().default(false),
  },
  (t) => [
    // What `fillFigures` has to fill: empty but after an upgrade.
    index('analyses_unfilled_idx').on(t.id).where(sql`figures is null`),
    // A job has one result of a ticker and strategy; one that fills a span has one of each day.
    uniqueIndex('analyses_job_ticker_strategy_day_key').on(t.jobId, t.ticker, t.strategy, dayOfSpan),
    // A page of a ticker's history comes in its order, with or without a strategy: of a ticker there are few.
    index('analyses_days_idx').on(t.workspaceId, t.ticker, t.asOf, t.id),
    index('analyses_workspace_idx').on(t.workspaceId, t.id),
    index('analyses_groups_idx').on(t.workspaceId, t.strategy, t.verdict, t.backfill, t.id),
    check('analyses_verdict_check', oneOf('verdict', verdicts)),
    check('analyses_score_verdict_check', oneOf('score_verdict', verdicts)),
    check('analyses_score_check', sql`score between -1 and 1`),
    check('analyses_input_hash_check', sql`octet_length(input_hash) = 16`),
    check(
      'analyses_plan_check',
      sql`num_nulls(side, entry, stop, target, risk_reward, position_size) in (0, 6) and (verdict <> 'HOLD' or side is null)`,
    ),
  ],
);

export const analysisDetails = pgTable('analysis_details', {
  analysisId: uuid('analysis_id').primaryKey(),
  /** Packed (`analyses/packing.ts`): 0.8 KB instead of 4.6 KB of JSON, below the 2 KB from which a value is compressed out of line. */
  body: bytes('body').notNull(),
});

export const latestAnalyses = pgTable(
  'latest_analyses',
  {
    workspaceId: uuid('workspace_id').notNull(),
    ticker: text('ticker').notNull(),
    /** The strategy; with another timeframe than DAILY that behind a colon (`analyses/timeframe.ts`). */
    strategy: text('strategy').notNull(),
    analysisId: uuid('analysis_id').notNull(),
    isDemo: boolean('is_demo').notNull(),
    asOf: date('as_of', { mode: 'string' }).notNull(),
    /** Its bars are suspicious (src/market/gates.ts): rankings leave it out. */
    gated: boolean('gated').notNull().default(false),
    /** Lines of the indicators by place (`analyses/lines.ts`), NaN where there is none: rankings screen on them and sort by them. */
    lines: doublePrecision('lines').array(),
    /** The result that the lines are of. Another one than `analysisId`: an earlier version has stored a result since, and the lines are not filled yet. */
    linesOf: uuid('lines_of'),
    /** How plans of the strategy have ended within the bars of the result `linesOf`, by place (`analyses/tallies.ts`); null: stored by an earlier version. */
    tallies: doublePrecision('tallies').array(),
  },
  (t) => [
    // What `fillFigures` has to fill: empty but after an upgrade.
    index('latest_analyses_unlined_idx').on(t.analysisId).where(sql`lines_of is distinct from analysis_id`),
    primaryKey({ name: 'latest_analyses_pkey', columns: [t.workspaceId, t.ticker, t.strategy] }),
    // A clean-up that would take a latest away fails; leaving with its workspace is fine.
    uniqueIndex('latest_analyses_analysis_key').on(t.analysisId),
  ],
);

export const workers = pgTable(
  'workers',
  {
    id: uuid('id').primaryKey(),
    name: text('name').notNull(),
    version: text('version').notNull(),
    state: text('state', { enum: workerStates }).notNull(),
    capacity: integer('capacity').notNull(),
    /** Kinds of jobs that it claims. */
    kinds: text('kinds').array().notNull().default(sql`'{}'`),
    /** Items that ended here within the last minute, told with every heartbeat. */
    finishedPerMinute: integer('finished_per_minute').notNull().default(0),
    /** Key of the session advisory lock that the process holds while its connection lives. */
    lockKey: integer('lock_key').notNull(),
    startedAt: instant('started_at').notNull().default(sql`clock_timestamp()`),
    heartbeatAt: instant('heartbeat_at').notNull().default(sql`clock_timestamp()`),
    stoppedAt: instant('stopped_at'),
  },
  () => [
    check('workers_state_check', oneOf('state', workerStates)),
    check('workers_capacity_check', sql`capacity >= 1`),
  ],
);
