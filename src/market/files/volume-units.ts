import { isMoney } from './currencies.ts';
import { normalise } from './name-parts.ts';

/** What a qualifier of a volume's name says: a multiplier of shares, or that the numbers are none. */
export type VolumeUnit =
  | { readonly kind: 'SHARES' | 'COINS' | 'NEUTRAL'; readonly factor: 1 }
  | { readonly kind: 'MULTIPLE'; readonly factor: number }
  | { readonly kind: 'LOTS'; readonly factor: number }
  | { readonly kind: 'MONEY' | 'UNKNOWN'; readonly factor: null };

const shareWords =
  'shares?|stocks?|stuck|stucke|stuecke|stk|units?|pcs|qty|quantity|contracts?|aktien|aktier|actions|titres|acciones|titulos|acoes|azioni|titoli|pezzi|aandelen|stuks|akcje|akcji|szt|sztuk|adet|hisse|шт|штук|акции|株|股|주|db|darab|kpl|ks|kom|buc|tk';
const shares = new RegExp(`^(?:${shareWords}|(?:number|no|nr)of(?:shares|units)|株数|股数|株數|股數)$`);

/**
 * Multipliers by the words for them, as `normalise` leaves them. Words that mean one number in one language and another in another are not
 * among them: `mil` (a thousand, or million), `milh.`, `billion` in other languages than English.
 */
const multiples: readonly (readonly [factor: number, words: string])[] = [
  [
    1e3,
    '000s?|x?1000|k|ths?|thou|thsd|thousands?|tsd|tausend|miles|milliers?|mille|migliaia|mila|milhares|duizend|duizenden|tys|tysiace|tysiac|tysiecy|тыс|тысяч|тысячи|bin|tusen|tisic|ezer|千|천',
  ],
  [1e4, '万|萬|만'],
  [1e5, 'lakhs?|lacs?'],
  [
    1e6,
    '000000s?|x?1000000|m|mm|mn|mio|mln|mill|millions?|millionen|millones|milhoes|milioni|miljoen|miljoenen|milion|miliony|milionow|млн|миллион|миллионы|миллионов|milyon|miljoner|百万|百萬|백만',
  ],
  [1e7, 'cr|crores?|千万|千萬|천만'],
  [1e8, '亿|億|억'],
  [1e9, 'bn|billions?|mrd|mld|milliarden|milliards?|miliardi|miljard|miliardy|млрд|milyar|十亿|十億|십억'],
];
const factors = multiples.map(
  ([factor, words]) =>
    [new RegExp(`^(?:in|en|em)?(?:${words})(?:of|de|di|d|の)?(?:${shareWords})?$`), factor] as const,
);
/** Lots of 100 shares on the exchanges of mainland China. In Hong Kong a lot has another size for each stock. */
const lots: readonly (readonly [RegExp, number])[] = [
  [/^(?:手|手数)$/, 100],
  [/^[万萬]手$/, 1e6],
];
const coins =
  /^(?:btc|xbt|eth|ltc|xrp|bch|bnb|ada|sol|dot|doge|shib|trx|link|matic|avax|atom|uni|xlm|etc|eos|xmr|dash|zec|neo|from)$/;
/** Words that leave shares shares. */
const neutral =
  /^(?:|total|daily|day|1d|eod|traded|raw|utc|all|gesamt|.*adj(?:usted)?|unadjusted|splits?|.*bereinigt|未复权|不复权|前复权|后复权)$/;

/** What a qualifier of a volume's name says: `(000s)`, `in Tsd. Stück`, `（千株）`, `USD`. */
export function volumeUnitOf(text: string): VolumeUnit {
  if (isMoney(text)) return { kind: 'MONEY', factor: null };
  const name = normalise(text);
  if (shares.test(name)) return { kind: 'SHARES', factor: 1 };
  const multiple = factors.find(([pattern]) => pattern.test(name));
  if (multiple !== undefined) return { kind: 'MULTIPLE', factor: multiple[1] };
  const lot = lots.find(([pattern]) => pattern.test(name));
  if (lot !== undefined) return { kind: 'LOTS', factor: lot[1] };
  if (coins.test(name)) return { kind: 'COINS', factor: 1 };
  return neutral.test(name) ? { kind: 'NEUTRAL', factor: 1 } : { kind: 'UNKNOWN', factor: null };
}
