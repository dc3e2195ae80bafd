import { InvalidInputError, KeyConflictError, LimitExceededError } from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import { idempotencyKey } from '../graphql/key-field.ts';
import { changeInstruments, MAX_INSTRUMENTS } from './change-instruments.ts';
import type { Imported } from './import-instruments.ts';

const InstrumentInput = builder.inputType('InstrumentInput', {
  description: 'An instrument as the shared list has it.',
  fields: (t) => ({
    symbol: t.string({ required: true, description: 'Symbol at the exchange.' }),
    name: t.string({ required: true, description: 'Name of the company or fund, up to 200 characters.' }),
    exchange: t.string({ required: true, description: 'Exchange, for example NYSE.' }),
    currency: t.string({ required: true, description: 'ISO 4217.' }),
    ticker: t.string({
      description: 'Spelling in the data source. Default: the symbol, with `.NS` for the exchange NSE.',
    }),
    timeZone: t.string({
      description: 'IANA time zone of the exchange. Default: that of the exchange, where it is known.',
    }),
    tick: t.field({ type: 'Decimal', description: 'Smallest price step. Default 0.01.' }),
    lot: t.field({
      type: 'Decimal',
      description: 'Units of which the size of a position is a multiple. Default: what is stored.',
    }),
    fractional: t.boolean({
      description: 'Whether parts of a unit are traded. Default: what is stored.',
    }),
    sector: t.string({ description: 'Sector.' }),
    industry: t.string({ description: 'Industry.' }),
  }),
});

const ImportInput = builder.inputType('ImportInstrumentsInput', {
  description: 'Instruments to be added or refreshed, by their tickers.',
  fields: (t) => ({
    instruments: t.field({
      type: [InstrumentInput],
      required: true,
      description: `Up to ${MAX_INSTRUMENTS}; with a fault in one of them none is stored.`,
    }),
    idempotencyKey: t.string(idempotencyKey),
  }),
});

const PayloadRef = builder.objectRef<Imported>('ImportInstrumentsPayload').implement({
  scope: 'admin',
  description: 'What became of the instruments.',
  fields: (t) => ({
    added: t.exposeInt('added', { description: 'Number of instruments that were not in the list.' }),
    changed: t.exposeInt('changed', { description: 'Number of instruments that had other values.' }),
    unchanged: t.exposeInt('unchanged', {
      description: 'Number of instruments that were in the list as they are.',
    }),
  }),
});

builder.mutationField('importInstruments', (t) =>
  t.field({
    scope: 'admin',
    type: PayloadRef,
    description:
      'Adds and refreshes instruments of the list that all workspaces share. Only keys of the default workspace may; others are refused with FORBIDDEN. Instruments that are not named stay.',
    errors: {
      types: [InvalidInputError, LimitExceededError, KeyConflictError],
      union: { name: 'ImportInstrumentsResult', description: 'The numbers of instruments, or why not.' },
    },
    args: { input: t.arg({ type: ImportInput, required: true, description: 'Input.' }) },
    resolve: (_root, { input }, context) => changeInstruments(context, context.access.workspaceId, input),
  }),
);
