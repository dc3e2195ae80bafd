import type { StrategyId } from '../generated/graphql.ts';

/** Every strategy, in the order in which pages show them. */
export const STRATEGIES: readonly StrategyId[] = [
  'BALANCED',
  'TREND_FOLLOWING',
  'MEAN_REVERSION',
  'MOMENTUM_BREAKOUT',
  'WEEKLY_TARGET',
];
