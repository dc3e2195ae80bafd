import { ANALYSIS_KIND } from '../../src/analyses/kind.ts';
import type { AnyTask } from '../../src/jobs/define-task.ts';
import { createTasks } from '../../src/main/tasks.ts';
import { findOwnBars } from '../../src/market/own.store.ts';
import { createSources } from '../../src/market/sources/index.ts';
import type { TestDatabase } from './database.ts';
import { startWorker, type TestWorker } from './engine.ts';

/** The task that analyses tickers, as worker processes run it. */
export function analysisTask(database: TestDatabase, csvDir: string | null = null): AnyTask {
  const sources = createSources({
    csvDir,
    now: () => new Date(),
    findOwnBars: (workspaceId, ticker) => findOwnBars(database.db, workspaceId, ticker),
  });
  const task = createTasks(database.db, sources).get(ANALYSIS_KIND);
  if (task === undefined) throw new Error('no task for analyses');
  return task;
}

export function startAnalysisWorker(
  database: TestDatabase,
  options: { readonly csvDir?: string; readonly capacity?: number } = {},
): Promise<TestWorker> {
  return startWorker(database.url, database.db, analysisTask(database, options.csvDir), {
    capacity: options.capacity ?? 8,
  });
}
