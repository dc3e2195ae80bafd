import { builder } from '../graphql/builder.ts';
import type { TradePlan } from '../quant/trade-plan.ts';

export const SideEnum = builder.enumType('Side', {
  description: 'Direction of a trade.',
  values: { LONG: { description: 'Bought first.' }, SHORT: { description: 'Sold first.' } } as const,
});
const BoundByEnum = builder.enumType('BoundBy', {
  description: 'What limits the size of a position.',
  values: {
    RISK: { description: 'The capital at risk.' },
    POSITION_LIMIT: { description: 'The largest position allowed.' },
  } as const,
});

export const PlanRef = builder.objectRef<TradePlan>('TradePlan').implement({
  scope: 'results:read',
  description:
    'Entry, stop, target and size by the strategy’s rules. Prices lie on the instrument’s tick unless the flag COARSE_TICK is set; money is exact.',
  fields: (t) => ({
    side: t.expose('side', { type: SideEnum, description: 'Direction.' }),
    entry: t.expose('entry', { type: 'Decimal', description: 'Close of the bar decided on.' }),
    stop: t.expose('stop', { type: 'Decimal', description: 'Where the loss is taken.' }),
    target: t.expose('target', { type: 'Decimal', description: 'Where the profit is taken.' }),
    riskReward: t.expose('riskReward', {
      type: 'Decimal',
      description: '|target - entry| / |entry - stop|, 4 decimals.',
    }),
    positionSize: t.exposeFloat('positionSize', { description: 'Units to trade, a multiple of the lot.' }),
    boundBy: t.expose('boundBy', { type: BoundByEnum, description: 'What limits the size.' }),
    positionValue: t.expose('positionValue', { type: 'Decimal', description: 'Size times entry.' }),
    capitalAtRisk: t.expose('capitalAtRisk', { type: 'Decimal', description: 'Size times |entry - stop|.' }),
    capitalAtRiskPct: t.expose('capitalAtRiskPct', {
      type: 'Decimal',
      description: 'The same in percent of the capital.',
    }),
    potentialReward: t.expose('potentialReward', {
      type: 'Decimal',
      description: 'Size times |target - entry|.',
    }),
    targetPct: t.exposeFloat('targetPct', { description: 'Distance of the target, percent.' }),
    stopPct: t.exposeFloat('stopPct', { description: 'Distance of the stop that was used, percent.' }),
    stopWidened: t.exposeBoolean('stopWidened', { description: 'The stop was widened for volatility.' }),
    maxHoldingBars: t.exposeInt('maxHoldingBars', {
      description: 'Longest holding, in bars of the timeframe.',
    }),
    minRiskReward: t.exposeFloat('minRiskReward', { description: 'Ratio below which the plan is flagged.' }),
    flags: t.stringList({
      description:
        'BELOW_MIN_RISK_REWARD; CAPITAL_TOO_SMALL: not one lot fits; COARSE_TICK: the stop is fewer than 20 ticks away, and prices are not rounded to the tick.',
      resolve: (plan) => [...plan.flags],
    }),
  }),
});
