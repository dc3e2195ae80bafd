import { expect, test, vi } from 'vitest';

// The address is read when its module is loaded; these functions take theirs as an argument.
vi.stubGlobal('location', { pathname: '/', search: '' });
vi.stubGlobal('addEventListener', () => undefined);

const { filterOf } = await import('../../../console/src/jobs/filter.ts');
const { screenOf } = await import('../../../console/src/ranking/screens.ts');
const { viewOf } = await import('../../../console/src/ranking/view.ts');
const { withQuery } = await import('../../../console/src/routing/address.ts');

test.each([
  ['RSI<30', { indicator: 'RSI', lt: 30 }],
  ['VOLUME>=100000', { number: 'VOLUME', gte: 100_000 }],
  ['CHANGE_PCT>-2.5', { number: 'CHANGE_PCT', gt: -2.5 }],
  ['RSI', null],
  ['DROP<1', null],
  ['RSI<x', null],
])('the condition %s', (text, screen) => expect(screenOf(text)).toEqual(screen));

test('a ranking is what its address says, without what is not valid in it', () => {
  const query = new URLSearchParams(
    'strategy=MEAN_REVERSION&verdict=BUY&verdict=NOPE&where=RSI<30&where=x&sort=CLOSE&dir=ASC&q= apple &demo=0',
  );
  expect(viewOf(query)).toEqual({
    strategy: 'MEAN_REVERSION',
    verdicts: ['BUY'],
    screens: ['RSI<30'],
    sector: null,
    filter: {
      verdicts: ['BUY'],
      screens: [{ indicator: 'RSI', lt: 30 }],
      text: 'apple',
      includeDemo: false,
      includeGated: false,
    },
    sort: { by: 'CLOSE', direction: 'ASC' },
  });
  expect(viewOf(new URLSearchParams('strategy=X&sort=Y')).sort).toEqual({ by: 'SCORE', direction: 'DESC' });
});

test('jobs are filtered by what their address says, whole days included', () => {
  const filter = filterOf(
    new URLSearchParams('state=FAILED&state=ODD&kind=BACKTEST&ticker=aapl&from=2026-01-02&to=2026-01-02'),
  );
  expect(filter).toMatchObject({ states: ['FAILED'], kinds: ['BACKTEST'], ticker: 'AAPL' });
  const length = Date.parse(filter.createdTo ?? '') - Date.parse(filter.createdFrom ?? '');
  expect(length).toBe(86_400_000 - 1);
  expect(filterOf(new URLSearchParams('from=yesterday'))).toEqual({});
});

test('a change of the query keeps its other values', () => {
  const address = { path: '/ranking', query: new URLSearchParams('q=a&verdict=BUY') };
  expect(withQuery(address, { verdict: ['BUY', 'HOLD'] })).toBe('/ranking?q=a&verdict=BUY&verdict=HOLD');
  expect(withQuery(address, { q: null, verdict: [] })).toBe('/ranking');
  expect(withQuery(address, { cols: 'close,score' })).toBe('/ranking?q=a&verdict=BUY&cols=close,score');
});
