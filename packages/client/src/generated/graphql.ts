/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** Conditions on the results to deliver; all conditions must hold. */
export type AnalysisFeedFilter = {
  /** True: also deliver results of jobs with a span of days (`isBackfill`). Default: false. */
  includeBackfill?: boolean | null | undefined;
  /** True: also deliver results of suspicious bars, which have no trade plan. Default: false with `verdicts` or `minScore`, otherwise true. */
  includeGated?: boolean | null | undefined;
  /** Only results with this score or a higher one, -1 to 1. */
  minScore?: number | null | undefined;
  /** Only results of this strategy. */
  strategy?: StrategyId | null | undefined;
  /** Only results of these tickers, up to 1,000. */
  tickers?: Array<string> | null | undefined;
  /** Only results with one of these verdicts. */
  verdicts?: Array<Verdict> | null | undefined;
  /** Only results of tickers that are in this watchlist when the result is delivered. */
  watchlistId?: string | number | null | undefined;
};

/** Options of an analysis. Null means the default, or the strategy’s own number. A value out of range is rejected, never clamped. */
export type AnalysisOptionsInput = {
  /** Last trading day whose bars may be used; default: today. */
  asOf?: string | null | undefined;
  /** First day of a span of days that one job computes. Each ticker gets the result of every trading day up to `asOfTo`, as if that day were `asOf`. Days without a bar, such as holidays, get no result. The results have `isBackfill` set. Requires `asOfTo` and excludes `asOf`. Days times strategies are at most 400. Days times strategies times tickers are at most 100000. */
  asOfFrom?: string | null | undefined;
  /** Last day of the span that starts with `asOfFrom`; not in the future. */
  asOfTo?: string | null | undefined;
  /** Capital in the currency of the prices, 1000 to 100000000; default 100000. */
  capital?: string | null | undefined;
  /** Weights of the indicator categories; default: the strategy’s own. */
  categoryWeights?: CategoryWeightsInput | null | undefined;
  /** True: sizes have up to 6 decimals. False: sizes are whole units. Default: the value of the instrument; without one true for coins and currencies. */
  fractional?: boolean | null | undefined;
  /** Indicators that may vote; default: all indicators. */
  indicators?: Array<IndicatorId> | null | undefined;
  /** Number of bars that the analysis uses; default BARS_400. */
  lookback?: Lookback | null | undefined;
  /** Lot size for every ticker of the job, in units, such as 100 or 0.001. Default: the lot of the instrument; without one `fractional` decides. */
  lot?: string | null | undefined;
  /** Reward-to-risk ratio below which a plan gets a flag, 1 to 3; default: the strategy’s own. */
  minRiskReward?: number | null | undefined;
  /** Numbers that replace the strategies’ own weights, parameters and risk numbers. */
  overrides?: StrategyOverridesInput | null | undefined;
  /** Largest position, percent of the capital, 5 to 50; default: the strategy’s own. */
  positionMaxPct?: number | null | undefined;
  /** Capital at risk per trade, percent of the capital, 0.5 to 5; default: the strategy’s own. */
  riskPct?: number | null | undefined;
  /** Smallest price step for every ticker of the job. Default: the tick of the instrument, or the usual tick of its kind. */
  tick?: string | null | undefined;
  /** Period that one bar covers, also in `lookback` and in the holding time of plans; default DAILY. */
  timeframe?: Timeframe | null | undefined;
};

/** Watchlist and options of an analysis. */
export type AnalyzeWatchlistInput = {
  /** True: always store a new job. Default false: a request that is due now shares an active due job that does the same work. A request for a later time shares an active job of exactly that time. */
  force?: boolean | null | undefined;
  /** Global id of the watchlist. */
  id: string | number;
  /** Key that makes retries safe, up to 255 characters. Retrying with the same key and an equal input has no effect and returns the original response. The same key with another input is rejected with IDEMPOTENCY_CONFLICT. */
  idempotencyKey?: string | null | undefined;
  /** Options that differ from the defaults. */
  options?: AnalysisOptionsInput | null | undefined;
  /** Source of the bars; default: the default source of the deployment. */
  source?: SourceId | null | undefined;
  /** Several strategies instead of `strategy`, all on the same bars, with one result each. */
  strategies?: Array<StrategyId> | null | undefined;
  /** Strategy of the analysis; default BALANCED. */
  strategy?: StrategyId | null | undefined;
};

