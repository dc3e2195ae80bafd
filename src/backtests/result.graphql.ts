import { VerdictEnum } from '../analyses/analysis.graphql.ts';
import { SideEnum } from '../analyses/plan.graphql.ts';
import { builder } from '../graphql/builder.ts';
import type { ExitReason, SideResult } from '../quant/backtest.ts';
import type { CurveMetrics, Metrics } from '../quant/performance.ts';
import type { Sides } from '../quant/side.ts';
import type { Risk } from '../quant/strategy.ts';
import type { NumberedTrade, StoredBacktest } from './backtest.ts';

export const BacktestSidesEnum = builder.enumType('BacktestSides', {
  description: 'Sides that a backtest trades.',
  values: {
    LONG: { description: 'Buy signals open long positions. Sell signals neither open nor close positions.' },
    SHORT: {
      description: 'Sell signals open short positions. Buy signals neither open nor close positions.',
    },
    BOTH: {
      description:
        'Buy signals open long positions and sell signals open short positions. Both sides share the capital and the maximum number of positions. No signal closes a position.',
    },
  } satisfies Record<Sides, object>,
});

const ExitReasonEnum = builder.enumType('ExitReason', {
  description: 'Reason why a position was closed.',
  values: {
    STOP: {
      description:
        'Closed at the stop, or at an open beyond the stop: below for a long, above for a short. A bar that touches both stop and target counts as a stop.',
    },
    TARGET: {
      description:
        'Closed at the target, or at an open beyond the target: above for a long, below for a short.',
    },
    TIME: { description: 'Closed at the close of the last bar of the longest holding time.' },
    END_OF_DATA: { description: 'Closed at the last close of the window.' },
  } satisfies Record<ExitReason, object>,
});

const drawdownPct =
  'Maximum drawdown: largest fall of the equity curve from an earlier peak, as a positive percentage. 0 when the curve never fell.';
const peakDate = 'Trading day of the peak before the largest drawdown; null when the curve never fell.';
const troughDate = 'Trading day of the trough of the largest drawdown; null when the curve never fell.';
const cagrPct =
  'Compound annual growth rate, percent. Null for windows under 30 calendar days, and when the account ends below zero.';
const sharpe =
  'Sharpe ratio per year of the returns from bar to bar, with a risk-free rate of 0. A year has 252, 365, 52 or 12 bars, by the spacing of the bars. Null when the returns do not vary, and when the curve reaches zero.';

export const MetricsRef = builder.objectRef<Metrics>('BacktestMetrics').implement({
  scope: 'results:read',
  description:
    'Returns, risk and trade statistics of a backtest, after costs. Values that are undefined without trades are null.',
  fields: (t) => ({
    trades: t.exposeInt('trades', { description: 'Number of closed positions.' }),
    wins: t.exposeInt('wins', { description: 'Number of trades with a positive net return.' }),
    losses: t.exposeInt('losses', { description: 'Number of trades with a negative net return.' }),
    totalReturnPct: t.exposeFloat('totalReturnPct', {
      description: 'Change of the equity from the start to the end of the window, percent.',
    }),
    cagrPct: t.exposeFloat('cagrPct', { nullable: true, description: cagrPct }),
    maxDrawdownPct: t.exposeFloat('maxDrawdownPct', { description: drawdownPct }),
    peakDate: t.expose('peakDate', { type: 'Date', nullable: true, description: peakDate }),
    troughDate: t.expose('troughDate', { type: 'Date', nullable: true, description: troughDate }),
    winRatePct: t.exposeFloat('winRatePct', {
      nullable: true,
      description: 'Share of winning trades, percent; null without a trade.',
    }),
    profitFactor: t.exposeFloat('profitFactor', {
      nullable: true,
      description:
        'Sum of winning returns divided by the sum of losing returns; null without a losing trade.',
    }),
    avgWinPct: t.exposeFloat('avgWinPct', {
      nullable: true,
      description: 'Mean return of winning trades, percent; null without a winning trade.',
    }),
    avgLossPct: t.exposeFloat('avgLossPct', {
      nullable: true,
      description: 'Mean return of losing trades, percent, negative; null without a losing trade.',
    }),
    expectancyPct: t.exposeFloat('expectancyPct', {
      nullable: true,
      description: 'Mean return of all trades, percent; null without a trade.',
    }),
    bestPct: t.exposeFloat('bestPct', {
      nullable: true,
      description: 'Return of the best trade, percent; null without a trade.',
    }),
    worstPct: t.exposeFloat('worstPct', {
      nullable: true,
      description: 'Return of the worst trade, percent; null without a trade.',
    }),
    sharpe: t.exposeFloat('sharpe', { nullable: true, description: sharpe }),
    exposurePct: t.exposeFloat('exposurePct', {
      description: 'Share of the bars of the window in which a position was open at any moment, percent.',
    }),
    longestWinStreak: t.exposeInt('longestWinStreak', {
      description: 'Largest number of consecutive winning trades, in the order of their exits.',
    }),
    longestLossStreak: t.exposeInt('longestLossStreak', {
      description: 'Largest number of consecutive losing trades, in the order of their exits.',
    }),
  }),
});

