/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** Watchlist and tickers to add to it. */
export type AddToWatchlistInput = {
  /** Global id of the watchlist. */
  id: string | number;
  /** Key that makes retries safe, up to 255 characters. Retrying with the same key and an equal input has no effect and returns the original response. The same key with another input is rejected with IDEMPOTENCY_CONFLICT. */
  idempotencyKey?: string | null | undefined;
  /** Note for the added items, up to 500 characters; default: empty. */
  note?: string | null | undefined;
  /** Tickers to add; tickers that the watchlist already contains are skipped. */
  tickers: Array<string>;
};

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

/** Permission of an API key or token. */
export type ApiScope =
  /** Manage API keys and webhooks, pause the queue, and read the audit log. */
  | 'ADMIN'
  /** Import, replace and remove bars of the workspace. */
  | 'CANDLES_WRITE'
  /** Read jobs, items, the queue and watchlists, and subscribe to their changes. */
  | 'JOBS_READ'
  /** Submit, cancel and retry jobs, and change watchlists. Includes jobs:read. */
  | 'JOBS_WRITE'
  /** Read and export analyses, rankings, backtests and candles, and subscribe to new results. */
  | 'RESULTS_READ';

/** Conditions on the audit entries to list; all conditions must hold. */
export type AuditFilter = {
  /** Only entries with one of these actions, at most 50. */
  actions?: Array<string> | null | undefined;
  /** Only entries created at this time or later. */
  from?: string | null | undefined;
  /** Only entries of this API key (`keyId`). */
  keyId?: string | null | undefined;
  /** True: only rejected attempts. False: only changes that were made. Null: both. */
  refused?: boolean | null | undefined;
  /** Only entries that act on this object: a global id, a UUID or the id of a key. */
  target?: string | null | undefined;
  /** Only entries created before this time. */
  to?: string | null | undefined;
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

/** Value by which trades are sorted. Trades with equal values are sorted in the order of their exits. */
export type BacktestTradeSort =
  /** Trading day of the exit. */
  | 'DATE'
  /** Name of the exit reason. */
  | 'REASON'
  /** Net return of the trade. */
  | 'RETURN';

/** Limit that determines the size of a position. */
export type BoundBy =
  /** The largest allowed position limits the size. */
  | 'POSITION_LIMIT'
  /** The capital at risk limits the size. */
  | 'RISK';

/** The job to cancel. */
export type CancelJobInput = {
  /** Global id of the job. */
  id: string | number;
  /** Key that makes retries safe, up to 255 characters. Retrying with the same key and an equal input has no effect and returns the original response. The same key with another input is rejected with IDEMPOTENCY_CONFLICT. */
  idempotencyKey?: string | null | undefined;
};

/** Reason why the bars of a result are not available. */
export type CandlesGoneReason =
  /** The result was stored before the server recorded which bars a result uses. Analyse the ticker again to get a chart. */
  | 'NOT_RECORDED'
  /** The bars of this result are no longer stored. Analyse the ticker again to get a chart. */
  | 'NO_BARS'
  /** The stored bars differ from those of this result because they were corrected or adjusted later. Analyse the ticker again to get a chart. */
  | 'OTHER_BARS';

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

/** Name, scopes and expiry of the new API key. */
export type CreateApiKeyInput = {
  /** Time at which the key expires, not later than the creating credential. Null: the key expires together with the creating credential, or never if that has no expiry. */
  expiresAt?: string | null | undefined;
  /** Key that makes retries safe, up to 255 characters. Retrying with the same key and an equal input has no effect and returns the original response. The same key with another input is rejected with IDEMPOTENCY_CONFLICT. */
  idempotencyKey?: string | null | undefined;
  /** Name of the key, which says what the key is used for; 1 to 100 characters. */
  name: string;
  /** Scopes of the key, at least one. The creating credential must have each of these scopes. */
  scopes: Array<ApiScope>;
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

/** URL, event and filter of a new webhook. */
export type CreateWebhookInput = {
  /** Note on the webhook as free text, up to 200 characters. */
  description?: string | null | undefined;
  /** Event that the webhook reports. */
  event: WebhookEvent;
  /** Conditions on the results; only with ANALYSIS_STORED. Default: all results. */
  filter?: AnalysisFeedFilter | null | undefined;
  /** First event to send; default: events from now on. */
  from?: FeedStart | null | undefined;
  /** Key that makes retries safe, up to 255 characters. Retrying with the same key and an equal input has no effect and returns the original response. The same key with another input is rejected with IDEMPOTENCY_CONFLICT. */
  idempotencyKey?: string | null | undefined;
  /** URL that receives the messages: https, with a host on the public internet. */
  url: string;
};

/** The watchlist to delete. */
export type DeleteWatchlistInput = {
  /** Global id of the watchlist. */
  id: string | number;
  /** Key that makes retries safe, up to 255 characters. Retrying with the same key and an equal input has no effect and returns the original response. The same key with another input is rejected with IDEMPOTENCY_CONFLICT. */
  idempotencyKey?: string | null | undefined;
};

/** The webhook to delete. */
export type DeleteWebhookInput = {
  /** Global id of the webhook. */
  id: string | number;
  /** Key that makes retries safe, up to 255 characters. Retrying with the same key and an equal input has no effect and returns the original response. The same key with another input is rejected with IDEMPOTENCY_CONFLICT. */
  idempotencyKey?: string | null | undefined;
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

/** Outcome of a filter condition. */
export type FilterOutcome =
  /** The condition does not hold for the bar. */
  | 'FAILED'
  /** The condition was not evaluated because a required number is not available. */
  | 'NOT_EVALUATED'
  /** The condition holds for the bar. */
  | 'PASSED';

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

/** Conditions on the jobs to list; all conditions must hold. */
export type JobFilter = {
  /** Only jobs submitted at this time or later. */
  createdFrom?: string | null | undefined;
  /** Only jobs submitted before this time. */
  createdTo?: string | null | undefined;
  /** Only jobs of one of these kinds. */
  kinds?: Array<JobKind> | null | undefined;
  /** Only jobs with this origin. */
  origin?: JobOrigin | null | undefined;
  /** Only jobs in one of these states. */
  states?: Array<JobState> | null | undefined;
  /** Only jobs with this strategy, alone or among several. */
  strategy?: StrategyId | null | undefined;
  /** Only jobs with an item of this ticker, in upper or lower case. */
  ticker?: string | null | undefined;
  /** Only jobs that were submitted for this watchlist. */
  watchlistId?: string | number | null | undefined;
};

/** Kind of work that a job does. */
export type JobKind =
  /** Analyses the newest bar of every ticker. */
  | 'ANALYSIS'
  /** Analyses every trading day of a span (`asOfFrom` to `asOfTo`) for every ticker. */
  | 'BACKFILL'
  /** Simulates strategies over past bars. */
  | 'BACKTEST';

/** Request that created a job. */
export type JobOrigin =
  /** A `submitBacktest` with tickers or a watchlist. */
  | 'BACKTEST'
  /** A schedule. Reserved for later: no job has this origin yet. */
  | 'SCHEDULE'
  /** A `submitAnalysis` with `tickers`. */
  | 'TICKERS'
  /** A `submitAnalysis` with `universe`. */
  | 'UNIVERSE'
  /** A `submitAnalysis` with `watchlistId`, or `analyzeWatchlist`. */
  | 'WATCHLIST';

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

/** Names of the lines of the indicators, as in `IndicatorReading.lines`. */
export type LineName =
  /** Line `adx` of the indicator ADX. */
  | 'adx'
  /** Line `atr` of the indicator ATR. */
  | 'atr'
  /** Line `atrPct` of the indicator ATR. */
  | 'atrPct'
  /** Line `avgVolume` of the indicator OBV. */
  | 'avgVolume'
  /** Line `cci` of the indicator CCI. */
  | 'cci'
  /** Line `cmf` of the indicator CMF. */
  | 'cmf'
  /** Line `d` of the indicator STOCHASTIC. */
  | 'd'
  /** Line `fast` of the indicator EMA. */
  | 'fast'
  /** Line `histogram` of the indicator MACD. */
  | 'histogram'
  /** Line `k` of the indicator STOCHASTIC. */
  | 'k'
  /** Line `lower` of the indicator BOLLINGER. */
  | 'lower'
  /** Line `macd` of the indicator MACD. */
  | 'macd'
  /** Line `middle` of the indicator BOLLINGER. */
  | 'middle'
  /** Line `minusDi` of the indicator ADX. */
  | 'minusDi'
  /** Line `obv` of the indicator OBV. */
  | 'obv'
  /** Line `percentB` of the indicator BOLLINGER. */
  | 'percentB'
  /** Line `plusDi` of the indicator ADX. */
  | 'plusDi'
  /** Line `psar` of the indicator PSAR. */
  | 'psar'
  /** Line `rsi` of the indicator RSI. */
  | 'rsi'
  /** Line `signal` of the indicator MACD. */
  | 'signal'
  /** Line `slow` of the indicator EMA. */
  | 'slow'
  /** Line `spreadPct` of the indicator EMA. */
  | 'spreadPct'
  /** Line `trend` of the indicator PSAR. */
  | 'trend'
  /** Line `upper` of the indicator BOLLINGER. */
  | 'upper'
  /** Line `williamsR` of the indicator WILLIAMS_R. */
  | 'williamsR';

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

/** Optional reason for pausing the queue. */
export type PauseQueueInput = {
  /** Key that makes retries safe, up to 255 characters. Retrying with the same key and an equal input has no effect and returns the original response. The same key with another input is rejected with IDEMPOTENCY_CONFLICT. */
  idempotencyKey?: string | null | undefined;
  /** Reason for the pause, shown as `Queue.pauseNote`; up to 200 characters. */
  note?: string | null | undefined;
};

/** A number of the latest result that rankings can filter and sort by. */
export type RankedNumber =
  /** Mean volume of the last 20 bars including this bar, in units. */
  | 'AVERAGE_VOLUME'
  /** Last price of the bar minus that of the preceding bar, in the currency of the result. */
  | 'CHANGE'
  /** `CHANGE` as a percentage of the last price of the preceding bar. */
  | 'CHANGE_PCT'
  /** Last price of the bar, in the currency of the result. */
  | 'CLOSE'
  /** Weighted mean confidence of the voting indicators that have a value, 0 to 1; neutral votes count as 0. */
  | 'CONVICTION'
  /** Share of the voting indicators’ weight that belongs to indicators with a value, 0 to 1. */
  | 'COVERAGE'
  /** Entry price of the trade plan; absent without a plan. */
  | 'ENTRY'
  /** Reward-to-risk ratio of the trade plan; absent without a plan. */
  | 'RISK_REWARD'
  /** Weighted mean of the indicator votes, -1 to 1. */
  | 'SCORE'
  /** Stop price of the trade plan; absent without a plan. */
  | 'STOP'
  /** Target price of the trade plan; absent without a plan. */
  | 'TARGET'
  /** Units traded in the bar. */
  | 'VOLUME'
  /** Volume of the bar divided by the mean volume of the 20 bars before. */
  | 'VOLUME_RATIO';

/** A verdict, or NOT_ANALYSED when there is no result of the strategy. */
export type RankedVerdict =
  /** The score is at least 0.2 and below 0.6. */
  | 'BUY'
  /** The score is above -0.2 and below 0.2, or a buy filter vetoed a buy. */
  | 'HOLD'
  /** There is no result of the strategy for the ticker. */
  | 'NOT_ANALYSED'
  /** The score is at most -0.2 and above -0.6. */
  | 'SELL'
  /** The score is 0.6 or more. */
  | 'STRONG_BUY'
  /** The score is -0.6 or less. */
  | 'STRONG_SELL';

/** Conditions on the rows of a ranking; all conditions must hold. A condition on the result excludes rows without a result, except when `verdicts` contains NOT_ANALYSED. */
export type RankingFilter = {
  /** True: only rows with a result. False: only rows without a result. Null: both. */
  analysed?: boolean | null | undefined;
  /** Only rows whose last bar used is of this trading day or later. */
  asOfFrom?: string | null | undefined;
  /** True: include results of synthetic bars. Default false: a ticker that has only such results counts as not analysed. */
  includeDemo?: boolean | null | undefined;
  /** True: include rows whose latest result has a warning of suspicious bars, and therefore no trade plan. Default: false. */
  includeGated?: boolean | null | undefined;
  /** Only rows with this score or a lower one, -1 to 1. */
  maxScore?: number | null | undefined;
  /** Only rows with this score or a higher one, -1 to 1. */
  minScore?: number | null | undefined;
  /** Bounds of numbers and of indicator lines, up to 10; all bounds must hold. */
  screens?: Array<RankingScreen> | null | undefined;
  /** Only rows in one of these sectors, up to 100. */
  sectors?: Array<string> | null | undefined;
  /** Only rows whose symbol, name or ticker contains this text, in upper or lower case; up to 50 characters. */
  text?: string | null | undefined;
  /** Only rows with one of these verdicts. */
  verdicts?: Array<RankedVerdict> | null | undefined;
  /** Rank the tickers of this watchlist instead of the universe. */
  watchlistId?: string | number | null | undefined;
};

/** Value by which a ranking is sorted. Rows without the value come last in both directions. */
export type RankingKey =
  /** Trading day of the last bar that the analysis used. */
  | 'AS_OF'
  /** Mean volume of the last 20 bars including this bar, in units. */
  | 'AVERAGE_VOLUME'
  /** Last price of the bar minus that of the preceding bar, in the currency of the result. */
  | 'CHANGE'
  /** `CHANGE` as a percentage of the last price of the preceding bar. */
  | 'CHANGE_PCT'
  /** Last price of the bar, in the currency of the result. */
  | 'CLOSE'
  /** Weighted mean confidence of the voting indicators that have a value, 0 to 1; neutral votes count as 0. */
  | 'CONVICTION'
  /** Share of the voting indicators’ weight that belongs to indicators with a value, 0 to 1. */
  | 'COVERAGE'
  /** Entry price of the trade plan; absent without a plan. */
  | 'ENTRY'
  /** Reward-to-risk ratio of the trade plan; absent without a plan. */
  | 'RISK_REWARD'
  /** Weighted mean of the indicator votes, -1 to 1. */
  | 'SCORE'
  /** Stop price of the trade plan; absent without a plan. */
  | 'STOP'
  /** Symbol of the instrument at the exchange. */
  | 'SYMBOL'
  /** Target price of the trade plan; absent without a plan. */
  | 'TARGET'
  /** Verdict; in descending order STRONG_BUY comes first and STRONG_SELL last. */
  | 'VERDICT'
  /** Units traded in the bar. */
  | 'VOLUME'
  /** Volume of the bar divided by the mean volume of the 20 bars before. */
  | 'VOLUME_RATIO';

/** Bounds of a number of the latest result, or of a line of one of its indicators. At least one bound is required and all given bounds must hold. Rows without the number are omitted. */
export type RankingScreen = {
  /** The value must be greater than this bound. */
  gt?: number | null | undefined;
  /** The value must be greater than or equal to this bound. */
  gte?: number | null | undefined;
  /** Indicator to compare by one of its lines. Give either `number` or `indicator`. */
  indicator?: IndicatorId | null | undefined;
  /** Line of the indicator; default: the line that `IndicatorSeries.display` names. */
  line?: LineName | null | undefined;
  /** The value must be less than this bound. */
  lt?: number | null | undefined;
  /** The value must be less than or equal to this bound. */
  lte?: number | null | undefined;
  /** Number to compare. Give either `number` or `indicator`. */
  number?: RankedNumber | null | undefined;
};

/** Sort order of a ranking. Rows with equal values are sorted by symbol, then by ticker, ascending. */
export type RankingSort = {
  /** Value to sort by. Give either `by` or `indicator`. */
  by?: RankingKey | null | undefined;
  /** Direction of the sort; default ASC for SYMBOL, otherwise DESC. */
  direction?: SortDirection | null | undefined;
  /** Indicator to sort by one of its lines. Give either `by` or `indicator`. */
  indicator?: IndicatorId | null | undefined;
  /** Line of the indicator; default: the line that `IndicatorSeries.display` names. */
  line?: LineName | null | undefined;
};

/** Watchlist and tickers to remove from it. */
export type RemoveFromWatchlistInput = {
  /** Global id of the watchlist. */
  id: string | number;
  /** Key that makes retries safe, up to 255 characters. Retrying with the same key and an equal input has no effect and returns the original response. The same key with another input is rejected with IDEMPOTENCY_CONFLICT. */
  idempotencyKey?: string | null | undefined;
  /** Tickers to remove; tickers that the watchlist does not contain are ignored. */
  tickers: Array<string>;
};

/** The webhook whose events are sent again, and the first event to send. */
export type ReplayWebhookInput = {
  /** Cursor after which events are sent again, from a message or from `Webhook.cursor`. Null: all stored events are sent again. */
  after?: string | null | undefined;
  /** Global id of the webhook. */
  id: string | number;
  /** Key that makes retries safe, up to 255 characters. Retrying with the same key and an equal input has no effect and returns the original response. The same key with another input is rejected with IDEMPOTENCY_CONFLICT. */
  idempotencyKey?: string | null | undefined;
};

/** The pause to end. */
export type ResumeQueueInput = {
  /** Key that makes retries safe, up to 255 characters. Retrying with the same key and an equal input has no effect and returns the original response. The same key with another input is rejected with IDEMPOTENCY_CONFLICT. */
  idempotencyKey?: string | null | undefined;
  /** Ends the pause only if it started at this time, so that a later pause by someone else remains. Null: ends any pause. */
  pausedAt?: string | null | undefined;
};

/** The job to retry. */
export type RetryJobInput = {
  /** Global id of a finished job. */
  id: string | number;
  /** Key that makes retries safe, up to 255 characters. Retrying with the same key and an equal input has no effect and returns the original response. The same key with another input is rejected with IDEMPOTENCY_CONFLICT. */
  idempotencyKey?: string | null | undefined;
};

/** The API key to revoke. */
export type RevokeApiKeyInput = {
  /** Key that makes retries safe, up to 255 characters. Retrying with the same key and an equal input has no effect and returns the original response. The same key with another input is rejected with IDEMPOTENCY_CONFLICT. */
  idempotencyKey?: string | null | undefined;
  /** Id (`keyId`) of the key to revoke. */
  keyId: string;
};

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

/** The API key to replace with a new one. */
export type RotateApiKeyInput = {
  /** Key that makes retries safe, up to 255 characters. Retrying with the same key and an equal input has no effect and returns the original response. The same key with another input is rejected with IDEMPOTENCY_CONFLICT. */
  idempotencyKey?: string | null | undefined;
  /** Id (`keyId`) of the key to replace. */
  keyId: string;
  /** Hours during which the old key remains valid, 0 to 168. */
  overlapHours?: number;
};

/** Direction of a trade. */
export type Side =
  /** The instrument is bought first and sold later. */
  | 'LONG'
  /** The instrument is sold first and bought back later. */
  | 'SHORT';

/** Direction in which rows are sorted. */
export type SortDirection =
  /** Ascending order, smallest value first. */
  | 'ASC'
  /** Descending order, largest value first. */
  | 'DESC';

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

/** The watchlist to rename, and its new name. */
export type UpdateWatchlistInput = {
  /** Global id of the watchlist. */
  id: string | number;
  /** Key that makes retries safe, up to 255 characters. Retrying with the same key and an equal input has no effect and returns the original response. The same key with another input is rejected with IDEMPOTENCY_CONFLICT. */
  idempotencyKey?: string | null | undefined;
  /** New name of the watchlist, 1 to 50 characters. */
  name: string;
};

/** Item of a watchlist and its new note. */
export type UpdateWatchlistItemInput = {
  /** Global id of the watchlist. */
  id: string | number;
  /** Key that makes retries safe, up to 255 characters. Retrying with the same key and an equal input has no effect and returns the original response. The same key with another input is rejected with IDEMPOTENCY_CONFLICT. */
  idempotencyKey?: string | null | undefined;
  /** New note as free text, up to 500 characters. */
  note: string;
  /** Ticker of the item to change. */
  ticker: string;
};

/** Changes of a webhook. Fields that are left out do not change. */
export type UpdateWebhookInput = {
  /** False pauses the webhook. True resumes it at its cursor, also after the server disabled it. */
  active?: boolean | null | undefined;
  /** New note as free text, up to 200 characters. */
  description?: string | null | undefined;
  /** New filter, which replaces the complete old filter. */
  filter?: AnalysisFeedFilter | null | undefined;
  /** Global id of the webhook. */
  id: string | number;
  /** Key that makes retries safe, up to 255 characters. Retrying with the same key and an equal input has no effect and returns the original response. The same key with another input is rejected with IDEMPOTENCY_CONFLICT. */
  idempotencyKey?: string | null | undefined;
  /** New URL. A message that is not yet delivered is sent to this URL, too. */
  url?: string | null | undefined;
};

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

/** Reason why a job or its items have not started. */
export type WaitingReason =
  /** No active worker can run this kind of job. Start a worker that can. */
  | 'NO_WORKER'
  /** The queue of the workspace is paused; `resumeQueue` resumes it. */
  | 'PAUSED'
  /** The source is rate limited and requested a delay before the next attempt. */
  | 'RATE_LIMITED'
  /** An attempt failed with a transient error; the delay before the next attempt has not passed. */
  | 'RETRY_BACKOFF'
  /** The time `runAt` of the job has not been reached. */
  | 'SCHEDULED'
  /** All workers that can run this kind of job are busy; the item is queued. */
  | 'WORKERS_BUSY';

/** State of the delivery of a message. */
export type WebhookDeliveryState =
  /** The receiver responded with a status of 200 to 299. */
  | 'DELIVERED'
  /** The message is not delivered yet; the server retries until it is. */
  | 'PENDING'
  /** The server abandoned the message because a replay started. */
  | 'SUPERSEDED';

/** Event that a webhook reports. */
export type WebhookEvent =
  /** A result of an analysis was stored. */
  | 'ANALYSIS_STORED'
  /** A job has finished: COMPLETED, FAILED or CANCELLED. */
  | 'JOB_FINISHED';

/** Whether a webhook sends messages. While it does not, its cursor stays and no event is lost. */
export type WebhookState =
  /** The webhook sends messages to its receiver. */
  | 'ACTIVE'
  /** The server disabled the webhook because deliveries failed for too long or the receiver rejected further messages. An operator can disable it with the removal of the member who gave the address. See `disabledReason`. */
  | 'DISABLED'
  /** The owner paused the webhook. */
  | 'PAUSED';

/** Whether a worker claims items. */
export type WorkerState =
  /** The worker claims items while it has free capacity. */
  | 'ALIVE'
  /** The worker is shutting down and claims no more items. */
  | 'DRAINING'
  /** The worker lost its lease or its connection. Other workers take over its items. */
  | 'GONE';

export type BacktestJobsQueryVariables = Exact<{
  first: number;
}>;


export type BacktestJobsQuery = { jobs: { edges: Array<{ node: { id: string, uuid: string, kind: JobKind, origin: JobOrigin, state: JobState, progress: number, total: number, completed: number, succeeded: number, failed: number, cancelled: number, queued: number, processing: number, createdAt: string, runAt: string, startedAt: string | null, finishedAt: string | null, strategies: Array<StrategyId>, source: SourceId, isDemo: boolean, watchlist: { id: string, name: string } | null, waiting: { reason: WaitingReason, since: string, estimatedStartAt: string | null } | null, sample: { edges: Array<{ node: { ticker: string } }> } } }> } };

export type BacktestTickersQueryVariables = Exact<{
  id: string | number;
}>;


export type BacktestTickersQuery = { job: { id: string, uuid: string, kind: JobKind, origin: JobOrigin, state: JobState, progress: number, total: number, completed: number, succeeded: number, failed: number, cancelled: number, queued: number, processing: number, createdAt: string, runAt: string, startedAt: string | null, finishedAt: string | null, strategies: Array<StrategyId>, source: SourceId, isDemo: boolean, items: { edges: Array<{ cursor: string, node: { ticker: string, state: JobState, error: { code: string, message: string } | null } }> }, watchlist: { id: string, name: string } | null, waiting: { reason: WaitingReason, since: string, estimatedStartAt: string | null } | null, sample: { edges: Array<{ node: { ticker: string } }> } } | null };

export type BacktestItemQueryVariables = Exact<{
  id: string | number;
  after?: string | null | undefined;
  points: number;
}>;


export type BacktestItemQuery = { job: { items: { edges: Array<{ node: { ticker: string, state: JobState, comparison: { firstDate: string, lastDate: string, buyAndHold: { totalReturnPct: number, cagrPct: number | null, maxDrawdownPct: number, sharpe: number | null }, curve: Array<{ date: string, buyAndHold: number, equities: Array<number> }>, backtests: Array<{ id: string, strategy: StrategyId, source: SourceId, isDemo: boolean, tradableFrom: string | null, pending: boolean, metrics: { trades: number, wins: number, losses: number, winRatePct: number | null, totalReturnPct: number, cagrPct: number | null, maxDrawdownPct: number, profitFactor: number | null, expectancyPct: number | null, sharpe: number | null, exposurePct: number, avgWinPct: number | null, avgLossPct: number | null }, warnings: Array<{ code: string, message: string }> }> } | null } }> } } | null };

export type BacktestTradeRowsQueryVariables = Exact<{
  id: string | number;
  sort: BacktestTradeSort;
  descending: boolean;
  first: number;
  after?: string | null | undefined;
}>;


export type BacktestTradeRowsQuery = { backtest: { trades: { totalCount: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, edges: Array<{ node: { n: number, side: Side, entryDate: string, entryPrice: number, exitDate: string, exitPrice: number, exitReason: ExitReason, gap: boolean, barsHeld: number, returnPct: number, verdict: Verdict, score: number } }> } } | null };

export type SubmitBacktestJobMutationVariables = Exact<{
  input: SubmitBacktestInput;
}>;


export type SubmitBacktestJobMutation = { submitBacktest:
    | { __typename: 'IdempotencyConflictError', code: string, message: string }
    | { __typename: 'InvalidInputError', code: string, message: string }
    | { __typename: 'InvalidTickerError', code: string, message: string }
    | { __typename: 'KeyConflictError', code: string, message: string }
    | { __typename: 'LimitExceededError', code: string, message: string }
    | { __typename: 'NotFoundError', code: string, message: string }
    | { __typename: 'SubmitJobPayload', job: { id: string } }
   };

export type JobRowFragment = { id: string, uuid: string, kind: JobKind, origin: JobOrigin, state: JobState, progress: number, total: number, completed: number, succeeded: number, failed: number, cancelled: number, queued: number, processing: number, createdAt: string, runAt: string, startedAt: string | null, finishedAt: string | null, strategies: Array<StrategyId>, source: SourceId, isDemo: boolean, watchlist: { id: string, name: string } | null, waiting: { reason: WaitingReason, since: string, estimatedStartAt: string | null } | null, sample: { edges: Array<{ node: { ticker: string } }> } };

export type FrameQueryVariables = Exact<{ [key: string]: never; }>;


export type FrameQuery = { viewer: { subject: string, keyId: string | null, scopes: Array<ApiScope>, workspaceName: string }, jobs: { totalCount: number } };

export type PaletteSearchQueryVariables = Exact<{
  search: string;
}>;


export type PaletteSearchQuery = { instruments: { edges: Array<{ node: { ticker: string, name: string, exchange: string } }> }, watchlists: Array<{ id: string, name: string }> };

export type HomeJobsQueryVariables = Exact<{ [key: string]: never; }>;


export type HomeJobsQuery = { jobs: { totalCount: number, edges: Array<{ node: { id: string, uuid: string, kind: JobKind, origin: JobOrigin, state: JobState, progress: number, total: number, completed: number, succeeded: number, failed: number, cancelled: number, queued: number, processing: number, createdAt: string, runAt: string, startedAt: string | null, finishedAt: string | null, strategies: Array<StrategyId>, source: SourceId, isDemo: boolean, watchlist: { id: string, name: string } | null, waiting: { reason: WaitingReason, since: string, estimatedStartAt: string | null } | null, sample: { edges: Array<{ node: { ticker: string } }> } } }> } };

export type HomeQueueQueryVariables = Exact<{ [key: string]: never; }>;


export type HomeQueueQuery = { queue: { paused: boolean, pauseNote: string | null, pausedAt: string | null, throughputPerMinute: number, oldestAgeSeconds: number | null, depth: { complete: boolean, itemsQueued: number, itemsProcessing: number }, waiting: Array<{ reason: WaitingReason, items: number }>, workers: Array<{ name: string, state: WorkerState, running: number, capacity: number, heartbeatAt: string }> } };

export type HomeResultsQueryVariables = Exact<{ [key: string]: never; }>;


export type HomeResultsQuery = { analyses: { edges: Array<{ node: { id: string, ticker: string, strategy: StrategyId, asOf: string, createdAt: string, verdict: Verdict, score: number, scoreChange: number | null, isDemo: boolean, bar: { close: number | null, changePct: number | null, currency: string | null }, instrument: { name: string, tick: string } | null, previous: { verdict: Verdict } | null } }> } };

export type HomeWatchlistsQueryVariables = Exact<{ [key: string]: never; }>;


export type HomeWatchlistsQuery = { watchlists: Array<{ id: string, name: string, summary: { items: number, analysed: number, buy: number, hold: number, sell: number } }> };

export type SubmitChoicesQueryVariables = Exact<{ [key: string]: never; }>;


export type SubmitChoicesQuery = { strategies: Array<{ id: StrategyId, title: string, summary: string, isDefault: boolean }> };

export type TickerSearchQueryVariables = Exact<{
  search: string;
}>;


export type TickerSearchQuery = { instruments: { edges: Array<{ node: { ticker: string, name: string, exchange: string } }> } };

export type SubmitMutationVariables = Exact<{
  input: SubmitAnalysisInput;
}>;


export type SubmitMutation = { submitAnalysis:
    | { __typename: 'IdempotencyConflictError', code: string, message: string }
    | { __typename: 'InvalidInputError', code: string, message: string }
    | { __typename: 'InvalidTickerError', code: string, message: string }
    | { __typename: 'KeyConflictError', code: string, message: string }
    | { __typename: 'LimitExceededError', code: string, message: string }
    | { __typename: 'NotFoundError', code: string, message: string }
    | { __typename: 'SubmitJobPayload', deduplicated: boolean, job: { id: string, total: number } }
   };

export type PauseQueueMutationVariables = Exact<{
  input: PauseQueueInput;
}>;


export type PauseQueueMutation = { pauseQueue:
    | { __typename: 'InvalidInputError', code: string, message: string }
    | { __typename: 'KeyConflictError', code: string, message: string }
    | { __typename: 'QueuePayload', queue: { paused: boolean } }
   };

export type ResumeQueueMutationVariables = Exact<{
  input: ResumeQueueInput;
}>;


export type ResumeQueueMutation = { resumeQueue: { __typename: 'QueuePayload', queue: { paused: boolean } } };

export type JobsQueryVariables = Exact<{
  filter: JobFilter;
  first: number;
  after?: string | null | undefined;
}>;


export type JobsQuery = { jobs: { pageInfo: { hasNextPage: boolean, endCursor: string | null }, edges: Array<{ node: { id: string, uuid: string, kind: JobKind, origin: JobOrigin, state: JobState, progress: number, total: number, completed: number, succeeded: number, failed: number, cancelled: number, queued: number, processing: number, createdAt: string, runAt: string, startedAt: string | null, finishedAt: string | null, strategies: Array<StrategyId>, source: SourceId, isDemo: boolean, watchlist: { id: string, name: string } | null, waiting: { reason: WaitingReason, since: string, estimatedStartAt: string | null } | null, sample: { edges: Array<{ node: { ticker: string } }> } } }> } };

export type JobsCountQueryVariables = Exact<{
  filter: JobFilter;
}>;


export type JobsCountQuery = { jobs: { totalCount: number } };

export type JobQueryVariables = Exact<{
  id: string | number;
}>;


export type JobQuery = { job: { priority: number, lastSeq: number, id: string, uuid: string, kind: JobKind, origin: JobOrigin, state: JobState, progress: number, total: number, completed: number, succeeded: number, failed: number, cancelled: number, queued: number, processing: number, createdAt: string, runAt: string, startedAt: string | null, finishedAt: string | null, strategies: Array<StrategyId>, source: SourceId, isDemo: boolean, retryOf: { id: string } | null, errors: Array<{ ticker: string, error: { code: string, message: string } | null }>, watchlist: { id: string, name: string } | null, waiting: { reason: WaitingReason, since: string, estimatedStartAt: string | null } | null, sample: { edges: Array<{ node: { ticker: string } }> } } | null };

export type JobItemsQueryVariables = Exact<{
  id: string | number;
  states?: Array<JobState> | JobState | null | undefined;
  errorCode?: string | null | undefined;
  first: number;
  after?: string | null | undefined;
}>;


export type JobItemsQuery = { job: { items: { pageInfo: { hasNextPage: boolean, endCursor: string | null }, edges: Array<{ node: { ticker: string, state: JobState, phase: number, attempt: number, startedAt: string | null, finishedAt: string | null, error: { code: string, message: string } | null } }> } } | null };

export type CancelJobMutationVariables = Exact<{
  input: CancelJobInput;
}>;


export type CancelJobMutation = { cancelJob:
    | { __typename: 'CancelJobPayload', job: { id: string, state: JobState } }
    | { __typename: 'InvalidInputError', code: string, message: string }
    | { __typename: 'InvalidStateError', code: string, message: string }
    | { __typename: 'KeyConflictError', code: string, message: string }
    | { __typename: 'NotFoundError', code: string, message: string }
   };

export type RetryJobMutationVariables = Exact<{
  input: RetryJobInput;
}>;


export type RetryJobMutation = { retryJob:
    | { __typename: 'IdempotencyConflictError', code: string, message: string }
    | { __typename: 'InvalidInputError', code: string, message: string }
    | { __typename: 'InvalidStateError', code: string, message: string }
    | { __typename: 'KeyConflictError', code: string, message: string }
    | { __typename: 'LimitExceededError', code: string, message: string }
    | { __typename: 'NotFoundError', code: string, message: string }
    | { __typename: 'SubmitJobPayload', job: { id: string, total: number } }
   };

export type RankingRowFragment = { ticker: string, symbol: string, instrument: { name: string, sector: string | null, exchange: string, tick: string } | null, bar: { close: number | null, changePct: number | null, volume: number | null, volumeRatio: number | null, currency: string | null } | null, activeItem: { state: JobState, phase: number } | null, analysis: { id: string, verdict: Verdict, score: number, scoreChange: number | null, buyVotes: number, neutralVotes: number, sellVotes: number, asOf: string, isDemo: boolean, source: SourceId, plan: { side: Side, entry: string, stop: string, target: string, riskReward: string } | null } | null };

export type RankingQueryVariables = Exact<{
  strategy: StrategyId;
  filter: RankingFilter;
  sort: RankingSort;
  first: number;
  after?: string | null | undefined;
}>;


export type RankingQuery = { ranking: { pageInfo: { hasNextPage: boolean, endCursor: string | null }, edges: Array<{ node: { ticker: string, symbol: string, instrument: { name: string, sector: string | null, exchange: string, tick: string } | null, bar: { close: number | null, changePct: number | null, volume: number | null, volumeRatio: number | null, currency: string | null } | null, activeItem: { state: JobState, phase: number } | null, analysis: { id: string, verdict: Verdict, score: number, scoreChange: number | null, buyVotes: number, neutralVotes: number, sellVotes: number, asOf: string, isDemo: boolean, source: SourceId, plan: { side: Side, entry: string, stop: string, target: string, riskReward: string } | null } | null } }> } };

export type RankingCountsQueryVariables = Exact<{
  strategy: StrategyId;
  filter: RankingFilter;
}>;


export type RankingCountsQuery = { ranking: { totalCount: number, facets: { verdicts: Array<{ verdict: RankedVerdict, count: number }>, sectors: Array<{ sector: string | null, count: number }> } } };

export type RankingListsQueryVariables = Exact<{ [key: string]: never; }>;


export type RankingListsQuery = { watchlists: Array<{ id: string, name: string }> };

export type AddToListMutationVariables = Exact<{
  input: AddToWatchlistInput;
}>;


export type AddToListMutation = { addToWatchlist:
    | { __typename: 'InvalidInputError', code: string, message: string }
    | { __typename: 'InvalidTickerError', code: string, message: string }
    | { __typename: 'KeyConflictError', code: string, message: string }
    | { __typename: 'LimitExceededError', code: string, message: string }
    | { __typename: 'NotFoundError', code: string, message: string }
    | { __typename: 'WatchlistPayload', added: Array<string>, skipped: Array<string> }
   };

export type ResultFieldsFragment = { id: string, ticker: string, strategy: StrategyId, timeframe: Timeframe, asOf: string, createdAt: string, source: SourceId, isDemo: boolean, isBackfill: boolean, customised: boolean, currency: string | null, score: number, scoreVerdict: Verdict, scoreChange: number | null, verdict: Verdict, conviction: number, coverage: number, regime: string, buyVotes: number, neutralVotes: number, sellVotes: number, unavailableVotes: number, engineVersion: number | null, bar: { close: number | null, change: number | null, changePct: number | null, previousClose: number | null, volume: number | null, averageVolume: number | null, volumeRatio: number | null, date: string }, filters: Array<{ filter: FilterId, clause: string, outcome: FilterOutcome, required: boolean, value: number | null, limit: number | null, upTo: number | null }>, vetoes: Array<{ filter: FilterId, clause: string, value: number | null, limit: number | null }>, indicators: Array<{ indicator: IndicatorId, category: Category, available: boolean, reason: string | null, vote: number | null, confidence: number | null, weight: number, contribution: number, display: number | null, params: Array<{ name: string, value: number | null }> }>, plan: { side: Side, entry: string, stop: string, stopPct: number, stopWidened: boolean, target: string, targetPct: number, riskReward: string, minRiskReward: number, positionSize: number, positionValue: string, capitalAtRisk: string, capitalAtRiskPct: string, potentialReward: string, boundBy: BoundBy, maxHoldingBars: number, flags: Array<string> } | null, planRecord: { side: Side, cases: number, targets: number, stops: number, timeouts: number, winRatePct: number | null, meanResultPct: number | null } | null, universeRecord: { results: number, tickers: number, plans: { cases: number, targets: number, stops: number, timeouts: number, winRatePct: number | null, meanResultPct: number | null } } | null, ledger: { confidence: number, contradictions: Array<string> } | null, warnings: Array<{ code: string, message: string }>, provenance: { source: SourceId, adjustment: string, bars: number, firstBar: string, lastBar: string }, instrument: { name: string, exchange: string, sector: string | null, tick: string, timeZone: string } | null, job: { id: string } | null };

export type ResultQueryVariables = Exact<{
  ticker: string;
  tickers: Array<string> | string;
  strategy?: StrategyId | null | undefined;
}>;


export type ResultQuery = { instrument: { ticker: string, name: string, exchange: string, sector: string | null, industry: string | null, tick: string, timeZone: string, currency: string } | null, latestAnalyses: Array<{ id: string, ticker: string, strategy: StrategyId, timeframe: Timeframe, asOf: string, createdAt: string, source: SourceId, isDemo: boolean, isBackfill: boolean, customised: boolean, currency: string | null, score: number, scoreVerdict: Verdict, scoreChange: number | null, verdict: Verdict, conviction: number, coverage: number, regime: string, buyVotes: number, neutralVotes: number, sellVotes: number, unavailableVotes: number, engineVersion: number | null, bar: { close: number | null, change: number | null, changePct: number | null, previousClose: number | null, volume: number | null, averageVolume: number | null, volumeRatio: number | null, date: string }, filters: Array<{ filter: FilterId, clause: string, outcome: FilterOutcome, required: boolean, value: number | null, limit: number | null, upTo: number | null }>, vetoes: Array<{ filter: FilterId, clause: string, value: number | null, limit: number | null }>, indicators: Array<{ indicator: IndicatorId, category: Category, available: boolean, reason: string | null, vote: number | null, confidence: number | null, weight: number, contribution: number, display: number | null, params: Array<{ name: string, value: number | null }> }>, plan: { side: Side, entry: string, stop: string, stopPct: number, stopWidened: boolean, target: string, targetPct: number, riskReward: string, minRiskReward: number, positionSize: number, positionValue: string, capitalAtRisk: string, capitalAtRiskPct: string, potentialReward: string, boundBy: BoundBy, maxHoldingBars: number, flags: Array<string> } | null, planRecord: { side: Side, cases: number, targets: number, stops: number, timeouts: number, winRatePct: number | null, meanResultPct: number | null } | null, universeRecord: { results: number, tickers: number, plans: { cases: number, targets: number, stops: number, timeouts: number, winRatePct: number | null, meanResultPct: number | null } } | null, ledger: { confidence: number, contradictions: Array<string> } | null, warnings: Array<{ code: string, message: string }>, provenance: { source: SourceId, adjustment: string, bars: number, firstBar: string, lastBar: string }, instrument: { name: string, exchange: string, sector: string | null, tick: string, timeZone: string } | null, job: { id: string } | null }> };

export type ResultRunQueryVariables = Exact<{
  id: string | number;
}>;


export type ResultRunQuery = { analysis: { id: string, ticker: string, strategy: StrategyId, timeframe: Timeframe, asOf: string, createdAt: string, source: SourceId, isDemo: boolean, isBackfill: boolean, customised: boolean, currency: string | null, score: number, scoreVerdict: Verdict, scoreChange: number | null, verdict: Verdict, conviction: number, coverage: number, regime: string, buyVotes: number, neutralVotes: number, sellVotes: number, unavailableVotes: number, engineVersion: number | null, bar: { close: number | null, change: number | null, changePct: number | null, previousClose: number | null, volume: number | null, averageVolume: number | null, volumeRatio: number | null, date: string }, filters: Array<{ filter: FilterId, clause: string, outcome: FilterOutcome, required: boolean, value: number | null, limit: number | null, upTo: number | null }>, vetoes: Array<{ filter: FilterId, clause: string, value: number | null, limit: number | null }>, indicators: Array<{ indicator: IndicatorId, category: Category, available: boolean, reason: string | null, vote: number | null, confidence: number | null, weight: number, contribution: number, display: number | null, params: Array<{ name: string, value: number | null }> }>, plan: { side: Side, entry: string, stop: string, stopPct: number, stopWidened: boolean, target: string, targetPct: number, riskReward: string, minRiskReward: number, positionSize: number, positionValue: string, capitalAtRisk: string, capitalAtRiskPct: string, potentialReward: string, boundBy: BoundBy, maxHoldingBars: number, flags: Array<string> } | null, planRecord: { side: Side, cases: number, targets: number, stops: number, timeouts: number, winRatePct: number | null, meanResultPct: number | null } | null, universeRecord: { results: number, tickers: number, plans: { cases: number, targets: number, stops: number, timeouts: number, winRatePct: number | null, meanResultPct: number | null } } | null, ledger: { confidence: number, contradictions: Array<string> } | null, warnings: Array<{ code: string, message: string }>, provenance: { source: SourceId, adjustment: string, bars: number, firstBar: string, lastBar: string }, instrument: { name: string, exchange: string, sector: string | null, tick: string, timeZone: string } | null, job: { id: string } | null } | null };

export type ResultSeriesQueryVariables = Exact<{
  id: string | number;
  last: number;
  indicators: Array<IndicatorId> | IndicatorId;
}>;


export type ResultSeriesQuery = { analysis: { id: string, series:
      | { __typename: 'AnalysisSeries', dates: Array<string>, open: Array<number>, high: Array<number>, low: Array<number>, close: Array<number>, volume: Array<number>, indicators: Array<{ indicator: IndicatorId, display: string, lines: Array<{ name: string, values: Array<number | null> }> }> }
      | { __typename: 'CandlesGone', reason: CandlesGoneReason, message: string }
     } | null };

export type ResultHistoryQueryVariables = Exact<{
  ticker: string;
  strategy: StrategyId;
}>;


export type ResultHistoryQuery = { analyses: { totalCount: number, edges: Array<{ node: { id: string, asOf: string, createdAt: string, score: number, verdict: Verdict, isDemo: boolean, isBackfill: boolean, source: SourceId, customised: boolean } }> } };

export type SideBySideFragment = { id: string, strategy: StrategyId, asOf: string, verdict: Verdict, score: number, isDemo: boolean, plan: { riskReward: string } | null };

export type ResultStrategiesQueryVariables = Exact<{
  tickers: Array<string> | string;
}>;


export type ResultStrategiesQuery = { strategies: Array<{ id: StrategyId, title: string, summary: string }>, balanced: Array<{ id: string, strategy: StrategyId, asOf: string, verdict: Verdict, score: number, isDemo: boolean, plan: { riskReward: string } | null }>, trendFollowing: Array<{ id: string, strategy: StrategyId, asOf: string, verdict: Verdict, score: number, isDemo: boolean, plan: { riskReward: string } | null }>, meanReversion: Array<{ id: string, strategy: StrategyId, asOf: string, verdict: Verdict, score: number, isDemo: boolean, plan: { riskReward: string } | null }>, momentumBreakout: Array<{ id: string, strategy: StrategyId, asOf: string, verdict: Verdict, score: number, isDemo: boolean, plan: { riskReward: string } | null }>, weeklyTarget: Array<{ id: string, strategy: StrategyId, asOf: string, verdict: Verdict, score: number, isDemo: boolean, plan: { riskReward: string } | null }> };

export type KeysQueryVariables = Exact<{
  after?: string | null | undefined;
}>;


export type KeysQuery = { apiKeys: { pageInfo: { hasNextPage: boolean, endCursor: string | null }, edges: Array<{ node: { keyId: string, name: string, scopes: Array<ApiScope>, rateClass: string, createdAt: string, createdBy: string, expiresAt: string | null, lastUsedAt: string | null, revokedAt: string | null } }> } };

export type CreateKeyMutationVariables = Exact<{
  input: CreateApiKeyInput;
}>;


export type CreateKeyMutation = { createApiKey:
    | { __typename: 'InvalidInputError', code: string, message: string }
    | { __typename: 'IssuedApiKey', secret: string, apiKey: { keyId: string } }
    | { __typename: 'KeyConflictError', code: string, message: string }
    | { __typename: 'LimitExceededError', code: string, message: string }
    | { __typename: 'SecretToldError', code: string, message: string }
   };

export type RotateKeyMutationVariables = Exact<{
  input: RotateApiKeyInput;
}>;


export type RotateKeyMutation = { rotateApiKey:
    | { __typename: 'InvalidInputError', code: string, message: string }
    | { __typename: 'InvalidStateError', code: string, message: string }
    | { __typename: 'IssuedApiKey', secret: string, apiKey: { keyId: string } }
    | { __typename: 'KeyConflictError', code: string, message: string }
    | { __typename: 'LimitExceededError', code: string, message: string }
    | { __typename: 'NotFoundError', code: string, message: string }
    | { __typename: 'SecretToldError', code: string, message: string }
   };

export type RevokeKeyMutationVariables = Exact<{
  input: RevokeApiKeyInput;
}>;


export type RevokeKeyMutation = { revokeApiKey:
    | { __typename: 'ApiKeyPayload' }
    | { __typename: 'InvalidInputError', code: string, message: string }
    | { __typename: 'KeyConflictError', code: string, message: string }
    | { __typename: 'NotFoundError', code: string, message: string }
   };

export type WebhooksQueryVariables = Exact<{ [key: string]: never; }>;


export type WebhooksQuery = { webhooks: Array<{ id: string, url: string, description: string, event: WebhookEvent, state: WebhookState, disabledReason: string | null, failures: number, failingSince: string | null, nextAttemptAt: string | null, createdAt: string, deliveries: { totalCount: number, edges: Array<{ node: { messageId: string, state: WebhookDeliveryState, attempts: number, createdAt: string, deliveredAt: string | null, lastStatus: number | null, size: number, lastError: { code: string, message: string } | null } }> } }> };

export type CreateHookMutationVariables = Exact<{
  input: CreateWebhookInput;
}>;


export type CreateHookMutation = { createWebhook:
    | { __typename: 'InvalidInputError', code: string, message: string }
    | { __typename: 'InvalidTickerError', code: string, message: string }
    | { __typename: 'KeyConflictError', code: string, message: string }
    | { __typename: 'LimitExceededError', code: string, message: string }
    | { __typename: 'NotFoundError', code: string, message: string }
    | { __typename: 'SecretToldError', code: string, message: string }
    | { __typename: 'WebhookSecretPayload', secret: string, webhook: { id: string } }
   };

export type UpdateHookMutationVariables = Exact<{
  input: UpdateWebhookInput;
}>;


export type UpdateHookMutation = { updateWebhook:
    | { __typename: 'InvalidInputError', code: string, message: string }
    | { __typename: 'InvalidTickerError', code: string, message: string }
    | { __typename: 'KeyConflictError', code: string, message: string }
    | { __typename: 'NotFoundError', code: string, message: string }
    | { __typename: 'WebhookPayload' }
   };

export type ReplayHookMutationVariables = Exact<{
  input: ReplayWebhookInput;
}>;


export type ReplayHookMutation = { replayWebhook:
    | { __typename: 'InvalidInputError', code: string, message: string }
    | { __typename: 'KeyConflictError', code: string, message: string }
    | { __typename: 'NotFoundError', code: string, message: string }
    | { __typename: 'WebhookPayload' }
   };

export type DeleteHookMutationVariables = Exact<{
  input: DeleteWebhookInput;
}>;


export type DeleteHookMutation = { deleteWebhook:
    | { __typename: 'DeleteWebhookPayload' }
    | { __typename: 'InvalidInputError', code: string, message: string }
    | { __typename: 'KeyConflictError', code: string, message: string }
    | { __typename: 'NotFoundError', code: string, message: string }
   };

export type AuditQueryVariables = Exact<{
  filter?: AuditFilter | null | undefined;
  first: number;
  after?: string | null | undefined;
}>;


export type AuditQuery = { auditEntries: { pageInfo: { hasNextPage: boolean, endCursor: string | null }, edges: Array<{ node: { uuid: string, action: string, outcome: string, subject: string, keyId: string | null, address: string | null, targetType: string | null, targetIds: Array<string>, times: number, createdAt: string } }> } };

export type LimitsQueryVariables = Exact<{ [key: string]: never; }>;


export type LimitsQuery = { viewer: { subject: string, keyId: string | null, scopes: Array<ApiScope>, workspaceId: string, workspaceName: string, limits: { keys: number, ownSeries: number, ownBars: number, queuedItems: number, storedResponses: number, watchlists: number, watchlistItems: number, webhooks: number } }, rateLimit: { limit: number, remaining: number, resetAt: string }, queue: { depth: { itemsQueued: number } }, watchlists: Array<{ summary: { items: number } }> };

export type WatchlistNamesQueryVariables = Exact<{ [key: string]: never; }>;


export type WatchlistNamesQuery = { watchlists: Array<{ id: string, name: string, isDefault: boolean, summary: { items: number, buy: number, sell: number } }> };

export type WatchlistRowsQueryVariables = Exact<{
  id: string | number;
  strategy: StrategyId;
}>;


export type WatchlistRowsQuery = { watchlist: { id: string, name: string, isDefault: boolean, revision: number, items: Array<{ ticker: string, note: string, lastStatus: JobState | null, instrument: { name: string, tick: string } | null, bar: { close: number | null, changePct: number | null, currency: string | null } | null, latestAnalysis: { verdict: Verdict, score: number, scoreChange: number | null, asOf: string, isDemo: boolean, bar: { close: number | null, changePct: number | null } } | null, recentScores: Array<{ score: number }> }> } | null };

export type ResolveTickersQueryVariables = Exact<{
  search: string;
}>;


export type ResolveTickersQuery = { instruments: { edges: Array<{ node: { ticker: string, symbol: string, name: string } }> } };

export type CreateListMutationVariables = Exact<{
  input: CreateWatchlistInput;
}>;


export type CreateListMutation = { createWatchlist:
    | { __typename: 'InvalidInputError', code: string, message: string }
    | { __typename: 'InvalidTickerError', code: string, message: string }
    | { __typename: 'KeyConflictError', code: string, message: string }
    | { __typename: 'LimitExceededError', code: string, message: string }
    | { __typename: 'NameTakenError', code: string, message: string }
    | { __typename: 'WatchlistPayload', watchlist: { id: string } }
   };

export type RenameListMutationVariables = Exact<{
  input: UpdateWatchlistInput;
}>;


export type RenameListMutation = { updateWatchlist:
    | { __typename: 'InvalidInputError', code: string, message: string }
    | { __typename: 'KeyConflictError', code: string, message: string }
    | { __typename: 'NameTakenError', code: string, message: string }
    | { __typename: 'NotFoundError', code: string, message: string }
    | { __typename: 'WatchlistPayload' }
   };

export type DeleteListMutationVariables = Exact<{
  input: DeleteWatchlistInput;
}>;


export type DeleteListMutation = { deleteWatchlist:
    | { __typename: 'InvalidInputError', code: string, message: string }
    | { __typename: 'InvalidStateError', code: string, message: string }
    | { __typename: 'KeyConflictError', code: string, message: string }
    | { __typename: 'LimitExceededError', code: string, message: string }
    | { __typename: 'NotFoundError', code: string, message: string }
    | { __typename: 'WatchlistPayload' }
   };

export type RemoveFromListMutationVariables = Exact<{
  input: RemoveFromWatchlistInput;
}>;


export type RemoveFromListMutation = { removeFromWatchlist:
    | { __typename: 'InvalidInputError', code: string, message: string }
    | { __typename: 'InvalidTickerError', code: string, message: string }
    | { __typename: 'KeyConflictError', code: string, message: string }
    | { __typename: 'NotFoundError', code: string, message: string }
    | { __typename: 'WatchlistPayload' }
   };

export type NoteInListMutationVariables = Exact<{
  input: UpdateWatchlistItemInput;
}>;


export type NoteInListMutation = { updateWatchlistItem:
    | { __typename: 'InvalidInputError', code: string, message: string }
    | { __typename: 'InvalidTickerError', code: string, message: string }
    | { __typename: 'KeyConflictError', code: string, message: string }
    | { __typename: 'NotFoundError', code: string, message: string }
    | { __typename: 'WatchlistPayload' }
   };

export type AnalyzeListMutationVariables = Exact<{
  input: AnalyzeWatchlistInput;
}>;


export type AnalyzeListMutation = { analyzeWatchlist:
    | { __typename: 'IdempotencyConflictError', code: string, message: string }
    | { __typename: 'InvalidInputError', code: string, message: string }
    | { __typename: 'InvalidTickerError', code: string, message: string }
    | { __typename: 'KeyConflictError', code: string, message: string }
    | { __typename: 'LimitExceededError', code: string, message: string }
    | { __typename: 'NotFoundError', code: string, message: string }
    | { __typename: 'SubmitJobPayload', job: { id: string } }
   };

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
export const JobRowFragmentDoc = new TypedDocumentString(`
    fragment JobRow on Job {
  id
  uuid
  kind
  origin
  state
  progress
  total
  completed
  succeeded
  failed
  cancelled
  queued
  processing
  createdAt
  runAt
  startedAt
  finishedAt
  strategies
  source
  isDemo
  watchlist {
    id
    name
  }
  waiting {
    reason
    since
    estimatedStartAt
  }
  sample: items(first: 4) {
    edges {
      node {
        ticker
      }
    }
  }
}
    `, {"fragmentName":"JobRow"}) as unknown as TypedDocumentString<JobRowFragment, unknown>;
export const RankingRowFragmentDoc = new TypedDocumentString(`
    fragment RankingRow on RankingEntry {
  ticker
  symbol
  instrument {
    name
    sector
    exchange
    tick
  }
  bar {
    close
    changePct
    volume
    volumeRatio
    currency
  }
  activeItem {
    state
    phase
  }
  analysis {
    id
    verdict
    score
    scoreChange
    buyVotes
    neutralVotes
    sellVotes
    asOf
    isDemo
    source
    plan {
      side
      entry
      stop
      target
      riskReward
    }
  }
}
    `, {"fragmentName":"RankingRow"}) as unknown as TypedDocumentString<RankingRowFragment, unknown>;
export const ResultFieldsFragmentDoc = new TypedDocumentString(`
    fragment ResultFields on Analysis {
  id
  ticker
  strategy
  timeframe
  asOf
  createdAt
  source
  isDemo
  isBackfill
  customised
  currency
  score
  scoreVerdict
  scoreChange
  verdict
  conviction
  coverage
  regime
  buyVotes
  neutralVotes
  sellVotes
  unavailableVotes
  engineVersion
  bar {
    close
    change
    changePct
    previousClose
    volume
    averageVolume
    volumeRatio
    date
  }
  filters {
    filter
    clause
    outcome
    required
    value
    limit
    upTo
  }
  vetoes {
    filter
    clause
    value
    limit
  }
  indicators {
    indicator
    category
    available
    reason
    vote
    confidence
    weight
    contribution
    display
    params {
      name
      value
    }
  }
  plan {
    side
    entry
    stop
    stopPct
    stopWidened
    target
    targetPct
    riskReward
    minRiskReward
    positionSize
    positionValue
    capitalAtRisk
    capitalAtRiskPct
    potentialReward
    boundBy
    maxHoldingBars
    flags
  }
  planRecord {
    side
    cases
    targets
    stops
    timeouts
    winRatePct
    meanResultPct
  }
  universeRecord {
    results
    tickers
    plans {
      cases
      targets
      stops
      timeouts
      winRatePct
      meanResultPct
    }
  }
  ledger {
    confidence
    contradictions
  }
  warnings {
    code
    message
  }
  provenance {
    source
    adjustment
    bars
    firstBar
    lastBar
  }
  instrument {
    name
    exchange
    sector
    tick
    timeZone
  }
  job {
    id
  }
}
    `, {"fragmentName":"ResultFields"}) as unknown as TypedDocumentString<ResultFieldsFragment, unknown>;
export const SideBySideFragmentDoc = new TypedDocumentString(`
    fragment SideBySide on Analysis {
  id
  strategy
  asOf
  verdict
  score
  isDemo
  plan {
    riskReward
  }
}
    `, {"fragmentName":"SideBySide"}) as unknown as TypedDocumentString<SideBySideFragment, unknown>;
export const BacktestJobsDocument = new TypedDocumentString(`
    query BacktestJobs($first: Int!) {
  jobs(first: $first, filter: {kinds: [BACKTEST]}) {
    edges {
      node {
        ...JobRow
      }
    }
  }
}
    fragment JobRow on Job {
  id
  uuid
  kind
  origin
  state
  progress
  total
  completed
  succeeded
  failed
  cancelled
  queued
  processing
  createdAt
  runAt
  startedAt
  finishedAt
  strategies
  source
  isDemo
  watchlist {
    id
    name
  }
  waiting {
    reason
    since
    estimatedStartAt
  }
  sample: items(first: 4) {
    edges {
      node {
        ticker
      }
    }
  }
}`) as unknown as TypedDocumentString<BacktestJobsQuery, BacktestJobsQueryVariables>;
export const BacktestTickersDocument = new TypedDocumentString(`
    query BacktestTickers($id: ID!) {
  job(id: $id) {
    ...JobRow
    items(first: 100) {
      edges {
        cursor
        node {
          ticker
          state
          error {
            code
            message
          }
        }
      }
    }
  }
}
    fragment JobRow on Job {
  id
  uuid
  kind
  origin
  state
  progress
  total
  completed
  succeeded
  failed
  cancelled
  queued
  processing
  createdAt
  runAt
  startedAt
  finishedAt
  strategies
  source
  isDemo
  watchlist {
    id
    name
  }
  waiting {
    reason
    since
    estimatedStartAt
  }
  sample: items(first: 4) {
    edges {
      node {
        ticker
      }
    }
  }
}`) as unknown as TypedDocumentString<BacktestTickersQuery, BacktestTickersQueryVariables>;
export const BacktestItemDocument = new TypedDocumentString(`
    query BacktestItem($id: ID!, $after: String, $points: Int!) {
  job(id: $id) {
    items(first: 1, after: $after) {
      edges {
        node {
          ticker
          state
          comparison {
            firstDate
            lastDate
            buyAndHold {
              totalReturnPct
              cagrPct
              maxDrawdownPct
              sharpe
            }
            curve(points: $points) {
              date
              buyAndHold
              equities
            }
            backtests {
              id
              strategy
              source
              isDemo
              tradableFrom
              pending
              metrics {
                trades
                wins
                losses
                winRatePct
                totalReturnPct
                cagrPct
                maxDrawdownPct
                profitFactor
                expectancyPct
                sharpe
                exposurePct
                avgWinPct
                avgLossPct
              }
              warnings {
                code
                message
              }
            }
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<BacktestItemQuery, BacktestItemQueryVariables>;
export const BacktestTradeRowsDocument = new TypedDocumentString(`
    query BacktestTradeRows($id: ID!, $sort: BacktestTradeSort!, $descending: Boolean!, $first: Int!, $after: String) {
  backtest(id: $id) {
    trades(sort: $sort, descending: $descending, first: $first, after: $after) {
      totalCount
      pageInfo {
        hasNextPage
        endCursor
      }
      edges {
        node {
          n
          side
          entryDate
          entryPrice
          exitDate
          exitPrice
          exitReason
          gap
          barsHeld
          returnPct
          verdict
          score
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<BacktestTradeRowsQuery, BacktestTradeRowsQueryVariables>;
export const SubmitBacktestJobDocument = new TypedDocumentString(`
    mutation SubmitBacktestJob($input: SubmitBacktestInput!) {
  submitBacktest(input: $input) {
    __typename
    ... on SubmitJobPayload {
      job {
        id
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<SubmitBacktestJobMutation, SubmitBacktestJobMutationVariables>;
export const FrameDocument = new TypedDocumentString(`
    query Frame {
  viewer {
    subject
    keyId
    scopes
    workspaceName
  }
  jobs(first: 0, filter: {states: [QUEUED, PROCESSING]}) {
    totalCount
  }
}
    `) as unknown as TypedDocumentString<FrameQuery, FrameQueryVariables>;
export const PaletteSearchDocument = new TypedDocumentString(`
    query PaletteSearch($search: String!) {
  instruments(first: 8, search: $search) {
    edges {
      node {
        ticker
        name
        exchange
      }
    }
  }
  watchlists {
    id
    name
  }
}
    `) as unknown as TypedDocumentString<PaletteSearchQuery, PaletteSearchQueryVariables>;
export const HomeJobsDocument = new TypedDocumentString(`
    query HomeJobs {
  jobs(first: 8) {
    totalCount
    edges {
      node {
        ...JobRow
      }
    }
  }
}
    fragment JobRow on Job {
  id
  uuid
  kind
  origin
  state
  progress
  total
  completed
  succeeded
  failed
  cancelled
  queued
  processing
  createdAt
  runAt
  startedAt
  finishedAt
  strategies
  source
  isDemo
  watchlist {
    id
    name
  }
  waiting {
    reason
    since
    estimatedStartAt
  }
  sample: items(first: 4) {
    edges {
      node {
        ticker
      }
    }
  }
}`) as unknown as TypedDocumentString<HomeJobsQuery, HomeJobsQueryVariables>;
export const HomeQueueDocument = new TypedDocumentString(`
    query HomeQueue {
  queue {
    paused
    pauseNote
    pausedAt
    throughputPerMinute
    oldestAgeSeconds
    depth {
      complete
      itemsQueued
      itemsProcessing
    }
    waiting {
      reason
      items
    }
    workers {
      name
      state
      running
      capacity
      heartbeatAt
    }
  }
}
    `) as unknown as TypedDocumentString<HomeQueueQuery, HomeQueueQueryVariables>;
export const HomeResultsDocument = new TypedDocumentString(`
    query HomeResults {
  analyses(first: 100) {
    edges {
      node {
        id
        ticker
        strategy
        asOf
        createdAt
        verdict
        score
        scoreChange
        isDemo
        bar {
          close
          changePct
          currency
        }
        instrument {
          name
          tick
        }
        previous {
          verdict
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<HomeResultsQuery, HomeResultsQueryVariables>;
export const HomeWatchlistsDocument = new TypedDocumentString(`
    query HomeWatchlists {
  watchlists {
    id
    name
    summary {
      items
      analysed
      buy
      hold
      sell
    }
  }
}
    `) as unknown as TypedDocumentString<HomeWatchlistsQuery, HomeWatchlistsQueryVariables>;
export const SubmitChoicesDocument = new TypedDocumentString(`
    query SubmitChoices {
  strategies {
    id
    title
    summary
    isDefault
  }
}
    `) as unknown as TypedDocumentString<SubmitChoicesQuery, SubmitChoicesQueryVariables>;
export const TickerSearchDocument = new TypedDocumentString(`
    query TickerSearch($search: String!) {
  instruments(first: 8, search: $search) {
    edges {
      node {
        ticker
        name
        exchange
      }
    }
  }
}
    `) as unknown as TypedDocumentString<TickerSearchQuery, TickerSearchQueryVariables>;
export const SubmitDocument = new TypedDocumentString(`
    mutation Submit($input: SubmitAnalysisInput!) {
  submitAnalysis(input: $input) {
    __typename
    ... on SubmitJobPayload {
      deduplicated
      job {
        id
        total
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<SubmitMutation, SubmitMutationVariables>;
export const PauseQueueDocument = new TypedDocumentString(`
    mutation PauseQueue($input: PauseQueueInput!) {
  pauseQueue(input: $input) {
    __typename
    ... on QueuePayload {
      queue {
        paused
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<PauseQueueMutation, PauseQueueMutationVariables>;
export const ResumeQueueDocument = new TypedDocumentString(`
    mutation ResumeQueue($input: ResumeQueueInput!) {
  resumeQueue(input: $input) {
    __typename
    queue {
      paused
    }
  }
}
    `) as unknown as TypedDocumentString<ResumeQueueMutation, ResumeQueueMutationVariables>;
export const JobsDocument = new TypedDocumentString(`
    query Jobs($filter: JobFilter!, $first: Int!, $after: String) {
  jobs(filter: $filter, first: $first, after: $after) {
    pageInfo {
      hasNextPage
      endCursor
    }
    edges {
      node {
        ...JobRow
      }
    }
  }
}
    fragment JobRow on Job {
  id
  uuid
  kind
  origin
  state
  progress
  total
  completed
  succeeded
  failed
  cancelled
  queued
  processing
  createdAt
  runAt
  startedAt
  finishedAt
  strategies
  source
  isDemo
  watchlist {
    id
    name
  }
  waiting {
    reason
    since
    estimatedStartAt
  }
  sample: items(first: 4) {
    edges {
      node {
        ticker
      }
    }
  }
}`) as unknown as TypedDocumentString<JobsQuery, JobsQueryVariables>;
export const JobsCountDocument = new TypedDocumentString(`
    query JobsCount($filter: JobFilter!) {
  jobs(filter: $filter, first: 0) {
    totalCount
  }
}
    `) as unknown as TypedDocumentString<JobsCountQuery, JobsCountQueryVariables>;
export const JobDocument = new TypedDocumentString(`
    query Job($id: ID!) {
  job(id: $id) {
    ...JobRow
    priority
    lastSeq
    retryOf {
      id
    }
    errors {
      ticker
      error {
        code
        message
      }
    }
  }
}
    fragment JobRow on Job {
  id
  uuid
  kind
  origin
  state
  progress
  total
  completed
  succeeded
  failed
  cancelled
  queued
  processing
  createdAt
  runAt
  startedAt
  finishedAt
  strategies
  source
  isDemo
  watchlist {
    id
    name
  }
  waiting {
    reason
    since
    estimatedStartAt
  }
  sample: items(first: 4) {
    edges {
      node {
        ticker
      }
    }
  }
}`) as unknown as TypedDocumentString<JobQuery, JobQueryVariables>;
export const JobItemsDocument = new TypedDocumentString(`
    query JobItems($id: ID!, $states: [JobState!], $errorCode: String, $first: Int!, $after: String) {
  job(id: $id) {
    items(states: $states, errorCode: $errorCode, first: $first, after: $after) {
      pageInfo {
        hasNextPage
        endCursor
      }
      edges {
        node {
          ticker
          state
          phase
          attempt
          startedAt
          finishedAt
          error {
            code
            message
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<JobItemsQuery, JobItemsQueryVariables>;
export const CancelJobDocument = new TypedDocumentString(`
    mutation CancelJob($input: CancelJobInput!) {
  cancelJob(input: $input) {
    __typename
    ... on CancelJobPayload {
      job {
        id
        state
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<CancelJobMutation, CancelJobMutationVariables>;
export const RetryJobDocument = new TypedDocumentString(`
    mutation RetryJob($input: RetryJobInput!) {
  retryJob(input: $input) {
    __typename
    ... on SubmitJobPayload {
      job {
        id
        total
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<RetryJobMutation, RetryJobMutationVariables>;
export const RankingDocument = new TypedDocumentString(`
    query Ranking($strategy: StrategyId!, $filter: RankingFilter!, $sort: RankingSort!, $first: Int!, $after: String) {
  ranking(
    strategy: $strategy
    filter: $filter
    sort: $sort
    first: $first
    after: $after
  ) {
    pageInfo {
      hasNextPage
      endCursor
    }
    edges {
      node {
        ...RankingRow
      }
    }
  }
}
    fragment RankingRow on RankingEntry {
  ticker
  symbol
  instrument {
    name
    sector
    exchange
    tick
  }
  bar {
    close
    changePct
    volume
    volumeRatio
    currency
  }
  activeItem {
    state
    phase
  }
  analysis {
    id
    verdict
    score
    scoreChange
    buyVotes
    neutralVotes
    sellVotes
    asOf
    isDemo
    source
    plan {
      side
      entry
      stop
      target
      riskReward
    }
  }
}`) as unknown as TypedDocumentString<RankingQuery, RankingQueryVariables>;
export const RankingCountsDocument = new TypedDocumentString(`
    query RankingCounts($strategy: StrategyId!, $filter: RankingFilter!) {
  ranking(strategy: $strategy, filter: $filter, first: 0) {
    totalCount
    facets {
      verdicts {
        verdict
        count
      }
      sectors {
        sector
        count
      }
    }
  }
}
    `) as unknown as TypedDocumentString<RankingCountsQuery, RankingCountsQueryVariables>;
export const RankingListsDocument = new TypedDocumentString(`
    query RankingLists {
  watchlists {
    id
    name
  }
}
    `) as unknown as TypedDocumentString<RankingListsQuery, RankingListsQueryVariables>;
export const AddToListDocument = new TypedDocumentString(`
    mutation AddToList($input: AddToWatchlistInput!) {
  addToWatchlist(input: $input) {
    __typename
    ... on WatchlistPayload {
      added
      skipped
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<AddToListMutation, AddToListMutationVariables>;
export const ResultDocument = new TypedDocumentString(`
    query Result($ticker: String!, $tickers: [String!]!, $strategy: StrategyId) {
  instrument(ticker: $ticker) {
    ticker
    name
    exchange
    sector
    industry
    tick
    timeZone
    currency
  }
  latestAnalyses(tickers: $tickers, strategy: $strategy) {
    ...ResultFields
  }
}
    fragment ResultFields on Analysis {
  id
  ticker
  strategy
  timeframe
  asOf
  createdAt
  source
  isDemo
  isBackfill
  customised
  currency
  score
  scoreVerdict
  scoreChange
  verdict
  conviction
  coverage
  regime
  buyVotes
  neutralVotes
  sellVotes
  unavailableVotes
  engineVersion
  bar {
    close
    change
    changePct
    previousClose
    volume
    averageVolume
    volumeRatio
    date
  }
  filters {
    filter
    clause
    outcome
    required
    value
    limit
    upTo
  }
  vetoes {
    filter
    clause
    value
    limit
  }
  indicators {
    indicator
    category
    available
    reason
    vote
    confidence
    weight
    contribution
    display
    params {
      name
      value
    }
  }
  plan {
    side
    entry
    stop
    stopPct
    stopWidened
    target
    targetPct
    riskReward
    minRiskReward
    positionSize
    positionValue
    capitalAtRisk
    capitalAtRiskPct
    potentialReward
    boundBy
    maxHoldingBars
    flags
  }
  planRecord {
    side
    cases
    targets
    stops
    timeouts
    winRatePct
    meanResultPct
  }
  universeRecord {
    results
    tickers
    plans {
      cases
      targets
      stops
      timeouts
      winRatePct
      meanResultPct
    }
  }
  ledger {
    confidence
    contradictions
  }
  warnings {
    code
    message
  }
  provenance {
    source
    adjustment
    bars
    firstBar
    lastBar
  }
  instrument {
    name
    exchange
    sector
    tick
    timeZone
  }
  job {
    id
  }
}`) as unknown as TypedDocumentString<ResultQuery, ResultQueryVariables>;
export const ResultRunDocument = new TypedDocumentString(`
    query ResultRun($id: ID!) {
  analysis(id: $id) {
    ...ResultFields
  }
}
    fragment ResultFields on Analysis {
  id
  ticker
  strategy
  timeframe
  asOf
  createdAt
  source
  isDemo
  isBackfill
  customised
  currency
  score
  scoreVerdict
  scoreChange
  verdict
  conviction
  coverage
  regime
  buyVotes
  neutralVotes
  sellVotes
  unavailableVotes
  engineVersion
  bar {
    close
    change
    changePct
    previousClose
    volume
    averageVolume
    volumeRatio
    date
  }
  filters {
    filter
    clause
    outcome
    required
    value
    limit
    upTo
  }
  vetoes {
    filter
    clause
    value
    limit
  }
  indicators {
    indicator
    category
    available
    reason
    vote
    confidence
    weight
    contribution
    display
    params {
      name
      value
    }
  }
  plan {
    side
    entry
    stop
    stopPct
    stopWidened
    target
    targetPct
    riskReward
    minRiskReward
    positionSize
    positionValue
    capitalAtRisk
    capitalAtRiskPct
    potentialReward
    boundBy
    maxHoldingBars
    flags
  }
  planRecord {
    side
    cases
    targets
    stops
    timeouts
    winRatePct
    meanResultPct
  }
  universeRecord {
    results
    tickers
    plans {
      cases
      targets
      stops
      timeouts
      winRatePct
      meanResultPct
    }
  }
  ledger {
    confidence
    contradictions
  }
  warnings {
    code
    message
  }
  provenance {
    source
    adjustment
    bars
    firstBar
    lastBar
  }
  instrument {
    name
    exchange
    sector
    tick
    timeZone
  }
  job {
    id
  }
}`) as unknown as TypedDocumentString<ResultRunQuery, ResultRunQueryVariables>;
export const ResultSeriesDocument = new TypedDocumentString(`
    query ResultSeries($id: ID!, $last: Int!, $indicators: [IndicatorId!]!) {
  analysis(id: $id) {
    id
    series(last: $last, indicators: $indicators) {
      __typename
      ... on AnalysisSeries {
        dates
        open
        high
        low
        close
        volume
        indicators {
          indicator
          display
          lines {
            name
            values
          }
        }
      }
      ... on CandlesGone {
        reason
        message
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ResultSeriesQuery, ResultSeriesQueryVariables>;
export const ResultHistoryDocument = new TypedDocumentString(`
    query ResultHistory($ticker: String!, $strategy: StrategyId!) {
  analyses(
    first: 100
    filter: {ticker: $ticker, strategy: $strategy, includeBackfill: true}
  ) {
    totalCount
    edges {
      node {
        id
        asOf
        createdAt
        score
        verdict
        isDemo
        isBackfill
        source
        customised
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ResultHistoryQuery, ResultHistoryQueryVariables>;
export const ResultStrategiesDocument = new TypedDocumentString(`
    query ResultStrategies($tickers: [String!]!) {
  strategies {
    id
    title
    summary
  }
  balanced: latestAnalyses(tickers: $tickers, strategy: BALANCED) {
    ...SideBySide
  }
  trendFollowing: latestAnalyses(tickers: $tickers, strategy: TREND_FOLLOWING) {
    ...SideBySide
  }
  meanReversion: latestAnalyses(tickers: $tickers, strategy: MEAN_REVERSION) {
    ...SideBySide
  }
  momentumBreakout: latestAnalyses(tickers: $tickers, strategy: MOMENTUM_BREAKOUT) {
    ...SideBySide
  }
  weeklyTarget: latestAnalyses(tickers: $tickers, strategy: WEEKLY_TARGET) {
    ...SideBySide
  }
}
    fragment SideBySide on Analysis {
  id
  strategy
  asOf
  verdict
  score
  isDemo
  plan {
    riskReward
  }
}`) as unknown as TypedDocumentString<ResultStrategiesQuery, ResultStrategiesQueryVariables>;
export const KeysDocument = new TypedDocumentString(`
    query Keys($after: String) {
  apiKeys(first: 50, after: $after) {
    pageInfo {
      hasNextPage
      endCursor
    }
    edges {
      node {
        keyId
        name
        scopes
        rateClass
        createdAt
        createdBy
        expiresAt
        lastUsedAt
        revokedAt
      }
    }
  }
}
    `) as unknown as TypedDocumentString<KeysQuery, KeysQueryVariables>;
export const CreateKeyDocument = new TypedDocumentString(`
    mutation CreateKey($input: CreateApiKeyInput!) {
  createApiKey(input: $input) {
    __typename
    ... on IssuedApiKey {
      secret
      apiKey {
        keyId
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<CreateKeyMutation, CreateKeyMutationVariables>;
export const RotateKeyDocument = new TypedDocumentString(`
    mutation RotateKey($input: RotateApiKeyInput!) {
  rotateApiKey(input: $input) {
    __typename
    ... on IssuedApiKey {
      secret
      apiKey {
        keyId
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<RotateKeyMutation, RotateKeyMutationVariables>;
export const RevokeKeyDocument = new TypedDocumentString(`
    mutation RevokeKey($input: RevokeApiKeyInput!) {
  revokeApiKey(input: $input) {
    __typename
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<RevokeKeyMutation, RevokeKeyMutationVariables>;
export const WebhooksDocument = new TypedDocumentString(`
    query Webhooks {
  webhooks {
    id
    url
    description
    event
    state
    disabledReason
    failures
    failingSince
    nextAttemptAt
    createdAt
    deliveries(first: 8) {
      totalCount
      edges {
        node {
          messageId
          state
          attempts
          createdAt
          deliveredAt
          lastStatus
          size
          lastError {
            code
            message
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<WebhooksQuery, WebhooksQueryVariables>;
export const CreateHookDocument = new TypedDocumentString(`
    mutation CreateHook($input: CreateWebhookInput!) {
  createWebhook(input: $input) {
    __typename
    ... on WebhookSecretPayload {
      secret
      webhook {
        id
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<CreateHookMutation, CreateHookMutationVariables>;
export const UpdateHookDocument = new TypedDocumentString(`
    mutation UpdateHook($input: UpdateWebhookInput!) {
  updateWebhook(input: $input) {
    __typename
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<UpdateHookMutation, UpdateHookMutationVariables>;
export const ReplayHookDocument = new TypedDocumentString(`
    mutation ReplayHook($input: ReplayWebhookInput!) {
  replayWebhook(input: $input) {
    __typename
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ReplayHookMutation, ReplayHookMutationVariables>;
export const DeleteHookDocument = new TypedDocumentString(`
    mutation DeleteHook($input: DeleteWebhookInput!) {
  deleteWebhook(input: $input) {
    __typename
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<DeleteHookMutation, DeleteHookMutationVariables>;
export const AuditDocument = new TypedDocumentString(`
    query Audit($filter: AuditFilter, $first: Int!, $after: String) {
  auditEntries(filter: $filter, first: $first, after: $after) {
    pageInfo {
      hasNextPage
      endCursor
    }
    edges {
      node {
        uuid
        action
        outcome
        subject
        keyId
        address
        targetType
        targetIds
        times
        createdAt
      }
    }
  }
}
    `) as unknown as TypedDocumentString<AuditQuery, AuditQueryVariables>;
export const LimitsDocument = new TypedDocumentString(`
    query Limits {
  viewer {
    subject
    keyId
    scopes
    workspaceId
    workspaceName
    limits {
      keys
      ownSeries
      ownBars
      queuedItems
      storedResponses
      watchlists
      watchlistItems
      webhooks
    }
  }
  rateLimit {
    limit
    remaining
    resetAt
  }
  queue {
    depth {
      itemsQueued
    }
  }
  watchlists {
    summary {
      items
    }
  }
}
    `) as unknown as TypedDocumentString<LimitsQuery, LimitsQueryVariables>;
export const WatchlistNamesDocument = new TypedDocumentString(`
    query WatchlistNames {
  watchlists {
    id
    name
    isDefault
    summary {
      items
      buy
      sell
    }
  }
}
    `) as unknown as TypedDocumentString<WatchlistNamesQuery, WatchlistNamesQueryVariables>;
export const WatchlistRowsDocument = new TypedDocumentString(`
    query WatchlistRows($id: ID!, $strategy: StrategyId!) {
  watchlist(id: $id) {
    id
    name
    isDefault
    revision
    items {
      ticker
      note
      lastStatus
      instrument {
        name
        tick
      }
      bar {
        close
        changePct
        currency
      }
      latestAnalysis(strategy: $strategy) {
        verdict
        score
        scoreChange
        asOf
        isDemo
        bar {
          close
          changePct
        }
      }
      recentScores(last: 20, strategy: $strategy) {
        score
      }
    }
  }
}
    `) as unknown as TypedDocumentString<WatchlistRowsQuery, WatchlistRowsQueryVariables>;
export const ResolveTickersDocument = new TypedDocumentString(`
    query ResolveTickers($search: String!) {
  instruments(first: 1, search: $search) {
    edges {
      node {
        ticker
        symbol
        name
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ResolveTickersQuery, ResolveTickersQueryVariables>;
export const CreateListDocument = new TypedDocumentString(`
    mutation CreateList($input: CreateWatchlistInput!) {
  createWatchlist(input: $input) {
    __typename
    ... on WatchlistPayload {
      watchlist {
        id
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<CreateListMutation, CreateListMutationVariables>;
export const RenameListDocument = new TypedDocumentString(`
    mutation RenameList($input: UpdateWatchlistInput!) {
  updateWatchlist(input: $input) {
    __typename
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<RenameListMutation, RenameListMutationVariables>;
export const DeleteListDocument = new TypedDocumentString(`
    mutation DeleteList($input: DeleteWatchlistInput!) {
  deleteWatchlist(input: $input) {
    __typename
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<DeleteListMutation, DeleteListMutationVariables>;
export const RemoveFromListDocument = new TypedDocumentString(`
    mutation RemoveFromList($input: RemoveFromWatchlistInput!) {
  removeFromWatchlist(input: $input) {
    __typename
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<RemoveFromListMutation, RemoveFromListMutationVariables>;
export const NoteInListDocument = new TypedDocumentString(`
    mutation NoteInList($input: UpdateWatchlistItemInput!) {
  updateWatchlistItem(input: $input) {
    __typename
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<NoteInListMutation, NoteInListMutationVariables>;
export const AnalyzeListDocument = new TypedDocumentString(`
    mutation AnalyzeList($input: AnalyzeWatchlistInput!) {
  analyzeWatchlist(input: $input) {
    __typename
    ... on SubmitJobPayload {
      job {
        id
      }
    }
    ... on UserError {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<AnalyzeListMutation, AnalyzeListMutationVariables>;