/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** Which results to tell; all conditions must hold. */
export type AnalysisFeedFilter = {
  /** True: also results of jobs that fill a span of days (`isBackfill`). Default: false. */
  includeBackfill?: boolean | null | undefined;
  /** Also results of suspicious bars, which have no trade plan. Default: false with `verdicts` or `minScore`, otherwise true. */
  includeGated?: boolean | null | undefined;
  /** With this score or a higher one, -1 to 1. */
  minScore?: number | null | undefined;
  /** By this strategy. */
  strategy?: StrategyId | null | undefined;
  /** Of one of these tickers, up to 1,000. */
  tickers?: Array<string> | null | undefined;
  /** With one of these verdicts. */
  verdicts?: Array<Verdict> | null | undefined;
  /** Of a ticker that is in this watchlist when the result is told. */
  watchlistId?: string | number | null | undefined;
};

/** Null means the default, or the strategy’s own number. Out of range is an error, never a clamp. */
export type AnalysisOptionsInput = {
  /** Last day that may be read; default today. */
  asOf?: string | null | undefined;
  /** First day of a span that one job fills: each ticker gets, for every trading day up to `asOfTo`, the results that a job with this day as `asOf` would store. Days without a bar, such as holidays, get none. The results are marked with `isBackfill`. Give it together with `asOfTo` and without `asOf`. Days times strategies are at most 400, and times tickers at most 100000. */
  asOfFrom?: string | null | undefined;
  /** Last day of the span that begins with `asOfFrom`; not in the future. */
  asOfTo?: string | null | undefined;
  /** Capital, 1000 to 100000000; default 100000. */
  capital?: string | null | undefined;
  /** Weights of the categories. */
  categoryWeights?: CategoryWeightsInput | null | undefined;
  /** True: sizes of 6 decimals. False: whole units. Default: as the instrument says; else true for coins and currencies. */
  fractional?: boolean | null | undefined;
  /** Those that may vote; default all. */
  indicators?: Array<IndicatorId> | null | undefined;
  /** Bars looked at; default BARS_400. */
  lookback?: Lookback | null | undefined;
  /** Units of which sizes are multiples, such as 100 or 0.001; default: those of the instrument, or see `fractional`. */
  lot?: string | null | undefined;
  /** Ratio below which a plan is flagged, 1 to 3. */
  minRiskReward?: number | null | undefined;
  /** Numbers in place of the strategies’ own. */
  overrides?: StrategyOverridesInput | null | undefined;
  /** Largest position, percent of capital, 5 to 50. */
  positionMaxPct?: number | null | undefined;
  /** Capital at risk per trade, percent, 0.5 to 5. */
  riskPct?: number | null | undefined;
  /** Smallest price step of every ticker of the job; default: that of the instrument, or the usual one of its kind. */
  tick?: string | null | undefined;
  /** What a bar stands for, in the look-back and in the holding time of plans, too; default DAILY. */
  timeframe?: Timeframe | null | undefined;
};

/** Which watchlist to analyse and how. */
export type AnalyzeWatchlistInput = {
  /** True: always store a new job. Default: a request that is due now shares an active job that is due and does the same work; a request for a later time shares an active job of exactly that time. */
  force?: boolean | null | undefined;
  /** Global id of the list. */
  id: string | number;
  /** Retrying with the same key and an equal input has no effect and returns the original response. The same key with another input is rejected with IDEMPOTENCY_CONFLICT. Up to 255 characters. */
  idempotencyKey?: string | null | undefined;
  /** What differs from the defaults. */
  options?: AnalysisOptionsInput | null | undefined;
  /** Where candles come from; default: the deployment’s own. */
  source?: SourceId | null | undefined;
  /** Instead of strategy: several, on the same bars, with one result each. */
  strategies?: Array<StrategyId> | null | undefined;
  /** Default BALANCED. */
  strategy?: StrategyId | null | undefined;
};

