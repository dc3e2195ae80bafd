import { fileMutation, type Mutation } from './mutation.ts';

const of = (
  test: Parameters<typeof fileMutation>[1],
  without: string,
  titled: string,
  ...edits: Mutation['edits'][number][]
) => fileMutation(19, test, without, titled, ...edits);

/** Protections of connections: their end, their limits and who is admitted. */
export const doorMutations: readonly Mutation[] = [
  of(
    'test/unit/net/receive-response.test.ts',
    'a request accepts a few informational responses only',
    'one too many',
    [
      'src/net/receive-response.ts',
      'informational === MAX_INFORMATIONAL + 1',
      'informational === Number.POSITIVE_INFINITY',
    ],
  ),
  of(
    'test/integration/server-close.test.ts',
    'a request under way is waited for when the server closes',
    'gets its response',
    [
      'src/server/close-requests.ts',
      "signal.addEventListener('abort', cutOff, { once: true });",
      "signal.addEventListener('abort', cutOff, { once: true });\n      setTimeout(cutOff, 1_000);",
    ],
  ),
  of(
    'test/integration/server-close.test.ts',
    'a connection without a request is closed with the server',
    'connections without a request',
    ['src/server/close-requests.ts', 'if (requests === 0)', 'if (requests < 0)'],
  ),
  of(
    'test/integration/server-close.test.ts',
    'a request that does not end is cut off',
    'a request that does not end',
    ['src/server/close-requests.ts', "signal.addEventListener('abort', cutOff, { once: true });", ''],
  ),
  of(
    'test/integration/server-close.test.ts',
    'streams of events are cut off with the server',
    'a stream of events is cut',
    ['src/main/serve-graphql.ts', 'streams.close(signal)', 'Promise.resolve()'],
  ),
  of(
    'test/unit/sockets/close-sockets.test.ts',
    'an error of a socket does not end the wait for the others',
    'a broken frame',
    [
      'src/sockets/close-sockets.ts',
      "new Promise<void>((resolve) => socket.once('close', () => resolve()))",
      "new Promise<void>((resolve, reject) => socket.once('error', reject).once('close', () => resolve()))",
    ],
  ),
  of(
    'test/integration/stream-limits.test.ts',
    'streams are counted with the websockets of their address',
    'are counted together',
    [
      'src/server/keep-streams.ts',
      '[connections.take(limitAddressOf(address)), ofKeys.take(key)]',
      '[ofKeys.take(key)]',
    ],
  ),
  of(
    'test/integration/stream-limits.test.ts',
    'streams of a key are limited',
    'so many streams and no more',
    ['src/server/keep-streams.ts', 'if (ofKeys.isFull(key))', "if (ofKeys.isFull(''))"],
  ),
  of(
    'test/integration/stream-limits.test.ts',
    'a stream is rejected as JSON before it starts',
    'are counted together',
    ['src/server/serve-http.ts', 'refusal = isStream(request)', 'refusal = !isStream(request)'],
  ),
  of(
    'test/integration/stream-limits.test.ts',
    'a stream whose client does not read is cut off',
    'does not read is cut off',
    ['src/server/keep-streams.ts', 'watching.watch(response);', ''],
  ),
  of(
    'test/unit/server/keep-streams.test.ts',
    'a stream whose client reads is kept',
    'only when its client takes nothing',
    ['src/server/progress.ts', 'since === null || taken - takenThen >= leastBytes', 'since === null'],
  ),
  of(
    'test/unit/server/progress.test.ts',
    'a client that takes a little at a time holds its response no longer',
    'takes a little at a time',
    ['src/server/progress.ts', 'taken - takenThen >= leastBytes', 'taken > takenThen'],
  ),
  of(
    'test/alone/unread-responses.test.ts',
    'a client that does not read its response is cut off',
    'page of GraphiQL is cut off',
    [
      'src/server/serve-http.ts',
      'if (filesOf(request)?.watchesClients !== true) responses.watch(response);',
      '',
    ],
  ),
  of(
    'test/alone/unread-responses.test.ts',
    'responses that wait for their clients have a budget',
    '300 clients that do not read',
    ['src/server/serve-http.ts', '      responses.plugin,\n', ''],
  ),
  of(
    'test/alone/unread-responses.test.ts',
    'a connection has a budget of its own',
    'follow each other on one connection',
    [
      'src/server/bound-responses.ts',
      'waitingFor(connection) + bytes > connectionBytes',
      'bytes > connectionBytes',
    ],
  ),
  of(
    'test/alone/unread-responses.test.ts',
    'responses that wait for websockets have a budget',
    'a websocket that does not read',
    ['src/sockets/serve-sockets.ts', 'if (release === null) {', 'if (release === undefined) {'],
  ),
  of(
    'test/alone/unread-responses.test.ts',
    'a large response is sent in pieces',
    'reads slowly gets its whole response',
    ['src/execution/pieces.ts', 'PIECE_BYTES = 65_536', 'PIECE_BYTES = 65_536_000'],
  ),
  of(
    'test/alone/unread-responses.test.ts',
    'the response of a mutation is sent whatever waits',
    'that of a mutation is sent',
    ['src/server/serve-requests.ts', 'responses.mustSend(res);', 'responses.forget(res);'],
  ),
  of(
    'test/alone/unread-responses.test.ts',
    'a single result as events is held to the limits of responses',
    'the result of a query as a stream of events',
    ['src/server/serve-http.ts', '      singleEvent,\n', ''],
  ),
  of(
    'test/alone/unread-responses.test.ts',
    'an operation whose client accepts only events is rejected while too many bytes wait',
    'the result of a query as a stream of events',
    [
      'src/server/serve-requests.ts',
      "(kind === 'subscription' ? null : responses.refuse(context.access.workspaceId))",
      'null',
    ],
  ),
  of(
    'test/integration/unfinished-bodies.test.ts',
    'bodies that the server reads have a budget',
    'bodies that do not end hold',
    ['src/server/bound-bodies.ts', 'if (release === null) throw tooMuch(FULL, 5);', ''],
  ),
  of(
    'test/integration/unfinished-bodies.test.ts',
    'a body without a length has a budget',
    'bodies that do not end hold',
    ['src/server/limits.ts', 'reading.hold(MAX_BODY_BYTES);', ''],
  ),
  of('test/integration/unfinished-bodies.test.ts', 'a small body always has room', 'that always has room', [
    'src/server/bound-bodies.ts',
    'if (bytes <= SMALL_BODY_BYTES) return;',
    '',
  ]),
  of(
    'test/integration/unfinished-bodies.test.ts',
    'a client that does not send its body is cut off',
    'does not send the rest of a body',
    ['src/server/bound-bodies.ts', 'if (!req.complete && !res.closed) watching.watch(res);', ''],
  ),
  of(
    'test/unit/console/serve-console.test.ts',
    'the console runs scripts of its own server only',
    'with a policy that allows scripts',
    ['src/console/page.ts', '"script-src \'self\'"', "\"script-src 'self' 'unsafe-inline'\""],
  ),
  of(
    'test/unit/console/serve-console.test.ts',
    'only files of the build with a known type are served',
    'are left to the API',
    [
      'src/console/read-build.ts',
      "  '.svg': 'image/svg+xml',",
      "  '.svg': 'image/svg+xml',\n  '.env': 'text/plain',",
    ],
  ),
  of(
    'test/integration/graphiql.test.ts',
    'the page of GraphiQL is rendered once',
    '100 clients that ask for the page',
    ['src/server/serve-graphiql.ts', 'rendered ??=', 'rendered ='],
  ),
  of(
    'test/integration/graphiql.test.ts',
    'a server for its own machine checks the Host header of requests',
    'by the names of that machine only',
    ['src/server/origins.ts', 'if (!isNamed(request)) {', 'if (false) {'],
  ),
  of(
    'test/integration/graphiql.test.ts',
    'a server for its own machine checks the Host header of websockets',
    'by the names of that machine only',
    ['src/server/origins.ts', 'if (!isNamed(request)) return false;', ''],
  ),
  of(
    'test/integration/key-set-names.test.ts',
    'the name of an issuer takes no thread of getaddrinfo',
    'without a thread',
    ['src/access/load-key-set.ts', '    lookup: lookUpWith(resolve, signal),\n', ''],
  ),
  of(
    'test/integration/key-set-names.test.ts',
    'the system is not asked while the name servers of an issuer are silent',
    'fails at the deadline',
    [
      'src/access/load-key-set.ts',
      '{ owner: host, signal })',
      '{ owner: host, signal }).catch(() => [] as Address[])',
    ],
  ),
  of(
    'test/integration/webhook-names.test.ts',
    'look-ups of names are limited per workspace',
    '200 names of a workspace',
    ['src/net/resolve-name.ts', 'PER_OWNER = 4', 'PER_OWNER = 400'],
  ),
  of('test/integration/webhook-names.test.ts', 'a look-up has a deadline', 'ends at its deadline', [
    'src/net/resolve-name.ts',
    'AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)])',
    'signal',
  ]),
  of(
    'test/integration/webhook-names.test.ts',
    'a look-up is cancelled when it is given up',
    'ends at its deadline',
    ['src/net/resolve-name.ts', "signal.addEventListener('abort', cancel, { once: true });", ''],
  ),
  of(
    'test/integration/late-requests.test.ts',
    'a credential that ends while a body is under way',
    'changes nothing',
    ['src/server/serve-requests.ts', 'if (admitted.hasEnded())', 'if (false)'],
  ),
  of(
    'test/integration/late-requests.test.ts',
    'the look at the Host header',
    'is answered with 400 as JSON',
    ['src/server/serve-http.ts', 'if (!isHost(request.headers.host)) {', 'if (false) {'],
  ),
  of(
    'test/integration/scopes.test.ts',
    'the scope of scores in events of jobs',
    'sees no score and no verdict',
    ['src/graphql/field-rules.ts', 'const { scope = config.extensions?.scope } =', 'const { scope } ='],
  ),
  of('test/integration/audit.test.ts', 'root fields within fragments', 'also within fragments', [
    'src/graphql/document-facts.ts',
    'else if (one.kind === Kind.INLINE_FRAGMENT) open.push(one.selectionSet);',
    '',
  ]),
  of(
    'test/integration/rates.test.ts',
    'keys of a workspace share its points',
    'keys of a workspace share its points',
    ['src/server/charge.ts', 'const key = allowanceOf(access);', 'const key = String(access.keyId);'],
  ),
  of(
    'test/integration/rate-buckets.test.ts',
    'what costs more than the limit can pass',
    'costs more than the limit',
    ['src/rates/lease-points.ts', 'Math.min(asked, limit)', 'asked'],
  ),
  of(
    'test/integration/rate-buckets.test.ts',
    'what a higher limit allowed is not owed',
    'not owed when the limit is lowered',
    ['src/rates/rate.store.ts', 'least(r.used, $4)', 'r.used'],
  ),
  of(
    'test/unit/exports/share-exports.test.ts',
    'a key holds few exports open',
    'leave room for those of other keys',
    ['src/exports/refuse-request.ts', 'ofKey: createQuota(limits.ofKey)', 'ofKey: createQuota(99)'],
  ),
  of(
    'test/unit/exports/share-exports.test.ts',
    'a workspace holds few exports open',
    'at most eight exports open',
    [
      'src/exports/refuse-request.ts',
      'ofWorkspace: createQuota(limits.ofWorkspace)',
      'ofWorkspace: createQuota(99)',
    ],
  ),
  of(
    'test/unit/exports/share-exports.test.ts',
    'a workspace leaves slots for statements to others',
    'at most two statements of exports',
    ['src/exports/serve-exports.ts', 'perOwner: 2', 'perOwner: 4'],
  ),
  of(
    'test/unit/exports/share-exports.test.ts',
    'a closed export gives its place back',
    'leave room for those of other keys',
    ['src/exports/refuse-request.ts', "response.once('close', leaveAll)", "response.once('never', leaveAll)"],
  ),
  of('test/unit/rates/slots.test.ts', 'owners get slots in turns', 'in turns', [
    'src/rates/slots.ts',
    'waiting.delete(owner);\n      if (starts.length > 0) waiting.set(owner, starts);',
    'if (starts.length === 0) waiting.delete(owner);',
  ]),
  of('test/unit/access/admit-callers.test.ts', 'guesses are counted per kind', 'per kind and address', [
    'src/access/count-tries.ts',
    '`${kind} ${address}`',
    '`${kind.length > 0} ${address}`',
  ]),
  of(
    'test/integration/tokens.test.ts',
    'a valid token of a stranger is no guess',
    'is not counted as a guess',
    [
      'src/access/admit-callers.ts',
      'refused({ workspaceId, keyId: null, subject }, address);\n      return UNAUTHENTICATED;',
      'refused({ workspaceId, keyId: null, subject }, address);\n      return null;',
    ],
  ),
  of(
    'test/unit/access/admit-callers.test.ts',
    'few signatures of one address are checked at a time',
    'four signatures',
    [
      'src/access/admit-callers.ts',
      'verifying.run(limitAddressOf(address), () => verifyToken(token))',
      'verifyToken(token)',
    ],
  ),
  of(
    'test/unit/access/gather-loads.test.ts',
    'many unknown keys are read in one statement',
    'are loaded in one',
    ['src/access/gather-loads.ts', 'AT_ONCE = 4', 'AT_ONCE = 400'],
  ),
  of(
    'test/integration/access.test.ts',
    'a valid credential is admitted before anything is counted',
    'every valid key is admitted',
    [
      'src/access/admit-callers.ts',
      'if (admission !== null) return admission;',
      'if (admission !== null && tries.count(kindOf(token), address) === null) return admission;',
    ],
  ),
  of(
    'test/integration/trusted-proxies.test.ts',
    'the address of a client is found behind a trusted proxy',
    'behind a trusted proxy',
    [
      'src/main/run-api.ts',
      'createAddressOf(config.proxies)',
      'createAddressOf({ ...config.proxies, trusted: [] })',
    ],
  ),
  of(
    'test/integration/access.test.ts',
    'the close reason of a websocket says what is wrong with its credential',
    'which is closed at once with what is wrong',
    ['src/sockets/serve-sockets.ts', 'socket.close(code, reason);', ''],
  ),
  fileMutation(
    19,
    'test/integration/export.test.ts',
    'the path of an export that is no page',
    'gets the error of the export, and with one the file',
    [
      'src/server/serve-http.ts',
      ' && filesOf(request) === undefined) {\n      serveGraphiql',
      ') {\n      serveGraphiql',
    ],
  ),
];
