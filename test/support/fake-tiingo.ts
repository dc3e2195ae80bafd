import type { Candles } from '../../src/quant/candles.ts';
import { type FakeServer, sendJson, startFake } from './fake-http.ts';

export const TIINGO_KEY = 'a-key-for-tests';

/**
 * The end-of-day endpoint on a local port: unadjusted prices with adjusted closes and volumes beside them, for requests with the
 * key. `split` is a split of `ratio` new shares for one old share; `day` is the first day that trades after it.
 */
export function startFakeTiingo(
  candles: Candles,
  factor = 0.9,
  split: { readonly day: string; readonly ratio: number } | null = null,
): Promise<FakeServer> {
  return startFake((url, response, request) => {
    const [, , , ticker = ''] = url.pathname.split('/');
    if (request.headers.authorization !== `Token ${TIINGO_KEY}`)
      return sendJson(response, 403, { detail: 'Invalid token.' });
    if (ticker !== 'AAPL') return sendJson(response, 404, { detail: `Error: Ticker '${ticker}' not found` });
    const from = url.searchParams.get('startDate') ?? '';
    const to = url.searchParams.get('endDate') ?? '9';
    const bars = candles.dates.flatMap((day, i) => {
      if (day < from || day > to) return [];
      const ratio = split !== null && day < split.day ? split.ratio : 1;
      const volume = candles.volume[i] ?? 0;
      return [
        {
          date: `${day}T00:00:00.000Z`,
          open: (candles.open[i] ?? 0) * ratio,
          high: (candles.high[i] ?? 0) * ratio,
          low: (candles.low[i] ?? 0) * ratio,
          close: (candles.close[i] ?? 0) * ratio,
          volume: volume / ratio,
          adjClose: (candles.close[i] ?? 0) * factor,
          adjVolume: volume,
          divCash: 0,
          splitFactor: day === split?.day ? split.ratio : 1,
        },
      ];
    });
    return sendJson(response, 200, bars);
  });
}
