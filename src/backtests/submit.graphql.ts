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
import { SubmittedPayload } from '../jobs/edit.graphql.ts';
import { submission } from '../jobs/submission.ts';
import { WatchlistRef } from '../watchlists/watchlist.graphql.ts';
import { MAX_WINDOW_DAYS, ranges } from './options.ts';
import { BacktestSidesEnum } from './result.graphql.ts';
import { MAX_BACKTEST_TICKERS, submitBacktest } from './submit-backtest.ts';

const within = ({ min, max }: { min: number; max: number }) => `${min} to ${max}`;

const BacktestOptionsInput = builder.inputType('BacktestOptionsInput', {
  description:
    'Options of a backtest. Null means the default, or the strategy’s own number. A value out of range is rejected, never clamped.',
  fields: (t) => ({
    windowBars: t.int({
      description: `Length of the window in bars, counted from the newest bar, ${within(ranges.windowBars)}; default ${ranges.windowBars.default}.`,
    }),
    from: t.field({
      type: 'Date',
      description: `First day of the window, instead of \`windowBars\`; 30 to ${MAX_WINDOW_DAYS} calendar days before the end of the window.`,
    }),
    to: t.field({
      type: 'Date',
      description:
        'Last day of the window, only together with `from`; default: the last trading day allowed by `asOf`.',
    }),
    lookback: t.field({
      type: LookbackEnum,
      description:
        'Number of bars before the window with which the indicators are initialised; default BARS_400.',
    }),
    capital: t.field({
      type: 'Decimal',
      description: `Capital at the start, in the currency of the prices, ${within(shared.capital)}; default ${shared.capital.default}.`,
    }),
    categoryWeights: t.field({
      type: CategoryWeightsInput,
      description: 'Weights of the indicator categories; default: the strategy’s own.',
    }),
    indicators: t.field({
      type: [IndicatorIdEnum],
      description: 'Indicators that may vote; default: all indicators.',
    }),
    asOf: t.field({ type: 'Date', description: 'Last trading day whose bars may be used; default: today.' }),
    timeframe: t.field({
      type: TimeframeEnum,
      description:
        'Period that one bar covers, also in the window, in `lookback` and in the holding time; default DAILY.',
    }),
    overrides: t.field({
      type: OverridesInput,
      description: 'Numbers that replace the strategies’ own weights, parameters and risk numbers.',
    }),
    costBps: t.float({
      description: `Costs per side in basis points (hundredths of a percent), ${within(ranges.costBps)}; default ${ranges.costBps.default}.`,
    }),
    overlap: t.boolean({
      description:
        'True: several positions may be open at once. Default false: one position at a time, which uses the whole equity.',
    }),
    maxOpenPositions: t.int({
      description: `Maximum number of open positions with \`overlap\`, ${within(ranges.maxOpenPositions)}; default ${ranges.maxOpenPositions.default}.`,
    }),
    sides: t.field({
      type: BacktestSidesEnum,
      description: 'Sides that signals may open: long, short or both; default LONG.',
    }),
    borrowPct: t.float({
      description: `Yearly cost of borrowing the shares of a short, percent of their value at the entry, charged per bar held. Only with sides SHORT or BOTH; ${within(ranges.borrowPct)}, default ${ranges.borrowPct.default}.`,
    }),
  }),
});

const SubmitBacktestInput = builder.inputType('SubmitBacktestInput', {
  description:
    'Tickers, strategies and options of a backtest. Give exactly one of `tickers` and `watchlistId`.',
  fields: (t) => ({
    tickers: t.stringList({ description: `Tickers to test, up to ${MAX_BACKTEST_TICKERS}.` }),
    watchlistId: t.globalID({ for: WatchlistRef, description: 'Test every ticker of this watchlist.' }),
    strategies: t.field({
      type: [StrategyIdEnum],
      description: 'Strategies to test, all on the same bars, window and costs; default: BALANCED only.',
    }),
    source: t.field({
      type: SourceIdEnum,
      description: 'Source of the bars; default: the default source of the deployment.',
    }),
    options: t.field({ type: BacktestOptionsInput, description: 'Options that differ from the defaults.' }),
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
    description: 'Submits a backtest job. Invalid input is rejected and stores nothing; retries are safe.',
    errors: {
      types: [
        InvalidTickerError,
        InvalidInputError,
        NotFoundError,
        LimitExceededError,
        IdempotencyConflictError,
        KeyConflictError,
      ],
      union: {
        name: 'SubmitBacktestResult',
        description: 'The job, or the error that prevented the submission.',
      },
    },
    args: {
      input: t.arg({
        type: SubmitBacktestInput,
        required: true,
        description: 'Tickers, strategies and options of the backtest.',
      }),
    },
    resolve: (_root, { input }, { db, log, access, submits, queuedItems, storedResponses }) =>
      submitBacktest({ db, log, ...submits, places: { queuedItems, storedResponses } }, access.workspaceId, {
        ...input,
        watchlistId: input.watchlistId?.id,
        options: toAskedOptions(input.options ?? {}),
      }),
  }),
);
