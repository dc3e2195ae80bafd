import { VerdictEnum } from '../analyses/analysis.graphql.ts';
import { SideEnum } from '../analyses/plan.graphql.ts';
import { builder } from '../graphql/builder.ts';
import type { ExitReason, SideResult } from '../quant/backtest.ts';
import type { CurveMetrics, Metrics } from '../quant/performance.ts';
import type { Sides } from '../quant/side.ts';
import type { Risk } from '../quant/strategy.ts';
import type { NumberedTrade, StoredBacktest } from './backtest.ts';

export const BacktestSidesEnum = builder.enumType('BacktestSides', {
  description: 'Which sides a backtest trades.',
  values: {
    LONG: { description: 'Buy signals open positions; sell signals open and close nothing.' },
    SHORT: { description: 'Sell signals open positions; buy signals open and close nothing.' },
    BOTH: {
      description:
        'Buy and sell signals open positions, which share the capital and the number of positions. No signal closes a position.',
    },
  } satisfies Record<Sides, object>,
});

const ExitReasonEnum = builder.enumType('ExitReason', {
  description: 'Why a position was closed.',
  values: {
    STOP: {
      description:
        'At its stop, or at an open beyond it: below for a long, above for a short. A bar that touches stop and target is a stop.',
    },
    TARGET: { description: 'At its target, or at an open beyond it: above for a long, below for a short.' },
    TIME: { description: 'At the close of the last bar that it may be held.' },
    END_OF_DATA: { description: 'At the last close of the window.' },
  } satisfies Record<ExitReason, object>,
});

const drawdownPct =
  'Largest fall of the equity curve from an earlier peak, percent, positive; 0 when it never fell.';
const cagrPct = 'Growth a year, percent; null under 30 calendar days, and when the account ends below zero.';
const sharpe =
  'Mean over deviation of the daily returns of the curve, a year of as many bars as the series has (252, 365, 52 or 12), risk-free 0; null when they do not vary, and when the curve reaches zero.';

export const MetricsRef = builder.objectRef<Metrics>('BacktestMetrics').implement({
  scope: 'results:read',
  description: 'Figures of a backtest after costs. What no trade leaves undefined is null.',
  fields: (t) => ({
    trades: t.exposeInt('trades', { description: 'Closed positions.' }),
    wins: t.exposeInt('wins', { description: 'Trades with a positive net return.' }),
    losses: t.exposeInt('losses', { description: 'Trades with a negative net return.' }),
    totalReturnPct: t.exposeFloat('totalReturnPct', {
      description: 'End of the curve against its start, percent.',
    }),
    cagrPct: t.exposeFloat('cagrPct', { nullable: true, description: cagrPct }),
    maxDrawdownPct: t.exposeFloat('maxDrawdownPct', { description: drawdownPct }),
    peakDate: t.expose('peakDate', { type: 'Date', nullable: true, description: 'Where that fall began.' }),
    troughDate: t.expose('troughDate', { type: 'Date', nullable: true, description: 'Where it ended.' }),
    winRatePct: t.exposeFloat('winRatePct', {
      nullable: true,
      description: 'Wins among all trades, percent.',
    }),
    profitFactor: t.exposeFloat('profitFactor', {
      nullable: true,
      description: 'Sum of winning over sum of losing returns; null without losses.',
    }),
    avgWinPct: t.exposeFloat('avgWinPct', { nullable: true, description: 'Mean winning return, percent.' }),
    avgLossPct: t.exposeFloat('avgLossPct', {
      nullable: true,
      description: 'Mean losing return, percent, negative.',
    }),
    expectancyPct: t.exposeFloat('expectancyPct', {
      nullable: true,
      description: 'Mean return of all trades, percent.',
    }),
    bestPct: t.exposeFloat('bestPct', { nullable: true, description: 'Best trade, percent.' }),
    worstPct: t.exposeFloat('worstPct', { nullable: true, description: 'Worst trade, percent.' }),
    sharpe: t.exposeFloat('sharpe', { nullable: true, description: sharpe }),
    exposurePct: t.exposeFloat('exposurePct', {
      description: 'Bars of the window with a position open at any moment, percent.',
    }),
    longestWinStreak: t.exposeInt('longestWinStreak', { description: 'In the order of exits.' }),
    longestLossStreak: t.exposeInt('longestLossStreak', { description: 'In the order of exits.' }),
  }),
});

