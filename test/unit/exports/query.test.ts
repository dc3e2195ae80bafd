import { expect, test } from 'vitest';
import { parseExportFilter } from '../../../src/analyses/export.ts';
import { checkParameters } from '../../../src/exports/query.ts';

const once = [
  'after',
  'strategy',
  'minScore',
  'maxScore',
  'asOfFrom',
  'asOfTo',
  'job',
  'watchlist',
  'includeDemo',
];

test.each(once)('an export with the parameter %s twice is rejected', (name) => {
  const query = new URLSearchParams([
    [name, '1'],
    [name, '1'],
  ]);
  expect(() => parseExportFilter(query)).toThrow(`Give ${name} once.`);
});

test('tickers and verdicts of an export may be repeated', () => {
  const query = new URLSearchParams('ticker=AAPL&ticker=MSFT&verdict=BUY&verdict=SELL');
  expect(parseExportFilter(query)).toMatchObject({ tickers: ['AAPL', 'MSFT'], verdicts: ['BUY', 'SELL'] });
});

test('an unknown parameter of an export is rejected, with those that there are', () => {
  expect(() => checkParameters(new URLSearchParams('jop=1'), ['after', 'job'])).toThrow(
    'There is no parameter jop: use after, job.',
  );
});

test.each(['2024-02-30', '0000-01-01'])('an export from %s is rejected', (day) => {
  expect(() => parseExportFilter(new URLSearchParams({ asOfFrom: day }))).toThrow('asOfFrom must be a date');
});
