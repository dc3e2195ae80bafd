import { connectionMutation, fileMutation, type Mutation, mutation } from './mutation.ts';

const client = 'src/db/client.ts';
const status = 'src/jobs/watchlist-status.store.ts';
const edit = 'src/watchlists/edit-watchlist.ts';
const lists = 'src/watchlists/watchlist.store.ts';
const submit = 'src/jobs/submit-job.ts';
const perTicker = 'drizzle/0025_keep_status_per_ticker.sql';
const fillTickers = 'drizzle/0029_fill_watchlist_tickers.sql';
const unlink = 'drizzle/0034_unlink_watchlist_items.sql';
const defaultList = 'drizzle/0023_give_every_workspace_a_default_list.sql';

export const lockMutations: readonly Mutation[] = [
  ...(
    [
      [
        'the lock that submits and the deletion of a list share',
        'waits for submits of the list',
        [edit, '    await closeWatchlist(tx, list.id);\n', ''],
      ],
      [
        'the limit of a merged list when it is stored',
        'has grown too large since',
        [
          edit,
          '    checkItems(deps, await countItems(tx, workspaceId, home.id));\n    await lockLists',
          '    await lockLists',
        ],
      ],
    ] as const
  ).map(([without, titled, change]) =>
    fileMutation(15, 'test/integration/list-deletion.test.ts', without, titled, change),
  ),
  fileMutation(
    15,
    'test/integration/list-deletion.test.ts',
    'a place for the response before anything is stored',
    'for want of a stored response',
    [
      'src/idempotency/change-once.ts',
      'reserved.refusal === null ? await prepareUnlessRepeated() : null',
      'await prepareUnlessRepeated()',
    ],
  ),
  fileMutation(
    15,
    'test/integration/ended-transactions.test.ts',
    'the end of the statements of a transaction',
    'a branch that goes on is rejected',
    [client, '      ended = true;', ''],
  ),
  fileMutation(
    15,
    'test/integration/suspended-workspaces.test.ts',
    'deletions of workspaces that hold off retention',
    'waits for a batch of retention',
    [
      'src/access/suspend-workspace.ts',
      '      await holdOffRetention(tx);\n      return deletePiece',
      '      return deletePiece',
    ],
  ),
  fileMutation(
    16,
    'test/integration/changed-rows.test.ts',
    'the notification of a raised priority',
    'another request raises its priority',
    [submit, "[{ about: 'row', id: job.id, at: 0 }]", '[]'],
  ),
  fileMutation(
    16,
    'test/integration/changed-rows.test.ts',
    'polls that see changes without an event',
    'a poll finds',
    ['src/events/heads.store.ts', "concat(priority, ' ', watchlist_id)", "''"],
  ),
  fileMutation(
    15,
    'test/integration/deadlocks.test.ts',
    'the lock mode on lists that lets foreign keys pass',
    'submits of one watchlist',
    [status, 'order by w.id for no key update of w', 'order by w.id for update of w'],
  ),
  fileMutation(
    15,
    'test/integration/default-list.test.ts',
    'the default list of a new workspace',
    'there is one default list',
    ['drizzle/0030_fold_names.sql', 'FROM new_rows n;', 'FROM new_rows n WHERE false;'],
  ),
  fileMutation(
    15,
    'test/integration/default-list.test.ts',
    'the default list of a workspace of an earlier version',
    'each workspace of an earlier version',
    [defaultList, 'FROM "workspaces" s\nWHERE', 'FROM "workspaces" s\nWHERE false AND'],
  ),
  mutation(
    13,
    'a statement of its own for the update of locked lists',
    '10 s of writers and readers',
    [status, ' order by w.id for no key update of w`', ' order by w.id`'],
    [
      status,
      "'update watchlists set revision = revision + 1 where id = any($1::uuid[]) returning id, revision'",
      '`with l as materialized (select id from watchlists where id = any($1::uuid[]) order by id for no key update) update watchlists w set revision = w.revision + 1 from l where w.id = l.id returning w.id, w.revision`',
    ],
  ),
  ...(
    [
      [
        'the order of locks across several rows of tickers',
        [status, 'order by t.workspace_id, t.ticker', 'order by random()'],
      ],
      [
        'the lock mode on lists that lets foreign keys pass',
        [status, 'for no key update of w', 'for update of w'],
      ],
    ] as const
  ).map(([without, change]) =>
    fileMutation(15, 'test/integration/lock-order.test.ts', without, 'every pair of', change),
  ),
  ...(
    [
      [
        'jobs before tickers and lists',
        'waits for the jobs',
        [edit, '    await Promise.all([waitForJobs(tx), forgetWatchlist(tx, workspaceId, list.id)]);\n', ''],
      ],
      [
        'tickers before lists',
        'waits for the status of tickers',
        [edit, '    await lockTickers(tx, workspaceId, list.id);\n', ''],
      ],
      [
        'the wait of the engine for items that move',
        'moves its revision on',
        [edit, '    await lockTickers(tx, workspaceId, list.id);\n', ''],
      ],
      [
        'the weaker lock of both lists',
        'does not wait for a submit of the default list',
        [lists, 'order by id for no key update`);\n}', 'order by id for update`);\n}'],
      ],
      [
        'the look for the list of a submit',
        'NOT_FOUND',
        [submit, '(await holdWatchlist(tx, workspaceId, watchlistId))', 'true'],
      ],
      [
        'the order of runs by their start',
        'is the one that started last',
        [
          status,
          'or (coalesce(n.began_at, ${NO_TIME}), n.job_id) >= (coalesce(t.last_started_at, ${NO_TIME}), coalesce(',
          'or (n.job_id) >= (coalesce(',
        ],
      ],
      [
        'the look whether a scheduled run is due',
        'is not a job that is only scheduled',
        [status, 'when ${i}.run_at <= clock_timestamp() then', 'when true then'],
      ],
      [
        'the choice of the latest run in one statement',
        'is the later one of several runs',
        [status, 'began_at desc nulls last, n.job_id desc', 'began_at, n.job_id'],
      ],
      [
        'the stored start of the run that a list shows',
        'is the later one of two transactions at once when it commits first',
        [
          status,
          'last_started_at = greatest(l.began_at, case when t.last_job_id = l.job_id then t.last_started_at end),',
          'last_started_at = null,',
        ],
      ],
      [
        'the removal of tickers that no list holds',
        'and no longer',
        [
          perTicker,
          'DELETE FROM watchlist_tickers t USING unlisted u WHERE',
          'DELETE FROM watchlist_tickers t USING unlisted u WHERE false AND',
        ],
      ],
    ] as const
  ).map(([without, titled, change]) =>
    fileMutation(15, 'test/integration/watchlists.test.ts', without, titled, change),
  ),
  ...(
    [
      [
        'the start of the runs of earlier versions',
        'the migration fills the start',
        [fillTickers, 'last_started_at = excluded.last_started_at', 'last_started_at = null'],
      ],
      [
        'the newest status in the migration',
        'keeps the newest status',
        [
          fillTickers,
          '(array_agg(i.last_status ORDER BY i.last_job_id DESC NULLS LAST',
          '(array_agg(i.last_status ORDER BY i.last_job_id NULLS LAST',
        ],
      ],
    ] as const
  ).map(([without, titled, change]) =>
    fileMutation(15, 'test/integration/watchlist-migrations.test.ts', without, titled, change),
  ),
  fileMutation(
    15,
    'test/integration/version-before.test.ts',
    'the columns that the version before writes',
    'each statement of the version before',
    [
      unlink,
      'DROP INDEX "watchlist_items_analysis_idx";',
      'ALTER TABLE "watchlist_items" DROP COLUMN "last_analysis_id";',
    ],
  ),
  fileMutation(
    15,
    'test/integration/version-before.test.ts',
    'the copy of the status that the version before stores',
    'a status that a process of the version before stores',
    ['drizzle/0028_keep_start_of_runs.sql', 'WHERE n.last_job_id IS NOT NULL', 'WHERE n.last_job_id IS NULL'],
  ),
  fileMutation(
    15,
    'test/alone/migrations-beside-writers.test.ts',
    'the batches of the migration that fills the status of tickers',
    'hold up no writer',
    [fillTickers, 'ORDER BY workspace_id, ticker LIMIT 100', 'ORDER BY workspace_id, ticker LIMIT 10000000'],
  ),
  fileMutation(
    15,
    'test/integration/retention.test.ts',
    'the retries that retention passes over',
    'whose retry is in use',
    [
      'src/jobs/retention.store.ts',
      'order by id for no key update skip locked\n    ), forgotten',
      'order by id for no key update\n    ), forgotten',
    ],
  ),
  fileMutation(
    15,
    'test/integration/watchlists.test.ts',
    'the history of a deleted list in batches',
    'changes at most 1,000 jobs in one transaction',
    [
      edit,
      'remove, () =>\n    forgetHistory(deps, workspaceId, input.id),\n  )',
      'remove, async () => void forgetHistory)',
    ],
  ),
  fileMutation(
    15,
    'test/integration/watchlists.test.ts',
    'the look at the limit before anything is changed',
    'is refused when the default list would hold more',
    [edit, '  checkItems(deps, await countItemsTogether(db, workspaceId, [list.id, home.id]));\n', ''],
  ),
  mutation(13, 'the lock limit of workers', 'of worker.mjs has its limits', [
    client,
    '  lock_timeout: 5_000,\n',
    '',
  ]),
  mutation(13, 'the lock limit of the API', 'while somebody holds a table', [
    client,
    '  lock_timeout: 1_400,\n',
    '',
  ]),
  connectionMutation(13, 'the look for clients that are gone', 'is noticed within 2 s', [
    client,
    "pool.on('connect', (client) => void noticeDeadClient(client));",
    '',
  ]),
];