export const HoldingRef = builder.objectRef<CurveMetrics>('BuyAndHold').implement({
  scope: 'results:read',
  description: 'Bought at the first open of the window and sold at its last close, with the same costs.',
  fields: (t) => ({
    totalReturnPct: t.exposeFloat('totalReturnPct', { description: 'Net return, percent.' }),
    cagrPct: t.exposeFloat('cagrPct', { nullable: true, description: cagrPct }),
    maxDrawdownPct: t.exposeFloat('maxDrawdownPct', { description: drawdownPct }),
    peakDate: t.expose('peakDate', { type: 'Date', nullable: true, description: 'Where that fall began.' }),
    troughDate: t.expose('troughDate', { type: 'Date', nullable: true, description: 'Where it ended.' }),
    sharpe: t.exposeFloat('sharpe', { nullable: true, description: sharpe }),
  }),
});

export const SkippedRef = builder.objectRef<StoredBacktest['skipped']>('SkippedSignals').implement({
  scope: 'results:read',
  description: 'Signals of the sides that are traded that opened nothing.',
  fields: (t) => ({
    open: t.exposeInt('open', { description: 'A position was open.' }),
    cooldown: t.exposeInt('cooldown', { description: 'Too soon after a stop of the same side.' }),
    noSlot: t.exposeInt('noSlot', {
      description: 'With overlap: every slot was taken. Also: shorts have lost all capital.',
    }),
  }),
});

export const SideResultRef = builder.objectRef<SideResult>('BacktestSideResult').implement({
  scope: 'results:read',
  description: 'What the trades of one side of a backtest have done, after costs.',
  fields: (t) => ({
    side: t.expose('side', { type: SideEnum, description: 'Longs or shorts.' }),
    contributionPct: t.exposeFloat('contributionPct', {
      description:
        'Profit or loss of these trades, percent of the capital at the start. Those of both sides add up to the total return.',
    }),
    trades: t.exposeInt('trades', { description: 'Closed positions of this side.' }),
    wins: t.exposeInt('wins', { description: 'Trades with a positive net return.' }),
    losses: t.exposeInt('losses', { description: 'Trades with a negative net return.' }),
    winRatePct: t.exposeFloat('winRatePct', {
      nullable: true,
      description: 'Wins among the trades of this side, percent; null without a trade.',
    }),
    profitFactor: t.exposeFloat('profitFactor', {
      nullable: true,
      description: 'Sum of winning over sum of losing returns; null without losses.',
    }),
    avgWinPct: t.exposeFloat('avgWinPct', {
      nullable: true,
      description: 'Mean winning return, percent; null without wins.',
    }),
    avgLossPct: t.exposeFloat('avgLossPct', {
      nullable: true,
      description: 'Mean losing return, percent, negative; null without losses.',
    }),
    expectancyPct: t.exposeFloat('expectancyPct', {
      nullable: true,
      description: 'Mean return of the trades of this side, percent; null without a trade.',
    }),
    bestPct: t.exposeFloat('bestPct', {
      nullable: true,
      description: 'Best trade, percent; null without a trade.',
    }),
    worstPct: t.exposeFloat('worstPct', {
      nullable: true,
      description: 'Worst trade, percent; null without a trade.',
    }),
    exposurePct: t.exposeFloat('exposurePct', {
      description: 'Bars of the window with a position of this side at any moment, percent.',
    }),
    longestWinStreak: t.exposeInt('longestWinStreak', {
      description: 'Most wins of this side in a row, in the order of exits.',
    }),
    longestLossStreak: t.exposeInt('longestLossStreak', {
      description: 'Most losses of this side in a row, in the order of exits.',
    }),
    skipped: t.expose('skipped', {
      type: SkippedRef,
      description: 'Signals of this side that opened nothing.',
    }),
  }),
});

