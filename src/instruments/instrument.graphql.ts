import { NotFoundError } from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import { countOf, foreignCursor, resolvePage } from '../graphql/pages.ts';
import { foldName } from '../name.ts';
import {
  countInstruments,
  listInstruments,
  listInstrumentsByTicker,
  type Place,
  type RankedInstrument,
  searchInstruments,
} from './instrument.store.ts';
import type { Instrument } from './instrument.ts';
import { normaliseTicker } from './ticker.ts';

export const InstrumentRef = builder.loadableNodeRef('Instrument', {
  id: { resolve: (instrument: Instrument) => instrument.ticker },
  load: async (tickers: string[], { db }): Promise<(Instrument | Error)[]> => {
    const found = new Map((await listInstrumentsByTicker(db, tickers)).map((row) => [row.ticker, row]));
    return tickers.map(
      (ticker) => found.get(ticker) ?? new NotFoundError(`There is no instrument ${ticker}.`),
    );
  },
});
builder.objectType(InstrumentRef, {
  scope: 'ANY',
  description: 'Something that can be analysed and that we know more about than its ticker.',
  fields: (t) => ({
    ticker: t.exposeString('ticker', { description: 'Spelling in the data source; unique.' }),
    symbol: t.exposeString('symbol', { description: 'Symbol at the exchange.' }),
    name: t.exposeString('name', { description: 'Name of the company or fund.' }),
    exchange: t.exposeString('exchange', { description: 'Exchange.' }),
    timeZone: t.exposeString('timeZone', { description: 'IANA time zone of the exchange.' }),
    currency: t.exposeString('currency', {
      description: 'ISO 4217 code; XXX when the source does not report a currency.',
    }),
    tick: t.field({ type: 'Decimal', description: 'Smallest price step.', resolve: (row) => row.tick }),
    lot: t.field({
      type: 'Decimal',
      nullable: true,
      description: 'Units of which the size of a position is a multiple; null when the list does not say.',
      resolve: (row) => row.lot ?? null,
    }),
    fractional: t.boolean({
      nullable: true,
      description: 'Whether parts of a unit are traded; null when the list does not say.',
      resolve: (row) => row.fractional ?? null,
    }),
    sector: t.exposeString('sector', { nullable: true, description: 'Sector, where known.' }),
    industry: t.exposeString('industry', { nullable: true, description: 'Industry, where known.' }),
    active: t.exposeBoolean('active', { description: 'Part of the universe.' }),
  }),
});

const keyOf = ({ rank, ticker }: RankedInstrument) => `${rank}|${ticker}`;

/** The place that a cursor names. Throws InvalidInputError when it is another connection's. */
function placeOf(key: string | undefined, field: 'after' | 'before'): Place | null {
  if (key === undefined) return null;
  const match = key.match(/^([0-2])\|([\x21-\x7e]{1,100})$/);
  if (match === null) throw foreignCursor(field);
  return { rank: Number(match[1]), ticker: match[2] ?? '' };
}

builder.queryFields((t) => ({
  instrument: t.field({
    scope: 'ANY',
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
      scope: 'ANY',
      type: InstrumentRef,
      description:
        'Instruments by ticker. With a search those whose symbol or ticker begins with it come first, then those with such a word in the name, then the rest.',
      args: {
        search: t.arg.string({
          description:
            'Start of ticker or symbol, or part of the name; ignores case, width and other forms of letters.',
        }),
      },
      complexity: (args) => ({ field: 1, multiplier: args.first ?? args.last ?? 20 }),
      resolve: async (_root, args, { db }) => {
        const search = foldName(args.search ?? '').slice(0, 50);
        const page = await resolvePage(args, keyOf, ({ limit, after, before, backwards }) => {
          const part = { limit, after: placeOf(after, 'after'), before: placeOf(before, 'before') };
          // Without a search the primary key has the order; ranking 50,000 names takes 90 ms.
          return search === ''
            ? listInstruments(db, part, backwards)
            : searchInstruments(db, search, part, backwards);
        });
        return { ...page, count: () => countInstruments(db, search) };
      },
    },
    {
      description: 'A page of instruments.',
      fields: (c) => ({
        totalCount: c.int({
          description: 'How many there are over all pages; counted only when selected.',
          resolve: countOf,
        }),
      }),
    },
    { description: 'An instrument with its cursor.' },
  ),
}));