/** Options of a backtest. Null means the default, or the strategy’s own number. A value out of range is rejected, never clamped. */
export type BacktestOptionsInput = {
  /** Last trading day whose bars may be used; default: today. */
  asOf?: string | null | undefined;
  /** Yearly cost of borrowing the shares of a short, percent of their value at the entry, charged per bar held. Only with sides SHORT or BOTH; 0 to 200, default 3. */
  borrowPct?: number | null | undefined;
  /** Capital at the start, in the currency of the prices, 1000 to 100000000; default 100000. */
  capital?: string | null | undefined;
  /** Weights of the indicator categories; default: the strategy’s own. */
  categoryWeights?: CategoryWeightsInput | null | undefined;
  /** Costs per side in basis points (hundredths of a percent), 0 to 200; default 10. */
  costBps?: number | null | undefined;
  /** First day of the window, instead of `windowBars`; 30 to 2800 calendar days before the end of the window. */
  from?: string | null | undefined;
  /** Indicators that may vote; default: all indicators. */
  indicators?: Array<IndicatorId> | null | undefined;
  /** Number of bars before the window with which the indicators are initialised; default BARS_400. */
  lookback?: Lookback | null | undefined;
  /** Maximum number of open positions with `overlap`, 2 to 20; default 5. */
  maxOpenPositions?: number | null | undefined;
  /** True: several positions may be open at once. Default false: one position at a time, which uses the whole equity. */
  overlap?: boolean | null | undefined;
  /** Numbers that replace the strategies’ own weights, parameters and risk numbers. */
  overrides?: StrategyOverridesInput | null | undefined;
  /** Sides that signals may open: long, short or both; default LONG. */
  sides?: BacktestSides | null | undefined;
  /** Period that one bar covers, also in the window, in `lookback` and in the holding time; default DAILY. */
  timeframe?: Timeframe | null | undefined;
  /** Last day of the window, only together with `from`; default: the last trading day allowed by `asOf`. */
  to?: string | null | undefined;
  /** Length of the window in bars, counted from the newest bar, 30 to 2000; default 365. */
  windowBars?: number | null | undefined;
};

/** Sides that a backtest trades. */
export type BacktestSides =
  /** Buy signals open long positions and sell signals open short positions. Both sides share the capital and the maximum number of positions. No signal closes a position. */
  | 'BOTH'
  /** Buy signals open long positions. Sell signals neither open nor close positions. */
  | 'LONG'
  /** Sell signals open short positions. Buy signals neither open nor close positions. */
  | 'SHORT';

/** Limit that determines the size of a position. */
export type BoundBy =
  /** The largest allowed position limits the size. */
  | 'POSITION_LIMIT'
  /** The capital at risk limits the size. */
  | 'RISK';

/** Property of the chart that an indicator measures. */
export type Category =
  /** Speed of the price movement, and whether the price is overbought or oversold. */
  | 'MOMENTUM'
  /** Direction and strength of the price trend. */
  | 'TREND'
  /** Range in which the price moves. */
  | 'VOLATILITY'
  /** Whether the traded volume confirms the price movement. */
  | 'VOLUME';

/** Weights of the indicator categories. A weight that is null keeps the strategy’s own weight. */
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

/** Name and first tickers of a new watchlist. */
export type CreateWatchlistInput = {
  /** Key that makes retries safe, up to 255 characters. Retrying with the same key and an equal input has no effect and returns the original response. The same key with another input is rejected with IDEMPOTENCY_CONFLICT. */
  idempotencyKey?: string | null | undefined;
  /** Name of the watchlist, 1 to 50 characters. */
  name: string;
  /** Tickers that the new watchlist contains; default: none. */
  tickers?: Array<string> | null | undefined;
};

/** Reason why a position was closed. */
export type ExitReason =
  /** Closed at the last close of the window. */
  | 'END_OF_DATA'
  /** Closed at the stop, or at an open beyond the stop: below for a long, above for a short. A bar that touches both stop and target counts as a stop. */
  | 'STOP'
  /** Closed at the target, or at an open beyond the target: above for a long, below for a short. */
  | 'TARGET'
  /** Closed at the close of the last bar of the longest holding time. */
  | 'TIME';

/** Start of a feed for a client that has no cursor yet. */
export type FeedStart =
  /** Start with results that are stored from now on. */
  | 'NOW'
  /** Start with the oldest result that is still stored. */
  | 'OLDEST';

