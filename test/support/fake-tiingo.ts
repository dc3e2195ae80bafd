import type { Candles } from '../../src/quant/candles.ts';
import { type FakeServer, sendJson, startFake } from './fake-http.ts';

export const TIINGO_KEY = 'a-key-for-tests';

/** The end-of-day endpoint on a local port: raw prices with adjusted closes beside them, for whoever has the key. */
export function startFakeTiingo(candles: Candles, factor = 0.9): Promise<FakeServer> {
  return startFake((url, response, request) => {
    const [, , , ticker = ''] = url.pathname.split('/');
    if (request.headers.authorization !== `Token ${TIINGO_KEY}`)
      return sendJson(response, 403, { detail: 'Invalid token.' });
    if (ticker !== 'AAPL') return sendJson(response, 404, { detail: `Error: Ticker '${ticker}' not found` });
    const from = url.searchParams.get('startDate') ?? '';
    const to = url.searchParams.get('endDate') ?? '9';
    const bars = candles.dates.flatMap((day, i) =>
      day < from || day > to
        ? []
        : [
            {
              date: `${day}T00:00:00.000Z`,
              open: candles.open[i],
              high: candles.high[i],
              low: candles.low[i],
              close: candles.close[i],
              volume: candles.volume[i],
              adjClose: (candles.close[i] ?? 0) * factor,
              divCash: 0,
              splitFactor: 1,
            },
          ],
    );
    return sendJson(response, 200, bars);
  });
}
