import {
  ADX,
  ATR,
  BollingerBands,
  CCI,
  CMF,
  EMA,
  MACD,
  OBV,
  PSAR,
  RSI,
  StochasticOscillator,
  WilliamsR,
} from 'trading-signals';

/** Streaming: one candle at a time into each of them, every result kept. */
export function prepare({ open, high, low, close, volume }) {
  const prices = [...close];
  const candles = prices.map((value, i) => ({
    open: open[i],
    high: high[i],
    low: low[i],
    close: value,
    volume: volume[i],
  }));
  return () => [
    new MACD(new EMA(12), new EMA(26), new EMA(9)).updates(prices),
    new ADX(14).updates(candles),
    new EMA(50).updates(prices),
    new EMA(200).updates(prices),
    new PSAR({ accelerationStep: 0.02, accelerationMax: 0.2 }).updates(candles),
    new RSI(14).updates(prices),
    new StochasticOscillator({ kPeriod: 14, kSlowingPeriod: 3, dPeriod: 3 }).updates(candles),
    new CCI(20).updates(candles),
    new WilliamsR(14).updates(candles),
    new ATR(14).updates(candles),
    new BollingerBands(20, 2).updates(prices),
    new OBV(2).updates(candles),
    new CMF(20).updates(candles),
  ];
}
