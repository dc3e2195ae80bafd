import { fileMutation, type Mutation } from './mutation.ts';

const of = (
  test: Parameters<typeof fileMutation>[1],
  without: string,
  titled: string,
  ...edits: Mutation['edits'][number][]
) => fileMutation(19, test, without, titled, ...edits);

const receive = 'test/unit/net/receive-response.test.ts';

/** Limits of what one client, one workspace or one foreign server may hold. */
export const limitMutations: readonly Mutation[] = [
  of(
    'test/unit/exports/stream-export.test.ts',
    'the lines of an export are made in parts, in turns of the event loop',
    'in turns of the event loop of their own',
    ['src/exports/stream-export.ts', '      await setImmediate();\n', ''],
  ),
  of(
    'test/unit/exports/serve-exports.test.ts',
    'an export that nobody reads is cut off after its last line, too',
    'when its last line was written',
    ['src/exports/serve-exports.ts', '      watch(response);\n', ''],
  ),
  of(
    'test/unit/exports/stream-export.test.ts',
    'a slow client of an export is seen to read',
    'in pieces of at most 16 KiB',
    ['src/exports/pieces.ts', 'const PIECE_BYTES = 16_384;', 'const PIECE_BYTES = 16_384_000;'],
  ),
  of(
    receive,
    'a request ends when the server switches protocols',
    '101 with the header Upgrade',
    [
      'src/net/receive-response.ts',
      "    reject(noResponse('UNEXPECTED_UPGRADE', 'the server switched protocols'));\n",
      '',
    ],
    ['src/net/receive-response.ts', '    if (!hasResponse) reject(', '    if (false) reject('],
    [
      'src/net/receive-response.ts',
      'const abort = () => reject(signal.reason as Error);',
      'const abort = () => undefined;',
    ],
  ),
  of('test/integration/protocol.test.ts', 'a limit of frames of a message', 'in more than 64 frames', [
    'src/sockets/serve-sockets.ts',
    '    maxFragments: MAX_SOCKET_FRAGMENTS,\n',
    '',
  ]),
  of('test/integration/protocol.test.ts', 'a limit of reads of a frame', 'in more than 256 reads', [
    'src/sockets/serve-sockets.ts',
    '    maxBufferedChunks: MAX_SOCKET_READS,\n',
    '',
  ]),
  of('test/unit/server/server.test.ts', 'offers of other protocols are ignored', 'that offers HTTP/2', [
    'src/server/serve-http.ts',
    'createServer({ shouldUpgradeCallback }, ',
    'createServer(',
  ]),
  of('test/unit/server/server.test.ts', 'a client that left during authentication', 'has left during', [
    'src/server/serve-http.ts',
    '    if (response.closed || response.destroyed) return;\n',
    '',
  ]),
  of('test/integration/rate-buckets.test.ts', 'a workspace that owes points is refused', 'that owes points', [
    'src/rates/lease-points.ts',
    '(granted < wanted && missing > 0)',
    'false',
  ]),
  of(
    'test/unit/server/bound-responses.test.ts',
    'small responses count in the budgets',
    'small responses',
    [
      'src/server/bound-responses.ts',
      'beyondExempt(before + bytes) - beyondExempt(before);',
      'beyondExempt(bytes);',
    ],
    [
      'src/server/bound-responses.ts',
      'waitingFor(connection) + bytes > connectionBytes',
      'bytes > connectionBytes',
    ],
  ),
  of(
    'test/unit/server/bound-responses.test.ts',
    'the response to a mutation counts although there is no room',
    'sent without room, and counts',
    [
      'src/server/bound-responses.ts',
      'if (release === null) return FULL;',
      'if (release === null) return null;',
    ],
    ['src/server/bound-responses.ts', 'mustBeSent ? budget.add : budget.take', 'budget.take'],
  ),
  of('test/unit/server/server.test.ts', 'requests of one connection are bounded', 'has 16 requests served', [
    'src/server/serve-http.ts',
    '    if (!mayServe(request, response)) return;\n',
    '',
  ]),
  of(
    'test/unit/server/server.test.ts',
    'a client that ignores its rejection is cut off',
    'sends on after that',
    ['src/server/bound-pipelining.ts', '      if (extra >= MAX_IGNORED) socket.destroy();\n', ''],
  ),
  of('test/unit/server/server.test.ts', 'a websocket overtakes responses', 'behind a request under way', [
    'src/server/serve-http.ts',
    '    if (isBusy(request.socket)) early.add(request);\n',
    '',
  ]),
  of('test/unit/server/server.test.ts', 'a request has several hosts', 'two Host headers', [
    'src/server/serve-http.ts',
    "name.toLowerCase() === 'host').length <= 1",
    "name.toLowerCase() === 'host').length >= 1",
  ]),
  of(
    'test/unit/graphql/document-facts.test.ts',
    'plans of all documents are bounded',
    'plans of all documents',
    ['src/graphql/document-facts.ts', 'plans.set(key, plan, 1 + shape.breadth);', 'plans.set(key, plan, 0);'],
  ),
  of(
    'test/unit/graphql/document-facts.test.ts',
    'documents are kept by their size',
    'documents share one limit',
    ['src/server/kept-documents.ts', 'OVERHEAD_TOKENS + tokensOf(facts)', '1'],
  ),
  of('test/unit/server/pipeline.test.ts', 'operations of a document are bounded', 'at most 20 operations', [
    'src/server/limits.ts',
    "  operations: [20, 'operations'],\n",
    "  operations: [2_000, 'operations'],\n",
  ]),
  of(
    'test/drift/scopes.test.ts',
    'ids in the text of a document need the scope of their type',
    'in the text',
    [
      'src/graphql/document-facts.ts',
      '[...findNeeded(facts, node), ...inputs().always]',
      'findNeeded(facts, node)',
    ],
  ),
  of(
    'test/unit/server/pipeline.test.ts',
    'ids in variables need the scope of their type',
    'an id in a variable',
    ['src/server/pipeline.ts', 'operation.neededFor(variables)', 'operation.needed'],
  ),
  of(
    'test/integration/scopes.test.ts',
    'an export of a watchlist needs the scope of watchlists',
    'export of a watchlist',
    ['src/analyses/export-analyses.ts', "!scopes.has('jobs:read')", 'false'],
  ),
  of(
    'test/unit/db/quotas.test.ts',
    'the last connections are for a workspace that has none',
    'leave the last ones',
    ['src/db/quotas.ts', '(quota.borrowed === 0 || borrowed < shared)', 'true'],
  ),
  of(
    'test/integration/webhook-failures.test.ts',
    'the last slot is for a workspace that has none',
    'leave the last one',
    ['src/webhooks/lease.store.ts', 'case when o.place > 1 then 1 else 0 end', '0'],
  ),
  of(
    'test/integration/webhook-failures.test.ts',
    'workspaces with webhooks under way are others',
    'leave the last one',
    ['src/webhooks/lease.store.ts', ' union all select workspace_id from busy', ''],
  ),
];
