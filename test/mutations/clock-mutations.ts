import { fileMutation, type Mutation } from './mutation.ts';

const blocking = 'test/integration/blocking-items.test.ts';
const clock = 'test/integration/server-clock.test.ts';
const settings = 'test/integration/server-settings.test.ts';

const webhookFailures = 'test/integration/webhook-failures.test.ts';

export const clockMutations: readonly Mutation[] = [
  fileMutation(
    15,
    settings,
    'settings of their own for the connections of a pool',
    'a pool, a worker’s connection and a listener have the program’s settings',
    [
      'src/db/client.ts',
      "pool.on('connect', (client) => void prepareSession(client).catch(() => cut(client)));",
      '',
    ],
  ),
  fileMutation(15, settings, 'the date style of the program', 'a transient error is retried', [
    'src/db/prepare-session.ts',
    "  datestyle: 'ISO, YMD',\n",
    '',
  ]),
  fileMutation(
    15,
    settings,
    'an isolation level of the program, of a connection and of a transaction',
    'twenty equal submits at once make one job',
    ['src/db/prepare-session.ts', "  default_transaction_isolation: 'read committed',\n", ''],
    ['src/db/client.ts', 'begin isolation level read committed', 'begin'],
  ),
  fileMutation(15, settings, 'settings for the connection of a worker', 'outlive the idle limit', [
    'src/jobs/keep-alive.ts',
    'prepareSession(fresh), ',
    '',
  ]),
  fileMutation(15, clock, 'times of a row that never go back', 'can be cancelled', [
    'src/jobs/job.store.ts',
    'finished_at = greatest(clock_timestamp(), i.started_at)',
    'finished_at = clock_timestamp()',
  ]),
  fileMutation(15, clock, 'ends of items that are not before their start', 'by -3000 ms', [
    'src/jobs/claim.store.ts',
    'then greatest(clock_timestamp(), i.started_at) end',
    'then clock_timestamp() end',
  ]),
  fileMutation(15, clock, 'starts of jobs that are not before their creation', 'by -60000 ms', [
    'src/jobs/job.store.ts',
    'greatest(clock_timestamp(), j.created_at, j.started_at)',
    'clock_timestamp()',
  ]),
  fileMutation(
    15,
    clock,
    'silence that this process itself observed',
    'by 60000 ms',
    [
      'src/jobs/worker.store.ts',
      'heartbeat_at::text as heartbeat',
      "case when heartbeat_at < clock_timestamp() - interval '6 seconds' then 'old' else heartbeat_at::text end as heartbeat",
    ],
    ['src/jobs/liveness.ts', 'const silent = last', "const silent = heartbeat === 'old' || last"],
  ),
  fileMutation(
    15,
    clock,
    'the move of due times after a step back',
    'items that were due before a step back',
    ['src/jobs/rescue-items.ts', 'restoreDueTimes(db, log, repairs)', 'Promise.resolve()'],
  ),
  fileMutation(15, clock, 'claims in halves', 'a job that makes a claim fail', [
    'src/jobs/claim-items.ts',
    'if (!isRowFault(error) || picked.length === 0) throw error;',
    'throw error;',
  ]),
  fileMutation(15, clock, 'a time of the bucket that follows the clock', 'points of a rate limit come back', [
    'src/rates/rate.store.ts',
    'c.now\n',
    'greatest(c.now, r.at) as now\n',
  ]),
  fileMutation(
    15,
    'test/unit/jobs/liveness.test.ts',
    'silence that was observed alone',
    'could not be observed',
    ['src/jobs/liveness.ts', '    beats.clear();\n', ''],
  ),
  fileMutation(15, 'test/unit/jobs/liveness.test.ts', 'a look at its own pauses', 'was frozen itself', [
    'src/jobs/liveness.ts',
    'if (at - lastLook > limits.leaseMs / 2) forget();',
    '',
  ]),
  fileMutation(
    15,
    'test/integration/frozen-worker.test.ts',
    'the end of the old row by the new one',
    'goes on under a new row',
    ['src/jobs/keep-alive.ts', 'const ending = earlier;', 'const ending: string[] = [];'],
  ),
  fileMutation(15, blocking, 'a time limit for each item', 'an item that hangs ends', [
    'src/jobs/run-item.ts',
    'const timer = setTimeout(() => abort.abort(TIMED_OUT), timeoutMs);',
    'const timer = undefined;',
  ]),
  fileMutation(15, blocking, 'an end of the time that a suspect is kept alone', 'stop no other item', [
    'src/jobs/hold-items.ts',
    'return performance.now() < (startedAt === null ? claimedAt + ALONE_WAIT_MS : startedAt + ALONE_MS);',
    'return startedAt !== claimedAt;',
  ]),
  fileMutation(15, blocking, 'one suspect at a time', 'stop no other item', [
    'src/jobs/run-jobs.ts',
    'suspects: !held.hasSuspect(),',
    'suspects: true,',
  ]),
  fileMutation(15, blocking, 'halves of a flush that takes too long', 'a flush that takes longer', [
    'src/jobs/record-steps.ts',
    '(batch.length > 1 || round + 1 >= SINGLE_TIMEOUTS)',
    'batch.length === 1',
  ]),
  fileMutation(15, blocking, 'a longer wait of a cancel for its job', 'a cancel waits for its turn', [
    'src/jobs/cancel-job.ts',
    'waitForJobs(tx), ',
    'null, ',
  ]),
  fileMutation(
    15,
    blocking,
    'a longer wait of a submit for a shared job',
    'a submit that raises the priority',
    ['src/jobs/submit-job.ts', '    waitForJobs(tx),\n', '    null,\n'],
  ),
  fileMutation(15, blocking, 'a longer wait of a deletion for jobs of the list', 'the deletion of its list', [
    'src/watchlists/edit-watchlist.ts',
    'waitForJobs(tx), ',
    '',
  ]),
  fileMutation(
    15,
    'test/integration/scarce-server.test.ts',
    'the look at the queue of notifications',
    'while the server’s queue of notifications is full',
    ['src/events/wake-up.ts', 'trimQueue: () => trimNotifyQueue(db), ', ''],
  ),
  fileMutation(15, clock, 'turns that are set right after a step back', 'get turns beside', [
    'src/jobs/rescue-items.ts',
    'restoreTurns(db, log, repairs)',
    'Promise.resolve()',
  ]),
  fileMutation(
    15,
    clock,
    'the start of a run that lies ahead as an earlier one',
    'shows the run that was submitted',
    [
      'src/jobs/watchlist-status.store.ts',
      'or (t.last_started_at > clock_timestamp() and n.began_at <= clock_timestamp())',
      '',
    ],
  ),
  fileMutation(15, webhookFailures, 'the try that lies ahead', 'does not wait until it has caught up', [
    'src/webhooks/lease.store.ts',
    'd.last_attempt_at > greatest(clock_timestamp(), d.created_at)',
    'false',
  ]),
  fileMutation(15, webhookFailures, 'the number of tries before a webhook is disabled', 'stays active', [
    'src/webhooks/lease.store.ts',
    ' and failures >= ${FAILURES_PER_DAY} * ${days}::int',
    '',
  ]),
];
