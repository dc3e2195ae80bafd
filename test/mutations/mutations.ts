import { connectionMutation, type Mutation, mutation } from './mutation.ts';

const initial = 'drizzle/0000_initial.sql';
const parents = 'drizzle/0021_plan_parents_once.sql';
const client = 'src/db/client.ts';
const retry = 'src/db/retry.ts';
const submit = 'src/jobs/submit-job.ts';
const claim = 'src/jobs/claim-items.ts';
const commit = 'src/jobs/commit-changes.ts';
const claimStore = 'src/jobs/claim.store.ts';
const jobStore = 'src/jobs/job.store.ts';
const flush = 'src/jobs/flush-steps.ts';
const record = 'src/jobs/record-steps.ts';
const rescue = 'src/jobs/rescue-items.ts';
const lists = 'src/jobs/watchlist-status.store.ts';
const results = 'src/analyses/analysis.store.ts';
const latestStore = 'src/analyses/latest.store.ts';
const spanIndexes = 'drizzle/0046_index_results_of_spans.sql';
const resultsApi = 'src/analyses/analysis.graphql.ts';
const asking = 'src/analyses/submit-analysis.ts';

const noTransaction = [
  client,
  'tx.execute(sql`begin isolation level read committed`)',
  'tx.execute(sql`select 1`)',
] as const;
const noFence = [
  [claimStore, 'where i.fence = u.fence and i.state', 'where i.state'],
  [claimStore, 'i.ctid = o.tid and i.fence = o.fence', 'i.ctid = o.tid'],
] as const;

