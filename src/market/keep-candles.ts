import type { Db } from '../db/client.ts';
import type { Logger } from '../logger.ts';
import { UNQUOTED } from '../quant/tick.ts';
import { cutSeries, cutToRequest } from './bars.ts';
import { findSeries, type StoredSeries, saveSeries } from './candle.store.ts';
import { untilAborted } from './load-candles.ts';
import { isSound, joinSeries, type KeptSeries, type SeriesKey } from './series.ts';
import type { Adjustment, CandleRequest, Series, Source } from './source.ts';
import type { SourceId, Sources } from './sources/index.ts';

const DAY_MS = 86_400_000;
/** Bars of a refresh that are stored already: two weeks in which a changed adjustment would show. */
const OVERLAP_BARS = 10;

export interface KeepDeps {
  readonly db: Db;
  readonly log: Logger;
  readonly now: () => Date;
}

interface Loaded {
  readonly series: KeptSeries;
  readonly adjustment: Adjustment;
}

interface Flight {
  readonly landing: Promise<Loaded>;
  readonly stop: AbortController;
  waiting: number;
}

/** Puts the store of candles before every source on the internet; the others are as fast as the store. */
export function keepCandles(deps: KeepDeps, sources: Sources): Sources {
  return new Map(Array.from(sources, ([id, source]) => [id, keepSource(deps, id, source)] as const));
}

/**
 * A request is answered from the store when the bars are there and no newer session can have closed; else they are loaded, once per
 * process for all who want the same series at a time. Two processes may load the same series twice; both store the same. A
 * request as of a past day reads stored bars whatever their age.
 */
function keepSource({ db, log, now }: KeepDeps, id: SourceId, source: Source): Source {
  const { remote } = source;
  if (remote === undefined) return source;
  const flights = new Map<string, Flight>();
  let landed = 0;

  async function load(key: SeriesKey, bars: number | 'ALL', signal: AbortSignal): Promise<Loaded> {
    const series = await source.load({ ticker: key.ticker, bars, asOf: null }, signal);
    const { candles, currency, quoted = UNQUOTED, adjustment } = series;
    const { freshUntil = new Date(0), warnings = [] } = series;
    // A source answers fewer bars than asked for only when there are no more.
    const complete = bars === 'ALL' || candles.dates.length < bars;
    return { series: { candles, currency, quoted, complete, freshUntil, warnings }, adjustment };
  }

  async function fetchAndStore(
    key: SeriesKey,
    stored: StoredSeries | null,
    request: CandleRequest,
    signal: AbortSignal,
  ): Promise<Loaded> {
    const join = ({ series, adjustment }: Loaded) =>
      stored === null || adjustment !== key.adjustment ? null : joinSeries(stored, series);
    const newBars = stored === null ? 0 : daysSince(stored.candles.dates.at(-1), now()) + OVERLAP_BARS;
    let loaded: Loaded | null = null;
    let joined: KeptSeries | null = null;
    if (stored !== null && reaches(stored, request)) {
      loaded = await load(key, newBars, signal);
      joined = join(loaded);
    }
    if (loaded === null || joined === null) {
      // Not deep enough, or its prices have changed: all that is asked for and all that was there, in one load.
      const asked = request.bars === 'ALL' ? 'ALL' : request.bars + daysSince(request.asOf, now());
      const had = (stored?.candles.dates.length ?? 0) + newBars;
      loaded = await load(key, asked === 'ALL' ? asked : Math.max(asked, had), signal);
      joined = join(loaded) ?? loaded.series;
    }
    const { adjustment } = loaded;
    if (adjustment === key.adjustment && isSound(joined.candles)) {
      await saveSeries(db, key, joined, stored?.revision ?? null).catch((error: unknown) =>
        log.warn({ err: error, ticker: key.ticker }, 'candles could not be stored'),
      );
    }
    return { series: joined, adjustment };
  }

  function start(name: string, fetching: (signal: AbortSignal) => Promise<Loaded>): Flight {
    const stop = new AbortController();
    const landing = fetching(stop.signal).finally(() => {
      landed += 1;
      if (flights.get(name)?.stop === stop) flights.delete(name);
    });
    landing.catch(() => undefined);
    const flight = { landing, stop, waiting: 0 };
    flights.set(name, flight);
    return flight;
  }

  /** Waits for a flight. It is broken off when nobody waits any more; one who goes takes nothing away from the others. */
  async function waitFor(name: string, flight: Flight, signal: AbortSignal): Promise<Loaded> {
    flight.waiting += 1;
    try {
      return await untilAborted(flight.landing, signal);
    } finally {
      flight.waiting -= 1;
      if (flight.waiting === 0 && signal.aborted) {
        if (flights.get(name) === flight) flights.delete(name);
        flight.stop.abort(signal.reason);
      }
    }
  }

  return {
    ...source,
    async load(request, signal): Promise<Series> {
      const key = {
        source: id,
        ticker: request.ticker,
        interval: '1d',
        adjustment: remote.adjustment,
      } as const;
      const name = request.ticker;
      for (;;) {
        signal.throwIfAborted();
        const others = flights.get(name);
        if (others !== undefined) {
          const loaded = await waitFor(name, others, signal);
          if (reaches(loaded.series, request)) return answer(loaded, request);
          // It was for fewer bars.
          continue;
        }
        const before = landed;
        const stored = await findSeries(db, key);
        if (stored !== null && reaches(stored, request) && isCurrent(stored, request, now())) {
          return answer({ series: stored, adjustment: key.adjustment }, request);
        }
        // What was read may be older than what somebody else has brought meanwhile.
        if (flights.has(name) || landed !== before) continue;
        const flight = start(name, (stop) => fetchAndStore(key, stored, request, stop));
        return answer(await waitFor(name, flight, signal), request);
      }
    },
  };
}

/** True when the bars that are asked for are there, as far as there are any. */
function reaches({ candles, complete }: KeptSeries, request: CandleRequest): boolean {
  if (complete) return true;
  return request.bars !== 'ALL' && cutToRequest(candles, request).dates.length >= request.bars;
}

function isCurrent({ candles, freshUntil }: KeptSeries, { asOf }: CandleRequest, now: Date): boolean {
  return now < freshUntil || (asOf !== null && asOf <= (candles.dates.at(-1) ?? ''));
}

function answer({ series, adjustment }: Loaded, request: CandleRequest): Series {
  const { candles, currency, quoted, freshUntil, warnings } = cutSeries(series, request);
  return { candles, adjustment, currency, quoted, freshUntil, warnings };
}

/** Calendar days from a day to now, rounded up: no market has more sessions. */
function daysSince(day: string | null | undefined, now: Date): number {
  return day == null ? 0 : Math.max(0, Math.ceil((now.getTime() - Date.parse(day)) / DAY_MS));
}