/** Null means the default, or the strategy’s own number. Out of range is an error, never a clamp. */
export type BacktestOptionsInput = {
  /** Last day that may be read; default today. */
  asOf?: string | null | undefined;
  /** With sides SHORT or BOTH: what borrowing the shares of a short costs a year, percent of their value at the entry, charged per bar held; 0 to 200, default 3. */
  borrowPct?: number | null | undefined;
  /** Capital at the start, 1000 to 100000000; default 100000. */
  capital?: string | null | undefined;
  /** Weights of the categories. */
  categoryWeights?: CategoryWeightsInput | null | undefined;
  /** Costs per side in hundredths of a percent, 0 to 200; default 10. */
  costBps?: number | null | undefined;
  /** Instead of windowBars: first day of the window, 30 to 2800 calendar days before its end. */
  from?: string | null | undefined;
  /** Those that may vote; default all. */
  indicators?: Array<IndicatorId> | null | undefined;
  /** Bars before the window that warm the indicators up; default BARS_400. */
  lookback?: Lookback | null | undefined;
  /** With overlap, 2 to 20; default 5. */
  maxOpenPositions?: number | null | undefined;
  /** True: several positions at once; default one, which takes the whole equity. */
  overlap?: boolean | null | undefined;
  /** Numbers in place of the strategies’ own. */
  overrides?: StrategyOverridesInput | null | undefined;
  /** Whether buy signals, sell signals or both open positions; default LONG. */
  sides?: BacktestSides | null | undefined;
  /** What a bar stands for, in the window, the look-back and the holding time, too; default DAILY. */
  timeframe?: Timeframe | null | undefined;
  /** With from: last day of the window; default the last that may be read. */
  to?: string | null | undefined;
  /** The newest so many bars, 30 to 2000; default 365. */
  windowBars?: number | null | undefined;
};

/** Which sides a backtest trades. */
export type BacktestSides =
  /** Buy and sell signals open positions, which share the capital and the number of positions. No signal closes a position. */
  | 'BOTH'
  /** Buy signals open positions; sell signals open and close nothing. */
  | 'LONG'
  /** Sell signals open positions; buy signals open and close nothing. */
  | 'SHORT';

/** What limits the size of a position. */
export type BoundBy =
  /** The largest position allowed. */
  | 'POSITION_LIMIT'
  /** The capital at risk. */
  | 'RISK';

/** What an indicator looks at. */
export type Category =
  /** How fast, and whether it has gone too far. */
  | 'MOMENTUM'
  /** Where the price is going. */
  | 'TREND'
  /** How widely the price moves. */
  | 'VOLATILITY'
  /** Whether the volume confirms it. */
  | 'VOLUME';

/** Null keeps the strategy’s own weight. */
export type CategoryWeightsInput = {
  /** Weight of momentum indicators, 0.5 to 1.5. */
  momentum?: number | null | undefined;
  /** Weight of trend indicators, 0.5 to 1.5. */
  trend?: number | null | undefined;
  /** Weight of volatility indicators, 0.5 to 1.5. */
  volatility?: number | null | undefined;
  /** Weight of volume indicators, 0.5 to 1.5. */
  volume?: number | null | undefined;
};

/** A new watchlist. */
export type CreateWatchlistInput = {
  /** Retrying with the same key and an equal input has no effect and returns the original response. The same key with another input is rejected with IDEMPOTENCY_CONFLICT. Up to 255 characters. */
  idempotencyKey?: string | null | undefined;
  /** 1 to 50 characters. */
  name: string;
  /** Its first tickers. */
  tickers?: Array<string> | null | undefined;
};

/** Why a position was closed. */
export type ExitReason =
  /** At the last close of the window. */
  | 'END_OF_DATA'
  /** At its stop, or at an open beyond it: below for a long, above for a short. A bar that touches stop and target is a stop. */
  | 'STOP'
  /** At its target, or at an open beyond it: above for a long, below for a short. */
  | 'TARGET'
  /** At the close of the last bar that it may be held. */
  | 'TIME';

/** Where a feed begins for a client that has no cursor yet. */
export type FeedStart =
  /** With what is stored from now on. */
  | 'NOW'
  /** With the oldest result that is still there. */
  | 'OLDEST';

/** The two buy filters of a strategy. */
export type FilterId =
  /** Conditions on its speed and volume. */
  | 'MOMENTUM'
  /** Conditions on the trend of the price. */
  | 'TREND';

