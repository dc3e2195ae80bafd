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

/** trading-signals' lines of a series with the default parameters; NaN where it has no value. */
export function secondOpinion({ open, high, low, close, volume }) {
  const prices = [...close];
  const candles = prices.map((value, i) => ({
    open: open[i],
    high: high[i],
    low: low[i],
    close: value,
    volume: volume[i],
  }));
  const lines = (indicator, inputs, names) => {
    const results = indicator.updates(inputs);
    return Object.fromEntries(
      Object.entries(names).map(([name, of]) => [name, results.map((result) => numberOf(result, of))]),
    );
  };
  const plain = (result) => result;
  // An EMA answers before it is stable.
  const stable = (period) => prices.map((_, i) => i >= period - 1);
  const ema = (period) => {
    const ready = stable(period);
    return new EMA(period).updates(prices).map((value, i) => (ready[i] ? value : Number.NaN));
  };
  return {
    RSI: lines(new RSI(14), prices, { rsi: plain }),
    MACD: lines(new MACD(new EMA(12), new EMA(26), new EMA(9)), prices, {
      macd: ({ macd }) => macd,
      signal: ({ signal }) => signal,
      histogram: ({ histogram }) => histogram,
    }),
    ADX: lines(new ADX(14), candles, { adx: plain }),
    PSAR: lines(new PSAR({ accelerationStep: 0.02, accelerationMax: 0.2 }), candles, { psar: plain }),
    EMA: { fast: ema(50), slow: ema(200) },
    STOCHASTIC: lines(new StochasticOscillator({ kPeriod: 14, kSlowingPeriod: 3, dPeriod: 3 }), candles, {
      k: ({ stochK }) => stochK,
      d: ({ stochD }) => stochD,
    }),
    CCI: lines(new CCI(20), candles, { cci: plain }),
    WILLIAMS_R: lines(new WilliamsR(14), candles, { williamsR: plain }),
    ATR: lines(new ATR(14), candles, { atr: plain }),
    BOLLINGER: lines(new BollingerBands(20, 2), prices, {
      upper: ({ upper }) => upper,
      middle: ({ middle }) => middle,
      lower: ({ lower }) => lower,
    }),
    OBV: lines(new OBV(2), candles, { obv: plain }),
    CMF: lines(new CMF(20), candles, { cmf: plain }),
  };
}

function numberOf(result, of) {
  return result === null || result === undefined ? Number.NaN : of(result);
}
