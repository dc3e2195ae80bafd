import { VerdictEnum } from '../analyses/analysis.graphql.ts';
import { builder } from '../graphql/builder.ts';
import type { ExitReason } from '../quant/backtest.ts';
import type { CurveMetrics, Metrics } from '../quant/performance.ts';
import type { Risk } from '../quant/strategy.ts';
import type { NumberedTrade, StoredBacktest } from './backtest.ts';

const ExitReasonEnum = builder.enumType('ExitReason', {
  description: 'Why a position was closed.',
  values: {
    STOP: {
      description: 'At its stop, or at an open below it. A bar that touches stop and target is a stop.',
    },
    TARGET: { description: 'At its target, or at an open above it.' },
    TIME: { description: 'At the close of the last bar that it may be held.' },
    END_OF_DATA: { description: 'At the last close of the window.' },
  } satisfies Record<ExitReason, object>,
});

const drawdownPct =
  'Largest fall of the equity curve from an earlier peak, percent, positive; 0 when it never fell.';
const cagrPct = 'Growth a year, percent; null under 30 calendar days.';
const sharpe =
  'Mean over deviation of the daily returns of the curve, a year of as many bars as the series has (252, 365, 52 or 12), risk-free 0; null when they do not vary.';

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
  description: 'Buy signals that opened nothing.',
  fields: (t) => ({
    open: t.exposeInt('open', { description: 'A position was open.' }),
    cooldown: t.exposeInt('cooldown', { description: 'Too soon after a stop.' }),
    noSlot: t.exposeInt('noSlot', { description: 'With overlap: every slot was taken.' }),
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
    n: t.exposeInt('n', { description: '1, 2, 3 … in the order of the exits.' }),
    signalDate: t.expose('signalDate', { type: 'Date', description: 'The bar that signalled.' }),
    entryDate: t.expose('entryDate', { type: 'Date', description: 'The next bar.' }),
    entryPrice: t.exposeFloat('entryPrice', { description: 'Its open.' }),
    exitDate: t.expose('exitDate', { type: 'Date', description: 'The last bar it was held.' }),
    exitPrice: t.exposeFloat('exitPrice', { description: 'Before costs.' }),
    stop: t.exposeFloat('stop', { description: 'Where the loss was to be taken.' }),
    target: t.exposeFloat('target', { description: 'Where the profit was to be taken.' }),
    returnPct: t.exposeFloat('returnPct', { description: 'After costs, percent.' }),
    grossPct: t.exposeFloat('grossPct', { description: 'Before costs, percent.' }),
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