/** The indicators, by id. */
export type IndicatorId =
  /** Average Directional Index */
  | 'ADX'
  /** Average True Range */
  | 'ATR'
  /** Bollinger Bands */
  | 'BOLLINGER'
  /** Commodity Channel Index */
  | 'CCI'
  /** Chaikin Money Flow */
  | 'CMF'
  /** Exponential Moving Averages */
  | 'EMA'
  /** Moving Average Convergence Divergence */
  | 'MACD'
  /** On-Balance Volume */
  | 'OBV'
  /** Parabolic SAR */
  | 'PSAR'
  /** Relative Strength Index */
  | 'RSI'
  /** Stochastic Oscillator */
  | 'STOCHASTIC'
  /** Williams %R */
  | 'WILLIAMS_R';

/** A parameter in place of the strategy’s own. */
export type IndicatorParamInput = {
  /** Whose. */
  indicator: IndicatorId;
  /** One of the names in its `defaults`. */
  name: string;
  /** By name: period 2 to 500, fast 2 to 500, slow 2 to 500, signal 2 to 500, k 2 to 500, smooth 2 to 500, d 2 to 500, lo 1 to 50, hi 50 to 99, threshold 5 to 60, deviations 0.5 to 5, step 0.001 to 1, max 0.001 to 1; fast below slow, lo below hi, step at most max. */
  value: number;
};

/** A weight in place of the strategy’s own. */
export type IndicatorWeightInput = {
  /** One that votes. */
  indicator: IndicatorId;
  /** 0 to 5; 0: it does not vote. */
  weight: number;
};

/** What happened. */
export type JobEventType =
  /** A worker claimed these tickers (`tickers`). */
  | 'ITEMS_STARTED'
  /** The result of an item is stored (`phase` 100). */
  | 'ITEM_COMPLETED'
  /** An item ended without a result (`error`). */
  | 'ITEM_FAILED'
  /** An item reached the next phase (`phase`: 25, 50 or 75). */
  | 'ITEM_PROGRESSED'
  /** A transient error: the item runs again at `retryAt`. */
  | 'ITEM_RETRYING'
  /** The worker stopped or was lost: the item is queued again at once. */
  | 'ITEM_RETURNED'
  /** The job was cancelled. The last event of the job. */
  | 'JOB_CANCELLED'
  /** Every item has ended and at least one succeeded. The last event of the job. */
  | 'JOB_COMPLETED'
  /** Every item has failed. The last event of the job. */
  | 'JOB_FAILED'
  /** The job and its items are stored and wait for a worker. */
  | 'JOB_QUEUED'
  /** A worker claimed the first item. */
  | 'JOB_STARTED';

/** State of a job or of one of its items. COMPLETED, FAILED and CANCELLED are final. */
export type JobState =
  /** It was cancelled before it ended. Results that were stored before stay. */
  | 'CANCELLED'
  /** Its result is stored; of a job: all items have ended, at least one with a result. */
  | 'COMPLETED'
  /** It ended without a result; of a job: all items have, not one has a result. */
  | 'FAILED'
  /** A worker runs it; of a job: at least one item has started and not all have ended. */
  | 'PROCESSING'
  /** Nothing of it has started, or it waits for another try; `waiting` tells why. */
  | 'QUEUED';

/** How many bars are looked at. */
export type Lookback =
  /** All that the source has. */
  | 'ALL'
  /** 100 bars; too few for EMA 200. */
  | 'BARS_100'
  /** 200 bars. */
  | 'BARS_200'
  /** 400 bars, the default. */
  | 'BARS_400'
  /** 750 bars. */
  | 'BARS_750';

/** Risk numbers in place of the strategy’s own; null keeps them. */
export type RiskOverridesInput = {
  /** Bars after a stop without signals, of backtests, 0 to 60. */
  cooldownBars?: number | null | undefined;
  /** Longest holding, bars, 1 to 250. */
  maxHoldingBars?: number | null | undefined;
  /** Distance of the stop, percent, 0.25 to 25. */
  stopPct?: number | null | undefined;
  /** Distance of the target, percent, 0.5 to 50. */
  targetPct?: number | null | undefined;
};

