import { InvalidInputError } from '../errors.ts';
import { DEFAULT_STRATEGY, type StrategyId, strategyIds } from '../quant/strategies/index.ts';

/** The strategies that are asked for, in the order of the registry, each once; the default when none is. */
export function chooseStrategies(asked: readonly StrategyId[] | null | undefined): StrategyId[] {
  if (asked == null) return [DEFAULT_STRATEGY];
  if (asked.length === 0)
    throw new InvalidInputError(
      'strategies',
      'strategies must not be empty: name a strategy, or leave strategies out.',
    );
  return strategyIds.filter((id) => asked.includes(id));
}
