import type {
  RankedVerdict,
  RankingFilter,
  RankingKey,
  RankingSort,
  StrategyId,
} from '../generated/graphql.ts';
import { STRATEGIES } from '../parts/strategies.ts';
import { oneOf } from '../routing/address.ts';
import { screenOf } from './screens.ts';

export const VERDICTS: readonly RankedVerdict[] = [
  'STRONG_BUY',
  'BUY',
  'HOLD',
  'SELL',
  'STRONG_SELL',
  'NOT_ANALYSED',
];

/** What a ranking shows, as its address says it. */
export interface View {
  readonly strategy: StrategyId;
  readonly filter: RankingFilter;
  readonly sort: RankingSort;
  readonly verdicts: readonly RankedVerdict[];
  readonly screens: readonly string[];
  readonly sector: string | null;
}

const KEYS: readonly RankingKey[] = [
  'SCORE',
  'SYMBOL',
  'CLOSE',
  'CHANGE_PCT',
  'VERDICT',
  'VOLUME',
  'RISK_REWARD',
  'TARGET',
  'STOP',
  'AS_OF',
];

/** The view of an address. What is not valid in it is left out. Pure. */
export function viewOf(query: URLSearchParams): View {
  const verdicts = query
    .getAll('verdict')
    .filter((one): one is RankedVerdict => oneOf(one, VERDICTS) !== null);
  const screens = query.getAll('where').filter((one) => screenOf(one) !== null);
  const sector = query.get('sector');
  const text = query.get('q')?.trim() ?? '';
  const watchlistId = query.get('list');
  return {
    strategy: oneOf(query.get('strategy'), STRATEGIES) ?? 'BALANCED',
    verdicts,
    screens,
    sector,
    filter: {
      ...(verdicts.length > 0 && { verdicts }),
      ...(screens.length > 0 && { screens: screens.flatMap((one) => screenOf(one) ?? []) }),
      ...(sector !== null && { sectors: [sector] }),
      ...(text !== '' && { text }),
      ...(watchlistId !== null && { watchlistId }),
      includeDemo: query.get('demo') !== '0',
      includeGated: query.get('gated') === '1',
    },
    sort: {
      by: oneOf(query.get('sort'), KEYS) ?? 'SCORE',
      direction: oneOf(query.get('dir'), ['ASC', 'DESC'] as const) ?? 'DESC',
    },
  };
}
