import { NotFoundError } from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import { countOf, foreignCursor, resolvePage } from '../graphql/pages.ts';
import { foldName } from '../name.ts';
import { usualTick } from '../quant/tick.ts';
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
  description: 'An instrument of the shared list. Tickers that are not in the list can be analysed, too.',
  fields: (t) => ({
    ticker: t.exposeString('ticker', { description: 'Ticker of the instrument in the data source; unique.' }),
    symbol: t.exposeString('symbol', { description: 'Symbol of the instrument at the exchange.' }),
    name: t.exposeString('name', { description: 'Name of the company or fund.' }),
    exchange: t.exposeString('exchange', { description: 'Exchange of the instrument, for example NYSE.' }),
    timeZone: t.exposeString('timeZone', { description: 'IANA time zone of the exchange.' }),
    currency: t.exposeString('currency', {
      description:
        'Currency of the prices and the tick: an ISO 4217 code, or GBp, GBX, ZAc or ILA for hundredths; XXX when the currency is unknown. The `currency` of a result is then null.',
    }),
    tick: t.field({
      type: 'Decimal',
      description:
        'Smallest price step of the instrument. If the list does not contain it: the usual step of the kind of instrument; trade plans then use the step that the source of the bars reports, if any.',
      resolve: ({ tick, ticker, currency }) => tick ?? usualTick(ticker, 1, currency),
    }),
    lot: t.field({
      type: 'Decimal',
      nullable: true,
      description:
        'Lot size: position sizes are multiples of this number of units. Null when the list does not contain it.',
      resolve: (row) => row.lot ?? null,
    }),
    fractional: t.boolean({
      nullable: true,
      description: 'Whether fractions of a unit can be traded; null when the list does not contain it.',
      resolve: (row) => row.fractional ?? null,
    }),
    sector: t.exposeString('sector', {
      nullable: true,
      description: 'Sector of the company; null when unknown.',
    }),
    industry: t.exposeString('industry', {
      nullable: true,
      description: 'Industry of the company; null when unknown.',
    }),
    active: t.exposeBoolean('active', {
      description:
        'True when the instrument belongs to the universe. A ticker that only the folder CSV_DIR brought belongs to the universe of the source CSV.',
    }),
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
      'The instrument of a ticker; null when the ticker is not in the list. Such a ticker can be analysed, too.',
    args: {
      ticker: t.arg.string({
        required: true,
        description: 'Ticker of the instrument, in upper or lower case.',
      }),
    },
    resolve: async (_root, { ticker }, { db }) =>
      (await listInstrumentsByTicker(db, [normaliseTicker(ticker) ?? '']))[0],
  }),
  instruments: t.connection(
    {
      scope: 'ANY',
      type: InstrumentRef,
      description:
        'Instruments, sorted by ticker. With `search`, matches at the start of the symbol or ticker come first. Matches at the start of a word of the name follow, then all others.',
      args: {
        search: t.arg.string({
          description:
            'Start of the ticker or symbol, or part of the name. Case, width and other variants of letters are ignored.',
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
          description: 'Number of instruments on all pages; counted only when this field is selected.',
          resolve: countOf,
        }),
      }),
    },
    { description: 'An instrument with its cursor.' },
  ),
}));
