import { builder } from '../graphql/builder.ts';
import type { Context } from '../graphql/context.ts';
import { WatchlistItemRef } from '../watchlists/watchlist.graphql.ts';
import { AnalysisRef, findDetails } from './analysis.graphql.ts';
import type { Analysis } from './analysis.ts';
import { BAR_FIGURES, type BarFigures, barFiguresIn, figuresIn } from './figures.ts';
import { RankingEntryRef } from './ranking.graphql.ts';

type Bar = BarFigures & Pick<Analysis, 'asOf' | 'currency'>;

const BarRef = builder.objectRef<Bar>('ResultBar').implement({
  scope: 'results:read',
  description:
    'Prices and volume of the bar at which a result was computed. Prices are adjusted in the same way as the bars of the result.',
  fields: (t) => ({
    date: t.field({ type: 'Date', description: 'Trading day of the bar.', resolve: (bar) => bar.asOf }),
    currency: t.exposeString('currency', {
      nullable: true,
      description:
        'Currency of prices and changes, as `currency` of the result; null when the currency is unknown.',
    }),
    close: t.exposeFloat('close', { nullable: true, description: 'Last price of the bar, in `currency`.' }),
    previousClose: t.exposeFloat('previousClose', {
      nullable: true,
      description:
        'Last price of the preceding bar, in `currency`; null for a result that an earlier version of the server stored.',
    }),
    change: t.exposeFloat('change', {
      nullable: true,
      description: '`close` minus `previousClose`, in `currency`; null when `previousClose` is null.',
    }),
    changePct: t.exposeFloat('changePct', {
      nullable: true,
      description: '`change` as a percentage of `previousClose`; null when `previousClose` is null.',
    }),
    volume: t.exposeFloat('volume', {
      nullable: true,
      description:
        'Units traded in the bar. Null when the last 20 bars have no volume, as for indices and currencies. Also null for a result that an earlier version of the server stored.',
    }),
    averageVolume: t.exposeFloat('averageVolume', {
      nullable: true,
      description:
        'Mean volume of the last 20 bars including this bar, in units; null when these bars have no volume.',
    }),
    volumeRatio: t.exposeFloat('volumeRatio', {
      nullable: true,
      description:
        'Volume of the bar divided by the mean volume of the 20 bars before; null when they have no volume.',
    }),
  }),
});

/** The numbers of a row, or of its details where an earlier version stored the row. */
async function barOf(context: Context, row: Analysis): Promise<Bar> {
  if (row.close !== null) return row;
  const details = (await findDetails(context, row)) ?? {};
  return { asOf: row.asOf, currency: row.currency, ...barFiguresIn(figuresIn(details)) };
}

builder.objectField(AnalysisRef, 'bar', (t) =>
  t.field({
    columns: [...BAR_FIGURES, 'currency', 'asOf'],
    type: BarRef,
    description: 'Prices and volume of the bar at which the result was computed.',
    resolve: (row, _args, context) => barOf(context, row),
  }),
);

builder.objectField(RankingEntryRef, 'bar', (t) =>
  t.field({
    type: BarRef,
    nullable: true,
    description: 'Prices and volume of the bar of `analysis`; null when `analysis` is null.',
    resolve: ({ analysis }, _args, context) => (analysis === null ? null : barOf(context, analysis)),
  }),
);

builder.objectField(WatchlistItemRef, 'bar', (t) =>
  t.field({
    type: BarRef,
    nullable: true,
    description: 'Prices and volume of the bar of `lastAnalysis`; null when `lastAnalysis` is null.',
    resolve: async ({ lastAnalysisId }, _args, context) =>
      lastAnalysisId === null
        ? null
        : barOf(context, await AnalysisRef.getDataloader(context).load(lastAnalysisId)),
  }),
);
