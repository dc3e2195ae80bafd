/** Codes of ISO 4217 that price files have, and of hundredths that exchanges quote in. */
export const currencyCodes =
  'USD|USDT|USDC|BUSD|DAI|EUR|GBP|GBX|GBp|JPY|CNY|CNH|RMB|HKD|TWD|NTD|KRW|INR|CHF|CAD|AUD|NZD|SEK|NOK|DKK|ISK|PLN|CZK|HUF|RON|BGN|UAH|RUB|RUR|TRY|BRL|MXN|ARS|CLP|COP|PEN|ZAR|ZAc|ILS|ILA|NIS|SAR|AED|EGP|KWD|QAR|KES|NGN|MAD|PKR|LKR|BDT|THB|IDR|MYR|PHP|SGD|VND|KZT';

const lowerCodes = new Set(currencyCodes.toLowerCase().split('|'));
/** Words of money, as `normalise` leaves them. */
const words =
  /^(?:rs|pence|cents?|agorot|dollars?|euros?|pounds?|yen|yuan|rupees?|rupien|zl|руб|рублеи|tl|kc|ft|money|value|turnover|cash|元|円|원|圆|圓)$/;

/** Whether a qualifier of a name says that numbers are money: `USD`, `€m`, `Rs. Cr`, `万元`. */
export function isMoney(text: string): boolean {
  if (/\p{Sc}|[元円圆圓원]/u.test(text)) return true;
  const plain = text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
  return plain.split(/[^\p{L}]+/u).some((token) => lowerCodes.has(token) || words.test(token));
}

const exact = new Set(currencyCodes.split('|'));
/** Spellings of one currency. A small `gbp` may be pounds or pence, and has no reading. */
const spellings: Readonly<Record<string, string | null>> = {
  ...{ GBx: 'GBX', gbx: 'GBX', p: 'GBp', pence: 'GBp', Pence: 'GBp', gbp: null, Gbp: null },
  ...{ ZAC: 'ZAc', Agorot: 'ILA', agorot: 'ILA', RMB: 'CNY', NTD: 'TWD', RUR: 'RUB', NIS: 'ILS' },
  ...{
    '€': 'EUR',
    euro: 'EUR',
    Euro: 'EUR',
    '£': 'GBP',
    '₹': 'INR',
    '₩': 'KRW',
    '₪': 'ILS',
    '₺': 'TRY',
    '₽': 'RUB',
  },
  ...{
    US$: 'USD',
    A$: 'AUD',
    AU$: 'AUD',
    C$: 'CAD',
    CA$: 'CAD',
    HK$: 'HKD',
    NT$: 'TWD',
    S$: 'SGD',
    R$: 'BRL',
  },
  ...{
    zł: 'PLN',
    zl: 'PLN',
    Kč: 'CZK',
    Ft: 'HUF',
    '₫': 'VND',
    '₴': 'UAH',
    '₱': 'PHP',
    '฿': 'THB',
    TL: 'TRY',
    RM: 'MYR',
  },
  ...{ 円: 'JPY', 원: 'KRW', руб: 'RUB', 'руб.': 'RUB', USDT: null, USDC: null, BUSD: null, DAI: null },
};

/** The currency that a code or sign stands for, as `Series.currency` has it; null: it is none, or one of several, as `$` and `¥`. */
export function currencyOf(text: string): string | null {
  const code = text.trim();
  if (Object.hasOwn(spellings, code)) return spellings[code] ?? null;
  if (exact.has(code)) return code;
  return /^[a-z]{3}$/.test(code) && exact.has(code.toUpperCase()) ? code.toUpperCase() : null;
}

/** Whether two codes name one unit: pence have two. */
export function isSameCurrency(a: string, b: string): boolean {
  const plain = (code: string) => (code === 'GBX' ? 'GBp' : code);
  return plain(a) === plain(b);
}
