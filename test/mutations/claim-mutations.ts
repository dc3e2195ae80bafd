import { fileMutation, type Mutation } from './mutation.ts';

const claimStore = 'src/jobs/claim.store.ts';
const jobStore = 'src/jobs/job.store.ts';
const claim = 'src/jobs/claim-items.ts';
const turns = 'src/jobs/turns.ts';

const scheduled = (without: string, titled: string, ...edits: Mutation['edits'][number][]) =>
  fileMutation(15, 'test/integration/scheduled.test.ts', without, titled, ...edits);

const faults = (without: string, titled: string, ...edits: Mutation['edits'][number][]) =>
  fileMutation(15, 'test/integration/row-faults.test.ts', without, titled, ...edits);

export const claimMutations: readonly Mutation[] = [
  scheduled('the index of claims that leaves out what is not due', 'is outside the index of claims', [
    jobStore,
    'claimable: sql`${dueAt} <= clock_timestamp()`',
    'claimable: true',
  ]),
  scheduled('the time as a condition of the index of items', 'do not read what is not due', [
    claimStore,
    'run_at <= statement_timestamp()',
    'run_at <= clock_timestamp()',
  ]),
  scheduled('the way out of the index of claims when no item is due', 'wait for the first due item', [
    claim,
    'const exhausted = started.length < (shares.get(job.id)?.items ?? 0);',
    'const exhausted = false;',
  ]),
  scheduled('the promotion by a flush', 'by the next flush of its other items', [
    jobStore,
    'j.claimable or j.due_at <= clock_timestamp()',
    'j.claimable',
  ]),
  scheduled('the promotion of each workspace', 'does not wait behind the due jobs', [
    'src/jobs/promote-jobs.ts',
    'promoteDueOfEach(db, BATCH_OF_EACH, excluded)',
    'Promise.resolve(excluded)',
  ]),
  scheduled('the promotion at the time that is known', 'long before the next poll', [
    'src/jobs/run-jobs.ts',
    'Math.min(nextInMs, pollMs)',
    'pollMs',
  ]),
  scheduled('the notification of the time of a job', 'long before the next poll', [
    'src/jobs/run-jobs.ts',
    'if (hint.at > 0) promoteIn(hint.at);',
    'if (hint.at > 0) continue;',
  ]),
  scheduled('the present as the earliest due time', 'a time that has passed', [
    jobStore,
    'greatest(${runAt}, ${now})',
    '${runAt}',
  ]),
  scheduled('the head start of small jobs', 'behind forty running jobs', [
    turns,
    'items <= TURN ? HEAD_START_MS : 0',
    'items < 0 ? HEAD_START_MS : 0',
  ]),
  scheduled('the end of a turn', 'claimed from after twenty claims', [
    'src/jobs/commit-changes.ts',
    'served: true',
    'served: false',
  ]),
  scheduled('the length of a turn', 'claimed from after twenty claims', [turns, 'TURN = 8', 'TURN = 2_000']),
  scheduled('the due times of jobs of the version before', 'of rows of the version before', [
    'drizzle/0027_index_due_jobs.sql',
    'SET due_at = first.run_at, claimable = coalesce(first.run_at <= clock_timestamp(), false), turn_at = j.run_at',
    'SET turn_at = j.run_at',
  ]),
  fileMutation(
    15,
    'test/integration/flush.test.ts',
    'the fence as the name of an outcome',
    'writes the current one alone',
    [
      'src/jobs/flush-steps.ts',
      'const outcome = applied.get(entry.item.fence);',
      'const outcome = outcomes.find((row) => row.jobId === entry.item.jobId && row.ticker === entry.item.ticker);',
    ],
  ),
  scheduled('the pause that locks due jobs alone', 'none of 5,000 scheduled ones', [
    'src/jobs/queue.store.ts',
    'and ${claimable} order by id for share',
    "and state in ('QUEUED', 'PROCESSING') and queued > 0 order by id for share",
  ]),
  scheduled('the repair of jobs that nobody looks at', 'is repaired and run', [
    'src/jobs/rescue-items.ts',
    "await attempt('repair of due times', () => repairDueTimes(db, log, repairs));",
    'void repairDueTimes;',
  ]),
  scheduled('the index of the repair', 'reads what it repairs', [
    'drizzle/0032_index_undated_jobs.sql',
    'not claimable and due_at is null',
    'not claimable and due_at is not null',
  ]),
  fileMutation(15, 'test/integration/flush.test.ts', 'the wait for the own schema', 'hides a column', [
    'src/jobs/record-steps.ts',
    'if (isRowFault(error)) return',
    'if (!isTransient(error)) return',
  ]),
  faults('the fault that is not of a row', 'leaves no job out', [
    'src/db/retry.ts',
    'return !isTransient(error) && !isOtherSchema(error);',
    'return !isTransient(error);',
  ]),
  faults('the halving of a promotion that fails', 'the other due jobs run', [
    'src/jobs/promote-jobs.ts',
    'if (!isRowFault(error)) throw error;',
    'throw error;',
  ]),
  faults(
    'the claim after a promotion that failed',
    'the promotion fails stops no claim',
    [
      'src/jobs/run-jobs.ts',
      "if (!stopping.signal.aborted)\n        log.warn({ err: error }, 'due jobs could not be made claimable; trying again');",
      'throw error;',
    ],
    ['src/jobs/promote-jobs.ts', 'if (!isRowFault(error)) throw error;', 'throw error;'],
  ),
  faults('the duties of the rescuer that fail apart', 'always fails still finds lost workers', [
    'src/jobs/rescue-items.ts',
    "log.warn({ err: error, duty }, 'a duty of the rescuer failed; trying again');",
    'liveness.forget();',
  ]),
  faults('the repair of each job apart', 'nor other repairs', [
    'src/jobs/repair-jobs.ts',
    'const pauseMs = exclusions.add(jobId);\n      log.error({ err: error',
    'throw error;\n      const pauseMs = 0;\n      log.error({ err: error',
  ]),
  faults('the items of the earlier parts of a claim', 'when a later part fails', [
    claim,
    'if (items.length === 0) throw error;',
    'throw error;',
  ]),
  faults(
    'the one item that runs alone, of all parts',
    'with [ 2, 2 ] deaths',
    [
      claim,
      'if (items.length >= wanted.limit || items.some(({ crashes }) => crashes > 0)) return;',
      'if (items.length >= wanted.limit) return;',
    ],
    [claim, 'const suspects = wanted.suspects && items.length === 0;', 'const suspects = wanted.suspects;'],
  ),
  faults('the items of earlier parts as a reason to claim none that run alone', 'with [ 0, 2, 2 ] deaths', [
    claim,
    'const suspects = wanted.suspects && items.length === 0;',
    'const suspects = wanted.suspects;',
  ]),
  faults('the search that is not finished', 'when it has given up looking', [
    claim,
    'if (round === ROUNDS) return [];',
    'if (round === ROUNDS) { onEmptied?.(); return []; }',
  ]),
  faults('the failure of an item whose kind has no task', 'fails alone, and its worker goes on', [
    'src/jobs/hold-items.ts',
    '    computing += 1;\n    entry.startedAt',
    "    if (!tasks.has(item.kind)) throw new Error('no task');\n    computing += 1;\n    entry.startedAt",
  ]),
  faults('the pause of a repair that changes nothing', 'is reported once and then left out', [
    'src/jobs/repair-jobs.ts',
    "const pauseMs = exclusions.add(jobId);\n      log.error({ jobId, pauseMs }, 'a job counts",
    "const pauseMs = 0;\n      log.error({ jobId, pauseMs }, 'a job counts",
  ]),
];
