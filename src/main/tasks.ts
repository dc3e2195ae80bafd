import { createAnalysisTask } from '../analyses/analysis.task.ts';
import { createBackfillTask } from '../analyses/backfill.task.ts';
import { createBacktestTask } from '../backtests/backtest.task.ts';
import type { Db } from '../db/client.ts';
import { createInstrumentFinder } from '../instruments/find-instrument.ts';
import type { AnyTask } from '../jobs/define-task.ts';
import type { JobKind } from '../jobs/job.ts';
import type { Sources } from '../market/sources/index.ts';

/** The job kinds that a worker runs. */
export function createTasks(db: Db, sources: Sources): ReadonlyMap<string, AnyTask> {
  const deps = {
    sources,
    now: () => new Date(),
    findInstrument: createInstrumentFinder(db),
  };
  const tasks: Readonly<Record<JobKind, AnyTask>> = {
    analysis: createAnalysisTask(deps),
    backfill: createBackfillTask(deps),
    backtest: createBacktestTask(deps),
  };
  return new Map(Object.values(tasks).map((task) => [task.kind, task]));
}
