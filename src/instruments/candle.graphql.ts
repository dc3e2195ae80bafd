import { isDay } from '../calendar.ts';
import { SourceIdEnum } from '../catalog/catalog.graphql.ts';
import { ItemError } from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import type { Context } from '../graphql/context.ts';
import { type ConnectionArgs, foreignCursor, resolvePage } from '../graphql/pages.ts';
import type { ReadCandles } from '../market/read-candles.ts';
import { candleKey } from '../market/series.ts';
import type { SourceId } from '../market/sources/index.ts';
import type { Candles } from '../quant/candles.ts';
import { parseTickers } from './ticker.ts';

declare module '../graphql/context.ts' {
  interface Context {
    readonly readCandles: ReadCandles;
  }
}

type Cell = 'open' | 'high' | 'low' | 'close' | 'volume';
type Candle = Readonly<Record<Cell, number | null>> & { readonly date: string };

const MAX_PAGE = 1_000;

const CandleRef = builder.objectRef<Candle>('Candle').implement({
  scope: 'results:read',
  description:
    'Prices and volume of one trading day as the source delivers them, adjusted. A value that the source does not have is null.',
  fields: (t) => ({
    date: t.field({ type: 'Date', description: 'Trading day of the bar.', resolve: (bar) => bar.date }),
    open: t.exposeFloat('open', {
      nullable: true,
      description: 'First price of the day; null when the source does not have it.',
    }),
    high: t.exposeFloat('high', {
      nullable: true,
      description: 'Highest price of the day; null when the source does not have it.',
    }),
    low: t.exposeFloat('low', {
      nullable: true,
      description: 'Lowest price of the day; null when the source does not have it.',
    }),
    close: t.exposeFloat('close', {
      nullable: true,
      description: 'Last price of the day; null when the source does not have it.',
    }),
    volume: t.exposeFloat('volume', {
      nullable: true,
      description: 'Units traded on the day; null when the source does not have it.',
    }),
  }),
});

function candleAt(candles: Candles, i: number): Candle {
  const cell = (of: Cell) => {
    const value = candles[of][i];
    return value !== undefined && Number.isFinite(value) ? value : null;
  };
  return {
    date: candles.dates[i] ?? '',
    open: cell('open'),
    high: cell('high'),
    low: cell('low'),
    close: cell('close'),
    volume: cell('volume'),
  };
}

interface CandleArgs extends ConnectionArgs {
  readonly ticker: string;
  readonly source?: SourceId | null | undefined;
}

/** A series is one value, read as a whole (docs/decisions/0009): a page is a part of it. */
async function resolveCandles(args: CandleArgs, { readCandles, submits, access }: Context) {
  const [ticker = ''] = parseTickers([args.ticker]);
  const { workspaceId } = access;
  const key = { source: args.source ?? submits.defaultSource, ticker, adjustment: null, workspaceId };
  const candles = (await readCandles([key])).get(candleKey(key)) ?? null;
  if (candles === null) return null;
  if (candles instanceof ItemError) throw candles;
  const { dates } = candles;
  return resolvePage(
    args,
    (bar: Candle) => bar.date,
    async ({ limit, after, before, backwards }) => {
      for (const [field, day] of Object.entries({ after, before }))
        if (day !== undefined && !isDay(day)) throw foreignCursor(field);
      const from = after === undefined ? 0 : dates.findLastIndex((day) => day <= after) + 1;
      const end = before === undefined ? -1 : dates.findIndex((day) => day >= before);
      const to = end < 0 ? dates.length : end;
      const [first, last] = backwards ? [Math.max(from, to - limit), to] : [from, Math.min(to, from + limit)];
      return Array.from({ length: Math.max(0, last - first) }, (_, i) => candleAt(candles, first + i));
    },
    MAX_PAGE,
  );
}

builder.queryField('candles', (t) =>
  t.connection(
    {
      scope: 'results:read',
      type: CandleRef,
      nullable: true,
      description: `Stored daily bars of a ticker, oldest first, up to ${MAX_PAGE} per page. Use \`last\` to get the newest bars. The query never downloads bars. Null when there are none: an analysis of the ticker downloads them.`,
      args: {
        ticker: t.arg.string({ required: true, description: 'Ticker of the bars, in upper or lower case.' }),
        source: t.arg({
          type: SourceIdEnum,
          description: 'Source of the bars; default: the default source of the deployment.',
        }),
      },
      complexity: (args) => ({ field: 20, multiplier: (args.first ?? args.last ?? 20) / 10 }),
      resolve: (_root, args, context) => resolveCandles(args, context),
    },
    { description: 'A page of bars.' },
    { description: 'A bar with its cursor.' },
  ),
);
