export interface Instrument {
  readonly ticker: string;
  readonly symbol: string;
  readonly name: string;
  readonly exchange: string;
  readonly timeZone: string;
  readonly currency: string;
  /** Smallest price step, decimal as text. */
  readonly tick: string;
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