/** Direction of a trade. */
export type Side =
  /** Bought first. */
  | 'LONG'
  /** Sold first. */
  | 'SHORT';

/** Where candles come from. A deployment enables some of them. */
export type SourceId =
  /** Files <TICKER>.csv in the folder of CSV_DIR. */
  | 'CSV'
  /** Made-up, deterministic bars for any ticker; every result is flagged as demo. */
  | 'DEMO'
  /** Bars that the workspace has imported (`PUT /import/candles/<ticker>`); no other workspace reads them. */
  | 'OWN'
  /** Real daily bars of AAPL, 2013 to 2018. Needs no network. */
  | 'SAMPLE'
  /** End-of-day bars from Tiingo with a key of the deployment; adjusted for splits and dividends. */
  | 'TIINGO'
  /** Daily bars from Yahoo Finance, for personal use; adjusted for splits and dividends. */
  | 'YAHOO';

/** The strategies, by id. BALANCED is the default. */
export type StrategyId =
  /** A general scan in which every voter counts the same. */
  | 'BALANCED'
  /** Buys weakness and sells strength in ranges; oscillators and bands lead. */
  | 'MEAN_REVERSION'
  /** Looks for breakouts that volume confirms. */
  | 'MOMENTUM_BREAKOUT'
  /** Follows directional markets; averages and directional movement lead. */
  | 'TREND_FOLLOWING'
  /** Swing trades for 4 % with checks of trend and momentum, held up to 15 bars. */
  | 'WEEKLY_TARGET';

/** Numbers in place of the strategies’ own; what is left out stays. Filters stay as they are. */
export type StrategyOverridesInput = {
  /** Parameters of indicators, each once. */
  params?: Array<IndicatorParamInput> | null | undefined;
  /** Target, stop and times. */
  risk?: RiskOverridesInput | null | undefined;
  /** Weights of indicators, each once. */
  weights?: Array<IndicatorWeightInput> | null | undefined;
};

/** What to analyse and how. Give exactly one of tickers, watchlistId and universe. */
export type SubmitAnalysisInput = {
  /** True: always store a new job. Default: a request that is due now shares an active job that is due and does the same work; a request for a later time shares an active job of exactly that time. */
  force?: boolean | null | undefined;
  /** Retrying with the same key and an equal input has no effect and returns the original response. The same key with another input is rejected with IDEMPOTENCY_CONFLICT. Up to 255 characters. */
  idempotencyKey?: string | null | undefined;
  /** What differs from the defaults. */
  options?: AnalysisOptionsInput | null | undefined;
  /** 0 to 9, default 5; higher goes first within the workspace. When the request shares an active job of a lower priority, that job gets this priority. */
  priority?: number | null | undefined;
  /** The earliest time at which the job may start. Null, or a time that has passed: as soon as possible. A request with the same idempotency key and another time is rejected with IDEMPOTENCY_CONFLICT. */
  runAt?: string | null | undefined;
  /** Where candles come from; default: the deployment’s own. */
  source?: SourceId | null | undefined;
  /** Instead of strategy: several, on the same bars, with one result each. */
  strategies?: Array<StrategyId> | null | undefined;
  /** Default BALANCED. */
  strategy?: StrategyId | null | undefined;
  /** Up to 5000 tickers. */
  tickers?: Array<string> | null | undefined;
  /** True: every active instrument; with the source OWN every series of the workspace. */
  universe?: boolean | null | undefined;
  /** Every ticker of this watchlist. */
  watchlistId?: string | number | null | undefined;
};

