import type { Role } from './columns.ts';

/**
 * Further names of columns as they are written, by role and rank, parted by vertical bars: of languages, brokers and exchanges that columns.ts does not
 * name.
 */
export const moreNames: readonly (readonly [role: Role, rank: number, names: string])[] = [
  [
    'date',
    1,
    `DTYYYYMMDD | dato | päivämäärä | päiväys | pvm | dátum | tanggal | ngày | วันที่ | ημερομηνία | التاريخ | تاريخ | תאריך | fecha de cotización |
      data pregão | data do pregão | kuupäev | datums | dagsetning | दिनांक | tarikh`,
  ],
  [
    'open',
    1,
    `OpenPx | Opn | Eroeffnung | Eroeffnungskurs | precio de apertura | precio apertura | preço de abertura | preço abertura | cours ouverture |
      cours d'ouverture | prix d'ouverture | цена открытия | открытия | açılış fiyatı | kurs otwarcia | 開市 | 開市價 | 开盘点位 | 開盤點位 |
      öppen | öppning | öppningskurs | åpning | åpningskurs | åben | åbning | åbningskurs | avaus | avauskurssi | avaushinta |
      otevření | otevírací cena | nyitó | nyitóár | pembukaan | buka | mở | mở cửa | giá mở cửa | ราคาเปิด | เปิด | άνοιγμα | الافتتاح | افتتاح |
      سعر الافتتاح | פתיחה | שער פתיחה | openingskoers | deschidere | отваряне | відкриття | ціна відкриття | avamine | avamishind |
      atvēršana | atidarymo | atidarymas | opnun | otváracia | otváracia cena | खुला`,
  ],
  [
    'high',
    1,
    `HighPx | Intraday High | Hoechst | Hoechstkurs | precio máximo | precio de máximo | preço máximo | alta | alto | cours plus haut | cours le plus haut | le plus haut |
      максимальная цена | макс цена | цена максимальная | максимальная | en yüksek | hoogste | maksimum | cena maksymalna | najwyższy | 最高点位 | 最高點位 |
      högst | högsta | högstakurs | høy | høyest | høj | højeste | ylin | ylin hinta | ylin kurssi | nejvyšší | legmagasabb | tertinggi | cao | cao nhất |
      giá cao nhất | สูงสุด | ราคาสูงสุด | υψηλό | ανώτατο | الأعلى | أعلى | أعلى سعر | גבוה | שער גבוה | hoogste koers | maxim | preț maxim | висока | най-висока | najviša | kõrgeim | augstākā |
      aukščiausia | hæst | maximálna | उच्च | tinggi`,
  ],
  [
    'low',
    1,
    `LowPx | Intraday Low | precio mínimo | precio de mínimo | preço mínimo | baixa | bajo | cours plus bas | cours le plus bas | le plus bas | минимальная цена | мин цена |
      цена минимальная | минимальная | en düşük | laagste | minimum | cena minimalna | najniższy | 最低点位 | 最低點位 | lägst | lägsta | lägstakurs |
      lav | lavest | laveste | alin | alin hinta | alin kurssi | nejnižší | legalacsonyabb | terendah | thấp | thấp nhất | giá thấp nhất | ต่ำสุด |
      ราคาต่ำสุด | χαμηλό | κατώτατο | الأدنى | أدنى | أدنى سعر | נמוך | שער נמוך | laagste koers | minim | preț minim | ниска | най-ниска | мінімум | najniža | madalaim |
      zemākā | žemiausia | lægst | minimálna | निम्न | rendah`,
  ],
  [
    'close',
    1,
    `ClosePx | Cls | precio de cierre | precio cierre | preço de fechamento | preço fechamento | cours clôture | cours de clôture | prix de clôture |
      цена закрытия | закрытия | kapanış fiyatı | kurs zamknięcia | 收市 | 收市價 | 收盘点位 | 收盤點位 | stängning | stängningskurs | slutkurs |
      sluttkurs | slutt | lukkekurs | luk | lukning | päätös | päätöskurssi | zavření | zavírací cena | závěr | záró | záróár | penutupan | tutup | đóng cửa |
      giá đóng cửa | ราคาปิด | ปิด | κλείσιμο | الإغلاق | إغلاق | سعر الإغلاق | סגירה | נעילה | שער סגירה | שער נעילה | închidere | затваряне | закриття | ціна закриття | sulgemine |
      sulgemishind | aizvēršana | uždarymo | uždarymas | lokun | zatváracia | zatváracia cena | बंद`,
  ],
  // Words for the first and the last of something: also of a time.
  [
    'open',
    4,
    'Premier | Premier cours | Anfang | Anfangskurs | First | Primo | Primo prezzo | Primero | Primeiro | První | Prva | Første | Första',
  ],
  ['close', 4, 'Ende | Endkurs'],
  ['close', 2, 'LEGALCLOSEPRICE | Official Close | Official Closing Price'],
  [
    'close',
    3,
    `LTP | LastPx | Last Trade | Last Traded Price | Prezzo di riferimento | senaste | senast | siste | seneste | viimeisin | poslední | utolsó |
      terakhir | lần cuối | ล่าสุด | τελευταία | الأخير | آخر | אחרון | sidste | sist | sista | zadnja`,
  ],
  ['close', 4, 'prc | 价格 | 價格 | precio | preço'],
  [
    'volume',
    0,
    `Umsatz Stk | Umsatz in Stück | Umsatz Stück | Nb of shares | Nbr of shares | Total Traded Shares | Traded Shares | Antal aktier | 成交數量 |
      成交股数`,
  ],
  [
    'volume',
    1,
    `売買高 | Trading Volume | Traded Quantity | Quantity Traded | Accumulated Volume | Quantità | volum | volyymi | objem | khối lượng | KL |
      ปริมาณ | όγκος | الحجم | حجم التداول | נפח | mængde | množství | обем | обсяг | količina | apjoms | apimtis |
      मात्रा | kogus | maht`,
  ],
  ['volume', 2, 'Base Volume'],
  ['volume', 4, 'Contracts | Qtd | Quantidade | 总手'],
  ['adjClose', 1, 'fClose | TR Close | Close TR | TRI | Total Return Index'],
  ['adjOpen', 1, 'fOpen'],
  ['adjHigh', 1, 'fHigh'],
  ['adjLow', 1, 'fLow'],
  ['adjVolume', 1, 'fVolume'],
  [
    'split',
    2,
    `Stock Split Ratio | Split Rate | Split Multiplier | Forward Split | Adj Split | Split Adjustment Factor | Split Adj Factor | 株式分割 | 株式分割比率 |
      Aktiensplit | Aktiensplits | 拆股 | 拆股比例 | Fractionnement`,
  ],
  [
    'ticker',
    3,
    `scrip | permno | gvkey | tic | RIC | figi | cusip | sedol | Act Symbol | Securities Code | SC_CODE | 股票代码 | 股票代碼 | 证券代码 | 證券代號 | 証券コード |
      銘柄コード | 종목코드 | Company | Company Name | Stock Name | Security Name | 股票名称 | 证券名称 | 銘柄名 | 종목명`,
  ],
  [
    'factor',
    1,
    'Cum Adj Factor | Cumulative Adj Factor | Cumulative Adjustment Factor | Cum Adjustment Factor',
  ],
];
