import { describe, expect, test } from 'vitest';
import { createAnalysisTask } from '../../../src/analyses/analysis.task.ts';
import type { NewAnalysis } from '../../../src/analyses/analysis.ts';
import { createBackfillTask } from '../../../src/analyses/backfill.task.ts';
import { type AskedOptions, resolveOptions } from '../../../src/analyses/options.ts';
import type { AnyTask, Finished } from '../../../src/jobs/define-task.ts';
import { cutSeries } from '../../../src/market/bars.ts';
import type { CandleRequest, Series, Source } from '../../../src/market/source.ts';
import { pickBars } from '../../../src/market/trading-day.ts';
import type { Candles } from '../../../src/quant/candles.ts';
import { randomWalk } from '../../support/series.ts';

const NOW = new Date('2026-11-30T12:00:00Z');
const STRATEGIES = ['BALANCED', 'MEAN_REVERSION'] as const;

/** Bars from 2020 to August 2026 without weekends and without the first Thursday of each month. */
const everyDay = randomWalk(3, 2_430);
const isTraded = (date: string) => {
  const weekday = new Date(date).getUTCDay();
  return weekday > 0 && weekday < 6 && !(weekday === 4 && Number(date.slice(8)) <= 7);
};
const walk = pickBars(
  everyDay,
  everyDay.dates.flatMap((date, i) => (isTraded(date) ? [i] : [])),
);

/** A source of one series that notes its requests. */
function sourceOf(candles: Candles, changes: Partial<Series> = {}) {
  const requests: CandleRequest[] = [];
  const source: Source = {
    title: 'Test',
    isDemo: false,
    instruments: () => Promise.resolve([]),
    load(request) {
      requests.push(request);
      const series: Series = { candles, adjustment: 'NONE', currency: 'USD', ...changes };
      return Promise.resolve(cutSeries(series, request));
    },
  };
  const deps = {
    sources: new Map([['CSV' as const, source]]),
    findInstrument: () => Promise.resolve(null),
    now: () => NOW,
  };
  return { requests, deps };
}

interface Ran {
  readonly phases: readonly number[];
  readonly finished: Finished<unknown>;
  readonly results: readonly NewAnalysis[];
}

function start(task: AnyTask, options: AskedOptions, signal = new AbortController().signal) {
  const resolved = resolveOptions(options, '2026-12-31', STRATEGIES);
  const item = { jobId: 'j', workspaceId: 'w', ticker: 'T', attempt: 1 };
  return task.run(task.parse(resolved), { ...item, strategy: 'BALANCED', source: 'CSV', signal });
}

async function runTask(task: AnyTask, options: AskedOptions): Promise<Ran> {
  const steps = start(task, options);
  const phases: number[] = [];
  for (;;) {
    const step = await steps.next();
    if (step.done === true) {
      return { phases, finished: step.value, results: step.value.result as readonly NewAnalysis[] };
    }
    phases.push(step.value);
  }
}

const daysOf = (results: readonly NewAnalysis[]) => [...new Set(results.map(({ asOf }) => asOf))];
/** All of a result but its id and its mark. */
const contentOf = ({ id: _id, isBackfill: _mark, packed, ...content }: NewAnalysis) => ({
  ...content,
  packed: Buffer.from(packed).toString('hex'),
});

/** The result of a job with `asOf` for each day and strategy. */
async function singly({ deps }: ReturnType<typeof sourceOf>, options: AskedOptions, days: readonly string[]) {
  const task = createAnalysisTask(deps);
  const ran = await Promise.all(days.map((asOf) => runTask(task, { ...options, asOf })));
  return ran.flatMap(({ results }) => results);
}

