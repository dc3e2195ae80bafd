import { hash } from 'node:crypto';
import type { Candles } from '../quant/candles.ts';
import type { Quoted } from '../quant/tick.ts';
import { joinWarnings, type SeriesWarning } from './series-warning.ts';
import type { Adjustment } from './source.ts';

/** What names a stored series. Anything derived from bars is no part of the store. */
export interface SeriesKey {
  readonly source: string;
  readonly ticker: string;
  readonly interval: '1d';
  readonly adjustment: Adjustment;
}

/** Which bars. Without an adjustment those that were loaded last. */
export interface WantedCandles {
  readonly source: string;
  readonly ticker: string;
  readonly adjustment: Adjustment | null;
  /** On whose behalf: bars that belong to workspaces are found in this one only. */
  readonly workspaceId: string;
}

export function candleKey({ source, ticker, adjustment, workspaceId }: WantedCandles): string {
  return `${source} ${ticker} ${adjustment ?? ''} ${workspaceId}`;
}

/** Bars without a gap between the first and the last one, as the source delivered them. */
export interface KeptSeries {
  readonly candles: Candles;
  readonly currency: string | null;
  readonly quoted: Quoted;
  /** The source has nothing older: a request for more bars is answered with these. */
  readonly complete: boolean;
  /** Until when no newer session can have closed. */
  readonly freshUntil: Date;
  /** What the source told about these bars. */
  readonly warnings: readonly SeriesWarning[];
}

/** Prices of two loads of one bar agree within this; beyond it the adjustment has changed. */
const TOLERANCE = 1e-6;

/** True when a store may keep it: days ascend and every cell is a number. A broken series goes to validation and no further. */
export function isSound({ dates, open, high, low, close, volume }: Candles): boolean {
  return (
    dates.length > 0 &&
    dates.every((day, i) => i === 0 || day > (dates[i - 1] ?? '')) &&
    [open, high, low, close, volume].every((column) => column.every(Number.isFinite))
  );
}

/**
 * The stored bars with what a fresh load has before and after them; bars that both have stay as stored, so that an analysis as of a past
 * day reads the same prices again; volumes are those of the fresh load, since exchanges correct them later. Null when they do not belong together: nothing overlaps, a day is missing in one of them, or prices
 * disagree, as they do after a split or dividend.
 */
export function joinSeries(stored: KeptSeries, fresh: KeptSeries): KeptSeries | null {
  const [kept, loaded] = [stored.candles, fresh.candles];
  const offset = loaded.dates.indexOf(kept.dates[0] ?? '');
  const back = kept.dates.indexOf(loaded.dates[0] ?? '');
  // Where the overlap begins in each; one of them begins with it.
  const [fromKept, fromLoaded] = offset >= 0 ? [0, offset] : [back, 0];
  if (fromKept < 0) return null;
  const shared = Math.min(kept.dates.length - fromKept, loaded.dates.length - fromLoaded);
  for (let i = 0; i < shared; i += 1) {
    if (!agree(kept, fromKept + i, loaded, fromLoaded + i)) return null;
  }
  const older = fromLoaded;
  const newer = fromLoaded + shared;
  const concat = (of: 'open' | 'high' | 'low' | 'close' | 'volume') => {
    const parts = [loaded[of].subarray(0, older), kept[of], loaded[of].subarray(newer)];
    const joined = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      joined.set(part, at);
      at += part.length;
    }
    return joined;
  };
  const volume = concat('volume');
  for (let i = 0; i < shared; i += 1) {
    const revised = loaded.volume[fromLoaded + i];
    if (Number.isFinite(revised)) volume[older + fromKept + i] = revised ?? 0;
  }
  const dates = [...loaded.dates.slice(0, older), ...kept.dates, ...loaded.dates.slice(newer)];
  const isThere = hasMissing(fresh.warnings, dates.at(-1) ?? '');
  return {
    candles: {
      dates,
      open: concat('open'),
      high: concat('high'),
      low: concat('low'),
      close: concat('close'),
      volume,
    },
    currency: fresh.currency,
    quoted: fresh.quoted,
    complete: offset >= 0 ? fresh.complete || (older === 0 && stored.complete) : stored.complete,
    // A source that does not give a session that it has given before is no reason to ask it again soon.
    freshUntil: isThere && stored.freshUntil > fresh.freshUntil ? stored.freshUntil : fresh.freshUntil,
    // A session that was missing is there now, unless the fresh load says so again.
    warnings: joinWarnings(
      stored.warnings.filter(({ code }) => code !== MISSING),
      fresh.warnings.filter(({ code }) => code !== MISSING || !isThere),
    ),
  };
}

