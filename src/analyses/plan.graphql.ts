import { builder } from '../graphql/builder.ts';
import type { TradePlan } from '../quant/trade-plan.ts';

export const SideEnum = builder.enumType('Side', {
  description: 'Direction of a trade.',
  values: {
    LONG: { description: 'The instrument is bought first and sold later.' },
    SHORT: { description: 'The instrument is sold first and bought back later.' },
  } as const,
});
const BoundByEnum = builder.enumType('BoundBy', {
  description: 'Limit that determines the size of a position.',
  values: {
    RISK: { description: 'The capital at risk limits the size.' },
    POSITION_LIMIT: { description: 'The largest allowed position limits the size.' },
  } as const,
});

export const PlanRef = builder.objectRef<TradePlan>('TradePlan').implement({
  scope: 'results:read',
  description:
    'Entry, stop, target and size by the strategy’s rules. Prices are multiples of the instrument’s tick unless the flag COARSE_TICK is set. Amounts of money are exact, in the currency of the prices.',
  fields: (t) => ({
    side: t.expose('side', { type: SideEnum, description: 'Direction of the trade.' }),
    entry: t.expose('entry', {
      type: 'Decimal',
      description: 'Entry price: the close of the last bar used.',
    }),
    stop: t.expose('stop', {
      type: 'Decimal',
      description: 'Stop price at which the position is closed with a loss.',
    }),
    target: t.expose('target', {
      type: 'Decimal',
      description: 'Target price at which the position is closed with a profit.',
    }),
    riskReward: t.expose('riskReward', {
      type: 'Decimal',
      description: 'Reward-to-risk ratio: |target - entry| / |entry - stop|, with 4 decimals.',
    }),
    positionSize: t.exposeFloat('positionSize', {
      description: 'Number of units to trade, a multiple of the lot.',
    }),
    boundBy: t.expose('boundBy', { type: BoundByEnum, description: 'Limit that determined `positionSize`.' }),
    positionValue: t.expose('positionValue', {
      type: 'Decimal',
      description: 'Value of the position: `positionSize` times `entry`.',
    }),
    capitalAtRisk: t.expose('capitalAtRisk', {
      type: 'Decimal',
      description: 'Loss at the stop: `positionSize` times |entry - stop|.',
    }),
    capitalAtRiskPct: t.expose('capitalAtRiskPct', {
      type: 'Decimal',
      description: '`capitalAtRisk` as a percentage of the capital, with 4 decimals.',
    }),
    potentialReward: t.expose('potentialReward', {
      type: 'Decimal',
      description: 'Profit at the target: `positionSize` times |target - entry|.',
    }),
    targetPct: t.exposeFloat('targetPct', {
      description: 'Distance of the target from the entry, percent of the entry.',
    }),
    stopPct: t.exposeFloat('stopPct', {
      description: 'Distance of the stop from the entry after widening, percent of the entry.',
    }),
    stopWidened: t.exposeBoolean('stopWidened', {
      description: 'True when the stop was widened because of high volatility.',
    }),
    maxHoldingBars: t.exposeInt('maxHoldingBars', {
      description: 'Longest holding time of the position, in bars of the timeframe.',
    }),
    minRiskReward: t.exposeFloat('minRiskReward', {
      description: 'Reward-to-risk ratio below which the plan gets the flag BELOW_MIN_RISK_REWARD.',
    }),
    flags: t.stringList({
      description:
        'Flags of the plan. BELOW_MIN_RISK_REWARD: `riskReward` is below `minRiskReward`. CAPITAL_TOO_SMALL: the capital is too small for one lot. COARSE_TICK: the stop is fewer than 20 ticks from the entry, so prices are not rounded to the tick.',
      resolve: (plan) => [...plan.flags],
    }),
  }),
});
