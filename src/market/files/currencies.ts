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
