import { builder } from '../graphql/builder.ts';
import type { Context } from '../graphql/context.ts';
import { WatchlistItemRef } from '../watchlists/watchlist.graphql.ts';
import { AnalysisRef, findDetails } from './analysis.graphql.ts';
import type { Analysis } from './analysis.ts';
import { type BarFigures, barFiguresIn, figuresIn } from './figures.ts';
import { RankingEntryRef } from './ranking.graphql.ts';

type Bar = BarFigures & Pick<Analysis, 'asOf' | 'currency'>;

const BarRef = builder.objectRef<Bar>('ResultBar').implement({
  scope: 'results:read',
  description: 'Numbers of the bar that a result was computed at. Prices are adjusted as the bars are.',
  fields: (t) => ({
    date: t.field({ type: 'Date', description: 'Its trading day.', resolve: (bar) => bar.asOf }),
    currency: t.exposeString('currency', {
      nullable: true,
      description: 'Currency of prices and changes, as `currency` of the result.',
    }),
    close: t.exposeFloat('close', { nullable: true, description: 'Last price of the bar, in `currency`.' }),
    previousClose: t.exposeFloat('previousClose', {
      nullable: true,
      description:
        'Last price of the bar before; null for a result that an earlier version of the server stored.',
    }),
    change: t.exposeFloat('change', {
      nullable: true,
      description: '`close` less `previousClose`, in `currency`; null without the latter.',
    }),
    changePct: t.exposeFloat('changePct', {
      nullable: true,
      description: '`change` in percent of `previousClose`; null without the latter.',
    }),
    volume: t.exposeFloat('volume', {
      nullable: true,
      description:
        'Units traded in the bar; null when 20 bars have no volume, as those of indices and currencies, and for a result that an earlier version of the server stored.',
    }),
    averageVolume: t.exposeFloat('averageVolume', {
      nullable: true,
      description: 'Mean volume of the 20 bars that end with it; null when they have none.',
    }),
    volumeRatio: t.exposeFloat('volumeRatio', {
      nullable: true,
      description: 'Volume over the mean of the 20 bars before; null when they have none.',
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
    type: BarRef,
    description: 'Close, change and volume of the bar that it was computed at.',
    resolve: (row, _args, context) => barOf(context, row),
  }),
);

builder.objectField(RankingEntryRef, 'bar', (t) =>
  t.field({
    type: BarRef,
    nullable: true,
    description: 'Close, change and volume of the bar of `analysis`; null without one.',
    resolve: ({ analysis }, _args, context) => (analysis === null ? null : barOf(context, analysis)),
  }),
);

builder.objectField(WatchlistItemRef, 'bar', (t) =>
  t.field({
    type: BarRef,
    nullable: true,
    description: 'Close, change and volume of the bar of `lastAnalysis`; null without one.',
    resolve: async ({ lastAnalysisId }, _args, context) =>
      lastAnalysisId === null
        ? null
        : barOf(context, await AnalysisRef.getDataloader(context).load(lastAnalysisId)),
  }),
);
