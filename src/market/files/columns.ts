import { moreNames } from './more-names.ts';
import { LONGEST_NAME, normalise, splitAtIn, splitName } from './name-parts.ts';
import { type VolumeUnit, volumeUnitOf } from './volume-units.ts';

/** What a column holds. The adjusted ones are for splits and dividends. */
export type Role =
  | 'date'
  | 'time'
  | 'open'
  | 'high'
  | 'low'
  | 'close'
  | 'volume'
  | 'adjOpen'
  | 'adjHigh'
  | 'adjLow'
  | 'adjClose'
  | 'adjVolume'
  | 'split'
  | 'dividend'
  /** What prices are multiplied with or divided by to adjust them, counted from any bar on. */
  | 'factor'
  /** A factor whose name does not say what it is of. */
  | 'anyFactor'
  /** Money for which shares were traded. */
  | 'amount'
  | 'ticker';

/** Names of this rank or a better one say exactly what a column holds. Two of one rank contradict each other. */
export const CERTAIN = 1;

/**
 * Names that data vendors, brokers and libraries write, by role and rank, as `normalise` leaves them. Of several columns for a role the
 * one of the lowest rank is used. English, German, French, Spanish, Portuguese, Italian, Dutch, Polish, Turkish, Russian, Chinese,
 * Japanese and Korean.
 */
const names: readonly (readonly [role: Role, rank: number, names: string])[] = [
  [
    'date',
    1,
    `date dates date1 tradedate tradingdate tradingday exchangedate pricedate businessdate sessiondate traddt datum fecha data
      tarih дата 日期 日付 日付け 年月日 交易日期 날짜 일자`,
  ],
  ['date', 2, 'datetime datetimeutc dateutc utcdate gmttime localtime opentime datahora'],
  ['date', 3, 'day jour'],
  ['date', 4, 'time timestamp t unix unixtimestamp unixtime epoch period windowstart'],
  ['date', 5, 'index unnamed0'],
  [
    'open',
    1,
    `open openprice openprc opening openingprice opnpric o pxopen 1open firstprice eroffnung eroffn eroffnungskurs eroffnungspreis
      erster ouverture ouv apertura prezzoapertura prezzodiapertura abertura openen otwarcie kursotwarcia acılıs откр открытие
      开盘 开盘价 開盤 開盤價 始値 시가`,
  ],
  [
    'high',
    1,
    `high high1 highprice highest hghpric dayhigh h hi max maximum pxhigh 2high hoch hochst hochstkurs hochstpreis tageshoch plushaut
      haut maximo maxima massimo prezzomassimo hoog najwyzszy kursmax kursmaksymalny yuksek макс максимум 最高 最高价 最高價 高
      高値 고가`,
  ],
  [
    'low',
    1,
    `low low1 lowprice lowest lwpric daylow l lo min minimum pxlow 3low tief tiefst tiefstkurs tiefstpreis tagestief plusbas bas
      minimo minima prezzominimo laag najnizszy kursmin kursminimalny dusuk мин минимум 最低 最低价 最低價 低 安値
      저가`,
  ],
  [
    'close',
    1,
    `close closeprice closing closingprice closelast clspric c cls pxlast pxclose 4close endprice schluss schlusskurs schlusspreis
      cloture clot cierre chiusura prezzochiusura prezzodichiusura fechamento slot slotkoers zamkniecie kurszamkniecia kapanıs
      закрытие 收盘 收盘价 收盤 收盤價 終値 종가 closecloseprice closeclosepriceadjustedforsplits`,
  ],
  ['close', 2, 'settle settlement settleprice settlementprice'],
  ['close', 3, 'last lastprice latest trdprc1 letzter zuletzt dernier ultimo laatste ostatnio simdi 현재가'],
  ['close', 4, 'price kurs cours цена 주가'],
  [
    'volume',
    0,
    `sharestraded sharevolume noofshares numberofshares totaltradedquantity totaltradequantity ttltrdqnty tottrdqty stuck stucke
      stuecke gehandeltestucke gehandeltestuecke`,
  ],
  [
    'volume',
    1,
    `volume vol v totalvolume tradedvolume volumetraded ttltradgvol totalquantity pxvolume acvoluns 5volume 6volume volumen volumes
      volumi volumetotale volym wolumen wol hac hacim объем 成交量 交易量 成交股數 出来高 거래량`,
  ],
  ['volume', 4, 'tickvol tickvolume quantity qty'],
  ['adjClose', 1, 'totalreturn totalreturnclose totalreturnprice'],
  [
    'split',
    1,
    'split splits splitfactor splitratio stocksplit stocksplits splitcoefficient 8splitcoefficient',
  ],
  ['dividend', 1, 'dividend dividends divcash cashdividend dividendamount 7dividendamount exdividend'],
  [
    'factor',
    1,
    'adjfactor adjustfactor adjustedfactor adjustmentfactor priceadjfactor priceadjustmentfactor 复权因子 复权系数 調整係数 调整因子 修正係数',
  ],
  ['factor', 2, 'hfqfactor backadjustfactor 后复权因子 後復權因子 cfacpr'],
  ['factor', 3, 'qfqfactor foreadjustfactor 前复权因子 前復權因子'],
  ['anyFactor', 1, 'factor factors cumfactor cumulativefactor pricefactor'],
  ['amount', 1, 'amount 成交额 成交金额 成交額'],
  ['ticker', 2, 'ticker symbol tscode'],
  ['ticker', 3, 'stock security instrument code contract pair'],
  ['ticker', 4, 'isin'],
];
/** Rank of a volume by what a qualifier of its name says. */
const volumeRanks: Readonly<Record<VolumeUnit['kind'], number>> = {
  SHARES: 0,
  NEUTRAL: CERTAIN,
  MULTIPLE: CERTAIN,
  LOTS: CERTAIN,
  COINS: 2,
  MONEY: 3,
  UNKNOWN: 6,
};
/** Rank of a name that has a mark of adjustment and nothing else, and of prices that are adjusted for splits alone. */
const [MARK_ALONE, SPLITS_ALONE] = [2, 5];