export const HoldingRef = builder.objectRef<CurveMetrics>('BuyAndHold').implement({
  scope: 'results:read',
  description:
    'Result of buying at the first open of the window and selling at the last close, with the same costs.',
  fields: (t) => ({
    totalReturnPct: t.exposeFloat('totalReturnPct', { description: 'Net return over the window, percent.' }),
    cagrPct: t.exposeFloat('cagrPct', { nullable: true, description: cagrPct }),
    maxDrawdownPct: t.exposeFloat('maxDrawdownPct', { description: drawdownPct }),
    peakDate: t.expose('peakDate', { type: 'Date', nullable: true, description: peakDate }),
    troughDate: t.expose('troughDate', { type: 'Date', nullable: true, description: troughDate }),
    sharpe: t.exposeFloat('sharpe', { nullable: true, description: sharpe }),
  }),
});

export const SkippedRef = builder.objectRef<StoredBacktest['skipped']>('SkippedSignals').implement({
  scope: 'results:read',
  description: 'Numbers of signals of the traded sides that opened no position.',
  fields: (t) => ({
    open: t.exposeInt('open', { description: 'Signals that were skipped because a position was open.' }),
    cooldown: t.exposeInt('cooldown', {
      description:
        'Signals that were skipped because a stop of the same side was too recent (`cooldownBars`).',
    }),
    noSlot: t.exposeInt('noSlot', {
      description:
        'Signals that were skipped because the maximum number of open positions was reached, or because shorts lost all the capital.',
    }),
  }),
});

export const SideResultRef = builder.objectRef<SideResult>('BacktestSideResult').implement({
  scope: 'results:read',
  description: 'Results of the trades of one side of a backtest, after costs.',
  fields: (t) => ({
    side: t.expose('side', { type: SideEnum, description: 'Side to which the trades belong.' }),
    contributionPct: t.exposeFloat('contributionPct', {
      description:
        'Profit or loss of these trades, percent of the capital at the start. The contributions of both sides add up to the total return.',
    }),
    trades: t.exposeInt('trades', { description: 'Number of closed positions of this side.' }),
    wins: t.exposeInt('wins', { description: 'Number of trades of this side with a positive net return.' }),
    losses: t.exposeInt('losses', {
      description: 'Number of trades of this side with a negative net return.',
    }),
    winRatePct: t.exposeFloat('winRatePct', {
      nullable: true,
      description: 'Share of winning trades of this side, percent; null without a trade.',
    }),
    profitFactor: t.exposeFloat('profitFactor', {
      nullable: true,
      description:
        'Sum of winning returns divided by the sum of losing returns; null without a losing trade.',
    }),
    avgWinPct: t.exposeFloat('avgWinPct', {
      nullable: true,
      description: 'Mean return of winning trades, percent; null without a winning trade.',
    }),
    avgLossPct: t.exposeFloat('avgLossPct', {
      nullable: true,
      description: 'Mean return of losing trades, percent, negative; null without a losing trade.',
    }),
    expectancyPct: t.exposeFloat('expectancyPct', {
      nullable: true,
      description: 'Mean return of the trades of this side, percent; null without a trade.',
    }),
    bestPct: t.exposeFloat('bestPct', {
      nullable: true,
      description: 'Return of the best trade, percent; null without a trade.',
    }),
    worstPct: t.exposeFloat('worstPct', {
      nullable: true,
      description: 'Return of the worst trade, percent; null without a trade.',
    }),
    exposurePct: t.exposeFloat('exposurePct', {
      description:
        'Share of the bars of the window in which a position of this side was open at any moment, percent.',
    }),
    longestWinStreak: t.exposeInt('longestWinStreak', {
      description: 'Largest number of consecutive winning trades of this side, in the order of their exits.',
    }),
    longestLossStreak: t.exposeInt('longestLossStreak', {
      description: 'Largest number of consecutive losing trades of this side, in the order of their exits.',
    }),
    skipped: t.expose('skipped', {
      type: SkippedRef,
      description: 'Numbers of signals of this side that opened no position.',
    }),
  }),
});