/** Buy filter of a strategy. Both filters must pass for a buy. */
export type FilterId =
  /** Conditions on the momentum of the price and on the volume. */
  | 'MOMENTUM'
  /** Conditions on the trend of the price. */
  | 'TREND';

/** Ids of the technical indicators. */
export type IndicatorId =
  /** Average Directional Index. Strength of a trend (adx) and its direction (plusDi compared with minusDi). */
  | 'ADX'
  /** Average True Range. Mean range of the price per bar, a measure of volatility without a vote. */
  | 'ATR'
  /** Bollinger Bands. Band around the moving average; a close outside the band is unusual. */
  | 'BOLLINGER'
  /** Commodity Channel Index. Deviation of the typical price from its recent mean. */
  | 'CCI'
  /** Chaikin Money Flow. Whether volume was traded at closes near the high or near the low of the bars. */
  | 'CMF'
  /** Exponential Moving Averages. A fast average above a slow average is an uptrend; below the slow average it is a downtrend. */
  | 'EMA'
  /** Moving Average Convergence Divergence. Difference between a fast and a slow average, compared with its own moving average. */
  | 'MACD'
  /** On-Balance Volume. Running total of volume: added on rising closes and subtracted on falling closes. */
  | 'OBV'
  /** Parabolic SAR. Trailing stop that accelerates; the trend is up while the price is above the stop. */
  | 'PSAR'
  /** Relative Strength Index. Compares average gains with average losses; low values mean oversold, high values overbought. */
  | 'RSI'
  /** Stochastic Oscillator. Position of the close within its recent range, smoothed. */
  | 'STOCHASTIC'
  /** Williams %R. Position of the close within its recent range, not smoothed, from -100 to 0. */
  | 'WILLIAMS_R';

/** Value of one indicator parameter, in place of the strategy’s own value. */
export type IndicatorParamInput = {
  /** Indicator that has the parameter. */
  indicator: IndicatorId;
  /** Name of the parameter, one of the names in `Indicator.defaults`. */
  name: string;
  /** Value of the parameter. Ranges by name: period 2 to 500; fast 2 to 500; slow 2 to 500; signal 2 to 500; k 2 to 500; smooth 2 to 500; d 2 to 500; lo 1 to 50; hi 50 to 99; threshold 5 to 60; deviations 0.5 to 5; step 0.001 to 1; max 0.001 to 1; fast must be below slow, lo below hi, and step at most max. */
  value: number;
};

/** Weight of one indicator, in place of the strategy’s own weight. */
export type IndicatorWeightInput = {
  /** Indicator to weight, one that votes. */
  indicator: IndicatorId;
  /** Weight of the indicator, 0 to 5; 0 excludes the indicator from the vote. */
  weight: number;
};

/** Type of a job event. */
export type JobEventType =
  /** A worker claimed the items in `tickers`. */
  | 'ITEMS_STARTED'
  /** The result of an item was stored (`phase` 100). */
  | 'ITEM_COMPLETED'
  /** An item failed without a result (`error`). */
  | 'ITEM_FAILED'
  /** An item reached the next phase (`phase`: 25, 50 or 75). */
  | 'ITEM_PROGRESSED'
  /** An item failed with a transient error (`error`) and runs again at `retryAt`. */
  | 'ITEM_RETRYING'
  /** The worker of an item stopped or was lost; the item is queued again immediately. */
  | 'ITEM_RETURNED'
  /** The job was cancelled. Last event of the job. */
  | 'JOB_CANCELLED'
  /** All items have finished and at least one has a result. Last event of the job. */
  | 'JOB_COMPLETED'
  /** All items have failed. Last event of the job. */
  | 'JOB_FAILED'
  /** The job and its items were stored and are queued. */
  | 'JOB_QUEUED'
  /** A worker claimed the first item of the job. */
  | 'JOB_STARTED';

/** State of a job or of one of its items. COMPLETED, FAILED and CANCELLED are final. */
export type JobState =
  /** The item or job was cancelled before it finished. Results stored earlier are kept. */
  | 'CANCELLED'
  /** The result of the item is stored. For a job: all items have finished, at least one with a result. */
  | 'COMPLETED'
  /** The item failed without a result. For a job: all items have finished, none with a result. */
  | 'FAILED'
  /** A worker runs the item. For a job: at least one item has started and not all have finished. */
  | 'PROCESSING'
  /** No item has started, or the item waits for another attempt. `Job.waiting` contains the reason. */
  | 'QUEUED';

