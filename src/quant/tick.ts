import { majorOf, toHundredths, toWhole } from './minor-units.ts';

/** Currencies that pairs of a ticker are made of. */
const CURRENCIES = new Set(
  'USD EUR JPY GBP AUD CAD CHF CNY CNH HKD NZD SEK NOK DKK SGD KRW INR MXN BRL ZAR TRY PLN CZK HUF ILS THB RUB TWD'.split(
    ' ',
  ),
);
/** Coins that are known without a separator before a currency; with one (`XYZ-USD`), or before a coin that stands for a dollar, any name is a coin. */
const COIN =
  /^(BTC|ETH|XBT|XRP|LTC|BCH|DOGE|ADA|SOL|DOT|BNB|AVAX|TRX|LINK|SHIB|XLM|ETC|UNI|XMR|EOS|ATOM|MATIC|POL|NEAR|APT|ARB|FIL|ALGO|TON|PEPE|AAVE)(USD|EUR|GBP|JPY|TRY|AUD|BRL|KRW|BTC|ETH|BNB)$/;
const STABLE = /^[A-Z0-9]{2,10}[-_/]?(USDT|USDC|BUSD|FDUSD|TUSD)$/;
const PAIR_OF_COIN = /^[A-Z0-9]{2,10}[-_/](USD|EUR|GBP|JPY|KRW|INR|AUD|CAD|CHF|TRY|BRL|BTC|ETH|BNB)(\.CC)?$/;
/** `EURUSD`, `EURUSD=X`, `EUR-USD`, `EUR_USD`, `EURUSD.FOREX`. */
const PAIR_OF_CURRENCIES = /^([A-Z]{3})[-_/]?([A-Z]{3})(=X|\.FOREX|\.FX)?$/;

/** Whether a ticker is spelled as one of a coin. Coins are traded without an end of a session. */
export function isCoin(ticker: string): boolean {
  return spelledKind(ticker) === 'COIN';
}

const STOCK = '0.01';
/** Stocks below 1, and of London where nothing says that prices are in pence: steps of 0.01 pence in pounds. */
const SMALL = '0.0001';

/** What is traded, as far as it decides steps of prices and sizes. OTHER: stocks, funds, futures and indices. */
export type InstrumentKind = 'COIN' | 'CURRENCY' | 'OTHER';

/** How an instrument is quoted, as far as the source of its bars says so; null: the source does not say. */
export interface Quoted {
  readonly kind: InstrumentKind | null;
  /** Decimals of its prices, 0 to 8. */
  readonly decimals: number | null;
}

export const UNQUOTED: Quoted = { kind: null, decimals: null };

/** What the spelling of a ticker shows. */
function spelledKind(ticker: string): 'COIN' | 'YEN' | 'CURRENCY' | 'OTHER' {
  const pair = PAIR_OF_CURRENCIES.exec(ticker);
  if (pair !== null && CURRENCIES.has(pair[1] ?? '') && CURRENCIES.has(pair[2] ?? ''))
    return pair[2] === 'JPY' ? 'YEN' : 'CURRENCY';
  if (COIN.test(ticker) || STABLE.test(ticker) || PAIR_OF_COIN.test(ticker)) return 'COIN';
  // Yahoo's spelling of a pair with the dollar.
  if (/^[A-Z]{3}=X$/.test(ticker)) return ticker === 'JPY=X' ? 'YEN' : 'CURRENCY';
  return 'OTHER';
}

/** A price step, decimal as text, and the currency that it is in. */
export interface ListedTick {
  readonly tick: string;
  readonly currency: string;
}

/** The tick of a listed instrument in the unit of its prices: list and bars may be in pounds or in pence. */
export function listedTick({ tick, currency }: ListedTick, ofPrices: string | null): string {
  if (majorOf(ofPrices) === currency) return toHundredths(tick);
  return ofPrices !== null && majorOf(currency) === ofPrices ? toWhole(tick) : tick;
}

/**
 * The price step of an instrument that no list has: by the decimals that the source says, else by the kind that the source says or the
 * ticker shows, else by the currency and the price. Hundredths of a currency are traded in steps of 0.01 of them.
 */
export function usualTick(
  ticker: string,
  price: number,
  currency: string | null,
  { kind: quoted, decimals }: Quoted = UNQUOTED,
): string {
  if (decimals !== null) return decimals === 0 ? '1' : `0.${'1'.padStart(decimals, '0')}`;
  const spelled = spelledKind(ticker);
  const kind = quoted ?? spelled;
  if (kind === 'COIN') return '0.00000001';
  if (kind !== 'OTHER') return spelled === 'YEN' || currency === 'JPY' ? '0.001' : '0.00001';
  if (majorOf(currency) !== null) return STOCK;
  return ticker.endsWith('.L') || price < 1 ? SMALL : STOCK;
}

/** The smallest part of a unit in which coins and currencies, and others on request, are traded. */
const FRACTION = '0.000001';

/** How an instrument is traded, as far as somebody says so; null: nobody does. */
export interface Lots {
  /** Units of which the size of a position is a multiple, decimal as text. */
  readonly lot?: string | null | undefined;
  readonly fractional?: boolean | null | undefined;
}

/**
 * Units of which a size is a multiple. What is asked for wins over what is listed, a lot over a yes or no to fractions; when nobody says
 * anything, coins and currencies are fractional and others are whole. The kind is what the source says, else what the ticker shows.
 */
export function lotOf(ticker: string, asked: Lots, listed: Lots, { kind }: Quoted = UNQUOTED): string {
  if (asked.lot != null) return asked.lot;
  if (asked.fractional === true) return FRACTION;
  if (listed.lot != null) return listed.lot;
  const fractional = asked.fractional ?? listed.fractional ?? (kind ?? spelledKind(ticker)) !== 'OTHER';
  return fractional ? FRACTION : '1';
}