/** Each is applied alone to a copy of the tree, with the migrations of the copy in its database. */
export const rowMutations: readonly Mutation[] = [
  // One of the two is enough: after the unique index has rejected it, a transaction runs again and finds the job.
  mutation(
    1,
    'the lock on the key and the repeat after a lost race',
    'under one idempotency key',
    [submit, 'lockSubmission(tx, `${workspaceId} key ${idempotencyKey}`)', 'null'],
    ['src/db/constraints.ts', "  jobs_idempotency_key: 'TRY_AGAIN',\n", ''],
  ),
  mutation(1, 'the lock on the fingerprint', 'without a key make one job', [
    submit,
    'lockSubmission(tx, `${workspaceId} work ${fingerprint}`)',
    'null',
  ]),
  mutation(1, 'the unique index on the key', 'the table itself refuses', [
    initial,
    'CREATE UNIQUE INDEX "jobs_idempotency_key"',
    'CREATE INDEX "jobs_idempotency_key"',
  ]),
  mutation(
    1,
    'the comparison of requests under one key',
    'another request under the key',
    [submit, 'known !== null && known.requestHash !== requestHash', 'false'],
    [submit, 'known.requestHash !== hashOf(asked)', 'false'],
  ),
  mutation(1, 'one transaction for job, items and event', 'leaves no row', noTransaction),
  mutation(1, 'a full disk as a fault that passes', 'SQLSTATE 53100', [
    retry,
    "  '53100', // disk full\n",
    '',
  ]),
  mutation(1, 'the second try after a deadlock', 'asks for another try', [
    retry,
    "new Set(['40001', '40P01'])",
    'new Set<string>()',
  ]),
  mutation(1, 'the calm about a ring that fails after the commit', 'cut at any of its statements', [
    'src/events/publish.ts',
    `await ring(db, hints).catch((error: unknown) =>
    log.warn({ err: error }, 'subscribers could not be notified; they poll'),
  );`,
    'await ring(db, hints);',
  ]),

  mutation(2, 'the foreign key from result to job', 'cannot be told apart', [
    initial,
    'ALTER TABLE "analyses" ADD CONSTRAINT "analyses_job_id_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."jobs"("id") ON DELETE set null ON UPDATE no action;',
    'SELECT 1;',
  ]),
  mutation(2, 'results that outlive their job', 'part when the job is deleted', [
    initial,
    '"analyses_job_id_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."jobs"("id") ON DELETE set null',
    '"analyses_job_id_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."jobs"("id") ON DELETE cascade',
  ]),
  mutation(2, 'the check of the result of details', 'cannot be told apart', [
    parents,
    "require_analyses('analysis_details_analysis_id_analyses_id_fk');",
    `require_analyses('analysis_details_analysis_id_analyses_id_fk');
--> statement-breakpoint
DROP TRIGGER "analysis_details_analysis_insert" ON "analysis_details";`,
  ]),
  mutation(2, 'the job in the row of a result', 'are reachable from each other', [
    results,
    '(row: StoredAnalysis) => row[key]',
    "(row: StoredAnalysis) => (key === 'jobId' ? null : row[key])",
  ]),
  mutation(2, 'the job in the list of its results', 'are reachable from each other', [
    'src/analyses/listing.graphql.ts',
    'pageOfAnalyses(context, args, job.id)',
    'pageOfAnalyses(context, args)',
  ]),

  mutation(3, 'the fence', 'that two workers store', ...noFence),
  mutation(
    3,
    'the state in the condition of an outcome',
    'that one worker stores twice',
    [claimStore, "i.fence = u.fence and i.state = 'PROCESSING' and", 'i.fence = u.fence and'],
    [claimStore, "i.fence = o.fence and i.state = 'PROCESSING'", 'i.fence = o.fence'],
  ),
  mutation(3, 'the unique index on job, ticker and strategy', 'is refused by the table', [
    spanIndexes,
    'CREATE UNIQUE INDEX CONCURRENTLY "analyses_job_ticker_strategy_day_key"',
    'CREATE INDEX CONCURRENTLY "analyses_job_ticker_strategy_day_key"',
  ]),
  mutation(3, 'a key that lets a day hold two results', 'twice on one day', [
    spanIndexes,
    'USING btree ("job_id","ticker","strategy",(case when',
    'USING btree ("workspace_id","ticker","as_of",(case when',
  ]),

  mutation(4, 'the origin WATCHLIST', 'WATCHLIST is what was asked for', [
    asking,
    "asked.watchlistId != null ? 'WATCHLIST' : 'UNIVERSE' }",
    "'UNIVERSE' }",
  ]),
  mutation(4, 'the origin of a retry', 'is WATCHLIST from analyzeWatchlist', [
    'src/jobs/retry-job.ts',
    '    origin,\n',
    "    origin: 'TICKERS',\n",
  ]),
  mutation(4, 'the check on origins', 'is one of the five names', [
    initial,
    '"jobs_origin_check" CHECK (origin in',
    '"jobs_origin_check" CHECK (true or origin in',
  ]),
  mutation(4, 'the demo flag of a job', 'exactly when they are', [
    'src/jobs/request.ts',
    'isDemo: enabled.isDemo,',
    'isDemo: false,',
  ]),
  mutation(4, 'the demo flag of a result', 'exactly when they are', [
    'src/market/load-candles.ts',
    'isDemo: source.isDemo,',
    'isDemo: false,',
  ]),
  mutation(4, 'real before made-up in the latest result', 'never take the place', [
    latestStore,
    "(not excluded.is_demo, excluded.analysis_id <> all($13::uuid[]), excluded.as_of) >= (not l.is_demo, not ${isBeforeFuture('l.analysis_id')}, l.as_of)",
    'true',
  ]),

  mutation(5, 'NOT NULL on the state of a job', 'of jobs is never NULL', [
    initial,
    '"state" text NOT NULL,\n\t"origin"',
    '"state" text,\n\t"origin"',
  ]),
  mutation(5, 'NOT NULL on the state of an item', 'of job_items is never NULL', [
    initial,
    `"state" text DEFAULT 'QUEUED' NOT NULL`,
    `"state" text DEFAULT 'QUEUED'`,
  ]),
  mutation(5, 'the check on states of jobs', 'of jobs is never NULL', [
    initial,
    '"jobs_state_check" CHECK (state in',
    '"jobs_state_check" CHECK (true or state in',
  ]),
  mutation(5, 'a failed ticker as a failed item', 'a ticker that fails is a failed item', [
    flush,
    "if (last?.type !== 'COMPLETED' || task === undefined) continue;",
    'if (last === undefined || task === undefined) continue;',
  ]),

  mutation(6, 'lists that leave the details alone', 'is read by no list', [
    resultsApi,
    'resolve: (row) => row.asOf,',
    'resolve: async (row, _args, context) => (await detailsOf(context, row)).provenance.lastBar,',
  ]),
  mutation(6, 'one read of details per page', 'is read in one statement', [
    'src/events/per-request.ts',
    '      groups.set(group, read);\n',
    '',
  ]),
  mutation(6, 'details apart from the row', 'would make a row seven times', [
    results,
    '({ analysis }: StoredAnalysis) => analysis[key]',
    "({ analysis }: StoredAnalysis) => (key === 'regime' ? JSON.stringify(analysis.details) : analysis[key])",
  ]),

  mutation(7, 'code and message as a must of a failed item', 'refuses a failed item without', [
    initial,
    "when 'FAILED' then error_code is not null and error_message is not null and started_at",
    "when 'FAILED' then started_at",
  ]),
  mutation(7, 'the message of a failure', 'each failed item has', [
    'src/jobs/run-item.ts',
    "return { type: 'FAILED', code, message };",
    "return { type: 'FAILED', code, message: 'failed' };",
  ]),
  mutation(7, 'the count of attempts', 'each failed item has', [
    claimStore,
    'attempt = i.attempt + 1',
    'attempt = 1',
  ]),
  mutation(7, 'the filter by error code', 'each failed item has', [
    'src/jobs/job.graphql.ts',
    'errorCode: args.errorCode ?? undefined',
    'errorCode: undefined',
  ]),

  mutation(8, 'the link at the submit', 'never analysed shows nothing', [
    commit,
    'tickers.map((ticker) => ({',
    'tickers.slice(0, 0).map((ticker) => ({',
  ]),
  mutation(8, 'the link at the claim', 'never analysed shows nothing', [
    claim,
    'items: items.map(toStatus)',
    'items: []',
  ]),
  mutation(8, 'the link at the end', 'is linked by whatever job', [
    flush,
    'items: statusesOf(passed)',
    'items: []',
  ]),
  mutation(8, 'the link at a rescue', 'one whose worker died', [
    rescue,
    'items: items.map(toStatus)',
    'items: []',
  ]),
  mutation(8, 'the link at a cancel', 'whose run was cancelled', [
    'src/jobs/cancel-job.ts',
    'items: statuses',
    'items: []',
  ]),
  mutation(8, 'newer runs before older ones', 'follows its newest run', [
    lists,
    'where t.last_job_id = n.job_id\n         or (',
    'where true\n         or (',
  ]),
  mutation(8, 'the last good result through a failure', 'keeps its last result', [
    lists,
    'case when ${result} is null or exists (',
    'case when exists (',
  ]),
  mutation(8, 'items that outlive their last job', 'loses the job when the job is deleted', [
    'drizzle/0025_keep_status_per_ticker.sql',
    '"watchlist_tickers_last_job_id_jobs_id_fk" FOREIGN KEY ("last_job_id") REFERENCES "public"."jobs"("id") ON DELETE set null',
    '"watchlist_tickers_last_job_id_jobs_id_fk" FOREIGN KEY ("last_job_id") REFERENCES "public"."jobs"("id") ON DELETE cascade',
  ]),

  mutation(
    9,
    'phases that only go forward, in the statement and in the events',
    'in a life that ends COMPLETED',
    [claimStore, "(u.state <> 'PROCESSING' or i.phase < u.phase)", 'true'],
    [flush, 'if (step.phase <= reachedShare) break;', ''],
  ),
  mutation(9, 'the fence', 'whatever the item has become', ...noFence),
  mutation(9, 'the cancel that may be repeated', 'of a job that was cancelled', [
    'src/jobs/cancel-job.ts',
    "if (job.state === 'CANCELLED') return { answer: null, hints: [], target };",
    '',
  ]),
  mutation(9, 'the claim that asks whether its worker lives', 'nor a claim by a worker', [
    claimStore,
    "and exists (select from workers where id = $4 and state = 'ALIVE')",
    'and $4::uuid is not null',
  ]),
  mutation(9, 'the key of the log', 'name their rows by themselves', [
    initial,
    '\tCONSTRAINT "job_events_pkey" PRIMARY KEY("job_id","seq"),\n',
    '',
  ]),

  mutation(10, 'the database’s clock for a submit', 'every time is from', [
    jobStore,
    'const runAt = sql`coalesce(',
    'job = { ...job, ...{ createdAt: new Date() } };\n  const runAt = sql`coalesce(',
  ]),
  mutation(10, 'ids of jobs by the database’s clock', 'the newest job is the one', [
    jobStore,
    'return row.id;',
    "return (await import('uuid')).v7();",
  ]),
  mutation(10, 'the database’s clock for a heartbeat', 'every time is from', [
    'src/jobs/presence.store.ts',
    'set heartbeat_at = clock_timestamp()',
    'set heartbeat_at = to_timestamp(${Date.now() / 1_000})',
  ]),
  mutation(10, 'beats that come early enough', 'the heartbeat of a running worker', [
    'src/jobs/keep-alive.ts',
    'const BEAT_EARLY = 0.75;',
    'const BEAT_EARLY = 1;',
  ]),
  mutation(10, 'the check on times of jobs', 'a job that started before', [
    initial,
    '"jobs_times_check" CHECK (',
    '"jobs_times_check" CHECK (true or ',
  ]),
  mutation(10, 'the check on times of items', 'an item that ended before', [
    initial,
    '"job_items_times_check" CHECK (',
    '"job_items_times_check" CHECK (true or ',
  ]),

  mutation(11, 'the job’s new state and counters', 'killed before or after any statement', [
    commit,
    'sent.push(insertEvents(tx, events), updateJobs(tx, advances));',
    'sent.push(insertEvents(tx, events));',
  ]),
  mutation(
    11,
    'the return of items whose claim was answered to nobody',
    'killed before or after any statement',
    ['src/jobs/run-jobs.ts', "await held.giveBack(item, 'CLAIM_LOST');", ''],
  ),
  mutation(11, 'the patience of the recorder', 'killed before or after any statement', [
    record,
    'if (isRowFault(error)) return',
    'if (error !== null) return',
  ]),
  mutation(11, 'the rescue of items', 'process killed at any point', [
    rescue,
    'while ((await returnOrphans(db, log, metrics, exclusions)) > 0);',
    '',
  ]),
  mutation(11, 'the check that a QUEUED job has not begun', 'the table refuses a QUEUED job', [
    initial,
    "when 'QUEUED' then queued = total and started_at is null and finished_at is null",
    "when 'QUEUED' then finished_at is null",
  ]),
  connectionMutation(11, 'the ear for connections that break in a transaction', 'between two statements', [
    client,
    "pool.on('connect', (client) => client.on('error', () => undefined));",
    '',
  ]),
  connectionMutation(11, 'the return of broken connections to the pool', 'never its place in the pool', [
    client,
    'client.release(!usable);',
    'if (usable) client.release();',
  ]),

  mutation(12, 'one transaction for a flush', 'is done again', noTransaction),
  mutation(12, 'the halving of a refused flush', 'for one row fails', [
    record,
    'if (fences.length > 1) {',
    'if (fences.length > 100_000) {',
  ]),
  mutation(12, 'the job’s state from its items', 'is done again', [
    'src/jobs/advance.ts',
    'job.failed += 1;',
    'job.succeeded += 1;',
  ]),
  mutation(12, 'the check on counters', 'counters that do not add up', [
    initial,
    '"jobs_counters_check" CHECK (',
    '"jobs_counters_check" CHECK (true or ',
  ]),
  connectionMutation(12, 'the first fault as the one that counts', 'of statements sent together', [
    client,
    "databaseErrorCode(error) === '25P02'",
    "databaseErrorCode(error) === ''",
  ]),

  mutation(13, 'the lock of migrations', 'in the same moment', [
    'src/db/migrate.ts',
    '    await takeLock(client, log);\n',
    '',
  ]),
  mutation(13, 'tables that requests leave as they are', 'by migrations only', [
    submit,
    '  const { asked: _asked,',
    "  await tx.execute('create table if not exists jobs (id uuid)');\n  const { asked: _asked,",
  ]),
  mutation(13, 'one order of locks on jobs', 'transactions that want the same ones', [
    jobStore,
    'on j.id = k.id order by j.id for no key update',
    'on j.id = k.id order by random() for no key update',
  ]),
  mutation(13, 'one order of locks on tickers of watchlists', 'tickers of watchlists and the lists', [
    lists,
    'order by t.workspace_id, t.ticker for no key update of t',
    'order by random() for no key update of t',
  ]),
  mutation(13, 'all tickers before the first list', 'locks all its tickers before the list', [
    'src/jobs/update-watchlists.ts',
    '  const changed = await updateTickers(tx, statuses);\n',
    '  await lockListsOfTickers(tx, statuses);\n  const changed = await updateTickers(tx, statuses);\n',
  ]),
];
