import {
  CategoryWeightsInput,
  LookbackEnum,
  OverridesInput,
  TimeframeEnum,
  toAskedOptions,
} from '../analyses/options.graphql.ts';
import { ranges as shared } from '../analyses/options.ts';
import { IndicatorIdEnum, SourceIdEnum, StrategyIdEnum } from '../catalog/catalog.graphql.ts';
import {
  IdempotencyConflictError,
  InvalidInputError,
  InvalidTickerError,
  KeyConflictError,
  LimitExceededError,
  NotFoundError,
} from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import { idempotencyKey } from '../graphql/key-field.ts';
import { SubmittedPayload } from '../jobs/job.graphql.ts';
import { submission } from '../jobs/submission.ts';
import { WatchlistRef } from '../watchlists/watchlist.graphql.ts';
import { MAX_WINDOW_DAYS, ranges } from './options.ts';
import { BacktestSidesEnum } from './result.graphql.ts';
import { MAX_BACKTEST_TICKERS, submitBacktest } from './submit-backtest.ts';

const within = ({ min, max }: { min: number; max: number }) => `${min} to ${max}`;

const BacktestOptionsInput = builder.inputType('BacktestOptionsInput', {
  description:
    'Null means the default, or the strategy’s own number. Out of range is an error, never a clamp.',
  fields: (t) => ({
    windowBars: t.int({
      description: `The newest so many bars, ${within(ranges.windowBars)}; default ${ranges.windowBars.default}.`,
    }),
    from: t.field({
      type: 'Date',
      description: `Instead of windowBars: first day of the window, 30 to ${MAX_WINDOW_DAYS} calendar days before its end.`,
    }),
    to: t.field({
      type: 'Date',
      description: 'With from: last day of the window; default the last that may be read.',
    }),
    lookback: t.field({
      type: LookbackEnum,
      description: 'Bars before the window that warm the indicators up; default BARS_400.',
    }),
    capital: t.field({
      type: 'Decimal',
      description: `Capital at the start, ${within(shared.capital)}; default ${shared.capital.default}.`,
    }),
    categoryWeights: t.field({ type: CategoryWeightsInput, description: 'Weights of the categories.' }),
    indicators: t.field({ type: [IndicatorIdEnum], description: 'Those that may vote; default all.' }),
    asOf: t.field({ type: 'Date', description: 'Last day that may be read; default today.' }),
    timeframe: t.field({
      type: TimeframeEnum,
      description:
        'What a bar stands for, in the window, the look-back and the holding time, too; default DAILY.',
    }),
    overrides: t.field({ type: OverridesInput, description: 'Numbers in place of the strategies’ own.' }),
    costBps: t.float({
      description: `Costs per side in hundredths of a percent, ${within(ranges.costBps)}; default ${ranges.costBps.default}.`,
    }),
    overlap: t.boolean({
      description: 'True: several positions at once; default one, which takes the whole equity.',
    }),
    maxOpenPositions: t.int({
      description: `With overlap, ${within(ranges.maxOpenPositions)}; default ${ranges.maxOpenPositions.default}.`,
    }),
    sides: t.field({
      type: BacktestSidesEnum,
      description: 'Whether buy signals, sell signals or both open positions; default LONG.',
    }),
    borrowPct: t.float({
      description: `With sides SHORT or BOTH: what borrowing the shares of a short costs a year, percent of their value at the entry, charged per bar held; ${within(ranges.borrowPct)}, default ${ranges.borrowPct.default}.`,
    }),
  }),
});

const SubmitBacktestInput = builder.inputType('SubmitBacktestInput', {
  description: 'What to replay and how. Give exactly one of tickers and watchlistId.',
  fields: (t) => ({
    tickers: t.stringList({ description: `Up to ${MAX_BACKTEST_TICKERS} tickers.` }),
    watchlistId: t.globalID({ for: WatchlistRef, description: 'Every ticker of this watchlist.' }),
    strategies: t.field({
      type: [StrategyIdEnum],
      description: 'All of them on the same bars, window and costs; default BALANCED alone.',
    }),
    source: t.field({
      type: SourceIdEnum,
      description: 'Where candles come from; default: the deployment’s own.',
    }),
    options: t.field({ type: BacktestOptionsInput, description: 'What differs from the defaults.' }),
    priority: t.int({ description: submission.priority }),
    idempotencyKey: t.string(idempotencyKey),
    force: t.boolean({ description: submission.force }),
    runAt: t.field({ type: 'DateTime', description: submission.runAt }),
  }),
});

builder.mutationField('submitBacktest', (t) =>
  t.field({
    scope: 'jobs:write',
    type: SubmittedPayload,
    description: 'Submits a backtest. Refused input stores nothing; a repeat is safe.',
    errors: {
      types: [
        InvalidTickerError,
        InvalidInputError,
        NotFoundError,
        LimitExceededError,
        IdempotencyConflictError,
        KeyConflictError,
      ],
      union: { name: 'SubmitBacktestResult', description: 'The job, or why not.' },
    },
    args: { input: t.arg({ type: SubmitBacktestInput, required: true, description: 'Input.' }) },
    resolve: (_root, { input }, { db, log, access, submits, queuedItems, storedResponses }) =>
      submitBacktest({ db, log, ...submits, places: { queuedItems, storedResponses } }, access.workspaceId, {
        ...input,
        watchlistId: input.watchlistId?.id,
        options: toAskedOptions(input.options ?? {}),
      }),
  }),
);