interface Meaning {
  readonly role: Role;
  /** Of several columns for a role the one of the lowest rank is used. */
  readonly rank: number;
  /** What the column holds when no other column does. */
  readonly otherwise?: Role;
}

const known = new Map([
  ...moreNames.flatMap(([role, rank, list]) =>
    list.split('|').map((name): [string, Meaning] => [normalise(name), { role, rank }]),
  ),
  ...names.flatMap(([role, rank, list]) =>
    list
      .trim()
      .split(/\s+/)
      .map((name): [string, Meaning] => [name, { role, rank }]),
  ),
]);
const adjusted: Readonly<Partial<Record<Role, Role>>> = {
  open: 'adjOpen',
  high: 'adjHigh',
  low: 'adjLow',
  close: 'adjClose',
  volume: 'adjVolume',
};

/** Marks of adjusted prices, as `normalise` leaves them. `ajuste` alone is a settlement in Spanish and Portuguese. */
const mark =
  /(?<=^(?:cierre|fechamento|ultimo|apertura|abertura|maximo|minimo|preco|precio))aj(?:ust)?$|justera[dt]e?|justere?t|gecorrigeerde?|aangepaste?|skorygowan[yae]|duzeltilmis|скорр(?:ектированн(?:ая|ое|ыи))?|corrigee?|korrigalt|oikaistu|disesuaikan|đieuchinh|upraven[yae]|προσαρμοσμεν[ηο]|מתואם|bereinigte[rsn]?|조정|adjustment|adjusted|adjust|adj|ajustad[oa]s?|ajustee|(?<=^(?:cloture|cours|dernier|ouverture|plushaut|plusbas))ajuste|aggiustat[oaie]|rettificat[oaie]|bereinigt|调整后?|調整(?:後|済み?|値)?|[前后後]?(?:复权|復權)|수정/u;
const notAdjusted = /unadj|nonadj|notadj|unbereinigt|nichtbereinigt|未复权|不复权/;
/** `Volume MA` and others are no traded quantities. */
const noCoin = /^(?:avg|sma|ema|wma|roc|osc|rsi|chg|diff|pct|ratio|delta|index|rank|change)$/;
/** Of money as a rule, and of shares where the name says so. */
const turnovers: ReadonlySet<string> = new Set(
  'umsatz turnover vaihto forgalom omsetning omsattning omsætning kaive velta obrot obroty'.split(' '),
);
/** Whether a name is that of a turnover that does not say what it counts. */
export const isTurnover = (cell: string): boolean =>
  cell.length <= LONGEST_NAME && turnovers.has(normalise(splitName(cell).base)) && meaningOf(cell) === null;

/** What a column of this name holds; null: nothing that is used. */
export function meaningOf(cell: string): Meaning | null {
  if (cell.length > LONGEST_NAME || cell.includes('%')) return null;
  const { base, inside } = splitName(cell);
  return adjustedMeaning(cell, normalise(base), normalise(inside.join(''))) ?? plainMeaning(base, inside);
}

function plainMeaning(base: string, inside: readonly string[]): Meaning | null {
  const name = normalise(base);
  if (turnovers.has(name))
    return inside.some((text) => volumeUnitOf(text).kind === 'SHARES') ? { role: 'volume', rank: 0 } : null;
  const meaning = known.get(name);
  if (meaning !== undefined) return withUnits(meaning, inside);
  const behind = behindName(base);
  return behind === null ? null : withUnits(behind.meaning, [...inside, behind.unit]);
}

