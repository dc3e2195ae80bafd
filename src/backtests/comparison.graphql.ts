import { builder } from '../graphql/builder.ts';
import type { Context } from '../graphql/context.ts';
import { JobItemRef } from '../jobs/job.graphql.ts';
import { BacktestRef, checkPoints, curvesOf, pointsCost, pointsText } from './backtest.graphql.ts';
import { listBacktestsOfItems } from './backtest.store.ts';
import type { StoredBacktest } from './backtest.ts';
import { spreadIndices } from './curve.ts';
import { HoldingRef } from './result.graphql.ts';

/** What the strategies of one job made of one ticker: they share bars, window and costs. At least one, in the order of the strategies. */
type Comparison = readonly [StoredBacktest, ...StoredBacktest[]];

interface ComparisonPoint {
  readonly date: string;
  readonly buyAndHold: number;
  readonly equities: number[];
}

const ComparisonPointRef = builder.objectRef<ComparisonPoint>('ComparisonPoint').implement({
  scope: 'results:read',
  description: 'Value of the account at the close of one bar, per strategy.',
  fields: (t) => ({
    date: t.expose('date', { type: 'Date', description: 'Trading day of the bar.' }),
    buyAndHold: t.exposeFloat('buyAndHold', {
      description: 'Value of the account with buy and hold, in the currency of the prices.',
    }),
    equities: t.exposeFloatList('equities', {
      description: 'Value of the account per strategy, in the order of `backtests`.',
    }),
  }),
});

const ComparisonRef = builder.objectRef<Comparison>('BacktestComparison').implement({
  scope: 'results:read',
  description: 'Backtests of all strategies of a job for one ticker, compared with buy and hold.',
  fields: (t) => ({
    firstDate: t.field({
      type: 'Date',
      description: 'Trading day of the first bar of the window.',
      resolve: ([one]) => one.firstDate,
    }),
    lastDate: t.field({
      type: 'Date',
      description: 'Trading day of the last bar of the window.',
      resolve: ([one]) => one.lastDate,
    }),
    buyAndHold: t.field({
      type: HoldingRef,
      description: 'Result of buying at the start of the window and holding to its end.',
      resolve: ([one]) => one.buyAndHold,
    }),
    backtests: t.field({
      type: [BacktestRef],
      description: 'Backtests of the ticker, one per strategy.',
      complexity: { field: 1, multiplier: 5 },
      resolve: (all) => all,
    }),
    curve: t.field({
      type: [ComparisonPointRef],
      description: 'Equity curves of all strategies and of buy and hold, on the same dates.',
      args: { points: t.arg.int({ defaultValue: 200, description: pointsText }) },
      complexity: pointsCost,
      resolve: async (all, { points }, context) => {
        const count = checkPoints(points);
        const curves = await Promise.all(all.map((backtest) => curvesOf(context, backtest)));
        const { dates = [], buyAndHold = [] } = curves[0] ?? {};
        return spreadIndices(dates.length, count).map((i) => ({
          date: dates[i] ?? '',
          buyAndHold: buyAndHold[i] ?? 0,
          equities: curves.map(({ equity }) => equity[i] ?? 0),
        }));
      },
    }),
  }),
});

builder.objectField(JobItemRef, 'comparison', (t) =>
  t.loadable({
    type: ComparisonRef,
    nullable: true,
    description:
      'Comparison of the item’s backtests; null until they are stored, and for jobs of another kind.',
    load: async (keys: string[], { db, access }: Context): Promise<(Comparison | null)[]> => {
      const rows = await listBacktestsOfItems(
        db,
        access.workspaceId,
        keys.map((key) => ({ jobId: key.slice(0, 36), ticker: key.slice(37) })),
      );
      const groups = Map.groupBy(rows, (row) => `${row.jobId} ${row.ticker}`);
      return keys.map((key) => {
        const [first, ...more] = groups.get(key) ?? [];
        return first === undefined ? null : [first, ...more];
      });
    },
    resolve: (item) => `${item.jobId} ${item.ticker}`,
  }),
);