export const RiskRef = builder.objectRef<Risk>('RiskNumbers').implement({
  scope: 'results:read',
  description: 'The risk numbers that were used.',
  fields: (t) => ({
    targetPct: t.exposeFloat('targetPct', { description: 'Distance of the target, percent of the entry.' }),
    stopPct: t.exposeFloat('stopPct', { description: 'Distance of the stop, percent of the entry.' }),
    atrMultiple: t.float({
      nullable: true,
      description: 'The stop widens to so many times the ATR; null: it does not.',
      resolve: ({ atrStop }) => atrStop?.multiple,
    }),
    atrCapPct: t.float({
      nullable: true,
      description: 'Widest stop, percent of the entry; null: it does not widen.',
      resolve: ({ atrStop }) => atrStop?.capPct,
    }),
    maxHoldingBars: t.exposeInt('maxHoldingBars', {
      description: 'Longest holding; the entry bar is the first.',
    }),
    cooldownBars: t.exposeInt('cooldownBars', { description: 'Bars after a stop that signal nothing.' }),
  }),
});

export const TradeRef = builder.objectRef<NumberedTrade>('BacktestTrade').implement({
  scope: 'results:read',
  description: 'A position from entry to exit. Prices are not rounded: adjusted history is not on the tick.',
  fields: (t) => ({
    side: t.expose('side', { type: SideEnum, description: 'Long or short.' }),
    n: t.exposeInt('n', { description: '1, 2, 3 … in the order of the exits.' }),
    signalDate: t.expose('signalDate', { type: 'Date', description: 'The bar that signalled.' }),
    entryDate: t.expose('entryDate', { type: 'Date', description: 'The next bar.' }),
    entryPrice: t.exposeFloat('entryPrice', { description: 'Its open.' }),
    exitDate: t.expose('exitDate', { type: 'Date', description: 'The last bar it was held.' }),
    exitPrice: t.exposeFloat('exitPrice', { description: 'Before costs.' }),
    stop: t.exposeFloat('stop', { description: 'Where the loss was to be taken.' }),
    target: t.exposeFloat('target', { description: 'Where the profit was to be taken.' }),
    returnPct: t.exposeFloat('returnPct', {
      description:
        'After costs, percent: of what the purchase of a long cost, or of the value of a short at the entry, after borrowing.',
    }),
    grossPct: t.exposeFloat('grossPct', {
      description:
        'Before costs and borrowing, percent; positive when the price moved in favour of the side.',
    }),
    barsHeld: t.exposeInt('barsHeld', { description: 'The entry bar is the first.' }),
    exitReason: t.expose('exitReason', { type: ExitReasonEnum, description: 'Why it was closed.' }),
    gap: t.exposeBoolean('gap', { description: 'Filled at an open beyond stop or target.' }),
    score: t.exposeFloat('score', { description: 'Of the signal bar, -1 to 1.' }),
    verdict: t.expose('verdict', { type: VerdictEnum, description: 'Of the signal bar.' }),
    rsi: t.exposeFloat('rsi', { nullable: true, description: 'Of the signal bar, 0 to 100.' }),
    adx: t.exposeFloat('adx', { nullable: true, description: 'Of the signal bar.' }),
    volumeRatio: t.exposeFloat('volumeRatio', {
      nullable: true,
      description: 'Volume of the signal bar over the mean of the 20 before it.',
    }),
    regime: t.exposeString('regime', {
      description: 'Of the signal bar: CHOPPY, WEAK_TREND, TRENDING or UNKNOWN.',
    }),
  }),
});

export const CurvePointRef = builder
  .objectRef<{ readonly date: string; readonly equity: number; readonly buyAndHold: number }>('EquityPoint')
  .implement({
    scope: 'results:read',
    description: 'Worth of the account at the close of a bar.',
    fields: (t) => ({
      date: t.expose('date', { type: 'Date', description: 'The bar.' }),
      equity: t.exposeFloat('equity', { description: 'By the strategy.' }),
      buyAndHold: t.exposeFloat('buyAndHold', { description: 'By buying and holding.' }),
    }),
  });
