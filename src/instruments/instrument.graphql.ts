import { builder } from '../graphql/builder.ts';
import { resolvePage } from '../graphql/pages.ts';
import { countInstruments, listInstruments, listInstrumentsByTicker } from './instrument.store.ts';
import type { Instrument } from './instrument.ts';
import { normaliseTicker } from './ticker.ts';

export const InstrumentRef = builder.loadableNodeRef('Instrument', {
  id: { resolve: (instrument: Instrument) => instrument.ticker },
  load: async (tickers: string[], { db }): Promise<(Instrument | Error)[]> => {
    const found = new Map((await listInstrumentsByTicker(db, tickers)).map((row) => [row.ticker, row]));
    return tickers.map((ticker) => found.get(ticker) ?? new Error(`no instrument ${ticker}`));
  },
});
builder.objectType(InstrumentRef, {
  description: 'Something that can be analysed and that we know more about than its ticker.',
  fields: (t) => ({
    ticker: t.exposeString('ticker', { description: 'Spelling in the data source; unique.' }),
    symbol: t.exposeString('symbol', { description: 'Symbol at the exchange.' }),
    name: t.exposeString('name', { description: 'Name of the company or fund.' }),
    exchange: t.exposeString('exchange', { description: 'Exchange.' }),
    timeZone: t.exposeString('timeZone', { description: 'IANA time zone of the exchange.' }),
    currency: t.exposeString('currency', { description: 'ISO 4217; XXX when the source does not tell.' }),
    tick: t.field({ type: 'Decimal', description: 'Smallest price step.', resolve: (row) => row.tick }),
    sector: t.exposeString('sector', { nullable: true, description: 'Sector, where known.' }),
    industry: t.exposeString('industry', { nullable: true, description: 'Industry, where known.' }),
    active: t.exposeBoolean('active', { description: 'Part of the universe.' }),
  }),
});

builder.queryFields((t) => ({
  instrument: t.field({
    type: InstrumentRef,
    nullable: true,
    description:
      'The instrument of a ticker, or null when it is not in the list; it may be analysed all the same.',
    args: { ticker: t.arg.string({ required: true, description: 'Ticker, in any case.' }) },
    resolve: async (_root, { ticker }, { db }) =>
      (await listInstrumentsByTicker(db, [normaliseTicker(ticker) ?? '']))[0],
  }),
  instruments: t.connection(
    {
      type: InstrumentRef,
      description: 'Instruments by ticker.',
      args: { search: t.arg.string({ description: 'Start of ticker or symbol, or part of the name.' }) },
      complexity: (args) => ({ field: 1, multiplier: args.first ?? args.last ?? 20 }),
      resolve: async (_root, args, { db }) => {
        const search = args.search?.slice(0, 50) ?? undefined;
        const load = ({
          limit,
          after,
          before,
          backwards,
        }: {
          limit: number;
          after: string | undefined;
          before: string | undefined;
          backwards: boolean;
        }) =>
          listInstruments(db, search, {
            limit,
            after,
            before: backwards ? (before ?? '\u{10FFFF}') : undefined,
          });
        const page = await resolvePage(args, (row: Instrument) => row.ticker, load);
        return { ...page, count: () => countInstruments(db, search) };
      },
    },
    {
      description: 'A page of instruments.',
      fields: (c) => ({
        totalCount: c.int({
          description: 'How many there are over all pages; counted only when selected.',
          resolve: (page) => (page as unknown as { count: () => Promise<number> }).count(),
        }),
      }),
    },
    { description: 'An instrument with its cursor.' },
  ),
}));
