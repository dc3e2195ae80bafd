import type { Strategy } from '../strategy.ts';
import { balanced } from './balanced.ts';
import { meanReversion } from './mean-reversion.ts';
import { momentumBreakout } from './momentum-breakout.ts';
import { trendFollowing } from './trend-following.ts';
import { weeklyTarget } from './weekly-target.ts';

export const strategies = {
  BALANCED: balanced,
  TREND_FOLLOWING: trendFollowing,
  MEAN_REVERSION: meanReversion,
  MOMENTUM_BREAKOUT: momentumBreakout,
  WEEKLY_TARGET: weeklyTarget,
} as const satisfies Record<string, Strategy>;

export type StrategyId = keyof typeof strategies;

export const strategyIds = Object.keys(strategies) as StrategyId[];
export const DEFAULT_STRATEGY: StrategyId = 'BALANCED';

export function isStrategyId(text: string): text is StrategyId {
  return Object.hasOwn(strategies, text);
}