const MISSING = 'LAST_SESSION_MISSING';

/** Whether bars up to `last` have the session that a load misses. */
function hasMissing(warnings: readonly SeriesWarning[], last: string): boolean {
  const about = warnings.find(({ code }) => code === MISSING)?.about;
  return about?.days.every((day) => day <= last) === true;
}

function agree(a: Candles, i: number, b: Candles, j: number): boolean {
  if (a.dates[i] !== b.dates[j]) return false;
  return (['open', 'high', 'low', 'close'] as const).every((of) => {
    const [x, y] = [a[of][i] ?? Number.NaN, b[of][j] ?? Number.NaN];
    return Math.abs(x - y) <= TOLERANCE * Math.max(Math.abs(x), Math.abs(y));
  });
}

const DAY_MS = 86_400_000;
/** Bytes of a bar: five doubles and a day number. */
const BAR_BYTES = 44;
const COLUMNS = ['open', 'high', 'low', 'close', 'volume'] as const;

/** The five columns as doubles, then the days as 32-bit numbers since 1970, little-endian as every machine that Node supports. */
export function encodeCandles(candles: Candles): Buffer {
  const bars = candles.dates.length;
  const bytes = new ArrayBuffer(bars * BAR_BYTES);
  for (const [i, of] of COLUMNS.entries()) new Float64Array(bytes, i * 8 * bars, bars).set(candles[of]);
  new Int32Array(bytes, 40 * bars, bars).set(candles.dates.map((day) => Date.parse(day) / DAY_MS));
  return Buffer.from(bytes);
}

/** One for all: hashing never waits. Holds 750 bars. */
let scratch = new Uint8Array(5 * 8 * 750);
const hashes = new WeakMap<Candles, string>();

/**
 * Tells these bars from any others: the first 128 bits of SHA-256 over the columns as `encodeCandles` writes them, then first and last day as text. The days
 * between are left out: bars that agree in every digit are of the same days. Once for all strategies: 14 µs
 * for 400 bars on a busy machine, 2 % of what five strategies take on them.
 */
export function hashCandles(candles: Candles): string {
  const known = hashes.get(candles);
  if (known !== undefined) return known;
  const bars = candles.dates.length;
  const size = 40 * bars;
  if (scratch.length < size + 20) scratch = new Uint8Array(2 * size + 20);
  for (const [i, of] of COLUMNS.entries()) {
    const { buffer, byteOffset, byteLength } = candles[of];
    scratch.set(new Uint8Array(buffer, byteOffset, byteLength), i * 8 * bars);
  }
  const days = Buffer.from(`${candles.dates[0] ?? ''}${candles.dates.at(-1) ?? ''}`);
  scratch.set(days, size);
  const digest = hash('sha256', scratch.subarray(0, size + days.length), 'hex').slice(0, 32);
  hashes.set(candles, digest);
  return digest;
}

export function decodeCandles(body: Buffer): Candles {
  const bars = body.byteLength / BAR_BYTES;
  if (!Number.isInteger(bars)) throw new Error(`${body.byteLength} bytes are no series of bars`);
  // A copy: the driver's buffer may begin anywhere in its memory, doubles must not.
  const bytes = new Uint8Array(body).buffer;
  const column = (i: number) => new Float64Array(bytes, i * 8 * bars, bars);
  const days = new Int32Array(bytes, 40 * bars, bars);
  return {
    dates: Array.from(days, (day) => new Date(day * DAY_MS).toISOString().slice(0, 10)),
    open: column(0),
    high: column(1),
    low: column(2),
    close: column(3),
    volume: column(4),
  };
}
