import { bytes, createdAt, oneOf } from '../db/columns.ts';
import {
  bigint,
  boolean,
  check,
  date,
  doublePrecision,
  index,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  smallint,
  sql,
  text,
  uniqueIndex,
  uuid,
} from '../db/drizzle.ts';
import { jobs } from '../jobs/job.tables.ts';
import { VERDICTS } from '../quant/score.ts';

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
    scoreVerdict: text('score_verdict', { enum: VERDICTS }).notNull(),
    verdict: text('verdict', { enum: VERDICTS }).notNull(),
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
    // Lists and counts by any filter go through it, group by group.
    index('analyses_groups_idx').on(t.workspaceId, t.strategy, t.verdict, t.backfill, t.id),
    check('analyses_verdict_check', oneOf('verdict', VERDICTS)),
    check('analyses_score_verdict_check', oneOf('score_verdict', VERDICTS)),
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
    // The strategy before the ticker: rankings read the rows of one strategy. The index also contains `analysis_id`, `is_demo`, `gated` and `as_of` (INCLUDE, migration 0052), so that
    // a ranking reads no row of this table but for its screens.
    primaryKey({ name: 'latest_analyses_pkey', columns: [t.workspaceId, t.strategy, t.ticker] }),
    // A clean-up that would take a latest away fails; leaving with its workspace is fine.
    uniqueIndex('latest_analyses_analysis_key').on(t.analysisId),
  ],
);