/** Number of bars that an analysis uses. */
export type Lookback =
  /** Use all bars that the source has. */
  | 'ALL'
  /** Use 100 bars, too few for the EMA of 200 bars. */
  | 'BARS_100'
  /** Use the last 200 bars. */
  | 'BARS_200'
  /** Use the last 400 bars (the default). */
  | 'BARS_400'
  /** Use the last 750 bars. */
  | 'BARS_750';

/** Risk numbers in place of the strategy’s own. A number that is null keeps the strategy’s own. */
export type RiskOverridesInput = {
  /** Backtests only: bars after a stop in which no signal of the same side opens a position, 0 to 60. */
  cooldownBars?: number | null | undefined;
  /** Longest holding time of a position, in bars, 1 to 250. */
  maxHoldingBars?: number | null | undefined;
  /** Distance of the stop from the entry, percent, 0.25 to 25. */
  stopPct?: number | null | undefined;
  /** Distance of the target from the entry, percent, 0.5 to 50. */
  targetPct?: number | null | undefined;
};

/** Direction of a trade. */
export type Side =
  /** The instrument is bought first and sold later. */
  | 'LONG'
  /** The instrument is sold first and bought back later. */
  | 'SHORT';

/** Source of bars. A deployment enables some of the sources. */
export type SourceId =
  /** Bars from files named <TICKER>.csv in the folder CSV_DIR. */
  | 'CSV'
  /** Synthetic, deterministic bars for any ticker. Every result has `isDemo` set. */
  | 'DEMO'
  /** Bars that the workspace imported (`PUT /import/candles/<ticker>`). Other workspaces cannot read them. */
  | 'OWN'
  /** Real daily bars of AAPL, 2013 to 2018. Requires no network access. */
  | 'SAMPLE'
  /** End-of-day bars from Tiingo with an API key of the deployment; adjusted for splits and dividends. */
  | 'TIINGO'
  /** Daily bars from Yahoo Finance, for personal use; adjusted for splits and dividends. */
  | 'YAHOO';

/** Ids of the strategies. BALANCED is the default. */
export type StrategyId =
  /** A general scan in which every voting indicator has the same weight. */
  | 'BALANCED'
  /** Buys weakness and sells strength in ranges; oscillators and bands have the most weight. */
  | 'MEAN_REVERSION'
  /** Looks for breakouts that are confirmed by volume. */
  | 'MOMENTUM_BREAKOUT'
  /** Follows directional markets; averages and directional movement have the most weight. */
  | 'TREND_FOLLOWING'
  /** Swing trades for a gain of 4 %, with checks of trend and momentum, held for up to 15 bars. */
  | 'WEEKLY_TARGET';

/** Numbers in place of the strategies’ own. A number that is left out keeps the strategy’s own. Filters cannot be changed. */
export type StrategyOverridesInput = {
  /** Parameters of indicators, at most one entry per parameter. */
  params?: Array<IndicatorParamInput> | null | undefined;
  /** Target, stop, holding time and cooldown. */
  risk?: RiskOverridesInput | null | undefined;
  /** Weights of indicators, at most one entry per indicator. */
  weights?: Array<IndicatorWeightInput> | null | undefined;
};

/** Tickers and options of an analysis. Give exactly one of `tickers`, `watchlistId` and `universe`. */
export type SubmitAnalysisInput = {
  /** True: always store a new job. Default false: a request that is due now shares an active due job that does the same work. A request for a later time shares an active job of exactly that time. */
  force?: boolean | null | undefined;
  /** Key that makes retries safe, up to 255 characters. Retrying with the same key and an equal input has no effect and returns the original response. The same key with another input is rejected with IDEMPOTENCY_CONFLICT. */
  idempotencyKey?: string | null | undefined;
  /** Options that differ from the defaults. */
  options?: AnalysisOptionsInput | null | undefined;
  /** Priority of the job, 0 to 9, default 5. Within a workspace, jobs of higher priority are claimed first. If the request shares an active job of lower priority, that job gets this priority. */
  priority?: number | null | undefined;
  /** Earliest time at which the job may start. Null, or a time in the past: as soon as possible. A request with the same idempotency key and another time is rejected with IDEMPOTENCY_CONFLICT. */
  runAt?: string | null | undefined;
  /** Source of the bars; default: the default source of the deployment. */
  source?: SourceId | null | undefined;
  /** Several strategies instead of `strategy`, all on the same bars, with one result each. */
  strategies?: Array<StrategyId> | null | undefined;
  /** Strategy of the analysis; default BALANCED. */
  strategy?: StrategyId | null | undefined;
  /** Tickers to analyse, up to 5000. */
  tickers?: Array<string> | null | undefined;
  /** True: analyse every active instrument of the list, and with the source CSV also the tickers of CSV_DIR. With the source OWN: every imported series of the workspace. */
  universe?: boolean | null | undefined;
  /** Analyse every ticker of this watchlist. */
  watchlistId?: string | number | null | undefined;
};

