import { fileMutation, type Mutation } from './mutation.ts';

const gatesTest = 'test/unit/market/gates.test.ts';
const figuresTest = 'test/integration/bar-figures.test.ts';
const latestTest = 'test/integration/latest.test.ts';
const rankingTest = 'test/integration/ranking.test.ts';
const yahooTest = 'test/unit/market/yahoo.test.ts';
const lotsTest = 'test/integration/lots.test.ts';
const quotedTest = 'test/integration/quoted.test.ts';
const penceTest = 'test/integration/pence.test.ts';
const resampleTest = 'test/unit/quant/resample.test.ts';
const timeframesTest = 'test/integration/timeframes.test.ts';
const shortsTest = 'test/unit/quant/short-backtest.test.ts';
const sidesTest = 'test/integration/backtest-sides.test.ts';
const tallyTest = 'test/integration/universe-record.test.ts';
const talliesTest = 'test/unit/analyses/tallies.test.ts';
const performanceTest = 'test/unit/quant/performance.test.ts';
const faultsTest = 'test/integration/worker-faults.test.ts';
const filesTest = 'test/unit/market/price-files.test.ts';
const folderTest = 'test/unit/market/price-folder.test.ts';
const plainTest = 'test/unit/market/read-plain.test.ts';
const sourcesTest = 'test/unit/market/sources.test.ts';

const plain = 'src/market/files/read-plain.ts';

