import type { Indicator } from '../indicator.ts';
import { adx } from './adx.ts';
import { atr } from './atr.ts';
import { bollinger } from './bollinger.ts';
import { cci } from './cci.ts';
import { cmf } from './cmf.ts';
import { ema } from './ema.ts';
import { macd } from './macd.ts';
import { obv } from './obv.ts';
import { psar } from './psar.ts';
import { rsi } from './rsi.ts';
import { stochastic } from './stochastic.ts';
import { williamsR } from './williams-r.ts';

/** The ids are the values of the API's enum; the order is the order in which readings are listed. */
export const indicators = {
  MACD: macd,
  ADX: adx,
  EMA: ema,
  PSAR: psar,
  RSI: rsi,
  STOCHASTIC: stochastic,
  CCI: cci,
  WILLIAMS_R: williamsR,
  ATR: atr,
  BOLLINGER: bollinger,
  OBV: obv,
  CMF: cmf,
} as const satisfies Record<string, Indicator>;

export type IndicatorId = keyof typeof indicators;

export const indicatorIds = Object.keys(indicators) as IndicatorId[];

/** The entry without its parameter type; parameters come from its own defaults and a strategy's checked overrides. */
export function indicatorOf(id: IndicatorId): Indicator<Readonly<Record<string, number>>> {
  return indicators[id] as unknown as Indicator<Readonly<Record<string, number>>>;
}
