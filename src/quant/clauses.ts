import type { Clause } from './strategy.ts';

const line = (
  indicator: 'RSI' | 'MACD' | 'ADX' | 'CCI' | 'CMF' | 'STOCHASTIC' | 'WILLIAMS_R',
  name: string,
) => ({ indicator, line: name }) as const;

const RSI = line('RSI', 'rsi');
const K = line('STOCHASTIC', 'k');

/** The clauses that strategies put their filters together from. */
export const rsiBetween = (from: number, to: number): Clause => ({
  clause: `RSI_${from}_${to}`,
  value: RSI,
  is: 'AT_LEAST',
  limit: from,
  upTo: to,
});
export const rsiAtMost = (limit: number): Clause => ({
  clause: `RSI_AT_MOST_${limit}`,
  value: RSI,
  is: 'AT_MOST',
  limit,
});
export const rsiBelow = (limit: number): Clause => ({
  clause: `RSI_BELOW_${limit}`,
  value: RSI,
  is: 'BELOW',
  limit,
});
export const rsiAbove = (limit: number): Clause => ({
  clause: `RSI_ABOVE_${limit}`,
  value: RSI,
  is: 'ABOVE',
  limit,
});
export const stochasticBetween = (from: number, to: number): Clause => ({
  clause: `STOCHASTIC_${from}_${to}`,
  value: K,
  is: 'AT_LEAST',
  limit: from,
  upTo: to,
});
export const stochasticAbove = (limit: number): Clause => ({
  clause: `STOCHASTIC_ABOVE_${limit}`,
  value: K,
  is: 'ABOVE',
  limit,
});
export const stochasticBelow = (limit: number): Clause => ({
  clause: `STOCHASTIC_BELOW_${limit}`,
  value: K,
  is: 'BELOW',
  limit,
});
export const williamsAbove = (limit: number): Clause => ({
  clause: `WILLIAMS_R_ABOVE_MINUS_${-limit}`,
  value: line('WILLIAMS_R', 'williamsR'),
  is: 'ABOVE',
  limit,
});
export const williamsBelow = (limit: number): Clause => ({
  clause: `WILLIAMS_R_BELOW_MINUS_${-limit}`,
  value: line('WILLIAMS_R', 'williamsR'),
  is: 'BELOW',
  limit,
});
export const cciPositive: Clause = {
  clause: 'CCI_POSITIVE',
  value: line('CCI', 'cci'),
  is: 'ABOVE',
  limit: 0,
};
export const cmfPositive: Clause = {
  clause: 'CMF_POSITIVE',
  value: line('CMF', 'cmf'),
  is: 'ABOVE',
  limit: 0,
};
export const obvRising: Clause = { clause: 'OBV_RISING', value: 'OBV_CHANGE', is: 'ABOVE', limit: 0 };
export const macdAboveSignal: Clause = {
  clause: 'MACD_ABOVE_SIGNAL',
  value: line('MACD', 'macd'),
  is: 'ABOVE',
  limit: line('MACD', 'signal'),
};
export const histogramNotPositive: Clause = {
  clause: 'MACD_HISTOGRAM_NOT_POSITIVE',
  value: line('MACD', 'histogram'),
  is: 'AT_MOST',
  limit: 0,
};
export const adxAtLeast = (limit: number): Clause => ({
  clause: `ADX_AT_LEAST_${limit}`,
  value: line('ADX', 'adx'),
  is: 'AT_LEAST',
  limit,
});
export const adxAtMost = (limit: number): Clause => ({
  clause: `ADX_AT_MOST_${limit}`,
  value: line('ADX', 'adx'),
  is: 'AT_MOST',
  limit,
});
export const adxBelow = (limit: number): Clause => ({
  clause: `ADX_BELOW_${limit}`,
  value: line('ADX', 'adx'),
  is: 'BELOW',
  limit,
});
export const volumeRatioAtLeast = (limit: number): Clause => ({
  clause: `VOLUME_RATIO_AT_LEAST_${limit}`,
  value: 'VOLUME_RATIO',
  is: 'AT_LEAST',
  limit,
});
export const closeAboveSma20: Clause = {
  clause: 'CLOSE_AT_LEAST_SMA20',
  value: 'CLOSE',
  is: 'AT_LEAST',
  limit: 'SMA20',
};
export const closeAboveSma50: Clause = {
  clause: 'CLOSE_AT_LEAST_SMA50',
  value: 'CLOSE',
  is: 'AT_LEAST',
  limit: 'SMA50',
};
export const sma20AboveSma50: Clause = {
  clause: 'SMA20_AT_LEAST_SMA50',
  value: 'SMA20',
  is: 'AT_LEAST',
  limit: 'SMA50',
};