/** What to replay and how. Give exactly one of tickers and watchlistId. */
export type SubmitBacktestInput = {
  /** True: always store a new job. Default: a request that is due now shares an active job that is due and does the same work; a request for a later time shares an active job of exactly that time. */
  force?: boolean | null | undefined;
  /** Retrying with the same key and an equal input has no effect and returns the original response. The same key with another input is rejected with IDEMPOTENCY_CONFLICT. Up to 255 characters. */
  idempotencyKey?: string | null | undefined;
  /** What differs from the defaults. */
  options?: BacktestOptionsInput | null | undefined;
  /** 0 to 9, default 5; higher goes first within the workspace. When the request shares an active job of a lower priority, that job gets this priority. */
  priority?: number | null | undefined;
  /** The earliest time at which the job may start. Null, or a time that has passed: as soon as possible. A request with the same idempotency key and another time is rejected with IDEMPOTENCY_CONFLICT. */
  runAt?: string | null | undefined;
  /** Where candles come from; default: the deployment’s own. */
  source?: SourceId | null | undefined;
  /** All of them on the same bars, window and costs; default BALANCED alone. */
  strategies?: Array<StrategyId> | null | undefined;
  /** Up to 50 tickers. */
  tickers?: Array<string> | null | undefined;
  /** Every ticker of this watchlist. */
  watchlistId?: string | number | null | undefined;
};

/** What one bar stands for. Weekly and monthly bars are made of the daily ones of periods that are over. */
export type Timeframe =
  /** A trading day. */
  | 'DAILY'
  /** A calendar month; the running month is not used. */
  | 'MONTHLY'
  /** A week from Monday on; the running week is not used. */
  | 'WEEKLY';

/** What the rules say about the chart. */
export type Verdict =
  /** A score of 0.2 or more, below 0.6. */
  | 'BUY'
  /** A score above -0.2 and below 0.2, or a buy that a filter held back. */
  | 'HOLD'
  /** A score of -0.2 or less, above -0.6. */
  | 'SELL'
  /** A score of 0.6 or more. */
  | 'STRONG_BUY'
  /** A score of -0.6 or less. */
  | 'STRONG_SELL';

export type SubmitBacktestMutationVariables = Exact<{
  input: SubmitBacktestInput;
}>;


export type SubmitBacktestMutation = { submitBacktest:
    | { __typename: 'IdempotencyConflictError', code: string, message: string }
    | { __typename: 'InvalidInputError', code: string, message: string, field: string }
    | { __typename: 'InvalidTickerError', code: string, message: string, tickers: Array<string> }
    | { __typename: 'KeyConflictError', code: string, message: string }
    | { __typename: 'LimitExceededError', code: string, message: string }
    | { __typename: 'NotFoundError', code: string, message: string }
    | { __typename: 'SubmitJobPayload', deduplicated: boolean, job: { id: string, state: JobState, total: number } }
   };

