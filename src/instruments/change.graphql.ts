import { InvalidInputError, KeyConflictError, LimitExceededError } from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import { idempotencyKey } from '../graphql/key-field.ts';
import { changeInstruments, MAX_INSTRUMENTS } from './change-instruments.ts';
import type { Imported } from './import-instruments.ts';

const InstrumentInput = builder.inputType('InstrumentInput', {
  description: 'An instrument to add to the shared list, or to update there.',
  fields: (t) => ({
    symbol: t.string({ required: true, description: 'Symbol of the instrument at the exchange.' }),
    name: t.string({ required: true, description: 'Name of the company or fund, up to 200 characters.' }),
    exchange: t.string({ required: true, description: 'Exchange of the instrument, for example NYSE.' }),
    currency: t.string({
      required: true,
      description:
        'Currency of the prices and the tick: an ISO 4217 code, or GBp, GBX, ZAc or ILA for hundredths.',
    }),
    ticker: t.string({
      description:
        'Ticker of the instrument in the data source. Default: the symbol, with the suffix `.NS` for the exchange NSE.',
    }),
    timeZone: t.string({
      description:
        'IANA time zone of the exchange. Default: the time zone of the exchange, if the server knows the exchange.',
    }),
    tick: t.field({
      type: 'Decimal',
      description:
        'Smallest price step of the instrument. Default: the step that the source of the bars reports, else the usual one of the kind of instrument.',
    }),
    lot: t.field({
      type: 'Decimal',
      description:
        'Lot size: position sizes are multiples of this number of units. Default: the stored value.',
    }),
    fractional: t.boolean({
      description: 'Whether fractions of a unit can be traded. Default: the stored value.',
    }),
    sector: t.string({ description: 'Sector of the company, for example Technology.' }),
    industry: t.string({ description: 'Industry of the company, for example Software.' }),
  }),
});

const ImportInput = builder.inputType('ImportInstrumentsInput', {
  description: 'Instruments to add or update, identified by their tickers.',
  fields: (t) => ({
    instruments: t.field({
      type: [InstrumentInput],
      required: true,
      description: `Instruments to store, up to ${MAX_INSTRUMENTS}. If one of them is invalid, none is stored.`,
    }),
    idempotencyKey: t.string(idempotencyKey),
  }),
});

const PayloadRef = builder.objectRef<Imported>('ImportInstrumentsPayload').implement({
  scope: 'admin',
  description: 'Numbers of instruments that were added, changed and left unchanged.',
  fields: (t) => ({
    added: t.exposeInt('added', { description: 'Number of instruments that were not in the list.' }),
    changed: t.exposeInt('changed', {
      description: 'Number of instruments whose stored values were changed.',
    }),
    unchanged: t.exposeInt('unchanged', {
      description: 'Number of instruments whose stored values were already equal.',
    }),
  }),
});

builder.mutationField('importInstruments', (t) =>
  t.field({
    scope: 'admin',
    type: PayloadRef,
    description:
      'Adds and updates instruments of the list that all workspaces share. Only keys of the default workspace may do so; others get the error FORBIDDEN. Instruments that are not named do not change.',
    errors: {
      types: [InvalidInputError, LimitExceededError, KeyConflictError],
      union: {
        name: 'ImportInstrumentsResult',
        description: 'Numbers of instruments, or the error that prevented the import.',
      },
    },
    args: {
      input: t.arg({ type: ImportInput, required: true, description: 'The instruments to add or update.' }),
    },
    resolve: (_root, { input }, context) => changeInstruments(context, context.access.workspaceId, input),
  }),
);
