import { BACKTEST_KIND } from '../../src/backtests/kind.ts';
import type { AnyTask } from '../../src/jobs/define-task.ts';
import { createTasks } from '../../src/main/tasks.ts';
import { createSources, type Sources } from '../../src/market/sources/index.ts';
import type { TestDatabase } from './database.ts';

export const backtestSources = (): Sources => createSources({ csvDir: null, now: () => new Date() });

/** The task that replays tickers, as worker processes run it. */
export function backtestTask(database: TestDatabase): AnyTask {
  const task = createTasks(database.db, backtestSources()).get(BACKTEST_KIND);
  if (task === undefined) throw new Error('no task for backtests');
  return task;
}
