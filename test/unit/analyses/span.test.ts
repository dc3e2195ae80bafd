import { expect, test } from 'vitest';
import { resolveOptions } from '../../../src/analyses/options.ts';
import { checkSpanSize, mostBars, submitCost } from '../../../src/analyses/span.ts';
import { InvalidInputError, LimitExceededError } from '../../../src/errors.ts';

const TODAY = '2026-11-30';
const refused = (options: object): InvalidInputError => {
  try {
    resolveOptions(options, TODAY);
  } catch (error) {
    if (error instanceof InvalidInputError) return error;
    throw error;
  }
  throw new Error('the options were accepted');
};

test.each([
  [{ asOfFrom: '2026-01-01' }, 'options.asOfTo', /missing: give the first and the last day/],
  [{ asOfTo: '2026-01-01' }, 'options.asOfFrom', /missing: give the first and the last day/],
  [{ asOf: '2026-01-02', asOfFrom: '2026-01-01', asOfTo: '2026-01-03' }, 'options.asOf', /give one of them/],
  [
    { asOfFrom: '2026-01-01', asOfTo: '2026-12-01' },
    'options.asOfTo',
    /2026-12-01 lies in the future: the latest day is 2026-11-30/,
  ],
  [{ asOfFrom: '2026-01-02', asOfTo: '2026-01-01' }, 'options.asOfFrom', /2026-01-02 is after .* 2026-01-01/],
  [{ asOfFrom: '2026-02-30', asOfTo: '2026-03-01' }, 'options.asOfFrom', /must be a date/],
])('the options %j are rejected with an error that names the field', (options, field, message) => {
  const error = refused(options);
  expect(error.field).toBe(field);
  expect(error.message).toMatch(message);
});

test('a span of one day is accepted up to today, and options without a span store none', () => {
  expect(resolveOptions({ asOfFrom: TODAY, asOfTo: TODAY }, TODAY)).toMatchObject({
    asOfFrom: TODAY,
    asOfTo: TODAY,
  });
  expect(Object.keys(resolveOptions({}, TODAY))).not.toContain('asOfFrom');
});

const year = { from: '2025-01-01', to: '2025-12-31' };

test('a span has at most a bar a day, a week or a month', () => {
  expect(mostBars(year, 'DAILY')).toBe(365);
  expect(mostBars(year, 'WEEKLY')).toBe(53);
  expect(mostBars(year, 'MONTHLY')).toBe(14);
  expect(mostBars({ from: TODAY, to: TODAY }, 'DAILY')).toBe(1);
});

const sized = (span: { from: string; to: string }, strategies: number, tickers: number) => () =>
  checkSpanSize(span, { timeframe: 'DAILY', strategies, tickers });

test('a job gives at most 400 results of a ticker and 100,000 in all', () => {
  const longest = { from: '2025-01-01', to: '2026-02-04' };
  expect(sized(longest, 1, 250)).not.toThrow();
  expect(sized(longest, 1, 251)).toThrow(/251 tickers .* 100400 results, at most 100000/);
  expect(sized({ ...longest, to: '2026-02-05' }, 1, 1)).toThrow(LimitExceededError);
  expect(sized(year, 2, 1)).toThrow(/365 days with 2 strategies .* 730 results of a ticker, at most 400/);
});

test('a submit costs a point for each day of its span, whatever is wrong with the span', () => {
  expect(submitCost(null)).toBe(1);
  expect(submitCost({ asOf: '2026-01-01' })).toBe(1);
  expect(submitCost({ asOfFrom: '2026-01-01', asOfTo: '2026-01-10' })).toBe(10);
  expect(submitCost({ asOfFrom: '2026-01-10', asOfTo: '2026-01-01' })).toBe(1);
  expect(submitCost({ asOfFrom: '0001-01-01', asOfTo: '9999-01-01' })).toBe(400);
  expect(submitCost({ asOfFrom: 'x', asOfTo: 'y' })).toBe(1);
});
