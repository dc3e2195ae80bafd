import { isCoin } from '../quant/tick.ts';

export interface Instrument {
  readonly ticker: string;
  readonly symbol: string;
  readonly name: string;
  readonly exchange: string;
  readonly timeZone: string;
  readonly currency: string;
  /** Smallest price step, decimal as text; null: the list does not say. */
  readonly tick: string | null;
  /** Units of which a position is a multiple, decimal as text; null: the list does not say. */
  readonly lot?: string | null;
  /** Whether parts of a unit are traded; null: the list does not say. */
  readonly fractional?: boolean | null;
  readonly sector: string | null;
  readonly industry: string | null;
  readonly active: boolean;
}

/** The exchange of an instrument of which the source knows the ticker alone. */
export const UNKNOWN_EXCHANGE = 'UNKNOWN';

/** Time zone of the exchange; null when it is not known. */
export function zoneOf(listed: Pick<Instrument, 'exchange' | 'timeZone'> | null): string | null {
  return listed === null || listed.exchange === UNKNOWN_EXCHANGE ? null : listed.timeZone;
}

const NO_CURRENCY = 'XXX';

/** Currency of the prices; null when it is not known. XXX is the code of ISO 4217 for no currency. */
export function currencyOf(listed: Pick<Instrument, 'currency'> | null): string | null {
  return listed === null || listed.currency === NO_CURRENCY ? null : listed.currency;
}

/** The local time from which on a bar of the day is final, some time after the closing auction; `HH:MM`. */
const closes: Readonly<Record<string, string>> = {
  NSE: '16:00',
  BSE: '16:00',
  NASDAQ: '16:30',
  NYSE: '16:30',
  'NYSE ARCA': '16:30',
  LSE: '17:00',
  XETRA: '18:00',
  TSE: '16:00',
};
/** Of an exchange that is not among them. */
const USUAL_CLOSE = '18:00';
const END_OF_DAY = 24 * 60;

/** When the bar of a day is final: minutes after midnight in a time zone. */
interface SessionClock {
  readonly timeZone: string;
  readonly closesAt: number;
}

/**
 * The clock by which sessions of a ticker end; null: its exchange is not known. The days of coins end at midnight UTC. `isFinal`: the source
 * itself leaves out sessions that run, so that what it has of today counts.
 */
export function clockOf(
  ticker: string,
  listed: Pick<Instrument, 'exchange' | 'timeZone'> | null,
  isFinal: boolean,
): SessionClock | null {
  const timeZone = zoneOf(listed);
  if (isFinal) return timeZone === null ? null : { timeZone, closesAt: 0 };
  if (isCoin(ticker)) return { timeZone: 'Etc/UTC', closesAt: END_OF_DAY };
  if (timeZone === null) return null;
  const [hours, minutes] = (closes[listed?.exchange ?? ''] ?? USUAL_CLOSE).split(':');
  return { timeZone, closesAt: Number(hours) * 60 + Number(minutes) };
}
