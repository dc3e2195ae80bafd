import { IndicatorsSync } from '@ixjb94/indicators';

/** Arrays of numbers in, arrays of numbers out. Its Parabolic SAR, ADX and OBV start otherwise than TA-Lib's; ADX comes without DI. */
export function prepare({ high, low, close, volume }) {
  const ta = new IndicatorsSync();
  const [h, l, c, v] = [high, low, close, volume].map((column) => [...column]);
  return () => [
    ta.macd(c, 12, 26, 9),
    ta.adx(h, l, 14),
    ta.ema(c, 50),
    ta.ema(c, 200),
    ta.psar(h, l, 0.02, 0.2),
    ta.rsi(c, 14),
    ta.stoch(h, l, c, 14, 3, 3),
    ta.cci(h, l, c, 20),
    ta.willr(h, l, c, 14),
    ta.atr(h, l, c, 14),
    ta.bbands(c, 20, 2),
    ta.obv(c, v),
    ta.cmf(h, l, c, v, 20),
  ];
}
