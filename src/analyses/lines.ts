import type { IndicatorId } from '../quant/indicators/index.ts';
import type { Reading } from '../quant/reading.ts';

/** A line of an indicator, by the indicator's id and its own name. */
export interface LineId {
  readonly indicator: IndicatorId;
  readonly line: string;
}

/** Lines of indicators in the order in which rows hold them: append, never change or remove an entry. */
export const LINES: readonly LineId[] = [
  { indicator: 'MACD', line: 'macd' },
  { indicator: 'MACD', line: 'signal' },
  { indicator: 'MACD', line: 'histogram' },
  { indicator: 'ADX', line: 'adx' },
  { indicator: 'ADX', line: 'plusDi' },
  { indicator: 'ADX', line: 'minusDi' },
  { indicator: 'EMA', line: 'fast' },
  { indicator: 'EMA', line: 'slow' },
  { indicator: 'EMA', line: 'spreadPct' },
  { indicator: 'PSAR', line: 'psar' },
  { indicator: 'PSAR', line: 'trend' },
  { indicator: 'RSI', line: 'rsi' },
  { indicator: 'STOCHASTIC', line: 'k' },
  { indicator: 'STOCHASTIC', line: 'd' },
  { indicator: 'CCI', line: 'cci' },
  { indicator: 'WILLIAMS_R', line: 'williamsR' },
  { indicator: 'ATR', line: 'atr' },
  { indicator: 'ATR', line: 'atrPct' },
  { indicator: 'BOLLINGER', line: 'upper' },
  { indicator: 'BOLLINGER', line: 'middle' },
  { indicator: 'BOLLINGER', line: 'lower' },
  { indicator: 'BOLLINGER', line: 'percentB' },
  { indicator: 'OBV', line: 'obv' },
  { indicator: 'OBV', line: 'avgVolume' },
  { indicator: 'CMF', line: 'cmf' },
];

/** The values of `LINES` at the bar of these readings, NaN where there is none. */
export function linesOf(readings: readonly Reading[]): number[] {
  const found = new Map(readings.map((reading) => [reading.indicator, reading]));
  return LINES.map(({ indicator, line }) => {
    const reading = found.get(indicator);
    return reading?.status === 'OK' ? (reading.lines[line] ?? Number.NaN) : Number.NaN;
  });
}

/** Place of a line in a row, from 1 on; 0: the indicator has no such line. */
export function linePlaceOf({ indicator, line }: LineId): number {
  return 1 + LINES.findIndex((one) => one.indicator === indicator && one.line === line);
}
