import type { IndicatorId, RankedNumber, RankingScreen } from '../generated/graphql.ts';

/** What a ranking can be filtered and sorted by, beside its columns. */
export const NUMBERS: readonly RankedNumber[] = [
  'CLOSE',
  'CHANGE_PCT',
  'VOLUME',
  'VOLUME_RATIO',
  'RISK_REWARD',
  'CONVICTION',
  'COVERAGE',
];

export const INDICATORS: readonly IndicatorId[] = [
  'RSI',
  'ADX',
  'MACD',
  'STOCHASTIC',
  'CCI',
  'WILLIAMS_R',
  'CMF',
  'ATR',
  'BOLLINGER',
  'EMA',
  'PSAR',
];

export const BOUNDS = ['<', '<=', '>=', '>'] as const;
const FIELDS = { '<': 'lt', '<=': 'lte', '>=': 'gte', '>': 'gt' } as const;

const SCREEN = /^([A-Z_]+)(<=|>=|<|>)(-?\d+(?:\.\d+)?)$/;

/** `RSI<30` of the address as a condition of the API; null when it is none. Pure. */
export function screenOf(text: string): RankingScreen | null {
  const [, name = '', bound = '', limit = ''] = SCREEN.exec(text) ?? [];
  const field = FIELDS[bound as keyof typeof FIELDS];
  if (field === undefined) return null;
  const number = NUMBERS.find((one) => one === name);
  if (number !== undefined) return { number, [field]: Number(limit) };
  const indicator = INDICATORS.find((one) => one === name);
  return indicator === undefined ? null : { indicator, [field]: Number(limit) };
}