export type BacktestResultsQueryVariables = Exact<{
  id: string | number;
  points: number;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type BacktestResultsQuery = { job: { id: string, state: JobState, total: number, succeeded: number, failed: number, errors: Array<{ ticker: string, error: { code: string, message: string } | null }>, items: { pageInfo: { hasNextPage: boolean, endCursor: string | null }, edges: Array<{ node: { ticker: string, comparison: { firstDate: string, lastDate: string, buyAndHold: { totalReturnPct: number, cagrPct: number | null, maxDrawdownPct: number, sharpe: number | null }, backtests: Array<{ id: string, strategy: StrategyId, source: SourceId, isDemo: boolean, tradableFrom: string | null, pending: boolean, sides: BacktestSides, bySide: Array<{ side: Side, trades: number, wins: number, losses: number, winRatePct: number | null, expectancyPct: number | null, contributionPct: number }>, metrics: { trades: number, wins: number, losses: number, totalReturnPct: number, cagrPct: number | null, maxDrawdownPct: number, winRatePct: number | null, profitFactor: number | null, expectancyPct: number | null, sharpe: number | null, exposurePct: number }, warnings: Array<{ code: string, message: string }> }>, curve: Array<{ date: string, buyAndHold: number, equities: Array<number> }> } | null } }> } } | null };

export type BacktestTradesQueryVariables = Exact<{
  id: string | number;
  after?: string | null | undefined;
}>;


export type BacktestTradesQuery = { backtest: { trades: { totalCount: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, edges: Array<{ node: { n: number, side: Side, signalDate: string, entryDate: string, entryPrice: number, exitDate: string, exitPrice: number, stop: number, target: number, returnPct: number, grossPct: number, barsHeld: number, exitReason: ExitReason, gap: boolean, score: number, verdict: Verdict } }> } } | null };

export type AnalysesStoredSubscriptionVariables = Exact<{
  filter?: AnalysisFeedFilter | null | undefined;
  after?: string | null | undefined;
  from?: FeedStart | null | undefined;
}>;


export type AnalysesStoredSubscription = { analysisStored: { cursor: string, caughtUp: boolean, gap: boolean, analyses: Array<{ id: string, ticker: string, strategy: StrategyId, score: number, verdict: Verdict, isDemo: boolean, asOf: string, createdAt: string }> } };

export type JobEventsSubscriptionVariables = Exact<{
  jobId: string | number;
  after: number;
}>;


export type JobEventsSubscription = { jobEvents: { cursor: number, caughtUp: boolean, gap: boolean, events: Array<{ seq: number, at: string, type: JobEventType, ticker: string | null, tickers: Array<string>, phase: number | null, progress: number, attempt: number, verdict: string | null, score: number | null, error: { code: string, message: string } | null }> } };

export type JobResultsQueryVariables = Exact<{
  id: string | number;
}>;


export type JobResultsQuery = { job: { id: string, state: JobState, total: number, succeeded: number, failed: number, errors: Array<{ ticker: string, error: { code: string, message: string } | null }>, analyses: { edges: Array<{ node: { id: string, ticker: string, strategy: StrategyId, score: number, verdict: Verdict, scoreVerdict: Verdict, regime: string, source: SourceId, isDemo: boolean, asOf: string, currency: string | null, warnings: Array<{ code: string, message: string }>, vetoes: Array<{ filter: FilterId, clause: string }>, indicators: Array<{ indicator: IndicatorId, category: Category, vote: number | null, confidence: number | null, display: number | null }>, plan: { side: Side, entry: string, stop: string, target: string, riskReward: string, positionSize: number, boundBy: BoundBy, capitalAtRisk: string } | null } }> } } | null };

export type JobProgressSubscriptionVariables = Exact<{
  id: string | number;
}>;


export type JobProgressSubscription = { jobProgress: { id: string, state: JobState, progress: number, total: number, completed: number, succeeded: number, failed: number, lastSeq: number } };

export type SubmitAnalysisMutationVariables = Exact<{
  input: SubmitAnalysisInput;
}>;


export type SubmitAnalysisMutation = { submitAnalysis:
    | { __typename: 'IdempotencyConflictError', code: string, message: string }
    | { __typename: 'InvalidInputError', code: string, message: string }
    | { __typename: 'InvalidTickerError', code: string, message: string, tickers: Array<string> }
    | { __typename: 'KeyConflictError', code: string, message: string }
    | { __typename: 'LimitExceededError', code: string, message: string }
    | { __typename: 'NotFoundError', code: string, message: string }
    | { __typename: 'SubmitJobPayload', deduplicated: boolean, job: { id: string, state: JobState, total: number } }
   };

export type CreateWatchlistMutationVariables = Exact<{
  input: CreateWatchlistInput;
}>;


export type CreateWatchlistMutation = { createWatchlist:
    | { __typename: 'InvalidInputError', code: string, message: string }
    | { __typename: 'InvalidTickerError', code: string, message: string }
    | { __typename: 'KeyConflictError', code: string, message: string }
    | { __typename: 'LimitExceededError', code: string, message: string }
    | { __typename: 'NameTakenError', code: string, message: string }
    | { __typename: 'WatchlistPayload', watchlist: { id: string, name: string } }
   };

export type AnalyzeWatchlistMutationVariables = Exact<{
  input: AnalyzeWatchlistInput;
}>;


export type AnalyzeWatchlistMutation = { analyzeWatchlist:
    | { __typename: 'IdempotencyConflictError', code: string, message: string }
    | { __typename: 'InvalidInputError', code: string, message: string }
    | { __typename: 'InvalidTickerError', code: string, message: string }
    | { __typename: 'KeyConflictError', code: string, message: string }
    | { __typename: 'LimitExceededError', code: string, message: string }
    | { __typename: 'NotFoundError', code: string, message: string }
    | { __typename: 'SubmitJobPayload', deduplicated: boolean, job: { id: string, state: JobState, total: number } }
   };

export type WatchlistsQueryVariables = Exact<{ [key: string]: never; }>;


export type WatchlistsQuery = { watchlists: Array<{ id: string, name: string, items: Array<{ ticker: string, lastStatus: JobState | null }> }> };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

export const SubmitBacktestDocument = new TypedDocumentString(`
    mutation SubmitBacktest($input: SubmitBacktestInput!) {
  submitBacktest(input: $input) {
    __typename
    ... on SubmitJobPayload {
      deduplicated
      job {
        id
        state
        total
      }
    }
    ... on UserError {
      code
      message
    }
    ... on InvalidTickerError {
      tickers
    }
    ... on InvalidInputError {
      field
    }
  }
}
    `, {"hash":"sha256:3ad2fac34f3aea9c688e1ddc39029f26c8d4324bea52b65c3c4c8aa0a532dabb"}) as unknown as TypedDocumentString<SubmitBacktestMutation, SubmitBacktestMutationVariables>;
export const BacktestResultsDocument = new TypedDocumentString(`
    query BacktestResults($id: ID!, $points: Int!, $first: Int = 20, $after: String) {
  job(id: $id) {
    id
    state
    total
    succeeded
    failed
    errors {
      ticker
      error {
        code
        message
      }
    }
    items(first: $first, after: $after, states: [COMPLETED]) {
      pageInfo {
        hasNextPage
        endCursor
      }
      edges {
        node {
          ticker
          comparison {
            firstDate
            lastDate
            buyAndHold {
              totalReturnPct
              cagrPct
              maxDrawdownPct
              sharpe
            }
            backtests {
              id
              strategy
              source
              isDemo
              tradableFrom
              pending
              sides
              bySide {
                side
                trades
                wins
                losses
                winRatePct
                expectancyPct
                contributionPct
              }
              metrics {
                trades
                wins
                losses
                totalReturnPct
                cagrPct
                maxDrawdownPct
                winRatePct
                profitFactor
                expectancyPct
                sharpe
                exposurePct
              }
              warnings {
                code
                message
              }
            }
            curve(points: $points) {
              date
              buyAndHold
              equities
            }
          }
        }
      }
    }
  }
}
    `, {"hash":"sha256:9028767e077963200bb74e216f8eb9e77f6851ce0e2b9776486deb8ad5a609f5"}) as unknown as TypedDocumentString<BacktestResultsQuery, BacktestResultsQueryVariables>;
export const BacktestTradesDocument = new TypedDocumentString(`
    query BacktestTrades($id: ID!, $after: String) {
  backtest(id: $id) {
    trades(first: 100, after: $after) {
      totalCount
      pageInfo {
        hasNextPage
        endCursor
      }
      edges {
        node {
          n
          side
          signalDate
          entryDate
          entryPrice
          exitDate
          exitPrice
          stop
          target
          returnPct
          grossPct
          barsHeld
          exitReason
          gap
          score
          verdict
        }
      }
    }
  }
}
    `, {"hash":"sha256:c4bb8688f9652de3f8ba83b4235360d1db46713a5c3fe90e56201dd8307c368f"}) as unknown as TypedDocumentString<BacktestTradesQuery, BacktestTradesQueryVariables>;
export const AnalysesStoredDocument = new TypedDocumentString(`
    subscription AnalysesStored($filter: AnalysisFeedFilter, $after: String, $from: FeedStart) {
  analysisStored(filter: $filter, after: $after, from: $from) {
    cursor
    caughtUp
    gap
    analyses {
      id
      ticker
      strategy
      score
      verdict
      isDemo
      asOf
      createdAt
    }
  }
}
    `, {"hash":"sha256:31df9f7c93f543950b6ea2600a7c5dff0d8fa448143e648834f9647f14272061"}) as unknown as TypedDocumentString<AnalysesStoredSubscription, AnalysesStoredSubscriptionVariables>;
export const JobEventsDocument = new TypedDocumentString(`
    subscription JobEvents($jobId: ID!, $after: Int!) {
  jobEvents(jobId: $jobId, after: $after) {
    cursor
    caughtUp
    gap
    events {
      seq
      at
      type
      ticker
      tickers
      phase
      progress
      attempt
      verdict
      score
      error {
        code
        message
      }
    }
  }
}
    `, {"hash":"sha256:3ad5369083fe53706ba02b65af1e2d215fec52f8985a2f8c26a280283e249502"}) as unknown as TypedDocumentString<JobEventsSubscription, JobEventsSubscriptionVariables>;
export const JobResultsDocument = new TypedDocumentString(`
    query JobResults($id: ID!) {
  job(id: $id) {
    id
    state
    total
    succeeded
    failed
    errors {
      ticker
      error {
        code
        message
      }
    }
    analyses(first: 20) {
      edges {
        node {
          id
          ticker
          strategy
          score
          verdict
          scoreVerdict
          regime
          source
          isDemo
          asOf
          currency
          warnings {
            code
            message
          }
          vetoes {
            filter
            clause
          }
          indicators {
            indicator
            category
            vote
            confidence
            display
          }
          plan {
            side
            entry
            stop
            target
            riskReward
            positionSize
            boundBy
            capitalAtRisk
          }
        }
      }
    }
  }
}
    `, {"hash":"sha256:3813d16137a2a1a4896481350d2b35e677b7106f92bd17d28e96f0fb186f400d"}) as unknown as TypedDocumentString<JobResultsQuery, JobResultsQueryVariables>;
export const JobProgressDocument = new TypedDocumentString(`
    subscription JobProgress($id: ID!) {
  jobProgress(id: $id) {
    id
    state
    progress
    total
    completed
    succeeded
    failed
    lastSeq
  }
}
    `, {"hash":"sha256:45a153c53af60e8e905cea59346d90cc9a58ab249bca993264232959f22ee26d"}) as unknown as TypedDocumentString<JobProgressSubscription, JobProgressSubscriptionVariables>;
export const SubmitAnalysisDocument = new TypedDocumentString(`
    mutation SubmitAnalysis($input: SubmitAnalysisInput!) {
  submitAnalysis(input: $input) {
    __typename
    ... on SubmitJobPayload {
      deduplicated
      job {
        id
        state
        total
      }
    }
    ... on UserError {
      code
      message
    }
    ... on InvalidTickerError {
      tickers
    }
  }
}
    `, {"hash":"sha256:1e2ec6adca0e900cded91bcabe014f6f670f1ee9747ba2a7df0af02c282e67c6"}) as unknown as TypedDocumentString<SubmitAnalysisMutation, SubmitAnalysisMutationVariables>;
export const CreateWatchlistDocument = new TypedDocumentString(`
    mutation CreateWatchlist($input: CreateWatchlistInput!) {
  createWatchlist(input: $input) {
    __typename
    ... on WatchlistPayload {
      watchlist {
        id
        name
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    `, {"hash":"sha256:d78179b2cedda0eeef9b11f3119631ad83cf9416a1f806b82e039c9a2f1a6f35"}) as unknown as TypedDocumentString<CreateWatchlistMutation, CreateWatchlistMutationVariables>;
export const AnalyzeWatchlistDocument = new TypedDocumentString(`
    mutation AnalyzeWatchlist($input: AnalyzeWatchlistInput!) {
  analyzeWatchlist(input: $input) {
    __typename
    ... on SubmitJobPayload {
      deduplicated
      job {
        id
        state
        total
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    `, {"hash":"sha256:56ee65d8518d6124fc15e4b908265161a07eb1b6d5adfb99a92c18a380cc8751"}) as unknown as TypedDocumentString<AnalyzeWatchlistMutation, AnalyzeWatchlistMutationVariables>;
export const WatchlistsDocument = new TypedDocumentString(`
    query Watchlists {
  watchlists {
    id
    name
    items {
      ticker
      lastStatus
    }
  }
}
    `, {"hash":"sha256:54dd74551be0cb23a128c86d7841b49f6797c5d5bed07fd005691505b24cc7e4"}) as unknown as TypedDocumentString<WatchlistsQuery, WatchlistsQueryVariables>;