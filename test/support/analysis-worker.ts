import { ANALYSIS_KIND, BACKFILL_KIND } from '../../src/analyses/kind.ts';
import type { AnyTask } from '../../src/jobs/define-task.ts';
import type { JobKind } from '../../src/jobs/job.ts';
import { createTasks } from '../../src/main/tasks.ts';
import { findOwnBars } from '../../src/market/own.store.ts';
import { createSources } from '../../src/market/sources/index.ts';
import type { TestDatabase } from './database.ts';
import { startWorker, type TestWorker } from './engine.ts';

function taskOf(kind: JobKind, database: TestDatabase, csvDir: string | null): AnyTask {
  const sources = createSources({
    csvDir,
    now: () => new Date(),
    findOwnBars: (workspaceId, ticker) => findOwnBars(database.db, workspaceId, ticker),
  });
  const task = createTasks(database.db, sources).get(kind);
  if (task === undefined) throw new Error(`no task for ${kind}`);
  return task;
}

/** The task that analyses tickers, as worker processes run it. */
export const analysisTask = (database: TestDatabase, csvDir: string | null = null): AnyTask =>
  taskOf(ANALYSIS_KIND, database, csvDir);

/** The task that fills spans of days, as worker processes run it. */
export const backfillTask = (database: TestDatabase, csvDir: string | null = null): AnyTask =>
  taskOf(BACKFILL_KIND, database, csvDir);

export function startAnalysisWorker(
  database: TestDatabase,
  options: { readonly csvDir?: string; readonly capacity?: number } = {},
): Promise<TestWorker> {
  return startWorker(database.url, database.db, analysisTask(database, options.csvDir), {
    capacity: options.capacity ?? 8,
  });
}

export function startBackfillWorker(database: TestDatabase, csvDir?: string): Promise<TestWorker> {
  return startWorker(database.url, database.db, backfillTask(database, csvDir));
}