describe('a span of days', () => {
  test.each<readonly [AskedOptions, number]>([
    [{ lookback: 200, asOfFrom: '2025-03-03', asOfTo: '2025-06-30' }, 81],
    [{ lookback: 'ALL', asOfFrom: '2020-12-24', asOfTo: '2021-01-08' }, 11],
    [{ lookback: 100, timeframe: 'WEEKLY', asOfFrom: '2024-01-03', asOfTo: '2024-06-30' }, 26],
    [{ lookback: 'ALL', timeframe: 'MONTHLY', asOfFrom: '2025-01-15', asOfTo: '2026-08-31' }, 20],
  ])('%j has for each bar the results of a job with this day as asOf, bit by bit', async (options, days) => {
    const close = walk.close.map((price, i) => (i % 97 === 90 ? Number.NaN : price));
    const warnings = [{ code: 'LAST_SESSION_MISSING', message: 'x' }];
    const source = sourceOf({ ...walk, close }, { warnings });
    const { results, finished } = await runTask(createBackfillTask(source.deps), options);
    // In one load.
    expect(source.requests).toHaveLength(1);
    expect(daysOf(results)).toHaveLength(days);
    expect(results).toHaveLength(days * STRATEGIES.length);
    expect(finished.weight).toBe(results.length);
    expect(finished.facts.analysisId).toBe(results.at(-2)?.id);
    expect(results.every(({ isBackfill }) => isBackfill)).toBe(true);
    const { asOfFrom: _from, asOfTo: _to, ...asked } = options;
    const askedDays = [...new Set(results.map(({ details }) => details.options.asOf ?? ''))];
    expect(results.map(contentOf)).toEqual((await singly(source, asked, askedDays)).map(contentOf));
  });

  test('has no result on days without a bar, and none of a bar that validation drops', async () => {
    const from = walk.dates.indexOf('2025-04-01');
    const close = walk.close.map((price, i) => (i === from + 4 ? Number.NaN : price));
    const { deps } = sourceOf({ ...walk, close });
    const { results } = await runTask(createBackfillTask(deps), {
      asOfFrom: '2025-04-01',
      asOfTo: '2025-04-30',
    });
    const traded = walk.dates.filter((day) => day.startsWith('2025-04'));
    expect(daysOf(results)).toEqual(traded.filter((_, i) => i !== 4));
    expect(results).toHaveLength(STRATEGIES.length * (traded.length - 1));
    expect(daysOf(results)).not.toContain('2025-04-03');
  });

  test('has no result of a week that runs on its last day', async () => {
    const { deps } = sourceOf(walk);
    const options = { timeframe: 'WEEKLY', asOfFrom: '2025-04-01', asOfTo: '2025-04-16' } as const;
    expect(daysOf((await runTask(createBackfillTask(deps), options)).results)).toEqual([
      '2025-04-04',
      '2025-04-11',
    ]);
  });

  test('leaves out the days on which a job would fail, and fails with their error when no day is left', async () => {
    const { deps } = sourceOf(walk);
    const task = createBackfillTask(deps);
    const { results } = await runTask(task, { asOfFrom: '2020-01-01', asOfTo: '2020-04-30' });
    // 50 bars are needed.
    expect(daysOf(results)).toEqual(walk.dates.filter((day) => day <= '2020-04-30').slice(49));
    await expect(runTask(task, { asOfFrom: '2020-01-01', asOfTo: '2020-01-31' })).rejects.toMatchObject({
      code: 'TOO_FEW_BARS',
    });
    await expect(runTask(task, { asOfFrom: '2019-01-01', asOfTo: '2019-01-31' })).rejects.toMatchObject({
      code: 'NO_DATA',
    });
  });

  test('ends before bars of the future', async () => {
    const shift = (_day: string, i: number) =>
      Date.parse('2026-12-02') - (walk.dates.length - 1 - i) * 86_400_000;
    const dates = walk.dates.map((day, i) => new Date(shift(day, i)).toISOString().slice(0, 10));
    const { deps } = sourceOf({ ...walk, dates });
    const { results } = await runTask(createBackfillTask(deps), {
      asOfFrom: '2026-11-29',
      asOfTo: '2026-12-02',
    });
    // Where the time zone of the exchange is not known, the newest day is that of the first zone.
    expect(daysOf(results)).toEqual(['2026-11-29', '2026-11-30', '2026-12-01']);
    expect(results.flatMap(({ warnings }) => warnings.map(({ code }) => code))).not.toContain('FUTURE_BAR');
  });

  test.each([
    ['2025-04-30', 'of many days'],
    ['2025-04-01', 'of one day'],
  ])('up to %s, %s, reports each quarter of its days', async (asOfTo) => {
    const task = createBackfillTask(sourceOf(walk).deps);
    const { phases } = await runTask(task, { asOfFrom: '2025-04-01', asOfTo });
    expect(phases).toEqual([25, 50, 75]);
  });

  test('leaves the event loop to others between two days, and computes none after an abort', async () => {
    const { deps } = sourceOf(walk);
    const days = walk.dates.filter((day) => day.startsWith('2025-0')).length;
    const control = new AbortController();
    const steps = start(
      createBackfillTask(deps),
      { asOfFrom: '2025-01-01', asOfTo: '2025-09-30' },
      control.signal,
    );
    let turns = 0;
    let counting = true;
    const count = () => {
      turns += 1;
      if (counting) setImmediate(count);
    };
    setImmediate(count);
    expect((await steps.next()).value).toBe(25);
    counting = false;
    expect(turns).toBeGreaterThanOrEqual(Math.ceil(days / 4));
    control.abort(new Error('stop'));
    await expect(steps.next()).rejects.toThrow('stop');
  });
});