export const RiskRef = builder.objectRef<Risk>('RiskNumbers').implement({
  scope: 'results:read',
  description: 'Risk numbers with which a backtest ran.',
  fields: (t) => ({
    targetPct: t.exposeFloat('targetPct', {
      description: 'Distance of the target from the entry, percent of the entry.',
    }),
    stopPct: t.exposeFloat('stopPct', {
      description: 'Distance of the stop from the entry before widening, percent of the entry.',
    }),
    atrMultiple: t.float({
      nullable: true,
      description: 'Multiple of the ATR to which the stop is widened; null when the stop is not widened.',
      resolve: ({ atrStop }) => atrStop?.multiple,
    }),
    atrCapPct: t.float({
      nullable: true,
      description:
        'Largest distance of a widened stop, percent of the entry; null when the stop is not widened.',
      resolve: ({ atrStop }) => atrStop?.capPct,
    }),
    maxHoldingBars: t.exposeInt('maxHoldingBars', {
      description: 'Longest holding time in bars; the bar of the entry counts as the first.',
    }),
    cooldownBars: t.exposeInt('cooldownBars', {
      description: 'Number of bars after a stop in which no signal of the same side opens a position.',
    }),
  }),
});

export const TradeRef = builder.objectRef<NumberedTrade>('BacktestTrade').implement({
  scope: 'results:read',
  description:
    'A position from entry to exit. Prices are not rounded, because adjusted prices are not multiples of the tick.',
  fields: (t) => ({
    side: t.expose('side', { type: SideEnum, description: 'Side of the position, long or short.' }),
    n: t.exposeInt('n', { description: 'Number of the trade, starting at 1, in the order of the exits.' }),
    signalDate: t.expose('signalDate', {
      type: 'Date',
      description: 'Trading day of the bar that signalled.',
    }),
    entryDate: t.expose('entryDate', {
      type: 'Date',
      description: 'Trading day of the entry: the bar after the signal.',
    }),
    entryPrice: t.exposeFloat('entryPrice', {
      description: 'Entry price: the open of the entry bar, before costs.',
    }),
    exitDate: t.expose('exitDate', {
      type: 'Date',
      description: 'Trading day of the last bar in which the position was held.',
    }),
    exitPrice: t.exposeFloat('exitPrice', { description: 'Exit price, before costs.' }),
    stop: t.exposeFloat('stop', {
      description: 'Stop price at which the position was to be closed with a loss.',
    }),
    target: t.exposeFloat('target', {
      description: 'Target price at which the position was to be closed with a profit.',
    }),
    returnPct: t.exposeFloat('returnPct', {
      description:
        'Net return after costs and borrowing, percent. For a long of the purchase cost, for a short of the value at the entry.',
    }),
    grossPct: t.exposeFloat('grossPct', {
      description:
        'Return before costs and borrowing, percent; positive when the price moved in favour of the side.',
    }),
    barsHeld: t.exposeInt('barsHeld', {
      description: 'Number of bars in which the position was held; the bar of the entry counts as the first.',
    }),
    exitReason: t.expose('exitReason', {
      type: ExitReasonEnum,
      description: 'Reason why the position was closed.',
    }),
    gap: t.exposeBoolean('gap', {
      description: 'True when the position was closed at an open beyond its stop or target.',
    }),
    score: t.exposeFloat('score', { description: 'Score at the signal bar, -1 to 1.' }),
    verdict: t.expose('verdict', { type: VerdictEnum, description: 'Verdict at the signal bar.' }),
    rsi: t.exposeFloat('rsi', {
      nullable: true,
      description: 'RSI at the signal bar, 0 to 100; null when not available.',
    }),
    adx: t.exposeFloat('adx', {
      nullable: true,
      description: 'ADX at the signal bar, 0 to 100; null when not available.',
    }),
    volumeRatio: t.exposeFloat('volumeRatio', {
      nullable: true,
      description:
        'Volume of the signal bar divided by the mean volume of the 20 bars before; null when not available.',
    }),
    regime: t.exposeString('regime', {
      description: 'Trend regime at the signal bar: CHOPPY, WEAK_TREND, TRENDING or UNKNOWN.',
    }),
  }),
});

export const CurvePointRef = builder
  .objectRef<{ readonly date: string; readonly equity: number; readonly buyAndHold: number }>('EquityPoint')
  .implement({
    scope: 'results:read',
    description: 'Value of the account at the close of one bar, in the currency of the prices.',
    fields: (t) => ({
      date: t.expose('date', { type: 'Date', description: 'Trading day of the bar.' }),
      equity: t.exposeFloat('equity', { description: 'Value of the account with the strategy.' }),
      buyAndHold: t.exposeFloat('buyAndHold', { description: 'Value of the account with buy and hold.' }),
    }),
  });
