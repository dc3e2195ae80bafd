import { fileMutation, type Mutation } from './mutation.ts';

const constraints = 'test/integration/constraints.test.ts';
const idsAndCursors = 'test/integration/ids-and-cursors.test.ts';
const sharedJobs = 'test/integration/shared-jobs.test.ts';

const order = 'test/unit/server/pipeline.test.ts';
const leaving = 'test/integration/client-leaves.test.ts';
const sweep = 'test/drift/scopes.test.ts';

export const submitMutations: readonly Mutation[] = [
  fileMutation(
    15,
    sharedJobs,
    'the time of a request that comes later than the job',
    'is shared by a request for',
    [
      'src/jobs/job.store.ts',
      'case when ${asked} > clock_timestamp() then ${jobs.runAt} = ${asked}',
      'case when ${asked} > clock_timestamp() then ${jobs.runAt} <= ${asked}',
    ],
  ),
  fileMutation(
    15,
    sharedJobs,
    'the time of a job that is scheduled for later',
    'is shared by a request for',
    [
      'src/jobs/job.store.ts',
      'else ${jobs.runAt} <= greatest(clock_timestamp(), ${jobs.createdAt}) end',
      'else true end',
    ],
  ),
  fileMutation(15, sharedJobs, 'the order of claims by priority', 'its items are claimed first', [
    'src/jobs/claim.store.ts',
    '             order by priority desc, turn_at, id limit $2) as j\n           order by priority desc, turn_at, id limit $2',
    '             order by turn_at, id limit $2) as j\n           order by turn_at, id limit $2',
  ]),
  fileMutation(
    15,
    sharedJobs,
    'the comparison of priorities',
    'is not lowered by a request of a lower one',
    ['src/jobs/submit-job.ts', ' || priority <= job.priority', ''],
    [
      'src/jobs/priority.store.ts',
      "and priority < ${priority} and state in ('QUEUED', 'PROCESSING')`);\n  return",
      "and state in ('QUEUED', 'PROCESSING')`);\n  return",
    ],
  ),
  fileMutation(15, sharedJobs, 'the repeat that raises nothing', 'a repeat does not raise the priority', [
    'src/jobs/submit-job.ts',
    'if (idempotencyKey !== null || priority <= job.priority) return job;',
    'if (priority <= job.priority) return job;',
  ]),
  fileMutation(19, sweep, 'the scope of a field’s type', 'sweep: an operation runs with the scopes', [
    'src/graphql/scopes.ts',
    'return [field, parent, getNamedType(field.type)].flatMap(neededBy);',
    'return [field, parent].flatMap(neededBy);',
  ]),
  fileMutation(19, sweep, 'the scope of the selected type', 'sweep: an operation runs with the scopes', [
    'src/graphql/scopes.ts',
    'return [field, parent, getNamedType(field.type)].flatMap(neededBy);',
    'return [field, getNamedType(field.type)].flatMap(neededBy);',
  ]),
  fileMutation(19, sweep, 'the scope of connections', 'sweep: an operation runs with the scopes', [
    'src/graphql/scopes.ts',
    'declared(type) ?? declared(listed)',
    "declared(type) ?? (declared(listed) && 'ANY')",
  ]),
  fileMutation(19, sweep, 'the scope of a list’s summary', 'sweep: an operation runs with the scopes', [
    'src/analyses/dashboard.graphql.ts',
    "('WatchlistSummary').implement({\n  scope: 'results:read',",
    "('WatchlistSummary').implement({\n  scope: 'ANY',",
  ]),
  fileMutation(19, sweep, 'a schema without scopes is not built', 'without the scope of', [
    'src/graphql/scopes.ts',
    'if (without.length > 0)',
    'if (without.length < 0)',
  ]),
  fileMutation(
    19,
    'test/integration/scopes.test.ts',
    'the existence of an object is hidden from those without its scope',
    'whether the object exists or not',
    ['src/graphql/builder.ts', 'if (missing.length > 0) throw forbidden(missing);', ''],
  ),
  fileMutation(19, order, 'an operation is authorised before it is charged', 'costs no point', [
    'src/server/pipeline.ts',
    '        authorise(operation, variables, context);\n        await charge(operation, variables, asked);',
    '        await charge(operation, variables, asked);\n        authorise(operation, variables, context);',
  ]),
  fileMutation(
    19,
    'test/unit/graphql/document-facts.test.ts',
    'an operation without a cost does not run',
    'is rejected',
    ['src/graphql/document-facts.ts', 'if (errors === undefined) throw error;', ''],
  ),
  fileMutation(19, order, 'scopes are checked before an operation runs', 'is rejected by the first step', [
    'src/server/pipeline.ts',
    '        authorise(operation, variables, context);\n',
    '',
  ]),
  fileMutation(
    19,
    'test/unit/db/abandon.test.ts',
    'no statement is sent for a client that has gone',
    'gets no connection',
    ['src/db/lend.ts', '      throwIfAbandoned();\n', ''],
  ),
  fileMutation(
    19,
    leaving,
    'the end of a connection aborts its query',
    'whose connection closes is aborted',
    ['src/server/serve-requests.ts', "response.once('close', listener);", ''],
  ),
  fileMutation(
    19,
    leaving,
    'a mutation runs to its end without its client',
    'a mutation whose client has gone',
    [
      'src/server/pipeline.ts',
      'isQuery ? onGone?.(() => end.abort(gone())) : undefined',
      'onGone?.(() => end.abort(gone()))',
    ],
  ),
  fileMutation(
    19,
    leaving,
    'completing a query on a websocket aborts it',
    'a query that the client completes',
    [
      'src/sockets/serve-sockets.ts',
      "if (message.type === 'complete') leaving.get(String(received.id))?.();",
      '',
    ],
  ),
  fileMutation(15, idsAndCursors, 'one spelling of ids', 'are the same object in', [
    'src/uuid.ts',
    'validate(text) ? text.toLowerCase() : null',
    'validate(text) ? text : null',
  ]),
  fileMutation(
    15,
    'test/integration/repeats.test.ts',
    'one spelling of ids in the input of a mutation',
    'ids with UUIDs in upper case are the same input',
    ['src/graphql/builder.ts', 'return parseUuid(key);', 'return parseUuid(key) && key;'],
  ),
  fileMutation(
    15,
    idsAndCursors,
    'the comparison of a cursor with what was given out',
    'are INVALID_INPUT in',
    ['src/graphql/pages.ts', 'encodeCursor(key) !== cursor || ', ''],
  ),
  fileMutation(15, idsAndCursors, 'the range of the key in a cursor', 'are INVALID_INPUT in', [
    'src/analyses/ranking.ts',
    '    isKeyOf(order.by)(key) &&\n',
    '',
  ]),
  fileMutation(15, idsAndCursors, 'the look at the ticker in a cursor', 'are INVALID_INPUT in', [
    'src/jobs/job.graphql.ts',
    'if (from !== null && normaliseTicker(from) !== from)',
    'if (from?.length === 0)',
  ]),
  fileMutation(15, constraints, 'the second try after a lost race', 'is tried again:', [
    'src/db/client.ts',
    ' || lostRace(error)',
    '',
  ]),
  fileMutation(15, constraints, 'the meaning of a violated constraint', 'is a typed error:', [
    'src/db/client.ts',
    'throw explainViolation(error);',
    'throw explainViolation(error) && error;',
  ]),
  fileMutation(
    15,
    'test/integration/webhooks.test.ts',
    'the entry of a removed job',
    'names the jobs that were removed before it was sent',
    [
      'src/main/webhook-logs.ts',
      "return job === undefined ? removedSubject('Job', id) : toldJob(job);\n        });",
      'return job === undefined ? [] : toldJob(job);\n        }).flat();',
    ],
  ),
];
