import Big from 'big.js';

/** Currencies in hundredths of which exchanges quote: pence of London, cents of Johannesburg, agorot of Tel Aviv. */
const majors: Readonly<Record<string, string>> = { GBp: 'GBP', GBX: 'GBP', ZAc: 'ZAR', ILA: 'ILS' };

/** The whole currency of a unit of hundredths; null: prices are in whole units, or the currency is not known. */
export function majorOf(currency: string | null): string | null {
  return currency !== null && Object.hasOwn(majors, currency) ? (majors[currency] ?? null) : null;
}

/** An amount of hundredths in whole units, both decimals as text. */
export function toWhole(amount: string): string {
  return new Big(amount).div(100).toFixed();
}

/** An amount of whole units in hundredths, both decimals as text. */
export function toHundredths(amount: string): string {
  return new Big(amount).times(100).toFixed();
}
