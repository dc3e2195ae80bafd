import { bytes, createdAt, oneOf } from '../db/columns.ts';
import {
  boolean,
  check,
  date,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  sql,
  text,
  uniqueIndex,
  uuid,
} from '../db/drizzle.ts';
import { workspaceId } from '../db/workspace.tables.ts';
import { jobs } from '../jobs/job.tables.ts';
import { EXIT_REASONS } from '../quant/position.ts';
import { VERDICTS } from '../quant/score.ts';

const day = (name: string) => date(name, { mode: 'string' });

/** The result of one strategy on one ticker: what lists show. Percent columns hold percent numbers. */
export const backtests = pgTable(
  'backtests',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspaceId(),
    /** History outlives its job, as that of analyses does. */
    jobId: uuid('job_id').references(() => jobs.id, { onDelete: 'set null' }),
    ticker: text('ticker').notNull(),
    strategy: text('strategy').notNull(),
    source: text('source').notNull(),
    isDemo: boolean('is_demo').notNull(),
    customised: boolean('customised').notNull(),
    /** What a bar stands for: DAILY, WEEKLY or MONTHLY. */
    timeframe: text('timeframe').notNull().default('DAILY'),
    /** Which sides were traded: LONG, SHORT or BOTH. */
    sides: text('sides').notNull().default('LONG'),
    firstDate: day('first_date').notNull(),
    lastDate: day('last_date').notNull(),
    tradableFrom: day('tradable_from'),
    windowBars: integer('window_bars').notNull(),
    pending: boolean('pending').notNull(),
    skippedOpen: integer('skipped_open').notNull(),
    skippedCooldown: integer('skipped_cooldown').notNull(),
    skippedNoSlot: integer('skipped_no_slot').notNull(),
    trades: integer('trades').notNull(),
    wins: integer('wins').notNull(),
    losses: integer('losses').notNull(),
    totalReturnPct: doublePrecision('total_return_pct').notNull(),
    cagrPct: doublePrecision('cagr_pct'),
    maxDrawdownPct: doublePrecision('max_drawdown_pct').notNull(),
    peakDate: day('peak_date'),
    troughDate: day('trough_date'),
    winRatePct: doublePrecision('win_rate_pct'),
    profitFactor: doublePrecision('profit_factor'),
    avgWinPct: doublePrecision('avg_win_pct'),
    avgLossPct: doublePrecision('avg_loss_pct'),
    expectancyPct: doublePrecision('expectancy_pct'),
    bestPct: doublePrecision('best_pct'),
    worstPct: doublePrecision('worst_pct'),
    sharpe: doublePrecision('sharpe'),
    exposurePct: doublePrecision('exposure_pct').notNull(),
    longestWinStreak: integer('longest_win_streak').notNull(),
    longestLossStreak: integer('longest_loss_streak').notNull(),
    holdReturnPct: doublePrecision('hold_return_pct').notNull(),
    holdCagrPct: doublePrecision('hold_cagr_pct'),
    holdMaxDrawdownPct: doublePrecision('hold_max_drawdown_pct').notNull(),
    holdPeakDate: day('hold_peak_date'),
    holdTroughDate: day('hold_trough_date'),
    holdSharpe: doublePrecision('hold_sharpe'),
    /** Figures of longs and of shorts; null: one side was traded, whose figures are those of the row. */
    bySide: jsonb('by_side'),
    warnings: jsonb('warnings').notNull(),
    createdAt: createdAt(),
    inputHash: bytes('input_hash'),
    engineVersion: smallint('engine_version'),
  },
  (t) => [
    uniqueIndex('backtests_job_ticker_strategy_key').on(t.jobId, t.ticker, t.strategy),
    index('backtests_workspace_idx').on(t.workspaceId, t.id),
    index('backtests_strategy_idx').on(t.workspaceId, t.strategy, t.id),
    index('backtests_history_idx').on(t.workspaceId, t.ticker, t.strategy, t.id),
    check('backtests_input_hash_check', sql`octet_length(input_hash) = 16`),
    check('backtests_window_check', sql`window_bars >= 1 and first_date <= last_date`),
    check(
      'backtests_counts_check',
      sql`least(skipped_open, skipped_cooldown, skipped_no_slot, wins, losses) >= 0 and wins + losses <= trades`,
    ),
  ],
);

/** The bulky part, read only when asked for. */
export const backtestDetails = pgTable(
  'backtest_details',
  {
    backtestId: uuid('backtest_id')
      .primaryKey()
      .references(() => backtests.id, { onDelete: 'cascade' }),
    body: jsonb('body').notNull(),
    /** Equity and buy-and-hold as doubles, then day numbers: 20 bytes a bar. */
    curve: bytes('curve').notNull(),
  },
  () => [
    check('backtest_details_curve_check', sql`octet_length(curve) % 20 = 0 and octet_length(curve) > 0`),
  ],
);

export const backtestTrades = pgTable(
  'backtest_trades',
  {
    backtestId: uuid('backtest_id')
      .notNull()
      .references(() => backtests.id, { onDelete: 'cascade' }),
    /** 1, 2, 3 … in the order of the exits. */
    n: integer('n').notNull(),
    signalDate: day('signal_date').notNull(),
    entryDate: day('entry_date').notNull(),
    entryPrice: doublePrecision('entry_price').notNull(),
    exitDate: day('exit_date').notNull(),
    exitPrice: doublePrecision('exit_price').notNull(),
    stop: doublePrecision('stop').notNull(),
    target: doublePrecision('target').notNull(),
    returnPct: doublePrecision('return_pct').notNull(),
    grossPct: doublePrecision('gross_pct').notNull(),
    barsHeld: integer('bars_held').notNull(),
    exitReason: text('exit_reason', { enum: EXIT_REASONS }).notNull(),
    gap: boolean('gap').notNull(),
    score: doublePrecision('score').notNull(),
    verdict: text('verdict', { enum: VERDICTS }).notNull(),
    rsi: doublePrecision('rsi'),
    adx: doublePrecision('adx'),
    volumeRatio: doublePrecision('volume_ratio'),
    regime: text('regime').notNull(),
    /** LONG or SHORT. */
    side: text('side').notNull().default('LONG'),
  },
  (t) => [
    primaryKey({ name: 'backtest_trades_pkey', columns: [t.backtestId, t.n] }),
    check('backtest_trades_exit_reason_check', oneOf('exit_reason', EXIT_REASONS)),
    check('backtest_trades_dates_check', sql`signal_date < entry_date and entry_date <= exit_date`),
  ],
);