export const sourceMutations: readonly Mutation[] = [
  fileMutation(
    17,
    plainTest,
    'evidence for a decimal point in plain files',
    'thousands that may be decimals',
    [plain, '(hasAny && !isDecided) ||', ''],
  ),
  fileMutation(17, plainTest, 'exact numbers of plain files', 'to the bit', [
    plain,
    'EXACT_DIGITS = 15',
    'EXACT_DIGITS = 20',
  ]),
  fileMutation(17, plainTest, 'the order of days in plain files', 'is there twice', [
    plain,
    'day === null || step <= 0',
    'day === null || step < 0',
  ]),
  fileMutation(
    17,
    shortsTest,
    'the bars after the entry that borrowing pays for',
    'pays borrowing for each of them',
    ['src/quant/backtest.ts', 'borrow: borrow * barsHeld', 'borrow'],
  ),
  fileMutation(
    17,
    shortsTest,
    'the end of an account below zero',
    'leaves it below zero, and nothing is opened',
    ['src/quant/backtest.ts', 'if (amount < 0)', 'if (amount < -1e9)'],
  ),
  fileMutation(17, shortsTest, 'the side of a cool-down', 'a cool-down for its own side alone', [
    'src/quant/backtest.ts',
    "if (exit.reason === 'STOP') tally.stoppedOn = bar;",
    "if (exit.reason === 'STOP') tallies.LONG.stoppedOn = tallies.SHORT.stoppedOn = bar;",
  ]),
  fileMutation(17, shortsTest, 'the mirrored gap', 'is the mirror image of a long', [
    'src/quant/position.ts',
    'isLong ? open <= stop : open >= stop',
    'isLong ? open <= stop : false',
  ]),
  fileMutation(17, shortsTest, 'the bars that the rate of borrowing counts', 'not on what comes later', [
    'src/quant/side.ts',
    'barsPerYear(dates.slice(0, MIN_BARS))',
    'barsPerYear(dates)',
  ]),
  fileMutation(17, tallyTest, 'the gate before a record', 'of suspicious bars, of changed rules', [
    'src/analyses/tally.store.ts',
    'and not l.gated',
    'and true',
  ]),
  fileMutation(17, tallyTest, 'the result that the numbers of a record are of', 'of earlier versions', [
    'src/analyses/tally.store.ts',
    'l.lines_of = l.analysis_id',
    'l.lines is not null',
  ]),
  fileMutation(17, tallyTest, 'the removal of numbers of another result', 'of earlier versions', [
    'src/analyses/figure.store.ts',
    'lines_of = n.id, tallies = null',
    'lines_of = n.id',
  ]),
  fileMutation(17, talliesTest, 'the rules that a record is of', 'changes what a strategy decides', [
    'src/analyses/tallies.ts',
    'Object.keys(categoryWeights).length > 0',
    'false',
  ]),
  fileMutation(17, sidesTest, 'the decoder of earlier rows', 'that an earlier version stored are longs', [
    'src/backtests/backtest.ts',
    "bySide ?? (sides === 'BOTH' ? [] : [onlySide(sides, metrics, skipped)])",
    'bySide ?? []',
  ]),
  fileMutation(17, figuresTest, 'the scope of the numbers of an item', 'need the scope of results', [
    'src/analyses/bar.graphql.ts',
    "scope: 'results:read'",
    "scope: 'jobs:read'",
  ]),
  fileMutation(17, figuresTest, 'the details of an earlier row', 'that the version before stored shows', [
    'src/analyses/bar.graphql.ts',
    'if (row.close !== null) return row;',
    'if (row.close !== 0) return row;',
  ]),
  fileMutation(17, rankingTest, 'the result that lines are of', 'lines that another result has left behind', [
    'src/analyses/ranking.store.ts',
    'case when s.lines_of = s.analysis_id then',
    'case when s.analysis_id is not null then',
  ]),
  fileMutation(
    17,
    rankingTest,
    'the numbers that a screen leaves out',
    'screens on a line and on the price',
    [
      'src/analyses/figure.store.ts',
      "`nullif(${alias}.figures[${place}], 'NaN')`",
      '`${alias}.figures[${place}]`',
    ],
  ),
  fileMutation(17, resampleTest, 'the period that runs', 'a bar never changes by what comes later', [
    'src/quant/resample.ts',
    '(dates[last.to], timeframe) > closedThrough)',
    "(dates[last.to], timeframe) > '9999-12-31')",
  ]),
  fileMutation(17, timeframesTest, 'the timeframe of latest results', 'never displace the daily one', [
    'src/analyses/timeframe.ts',
    "timeframe === 'DAILY' ? strategy",
    'timeframe !== null ? strategy',
  ]),
  fileMutation(17, lotsTest, 'the parts of a unit in a row', 'are sized in parts of a unit', [
    'src/analyses/analysis.store.ts',
    "positionSize: { expression: 'coalesce(a.units::float8, a.position_size)' },",
    "positionSize: { expression: 'a.position_size::float8' },",
  ]),
  fileMutation(17, penceTest, 'the capital in whole units', 'is that of a capital in whole units', [
    'src/analyses/judgement.task.ts',
    'majorOf(currency) === null ? options.capital : toHundredths(options.capital)',
    "majorOf(currency) === '' ? toHundredths(options.capital) : options.capital",
  ]),
  fileMutation(17, penceTest, 'the listed tick in hundredths', 'the plan of STEP.L', [
    'src/quant/tick.ts',
    'if (majorOf(ofPrices) === currency) return toHundredths(tick);',
    'return majorOf(ofPrices) === tick ? toHundredths(tick) : tick;',
  ]),
  fileMutation(17, quotedTest, 'the decimals that a source says', 'the decimals and the fractions', [
    'src/quant/tick.ts',
    'if (decimals !== null) return decimals',
    'if (decimals === 0) return decimals',
  ]),
  fileMutation(17, quotedTest, 'the kind that a source says', 'the decimals and the fractions', [
    'src/quant/tick.ts',
    '(kind ?? spelledKind(ticker))',
    '(spelledKind(ticker) ?? kind)',
  ]),
  fileMutation(17, quotedTest, 'the quotation of stored bars', 'kept with its bars', [
    'src/market/candle.store.ts',
    'quoted: { kind: row.kind, decimals: row.decimals },',
    'quoted: { kind: null, decimals: null },',
  ]),
  fileMutation(17, quotedTest, 'the list before the source', 'wins over what the source says', [
    'src/analyses/judgement.task.ts',
    'listed !== null && tick !== null\n',
    'listed !== null && tick !== null && loaded.quoted.decimals === null\n',
  ]),
  fileMutation(17, lotsTest, 'the lot that a request asks for', 'wins over what the list says', [
    'src/quant/tick.ts',
    'if (asked.lot != null) return asked.lot;',
    'if (asked.lot != null && listed.lot == null) return asked.lot;',
  ]),
  fileMutation(17, figuresTest, 'the locked rows that a filler leaves out', 'one that is locked is filled', [
    'src/analyses/figure.store.ts',
    'where figures is null order by id limit $1 for no key update skip locked',
    'where figures is null order by id limit $1 for no key update nowait',
  ]),
  fileMutation(
    17,
    performanceTest,
    'the fall of the first bar',
    'falls from its purchase at the first open',
    [
      'src/quant/performance.ts',
      'metrics: measureCurve(curve, fromPurchase, capital, year)',
      'metrics: measureCurve(curve, fromPurchase && curve, capital, year)',
    ],
  ),
  fileMutation(17, gatesTest, 'the tick of the kind of instrument', 'on the tick of currencies', [
    'src/analyses/judgement.task.ts',
    ': usualTick(ticker, candles.close[last] ?? 1, currency, loaded.quoted);',
    ": usualTick('', candles.close[last] ?? 1, currency);",
  ]),
  fileMutation(17, latestTest, 'the displaced result of a bar that is gone', 'a run over mended bars', [
    'src/analyses/latest.store.ts',
    'l.as_of <> n.read_on))`',
    'l.as_of <> n.read_on and false))`',
  ]),
  fileMutation(17, latestTest, 'the last analysis that a past day leaves', 'a job that fills a past day', [
    'src/jobs/watchlist-status.store.ts',
    'case when ${result} is null or exists (',
    'case when ${result} is null or false and exists (',
  ]),
  fileMutation(17, rankingTest, 'the rows that a ranking leaves out', 'under every sort and filter', [
    'src/analyses/ranking.store.ts',
    'includeGated === true ? []',
    'includeGated !== null ? []',
  ]),
  fileMutation(17, yahooTest, 'the look for a session without prices', 'is asked for again within minutes', [
    'src/market/sources/read-chart.ts',
    'return newest > (last ?? newest) ? newest : null;',
    'return newest > (last ?? newest) ? null : null;',
  ]),
  fileMutation(17, yahooTest, 'the factor of a missing adjusted close', 'has the last factor', [
    'src/market/sources/read-chart.ts',
    'if (cells[i] == null && Number.isFinite(plain)) return plain * factor;',
    '',
  ]),
  fileMutation(17, yahooTest, 'the look for texts of a quota', 'QUOTA', [
    'src/market/fetch-json.ts',
    'if (isQuotaText(text))',
    "if (isQuotaText(''))",
  ]),
  fileMutation(17, gatesTest, 'the plan that a gate takes away', 'takes the plan of a result away', [
    'src/analyses/judgement.task.ts',
    'gatesOf(warnings).length > 0 ? null : result.plan',
    'result.plan',
  ]),
  fileMutation(17, gatesTest, 'the look for bars of the future', 'is left out, and an older bar', [
    'src/market/load-candles.ts',
    'if (future === undefined) return series;',
    'if (future !== undefined || series !== null) return series;',
  ]),
  fileMutation(
    17,
    'test/unit/market/factor-gates.test.ts',
    'the factor that moves alone',
    'that move where the price does not are a step',
    ['src/market/gates.ts', ' && !sharesStep(raw, before, i, step))', ' && step < 0)'],
  ),
  fileMutation(
    17,
    sourcesTest,
    'the adjusted volume of Tiingo',
    'adjusts the volume for splits and not for dividends',
    [
      'src/market/sources/tiingo.ts',
      "volume: column('adjVolume')",
      "volume: column('volume' as 'adjVolume')",
    ],
    ['src/market/sources/tiingo.ts', '  adjVolume: cell,', '  adjVolume: cell,\n  volume: cell,'],
  ),
  fileMutation(17, sourcesTest, 'the many names of an adjusted close', 'holds adjusted closes', [
    'src/market/files/name-parts.ts',
    "    .replaceAll(/[^\\p{L}\\p{N}]/gu, '')",
    '',
  ]),
  fileMutation(
    17,
    sourcesTest,
    'adjusted sets that are used as they are',
    'a whole set of adjusted prices and volume',
    [
      'src/market/files/adjust-bars.ts',
      'if (adjOpen !== undefined && adjHigh',
      'if (adjOpen === adjClose && adjHigh',
    ],
  ),
  fileMutation(
    17,
    'test/unit/main/candles-command.test.ts',
    'the exit code of a check',
    'and fails because some would be rejected',
    [
      'src/main/candles.ts',
      'refusal !== null)) process.exitCode = 1',
      'refusal !== null)) process.exitCode = 0',
    ],
  ),
  fileMutation(17, folderTest, 'the look at what a file is before it is opened', 'a link to a FIFO', [
    'src/market/files/read-whole.ts',
    'if (!found.isFile()) throw notAFile(name);',
    '',
  ]),
  fileMutation(17, folderTest, 'the limit of size', 'a file that is too large', [
    'src/market/files/read-whole.ts',
    'before.size > MAX_BYTES',
    'before.size < 0',
  ]),
  fileMutation(
    17,
    folderTest,
    'the comparison of a file before and after the read',
    'it is written anew with the same length',
    ['src/market/files/read-whole.ts', ' || !isSame(before, fstatSync(descriptor, { bigint: true }))', ''],
  ),
  fileMutation(17, folderTest, 'the deadline of a read', 'fails its read at the deadline and is killed', [
    'src/market/files/call-readers.ts',
    ', setTimeout(expire, deadlineMs, reader, deadlineMs));',
    ');',
  ]),
  fileMutation(
    17,
    folderTest,
    'another reader in the place of one that hangs',
    'leaves its place to another',
    [
      'src/market/files/call-readers.ts',
      '      reader.stalled = true;\n      dispatch();',
      '      dispatch();',
    ],
  ),
  fileMutation(
    17,
    'test/integration/series.test.ts',
    'the error of a source that may be asked again, as one of its field',
    'a file that cannot be read fails its own field',
    ['src/graphql/mask-error.ts', 'if (cause instanceof ItemError && cause.transient)', 'if (cause === log)'],
  ),
  fileMutation(
    17,
    faultsTest,
    'the item that an unhandled rejection belongs to',
    'an unhandled rejection is the failure of the item',
    ['src/main/shutdown.ts', "else if (!failOwner(error, 'unhandledRejection')) void fail", 'else void fail'],
  ),
  fileMutation(
    17,
    faultsTest,
    'the failed attempt of an item whose exception ends the process',
    'an uncaught exception of an item ends its worker',
    ['src/main/shutdown.ts', "    failOwner(error, 'uncaughtException');\n", ''],
  ),
  fileMutation(
    17,
    'test/e2e/shutdown.test.ts',
    'the end of a process whose threads hang',
    'though file calls that hang occupy all threads',
    ['src/main/exit-process.ts', ') killLater();', ') void killLater;'],
  ),
  fileMutation(17, filesTest, 'the refusal of dates with two readings', 'shows both and how to choose one', [
    'src/market/files/decide-days.ts',
    '  if (others.length > 0) refuseBoth(cells, [found, ...others]);\n',
    '',
  ]),
  fileMutation(
    17,
    filesTest,
    'the refusal of numbers with two readings',
    'a comma that may part thousands or decimals',
    [
      'src/market/files/decide-decimal.ts',
      "(sign === '.' && evidence.isPointPlain())",
      "(sign === ',' || evidence.isPointPlain())",
    ],
  ),
  fileMutation(17, folderTest, 'the order of files that are slow', 'so that it is read after all others', [
    'src/market/files/call-readers.ts',
    'if (other !== undefined) return other;',
    'if (other !== undefined) return first;',
  ]),
  fileMutation(17, folderTest, 'the place that slow files leave', 'so that one place stays free for others', [
    'src/market/files/call-readers.ts',
    'return reading ? undefined : first;',
    'return first;',
  ]),
  fileMutation(
    17,
    'test/integration/history.test.ts',
    'the day of the bar in a history',
    'pages of a history forth and back',
    [
      'src/analyses/analysis.store.ts',
      'const isHistory = ({ jobId, ticker }: AnalysisFilter) => jobId === undefined && ticker !== undefined;',
      'const isHistory = ({ jobId, ticker }: AnalysisFilter) => jobId === null && ticker !== undefined;',
    ],
  ),
  fileMutation(
    17,
    'test/integration/history.test.ts',
    'the day of the bar of the result before',
    'a history is ordered by the day of the bar',
    [
      'src/analyses/history.store.ts',
      'order by a.as_of desc, a.id desc limit 1) as p',
      'order by a.id desc limit 1) as p',
    ],
  ),
];
