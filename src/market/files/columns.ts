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
  | 'ticker';

/**
 * Names that data vendors, brokers and libraries write, by role, as `normalise` leaves them. English, German, French, Spanish,
 * Portuguese, Italian, Dutch, Chinese and Japanese.
 */
const names: Readonly<
  Record<'date' | 'open' | 'high' | 'low' | 'close' | 'volume' | 'split' | 'dividend' | 'ticker', string>
> = {
  date: `date dates datetime day tradedate tradingdate tradingday exchangedate pricedate businessdate sessiondate datetimeutc
      dateutc utcdate gmttime localtime opentime datum fecha data datahora jour 日期 日付 交易日期`,
  open: `open openprice opening openingprice o pxopen 1open firstprice eroffnung eroffnungskurs erster ouverture apertura
      abertura openen 开盘 开盘价 始値`,
  high: `high highprice highest dayhigh h hi max maximum pxhigh 2high hoch hochst hochstkurs tageshoch plushaut haut maximo
      maxima massimo hoog 最高 最高价 高値`,
  low: `low lowprice lowest daylow l lo min minimum pxlow 3low tief tiefst tiefstkurs tagestief plusbas bas minimo minima
      laag 最低 最低价 安値`,
  close: `close closeprice closing closingprice closelast c pxlast pxclose 4close endprice schluss schlusskurs cloture cierre
      chiusura fechamento slot slotkoers 收盘 收盘价 終値 closecloseprice closeclosepriceadjustedforsplits`,
  volume: `volume vol v totalvolume tradedvolume volumetraded sharestraded sharevolume totaltradedquantity totaltradequantity
      totalquantity tottrdqty pxvolume 5volume 6volume volumen volumes volumi stuck stucke volym 成交量 出来高`,
  split: 'split splits splitfactor splitratio stocksplit stocksplits splitcoefficient 8splitcoefficient',
  dividend: 'dividend dividends divcash cashdividend dividendamount 7dividendamount exdividend',
  ticker: 'ticker symbol stock security instrument code isin contract pair',
};

/** Names that mean a role only where no other column has it. */
const weakNames: Readonly<Record<'date' | 'close' | 'volume', string>> = {
  date: 'time timestamp t unix unixtimestamp unixtime epoch period index unnamed0',
  close: 'last lastprice price letzter zuletzt dernier ultimo kurs settle settlement settleprice',
  volume: 'tickvol tickvolume quantity qty',
};

const toMap = (lists: Readonly<Record<string, string>>) =>
  new Map(
    Object.entries(lists).flatMap(([role, list]) =>
      list
        .trim()
        .split(/\s+/)
        .map((name) => [name, role as Role]),
    ),
  );
const strong = toMap(names);
const weak = toMap(weakNames);
const adjusted: Readonly<Partial<Record<Role, Role>>> = {
  open: 'adjOpen',
  high: 'adjHigh',
  low: 'adjLow',
  close: 'adjClose',
  volume: 'adjVolume',
};

/** Lower-case letters and digits: `Adj. Close**`, `adj_close` and `Close/Last` lose what is between them, and accents. */
function normalise(cell: string): string {
  return cell
    .replace(/^\uFEFF/, '')
    .replaceAll(/[([{].*?[)\]}]/g, '')
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
}

interface Meaning {
  readonly role: Role;
  readonly isWeak: boolean;
}

/** What a column of this name holds; null: nothing that is used. */
export function meaningOf(cell: string): Meaning | null {
  const name = normalise(cell);
  const known = strong.get(name);
  if (known !== undefined) return { role: known, isWeak: false };
  const possible = weak.get(name);
  if (possible !== undefined) return { role: possible, isWeak: true };
  // `Adj Close`, `Adjusted_close`, `closeAdj`, `5. adjusted close`; Yahoo's page explains the column in its name.
  const plain =
    /^\d?(?:adjusted|adj)(\p{L}+)$/u.exec(name)?.[1] ?? /^(\p{L}+?)(?:adj|adjusted)$/u.exec(name)?.[1];
  const base = plain?.startsWith('closeadjustedcloseprice') ? 'close' : strong.get(plain ?? '');
  const role = base === undefined ? undefined : adjusted[base as Role];
  if (role !== undefined) return { role, isWeak: false };
  // `Volume BTC`, `Volume USDT`: the first one is the traded quantity.
  if (/^volume[a-z]{3,5}$/.test(name)) return { role: 'volume', isWeak: true };
  return null;
}

/** The order of day, month and year that a name gives, as in `Date (DD/MM/YYYY)`; null: none. */
export function dateOrderOf(cell: string): 'DMY' | 'MDY' | 'YMD' | null {
  const order = cell
    .toUpperCase()
    .match(/[([{]\s*([DMY]{1,4})\W?([DMY]{1,4})\W?([DMY]{1,4})\s*[)\]}]/)
    ?.slice(1)
    .map((part) => part[0])
    .join('');
  return order === 'DMY' || order === 'MDY' || order === 'YMD' ? order : null;
}
