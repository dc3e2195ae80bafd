import { describe, expect, test } from 'vitest';
import { createAnalysisTask } from '../../../src/analyses/analysis.task.ts';
import type { NewAnalysis } from '../../../src/analyses/analysis.ts';
import { resolveOptions } from '../../../src/analyses/options.ts';
import { clockOf } from '../../../src/instruments/instrument.ts';
import { cutSeries } from '../../../src/market/bars.ts';
import type { Series, Source } from '../../../src/market/source.ts';
import { daysAt } from '../../../src/market/trading-day.ts';
import { randomWalk } from '../../support/series.ts';

const bars = randomWalk(1, 300);
/** 2020-10-26, when New York has summer time: 4 hours behind UTC. */
const today = bars.dates.at(-1) ?? '';
const yesterday = bars.dates.at(-2) ?? '';
const listed = {
  exchange: 'NYSE',
  timeZone: 'America/New_York',
  currency: 'USD',
  tick: null as string | null,
};

interface Asked {
  readonly ticker?: string;
  readonly at: string;
  readonly instrument?: typeof listed | null;
  readonly series?: Partial<Series>;
  readonly source?: Partial<Source>;
  readonly strategy?: string;
}

async function analyse({
  ticker = 'X',
  at,
  instrument = listed,
  series,
  source,
  strategy = 'BALANCED',
}: Asked) {
  const made: Source = {
    title: 'Test',
    isDemo: false,
    instruments: () => Promise.resolve([]),
    load: (request) =>
      Promise.resolve(cutSeries({ candles: bars, adjustment: 'NONE', currency: 'USD', ...series }, request)),
    ...source,
  };
  const task = createAnalysisTask({
    sources: new Map([['CSV' as const, made]]),
    findInstrument: () => Promise.resolve(instrument),
    now: () => new Date(at),
  });
  const item = { jobId: 'j', workspaceId: 'w', ticker, attempt: 1, strategy, source: 'CSV' };
  const options = task.parse(resolveOptions({ lookback: 100 }, today));
  const steps = task.run(options, { ...item, signal: new AbortController().signal });
  for (;;) {
    const step = await steps.next();
    if (step.done === true) return (step.value.result as readonly NewAnalysis[])[0] as NewAnalysis;
  }
}
const codesOf = ({ warnings }: NewAnalysis) => warnings.map(({ code }) => code);

describe('a bar of today', () => {
  test.each([
    ['16:29 at NYSE', `${today}T20:29:00Z`, listed, false],
    ['16:30 at NYSE', `${today}T20:30:00Z`, listed, true],
    ['17:59 at another exchange', `${today}T21:59:00Z`, { ...listed, exchange: 'OTHER' }, false],
    ['18:00 at another exchange', `${today}T22:00:00Z`, { ...listed, exchange: 'OTHER' }, true],
    ['noon where the exchange is not known', `${today}T12:00:00Z`, null, true],
  ] as const)('at %s counts when the session is over', async (_when, at, instrument, counts) => {
    const found = await analyse({ at, instrument });
    expect(found.asOf).toBe(counts ? today : yesterday);
    expect(codesOf(found)).toEqual(counts ? [] : ['FUTURE_BAR']);
  });

  test('of a coin counts from midnight UTC on, whether it is listed or not', async () => {
    for (const instrument of [null, listed]) {
      const coin = { ticker: 'BTC-USD', instrument };
      expect((await analyse({ ...coin, at: `${today}T23:59:00Z` })).asOf).toBe(yesterday);
      const next = new Date(Date.parse(today) + 86_400_000).toISOString();
      expect((await analyse({ ...coin, at: next })).asOf).toBe(today);
    }
  });

  test('of a source that leaves out running sessions itself counts at once', async () => {
    const remote = { adjustment: 'NONE', deadlineMs: 1_000 } as const;
    const found = await analyse({ at: `${today}T20:10:00Z`, source: { remote } });
    expect([found.asOf, codesOf(found)]).toEqual([today, []]);
  });
});

test('a session is over by the clock of its exchange, also beyond midnight UTC', () => {
  const india = clockOf('X', { exchange: 'NSE', timeZone: 'Asia/Kolkata' }, false);
  expect(daysAt(new Date('2026-03-04T10:29:00Z'), india)).toEqual({
    today: '2026-03-04',
    newestDay: '2026-03-03',
  });
  expect(daysAt(new Date('2026-03-04T10:30:00Z'), india)).toEqual({
    today: '2026-03-04',
    newestDay: '2026-03-04',
  });
  expect(daysAt(new Date('2026-03-04T18:31:00Z'), india)).toEqual({
    today: '2026-03-05',
    newestDay: '2026-03-04',
  });
});

test('an instrument whose list says no tick has that of the source, else the usual one', async () => {
  const at = `${today}T23:00:00Z`;
  const entries = async (asked: Partial<Asked>) => {
    const strategies = ['BALANCED', 'TREND_FOLLOWING', 'MEAN_REVERSION'];
    const found = await Promise.all(strategies.map((strategy) => analyse({ at, strategy, ...asked })));
    const planned = found.flatMap(({ entry }) => entry ?? []);
    expect(planned.length).toBeGreaterThan(0);
    return planned;
  };
  const quoted = { series: { quoted: { kind: null, decimals: 4 } } } as const;
  for (const entry of await entries(quoted)) expect(entry).toMatch(/^\d+\.\d{4}$/);
  for (const entry of await entries({})) expect(entry).toMatch(/^\d+\.\d{2}$/);
  const instrument = { ...listed, tick: '0.001' };
  for (const entry of await entries({ ...quoted, instrument })) expect(entry).toMatch(/^\d+\.\d{3}$/);
});
