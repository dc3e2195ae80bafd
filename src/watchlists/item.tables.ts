import { analyses } from '../analyses/analysis.tables.ts';
import { instant } from '../db/columns.ts';
import { check, index, pgTable, primaryKey, sql, text, uuid } from '../db/drizzle.ts';
import { workspaceId } from '../db/workspace.tables.ts';
import { jobs } from '../jobs/job.tables.ts';
import { JOB_STATES } from '../jobs/job.ts';
import { watchlists } from './watchlist.tables.ts';

export const watchlistItems = pgTable(
  'watchlist_items',
  {
    watchlistId: uuid('watchlist_id')
      .notNull()
      .references(() => watchlists.id, { onDelete: 'cascade' }),
    ticker: text('ticker').notNull(),
    workspaceId: uuid('workspace_id').notNull(),
    note: text('note').notNull().default(''),
    addedAt: instant('added_at').notNull().default(sql`clock_timestamp()`),
    /**
     * Not used by this version. Processes of the version before read and write these three columns, and the trigger `watchlist_items_status` copies
     * what they store to `watchlist_tickers`. The next release drops the columns, the trigger and its function.
     */
    lastJobId: uuid('last_job_id'),
    lastAnalysisId: uuid('last_analysis_id'),
    lastStatus: text('last_status', { enum: JOB_STATES }),
  },
  (t) => [
    primaryKey({ name: 'watchlist_items_pkey', columns: [t.watchlistId, t.ticker] }),
    index('watchlist_items_ticker_idx').on(t.workspaceId, t.ticker),
    index('watchlist_items_job_idx').on(t.lastJobId).where(sql`last_job_id is not null`),
    check('watchlist_items_ticker_check', sql`ticker = upper(ticker)`),
    check('watchlist_items_note_check', sql`char_length(note) <= 500`),
  ],
);

/**
 * The run that started last of each ticker that is in a watchlist of its workspace: one row however many lists hold the ticker, so that a step of the
 * engine does not cost more with each list. Triggers on `watchlist_items` insert the row with the first item and delete it with the last one.
 */
export const watchlistTickers = pgTable(
  'watchlist_tickers',
  {
    workspaceId: workspaceId(),
    ticker: text('ticker').notNull(),
    lastJobId: uuid('last_job_id').references(() => jobs.id, { onDelete: 'set null' }),
    lastAnalysisId: uuid('last_analysis_id').references(() => analyses.id, { onDelete: 'set null' }),
    lastStatus: text('last_status', { enum: JOB_STATES }),
    /** When that run started, or since when it has been due. Null: it is scheduled for later, or there was none. */
    lastStartedAt: instant('last_started_at'),
  },
  (t) => [
    primaryKey({ name: 'watchlist_tickers_pkey', columns: [t.workspaceId, t.ticker] }),
    index('watchlist_tickers_job_idx').on(t.lastJobId).where(sql`last_job_id is not null`),
    index('watchlist_tickers_analysis_idx').on(t.lastAnalysisId).where(sql`last_analysis_id is not null`),
  ],
);
