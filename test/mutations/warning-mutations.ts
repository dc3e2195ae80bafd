import { fileMutation, type Mutation } from './mutation.ts';

const warningsTest = 'test/unit/market/series-warnings.test.ts';
const sourcesTest = 'test/unit/market/source-warnings.test.ts';
const factorsTest = 'test/unit/market/factor-gates.test.ts';
const resampleTest = 'test/unit/quant/resample.test.ts';

const warnings = 'src/market/series-warning.ts';

/** Warnings of a series beside the bars that a result uses. */
export const warningMutations: readonly Mutation[] = [
  fileMutation(
    17,
    warningsTest,
    'the day that ends the warnings',
    'is of a result whose bars contain its day',
    [warnings, '(last === null || day <= last)', '(last === null || day !== last)'],
  ),
  fileMutation(
    17,
    warningsTest,
    'the day that begins the warnings',
    'is of a result whose bars contain its day',
    [warnings, 'day >= first && ', "day >= '' && "],
  ),
  fileMutation(17, warningsTest, 'the daily bars of periods that are used', 'a jump before the first', [
    'src/market/load-bars.ts',
    "const unused = bars === 'ALL' ? undefined",
    "const unused = bars !== 'ALL' ? undefined",
  ]),
  fileMutation(17, warningsTest, 'the session that is stored', 'does not miss a session that is stored', [
    'src/market/series.ts',
    'code !== MISSING || !isThere',
    'code !== MISSING || true',
  ]),
  fileMutation(17, warningsTest, 'the time of the fresher load', 'does not miss a session that is stored', [
    'src/market/series.ts',
    'isThere && stored.freshUntil > fresh.freshUntil',
    'stored.freshUntil === fresh.freshUntil',
  ]),
  fileMutation(17, warningsTest, 'the days of stored gates', 'has the gates of the days of both', [
    warnings,
    '[...before.about.days, ...about.days]',
    '[...about.days]',
  ]),
  fileMutation(17, factorsTest, 'the last known factor', 'across bars without a close', [
    'src/market/gates.ts',
    'factors[before] ?? Number.NaN',
    'factors[i - 1] ?? Number.NaN',
  ]),
  fileMutation(17, factorsTest, 'the splits between two factors', 'across bars without a close', [
    'src/market/gates.ts',
    'isKnown ||= known.has(i);',
    'isKnown = known.has(i);',
  ]),
  fileMutation(17, resampleTest, 'the Saturday of a week', 'by a session on its Saturday', [
    'src/quant/resample.ts',
    'shifted(weekOf(day), 6)',
    'shifted(weekOf(day), 4)',
  ]),
  fileMutation(17, sourcesTest, 'the warnings of own bars', 'reports a step of a factor', [
    'src/market/sources/own.ts',
    'return cutSeries(found, request);',
    'return { ...cutSeries(found, request), warnings: found.warnings };',
  ]),
  fileMutation(17, sourcesTest, 'the warnings of files', 'reports a step of a factor', [
    'src/market/files/serve-reads.ts',
    'return packSeries(cutSeries({ candles, adjustment, currency, warnings }, request));',
    'return packSeries({ ...cutSeries({ candles, adjustment, currency: null, warnings }, request), warnings });',
  ]),
  fileMutation(17, sourcesTest, 'the warnings of Yahoo', 'reports a step of a factor', [
    'src/market/sources/yahoo.ts',
    'const cut = cutSeries(series, request);',
    'const cut = { ...cutSeries(series, request), warnings: series.warnings ?? [] };',
  ]),
  fileMutation(17, sourcesTest, 'the warnings of Tiingo', 'reports a step of a factor', [
    'src/market/sources/tiingo.ts',
    'const { candles, warnings } = cutSeries(read, request);',
    'const { candles, warnings } = { ...cutSeries(read, request), warnings: read.warnings };',
  ]),
  fileMutation(17, sourcesTest, 'the dividend of a day without a bar', 'is known for the next bar', [
    'src/market/sources/read-chart.ts',
    'of >= day',
    'of === day',
  ]),
];
