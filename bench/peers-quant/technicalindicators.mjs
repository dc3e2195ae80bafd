import {
  ADX,
  ATR,
  BollingerBands,
  CCI,
  EMA,
  MACD,
  OBV,
  PSAR,
  RSI,
  Stochastic,
  WilliamsR,
} from 'technicalindicators';

/** Arrays of numbers in, arrays of numbers or objects out. It has no CMF: eleven of the twelve. */
export function prepare(candles) {
  const [high, low, close, volume] = ['high', 'low', 'close', 'volume'].map((name) => [...candles[name]]);
  const values = close;
  const average = { SimpleMAOscillator: false, SimpleMASignal: false };
  return () => [
    MACD.calculate({ values, fastPeriod: 12, slowPeriod: 26, signalPeriod: 9, ...average }),
    ADX.calculate({ high, low, close, period: 14 }),
    EMA.calculate({ values, period: 50 }),
    EMA.calculate({ values, period: 200 }),
    PSAR.calculate({ high, low, step: 0.02, max: 0.2 }),
    RSI.calculate({ values, period: 14 }),
    Stochastic.calculate({ high, low, close, period: 14, signalPeriod: 3 }),
    CCI.calculate({ high, low, close, period: 20 }),
    WilliamsR.calculate({ high, low, close, period: 14 }),
    ATR.calculate({ high, low, close, period: 14 }),
    BollingerBands.calculate({ values, period: 20, stdDev: 2 }),
    OBV.calculate({ close, volume }),
  ];
}
