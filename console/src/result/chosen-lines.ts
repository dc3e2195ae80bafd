import type { IndicatorId } from '../generated/graphql.ts';
import { setQuery, useAddress } from '../routing/address.ts';

/** Indicators whose lines have the unit of the price; all others get a pane of their own. */
export const ON_PRICE: ReadonlySet<string> = new Set<IndicatorId>(['EMA', 'BOLLINGER', 'PSAR']);

const NAME = /^[A-Z_]{2,20}$/;

/** Indicators that the chart shows, from the address (`lines=EMA,RSI`), and a function that adds or removes one. */
export function useChosenLines(): readonly [readonly IndicatorId[], (indicator: IndicatorId) => void] {
  const { query } = useAddress();
  const chosen = (query.get('lines') ?? 'EMA')
    .split(',')
    .filter((name): name is IndicatorId => NAME.test(name));
  const toggle = (indicator: IndicatorId) => {
    const next = chosen.includes(indicator)
      ? chosen.filter((one) => one !== indicator)
      : [...chosen, indicator];
    setQuery({ lines: next.length === 0 ? '-' : next.join(',') }, { replace: true });
  };
  return [chosen, toggle];
}