/** A volume whose name does not say by itself what it counts: the rank of its least certain unit. */
function withUnits(meaning: Meaning, units: readonly string[]): Meaning {
  if (meaning.role !== 'volume' || meaning.rank !== CERTAIN || units.length === 0) return meaning;
  const ranks = units.map((unit) => volumeRanks[volumeUnitOf(unit).kind]);
  return { role: 'volume', rank: Math.max(...ranks) === CERTAIN ? Math.min(...ranks) : Math.max(...ranks) };
}

/** A name with a unit behind it: `Volumen in Tsd. Stück`, `Close in EUR`, `Volume BTC`, `volume_usdt`; null: it has none. */
function behindName(base: string): { readonly meaning: Meaning; readonly unit: string } | null {
  const atIn = splitAtIn(base);
  const beforeIn = atIn === null ? undefined : known.get(normalise(atIn.base));
  if (atIn !== null && beforeIn !== undefined) return { meaning: beforeIn, unit: atIn.unit };
  const [, first = '', unit = ''] =
    /^([^\s,:/_-]{1,20})[\s,:/_-]+(\S.{0,60})$/u.exec(base.trim()) ??
    /^(volume)([a-z]{3,5})$/i.exec(normalise(base)) ??
    [];
  const meaning = known.get(normalise(first));
  const isVolume = meaning?.role === 'volume' && meaning.rank === CERTAIN && normalise(unit) !== '';
  return isVolume && !noCoin.test(normalise(unit)) ? { meaning, unit } : null;
}

/** What the name of a column says about its unit, in brackets or behind it. */
export function qualifiersOf(cell: string): readonly string[] {
  if (cell.length > LONGEST_NAME) return [];
  const { base, inside } = splitName(cell);
  const name = normalise(base);
  // `('Volume', 'AAPL')` of pandas.
  if (name === '') return [];
  const behind = known.has(name) ? null : behindName(base);
  return [...inside, ...(behind === null ? [] : [behind.unit])].filter(
    (text) => normalise(text) !== '' || /\p{Sc}/u.test(text),
  );
}

/** Whether a qualifier of a name says that prices are adjusted, or that they are not. */
export function isAdjustmentMark(text: string): boolean {
  const name = normalise(text);
  return mark.test(name) || notAdjusted.test(name);
}

/** `Adj Close`, `closeAdj`, `5. adjusted close`, `Close (adj)`, `調整後終値`: a mark before, within or behind a name; null: there is none. */
function adjustedMeaning(cell: string, name: string, inside: string): Meaning | null {
  // Yahoo's page explains its columns in their names.
  if (name.startsWith('adjcloseadjustedcloseprice')) return { role: 'adjClose', rank: CERTAIN };
  const all = name + inside;
  if (known.has(name) && !mark.test(inside)) return null;
  if (notAdjusted.test(all) || !mark.test(all)) return null;
  // quantmod of R: `AAPL.Adjusted`.
  if (/^[\w^=.-]{1,20}\.Adjusted$/.test(cell)) return { role: 'adjClose', rank: MARK_ALONE };
  const base = name.replace(mark, '').replace(/^\d/, '');
  if (base === 'value') return { role: 'adjClose', rank: MARK_ALONE };
  if (base === '' && !/^(?:adjustment|adjust|調整値?|调整)$/.test(name))
    return { role: 'adjClose', rank: MARK_ALONE };
  const meaning = known.get(base) ?? known.get(base.replaceAll(/splits?|div(?:idend)?s?|and|for|back/g, ''));
  if (meaning?.role === 'adjClose') return meaning;
  const role = meaning === undefined ? undefined : adjusted[meaning.role];
  if (meaning === undefined || role === undefined) return null;
  const isSplitAlone = all.includes('split') && !/div|total/.test(all);
  return isSplitAlone
    ? { role, rank: SPLITS_ALONE, otherwise: meaning.role }
    : { role, rank: Math.max(meaning.rank, CERTAIN) };
}

/** The order of day, month and year that a name gives, as in `Date (DD/MM/YYYY)`; null: none. */
export function dateOrderOf(cell: string): 'DMY' | 'MDY' | 'YMD' | null {
  const order = cell
    .slice(0, LONGEST_NAME)
    .toUpperCase()
    .match(/[([{]\s*([DMY]{1,4})\W?([DMY]{1,4})\W?([DMY]{1,4})\s*[)\]}]/)
    ?.slice(1)
    .map((part) => part[0])
    .join('');
  return order === 'DMY' || order === 'MDY' || order === 'YMD' ? order : null;
}
