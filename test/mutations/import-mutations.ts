import { fileMutation, type Mutation } from './mutation.ts';

const listTest = 'test/integration/import-instruments.test.ts';
const tickersTest = 'test/integration/source-tickers.test.ts';
const folderTest = 'test/integration/missing-folder.test.ts';
const checkTest = 'test/unit/main/candles-command.test.ts';
const mergeTest = 'test/unit/market/merge-bars.test.ts';
const importsTest = 'test/unit/imports/serve-imports.test.ts';
const ownBarsTest = 'test/integration/own-bars.test.ts';

export const importMutations: readonly Mutation[] = [
  fileMutation(17, ownBarsTest, 'the workspace of own bars', 'reads, lists, replaces, removes and analyses', [
    'src/market/own.store.ts',
    'body from own_series where workspace_id = $1 and ticker = $2',
    'body from own_series where $1::uuid is not null and ticker = $2',
  ]),
  fileMutation(17, ownBarsTest, 'the lock of imports of a workspace', 'parts that are appended at once', [
    'src/market/import-bars.ts',
    'await lockOwnSeries(tx, request.workspaceId);',
    '',
  ]),
  fileMutation(17, ownBarsTest, 'the quota of own bars', 'room in the quota', [
    'src/market/import-bars.ts',
    'if (others.bars + bars > limits.bars)',
    'if (others.bars + bars > limits.bars * 9)',
  ]),
  fileMutation(17, ownBarsTest, 'the look for an equal import', 'in another format, or again', [
    'src/market/import-bars.ts',
    'const isSame = stored !== null && isEqual(stored, own);',
    'const isSame = stored !== null && isEqual(stored, own) && false;',
  ]),
  fileMutation(17, ownBarsTest, 'the comparison of stored prices', 'of other prices of a stored day', [
    'src/market/merge-bars.ts',
    'if (differs !== undefined) return',
    'if (differs !== undefined && false) return',
  ]),
  fileMutation(17, mergeTest, 'the day that both have', 'have no scale in common', [
    'src/market/merge-bars.ts',
    'if (!isCompared && stored',
    'if (isCompared === null && stored',
  ]),
  fileMutation(17, mergeTest, 'the price of the day that both have', 'without a close shows no scale', [
    'src/market/merge-bars.ts',
    'hasClose(stored.close, at) && hasClose(fresh.close, i)',
    'at >= 0 && i >= 0 && hasClose !== null',
  ]),
  fileMutation(17, ownBarsTest, 'own tickers as they are', 'under its own ticker', [
    'src/analyses/submit-analysis.ts',
    'return sources.get(source)?.isOwned === true ? tickers',
    'return sources.get(source)?.isOwned === null ? tickers',
  ]),
  fileMutation(19, importsTest, 'the price of a list of series', 'has 100 by default', [
    'src/imports/serve-imports.ts',
    '    await charge.begin(body.series.length);\n',
    '',
  ]),
  fileMutation(19, importsTest, 'the most series of a page', 'has 100 by default', [
    'src/imports/page.ts',
    'most: 500',
    'most: 5_000',
  ]),
  fileMutation(19, importsTest, 'the places of lists', 'lists that nobody reads', [
    'src/imports/serve-imports.ts',
    '    countLists(access, response);\n',
    '',
  ]),
  fileMutation(19, importsTest, 'the look at the room for a response', 'responses count', [
    'src/imports/serve-imports.ts',
    'if (full !== null) throw',
    'if (full === undefined) throw',
  ]),
  fileMutation(
    19,
    'test/unit/server/server.test.ts',
    'the watch of responses of files',
    'that its client does not',
    [
      'src/server/serve-http.ts',
      'if (filesOf(request)?.watchesClients !== true)',
      'if (filesOf(request) === undefined)',
    ],
  ),
  fileMutation(
    17,
    'test/integration/own-series-pages.test.ts',
    'the ticker after which a page begins',
    'once',
    [
      'src/market/own.store.ts',
      'where workspace_id = $1 and ticker > $2 order',
      'where workspace_id = $1 and ticker >= $2 order',
    ],
  ),
  fileMutation(19, ownBarsTest, 'the scope of an import', 'a key with candles:write imports', [
    'src/imports/serve-imports.ts',
    "if (!scopes.has('candles:write') && !(isRead",
    "if (!scopes.has('jobs:read') && !scopes.has('candles:write') && !(isRead",
  ]),
  fileMutation(
    19,
    ownBarsTest,
    'the limit of a body',
    'a body of at most 5 MB',
    [
      'src/imports/read-body.ts',
      "if (Number(request.headers['content-length'] ?? 0) > limit)",
      "if (Number(request.headers['content-length'] ?? 0) > 2 * limit)",
    ],
    ['src/imports/read-body.ts', 'if (size > limit)', 'if (size > 2 * limit)'],
  ),
  fileMutation(19, listTest, 'the keys of 200 instruments', 'with all of their fields', [
    'src/server/json.ts',
    'const MAX_KEYS = 4_000;',
    'const MAX_KEYS = 2_000;',
  ]),
  fileMutation(17, listTest, 'the lot that a list leaves out', 'lot and fractional are stored', [
    'src/instruments/instrument.store.ts',
    '      lot = coalesce(excluded.lot, i.lot), fractional',
    '      lot = excluded.lot, fractional',
  ]),
  fileMutation(17, listTest, 'the look at tickers of a source', 'is not added to the list', [
    'src/instruments/find-instrument.ts',
    '.filter(({ ticker }) => normaliseTicker(ticker) === ticker)',
    ".filter(({ ticker }) => ticker !== '')",
  ]),
  fileMutation(17, tickersTest, 'the removal of what a source no longer lists', 'leaves the list', [
    'src/instruments/find-instrument.ts',
    'await deleteUnlisted(db, source, tickers);',
    'if (tickers.length < 0) await deleteUnlisted(db, source, tickers);',
  ]),
  fileMutation(17, tickersTest, 'the removal of what a disabled source knew', 'leaves the list', [
    'src/main/run-api.ts',
    'await removeOfOtherSources(relay, [...sources.keys()]);',
    "await removeOfOtherSources(relay, [...sources.keys(), 'CSV']);",
  ]),
  fileMutation(17, tickersTest, 'the source of a ticker in the universe', 'leaves the list', [
    'src/instruments/instrument.store.ts',
    'or(isNull(instruments.source), eq(instruments.source, source))',
    "or(isNull(instruments.source), eq(instruments.source, 'CSV'))",
  ]),
  fileMutation(17, tickersTest, 'the look at the code of no currency', 'leaves the list', [
    'src/instruments/instrument.ts',
    'listed === null || listed.currency === NO_CURRENCY',
    'listed === null',
  ]),
  fileMutation(
    17,
    ownBarsTest,
    'the look at file names in the path of an import',
    'under the name of a file',
    ['src/file-name.ts', 'if (bare === text.trim()) return', 'if (bare !== null) return'],
  ),
  fileMutation(18, folderTest, 'the look at the folder of a setting', 'ends at once', [
    'src/main/require-folder.ts',
    'if (path === null) return;',
    "if (path !== '') return;",
  ]),
  fileMutation(17, checkTest, 'the refusal of a file name', 'rejects a file whose name', [
    'src/main/candles.ts',
    'report.refusal === null && refusal !== null',
    'report.refusal === null && refusal !== null && false',
  ]),
  fileMutation(19, listTest, 'the workspace that may change instruments', 'does not change the shared list', [
    'src/instruments/change-instruments.ts',
    'if (workspaceId !== DEFAULT_WORKSPACE_ID)',
    'if (workspaceId === null)',
  ]),
  fileMutation(19, listTest, 'the guard of instruments in the database', 'does not change the shared list', [
    'drizzle/0036_share_the_list_of_instruments.sql',
    "IF current_user = 'thetool_api'",
    "IF current_user = 'nobody'",
  ]),
  fileMutation(17, listTest, 'the folding of searches', 'searches fold names', [
    'src/instruments/instrument.graphql.ts',
    "const search = foldName(args.search ?? '').slice(0, 50);",
    "const search = (args.search ?? '').trim().slice(0, 50);",
  ]),
];