/** Tickers, strategies and options of a backtest. Give exactly one of `tickers` and `watchlistId`. */
export type SubmitBacktestInput = {
  /** True: always store a new job. Default false: a request that is due now shares an active due job that does the same work. A request for a later time shares an active job of exactly that time. */
  force?: boolean | null | undefined;
  /** Key that makes retries safe, up to 255 characters. Retrying with the same key and an equal input has no effect and returns the original response. The same key with another input is rejected with IDEMPOTENCY_CONFLICT. */
  idempotencyKey?: string | null | undefined;
  /** Options that differ from the defaults. */
  options?: BacktestOptionsInput | null | undefined;
  /** Priority of the job, 0 to 9, default 5. Within a workspace, jobs of higher priority are claimed first. If the request shares an active job of lower priority, that job gets this priority. */
  priority?: number | null | undefined;
  /** Earliest time at which the job may start. Null, or a time in the past: as soon as possible. A request with the same idempotency key and another time is rejected with IDEMPOTENCY_CONFLICT. */
  runAt?: string | null | undefined;
  /** Source of the bars; default: the default source of the deployment. */
  source?: SourceId | null | undefined;
  /** Strategies to test, all on the same bars, window and costs; default: BALANCED only. */
  strategies?: Array<StrategyId> | null | undefined;
  /** Tickers to test, up to 50. */
  tickers?: Array<string> | null | undefined;
  /** Test every ticker of this watchlist. */
  watchlistId?: string | number | null | undefined;
};

/** Period that one bar covers. Weekly and monthly bars are built from the daily bars of completed periods. */
export type Timeframe =
  /** One bar per trading day. */
  | 'DAILY'
  /** One bar per calendar month; the current month is not used. */
  | 'MONTHLY'
  /** One bar per week, starting on Monday; the current week is not used. */
  | 'WEEKLY';

/** Recommendation that the strategy derives from the score and the buy filters. */
export type Verdict =
  /** The score is at least 0.2 and below 0.6. */
  | 'BUY'
  /** The score is above -0.2 and below 0.2, or a buy filter vetoed a buy. */
  | 'HOLD'
  /** The score is at most -0.2 and above -0.6. */
  | 'SELL'
  /** The score is 0.6 or more. */
  | 'STRONG_BUY'
  /** The score is -0.6 or less. */
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

export type WatchlistChangedSubscriptionVariables = Exact<{
  id: string | number;
}>;


export type WatchlistChangedSubscription = { watchlistChanged: { id: string, name: string, isDefault: boolean, revision: number, items: Array<{ ticker: string, note: string, addedAt: string, lastStatus: JobState | null, lastAnalysis: { id: string, strategy: StrategyId, score: number, verdict: Verdict, isDemo: boolean, asOf: string, createdAt: string } | null, bar: { close: number | null, previousClose: number | null, changePct: number | null, currency: string | null } | null }> } };

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
export const WatchlistChangedDocument = new TypedDocumentString(`
    subscription WatchlistChanged($id: ID!) {
  watchlistChanged(id: $id) {
    id
    name
    isDefault
    revision
    items {
      ticker
      note
      addedAt
      lastStatus
      lastAnalysis {
        id
        strategy
        score
        verdict
        isDemo
        asOf
        createdAt
      }
      bar {
        close
        previousClose
        changePct
        currency
      }
    }
  }
}
    `, {"hash":"sha256:6b98e1ae4ff334650ea72bcfe6f2498ac6b3330af510274e366bf1a7b4344b24"}) as unknown as TypedDocumentString<WatchlistChangedSubscription, WatchlistChangedSubscriptionVariables>;
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