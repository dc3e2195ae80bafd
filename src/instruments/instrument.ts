export interface Instrument {
  readonly ticker: string;
  readonly symbol: string;
  readonly name: string;
  readonly exchange: string;
  readonly timeZone: string;
  readonly currency: string;
  /** Smallest price step, decimal as text. */
  readonly tick: string;
  readonly sector: string | null;
  readonly industry: string | null;
  readonly active: boolean;
}
