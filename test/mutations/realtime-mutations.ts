import { fileMutation, type Mutation } from './mutation.ts';

const of = (
  test: Parameters<typeof fileMutation>[1],
  without: string,
  titled: string,
  ...edits: Mutation['edits'][number][]
) => fileMutation(16, test, without, titled, ...edits);

const costs = 'test/integration/message-costs.test.ts';
const resumes = 'test/integration/sse-resume.test.ts';
const shares = 'test/unit/execution/share-executions.test.ts';

export const realtimeMutations: readonly Mutation[] = [
  of(costs, 'a message of the feed has a bounded cost', 'as many results as the points', [
    'src/analyses/feed.graphql.ts',
    ', resultsFor(context.cost))',
    ', resultsFor(0))',
  ]),
  of(costs, 'what is in a message is charged', 'messages cost what is in them', [
    'src/main/serve-graphql.ts',
    'executionPriceOf(cost, content)',
    '1',
  ]),
  of(costs, 'large messages to websockets count as bytes that wait', '30 websockets', [
    'src/sockets/connection.ts',
    'if (release !== null) awaitFlush().push(release);',
    'release?.();',
  ]),
  of(costs, 'large messages to streams of events count as bytes that wait', '30 streams', [
    'src/server/bound-streams.ts',
    'held.push(stop);',
    'stop();',
  ]),
  of(resumes, 'an event of a stream has the id of its position', 'cut again and again', [
    'src/server/stream-messages.ts',
    'if (eventId === null) return result;',
    'if (eventId !== undefined) return result;',
  ]),
  of(resumes, 'a stream continues after the last event of its client', 'wins over the argument', [
    'src/execution/share-executions.ts',
    'resumeAfter === null || stream.cursors === null',
    'resumeAfter !== undefined || stream.cursors === null',
  ]),
  of(
    resumes,
    'an EventSource that cannot be served does not connect again without end',
    'ends an EventSource',
    ['src/server/serve-requests.ts', 'resumeAfter === null ? opened : doNotRepeat(opened)', 'opened'],
  ),
  of(
    'test/integration/compression.test.ts',
    'a response is compressed as its client asks',
    'of more than 1 kB is sent in',
    ['src/server/bound-responses.ts', "chooseCoding(req.headers['accept-encoding'], CODINGS)", 'null'],
  ),
  of('test/integration/compression.test.ts', 'caches tell the encodings apart', 'caches are told', [
    'src/server/bound-responses.ts',
    "res.appendHeader('Vary', 'Accept-Encoding');",
    'res.flushHeaders;',
  ]),
  of(
    'test/unit/server/bound-responses.test.ts',
    'a compressed response counts with the bytes that are sent',
    'counts with its compressed bytes',
    ['src/server/bound-responses.ts', 'if (coding !== null) held(length);', ''],
  ),
  of(costs, 'a message that never has room ends its subscription', 'larger than a connection may hold', [
    'src/execution/share-executions.ts',
    'if (payload.bytes > maxBytes)',
    'if (payload.bytes < 0)',
  ]),
  of(shares, 'a message that nobody can take is not made', 'is not made until one can', [
    'src/execution/share.ts',
    'if (!hasReady(cohort))',
    'if (cohort.members.size === 0)',
  ]),
  of('test/unit/analyses/compute-in-turns.test.ts', 'the event loop turns between series', 'one per turn', [
    'src/analyses/compute-in-turns.ts',
    '    await turn();\n',
    '',
  ]),
  of('test/integration/rate-buckets.test.ts', 'points that are owed are not forgiven', 'is owed until', [
    'src/rates/lease-points.ts',
    'account.points = Math.min(0, account.points);',
    'account.points = 0;',
  ]),
  of(
    'test/integration/negotiation.test.ts',
    'a request whose response no client could read is rejected before it runs',
    'under Accept: text/html',
    [
      'src/server/negotiate.ts',
      '(accepted.length === 0 ? NOT_ACCEPTABLE : null)',
      '(accepted.length < 0 ? NOT_ACCEPTABLE : null)',
    ],
  ),
  of(
    'test/integration/negotiation.test.ts',
    'a subscription needs a client that accepts a stream',
    'under Accept: application/json is served',
    ['src/server/negotiate.ts', "if (kind !== 'subscription' ||", "if (kind === 'subscription' ||"],
  ),
  of(
    'test/integration/negotiation.test.ts',
    'a body in an unknown encoding or charset is rejected before it is read',
    'is rejected with 415 before it starts',
    ['src/server/negotiate.ts', 'return isUtf8(parameters) ? null', 'return type !== undefined ? null'],
  ),
  of(
    'test/integration/boundary-values.test.ts',
    'a cost is bounded from below',
    'makes an operation no cheaper',
    ['src/graphql/field-rules.ts', 'Math.max(least, value)', 'value'],
  ),
  of('test/unit/calendar.test.ts', 'a day must exist', 'is no day', [
    'src/calendar.ts',
    '.toISOString().startsWith(text)',
    ".toISOString() !== ''",
  ]),
  of(
    'test/integration/boundary-values.test.ts',
    'a seq is bounded before it reaches a statement',
    'which is after the end of the log',
    ['src/jobs/job-event.graphql.ts', 'Math.min(after ?? 0, MAX_SEQ)', '(after ?? 0)'],
  ),
  of(
    'test/unit/execution/share-executions.test.ts',
    'a first message is made after its subscription began',
    'a first message never shows',
    [
      'src/execution/share.ts',
      'if (position.told) return undefined;',
      'if (position.cursor >= 0) return undefined;',
    ],
  ),
  of(
    'test/unit/execution/share-executions.test.ts',
    'a step that always times out ends',
    'a step that the database cancels every time',
    ['src/execution/share.ts', 'cohort.timeouts >= MAX_TIMEOUTS', 'cohort.timeouts < 0'],
  ),
  of(
    'test/integration/protocol.test.ts',
    'operations are identified by a token of their own',
    'when one id is used again and again',
    ['src/sockets/serve-sockets.ts', 'take(JSON.stringify(received))', 'take(JSON.stringify(message))'],
    [
      'src/sockets/operation-tokens.ts',
      'if (head === undefined || token === undefined)',
      'if (head !== undefined)',
    ],
  ),
  of(
    'test/integration/protocol.test.ts',
    'a complete is not counted as a message',
    'may complete and begin as many operations again',
    ['src/sockets/socket-quota.ts', "type === 'complete' && free > 0", "type === 'complete' && free < 0"],
  ),
  of(
    'test/integration/protocol.test.ts',
    'an operation gets its error before the socket is closed for too many messages',
    'more messages within 10 s',
    [
      'src/sockets/serve-sockets.ts',
      "type === 'subscribe' && typeof id === 'string'",
      "type === 'none' && typeof id === 'string'",
    ],
  ),
  of(
    'test/integration/events.test.ts',
    'a cursor after the end of a log is taken back to the end',
    'a seq after the end of the log',
    ['src/events/follow-log.ts', 'if (page.lastSeq !== after)', 'if (page.lastSeq > after)'],
  ),
  of(
    'test/integration/events.test.ts',
    'a first batch knows of every event that its subscriber knows of',
    'does not report the end of the log',
    ['src/events/follow-log.ts', 'lastSeq = Math.max(lastSeq, seq);', ''],
  ),
  of(
    'test/integration/feed-api.test.ts',
    'an idle feed notices that its watchlist is deleted',
    'deleting it ends the feed at once',
    [
      'src/analyses/follow-feed.ts',
      'list === null || lists.of(list).isChecked()',
      'list === null || list.id !== undefined',
    ],
  ),
  of(
    'test/unit/server/stream-messages.test.ts',
    'a stream ends with its connection',
    'when the connection closes',
    ['src/server/stream-messages.ts', "else res.once('close', end);", ''],
  ),
  of(
    'test/unit/server/stream-messages.test.ts',
    'a stream whose connection has closed does not begin',
    'does not begin',
    ['src/server/stream-messages.ts', 'if (res.closed || res.destroyed) end();', 'if (false) end();'],
  ),
  of(
    'test/integration/sse.test.ts',
    'an error that ends a stream is reported once',
    'an error that ends a stream',
    [
      'src/execution/receive-messages.ts',
      'end = { last: waiting === null ? last : null };',
      'end = { last };',
    ],
  ),
  of(
    'test/unit/events/load-apart.test.ts',
    'a fault of a shared read fails for its own key alone',
    'fails for its own key alone',
    [
      'src/events/load-apart.ts',
      'some.length === 1 || timeoutsLeft < 0 || isEverybodys(error)',
      'some.length > 0',
    ],
  ),
  of(
    'test/unit/events/load-apart.test.ts',
    'a slow key is divided from the others while these are answered',
    'a slow key delays only itself',
    [
      'src/events/load-apart.ts',
      'await Promise.all([settle(some.slice(0, half)), settle(some.slice(half))]);',
      'await settle(some.slice(half)); await settle(some.slice(0, half));',
    ],
  ),
  of(
    'test/unit/events/load-apart.test.ts',
    'a server that is slow as a whole is asked a few times',
    'is asked a few times, not for every key',
    ['src/events/load-apart.ts', 'timeoutsLeft < 0 || ', ''],
  ),
  of(
    'test/integration/shared-reads.test.ts',
    'reads of several workspaces are loaded apart after a fault',
    'fails for its own workspace alone',
    [
      'src/events/load-apart.ts',
      'some.length === 1 || timeoutsLeft < 0 || isEverybodys(error)',
      'some.length > 0',
    ],
  ),
  of(
    'test/integration/boundary-calls.test.ts',
    'the JSON of one operation does not close the socket of the others',
    'in every argument of a subscription',
    [
      'src/sockets/serve-sockets.ts',
      'const isOperation = extra.access !== null &&',
      'const isOperation = extra.access === null &&',
    ],
  ),
  of(
    'test/integration/limits.test.ts',
    'a number that would become null is rejected',
    'a number beyond the range of a double',
    ['src/server/json.ts', '!Number.isFinite(Number.parseFloat', 'Number.isNaN(Number.parseFloat'],
  ),
  of(
    'test/integration/limits.test.ts',
    'an error never goes to another operation with the same id',
    'under an id in use',
    ['src/sockets/serve-sockets.ts', ' && !tokens.isUsed(message.id)', ''],
  ),
  of(
    'test/integration/client-sockets.test.ts',
    'a client opens no more than maxSockets',
    'are no more than maxSockets',
    ['packages/client/src/lines.ts', 'if (all().length >= maxSockets)', 'if (all().length < 0)'],
  ),
  of(
    'test/integration/client-sockets.test.ts',
    'a follower that was subscribed before waits for room',
    'are waited for by a follower',
    ['packages/client/src/resume.ts', 'if (!wasSubscribed) throw', 'throw'],
  ),
  fileMutation(
    16,
    'test/integration/client-aborts.test.ts',
    'bodies that end with their connection',
    'in the middle of a body',
    [
      'src/server/limits.ts',
      "throw error instanceof GraphQLError ? error : badRequest('The connection ended before the body.');",
      'throw error;',
    ],
  ),
  fileMutation(
    16,
    'test/integration/client-aborts.test.ts',
    'refusals of exports that nobody waits for',
    'an export that will be refused',
    ['src/exports/refuse-request.ts', 'if (response.destroyed && (error', 'if (false && (error'],
  ),
];
