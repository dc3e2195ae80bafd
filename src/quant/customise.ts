import type { IndicatorId } from './indicators/index.ts';
import type { Risk, Strategy } from './strategy.ts';

/** What a request changes of a strategy's own numbers; what is left out stays. */
export interface Overrides {
  readonly weights?: Readonly<Partial<Record<IndicatorId, number>>> | undefined;
  readonly params?: Readonly<Partial<Record<IndicatorId, Readonly<Record<string, number>>>>> | undefined;
  readonly risk?:
    | {
        readonly [Name in 'targetPct' | 'stopPct' | 'maxHoldingBars' | 'cooldownBars']?:
          | Risk[Name]
          | undefined;
      }
    | undefined;
}

/** The strategy with the overrides in place of its own numbers. Filters, ledger and category weights stay. */
export function customise(strategy: Strategy, overrides: Overrides | undefined): Strategy {
  if (overrides === undefined) return strategy;
  const params = { ...strategy.params };
  for (const [id, changed] of Object.entries(overrides.params ?? {}) as [
    IndicatorId,
    Record<string, number>,
  ][])
    params[id] = { ...params[id], ...changed };
  return {
    ...strategy,
    weights: { ...strategy.weights, ...overrides.weights },
    params,
    risk: { ...strategy.risk, ...given(overrides.risk ?? {}) },
  };
}

function given<Numbers extends object>(
  numbers: Numbers,
): { [Name in keyof Numbers]?: Exclude<Numbers[Name], undefined> } {
  return Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Numbers]?: Exclude<Numbers[Name], undefined>;
  };
}
