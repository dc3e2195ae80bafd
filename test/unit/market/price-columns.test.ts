import { describe, expect, test } from 'vitest';
import { readPriceFile } from '../../../src/market/files/read-price-file.ts';
import {
  base,
  body,
  codes,
  expectEqual,
  first,
  HEADER,
  lines,
  parse,
  refusalOf,
  rows,
  usual,
  values,
} from '../../support/price-files.ts';

/** A file of 30 bars with the usual columns and further cells behind them. */
const withMore = (header: string, more: (i: number) => string) =>
  body(header, (i) => `${base.dates[i]},${values(i, usual)}${more(i)}`);

describe('an adjusted close', () => {
  const half = (i: number) => `,${(base.close[i] ?? 0) / 2}`;
  test.each([
    'Adj Close',
    'adjusted',
    'Adj',
    'Adj Last',
    'adjcls',
    'Price (adjusted)',
    'Close (adj)',
    'AdjustmentClose',
    'Split & Dividend Adjusted Close',
    'Total Return',
    'AAPL.Adjusted',
    'Schlusskurs bereinigt',
    'Schlusskurs (bereinigt)',
    'Clôture ajustée',
    'Cierre ajustado',
    'Chiusura aggiustata',
    '調整後終値',
    '复权收盘价',
    '수정종가',
    'Bereinigter Schlusskurs',
    'Bereinigter Schluss',
    'Cierre aj.',
    'Fechamento Ajust.',
    '조정종가',
    'Justerad stängning',
    'Gecorrigeerd slot',
    'Kurs skorygowany',
    'Zamknięcie skorygowane',
    'Düzeltilmiş Kapanış',
    'Скорр. закрытие',
    'Div Adj Close',
    'Back-adjusted Close',
    'TR Close',
    'TRI',
    'AdjPrc',
    'adj_prc',
    'Close_Adj_TR',
    'Adjusted value',
  ])('has the name %s', (name) => {
    const file = parse(withMore(`${HEADER},${name}`, half));
    expect(file.adjustment).toBe('SPLITS_AND_DIVIDENDS');
    expect(file.candles.close[3]).toBeCloseTo((base.close[3] ?? 0) / 2, 9);
  });

  test.each(['Unadjusted Close', 'Close (unadj) %', 'Prev Adj Close', 'Ajuste'])(
    'does not have the name %s',
    (name) => {
      const file = parse(withMore(`${HEADER},${name}`, half));
      expect(file.adjustment).toBe('UNKNOWN');
      expectEqual(file.candles, first(30));
    },
  );

  test('is not what a flag says', () => {
    for (const flag of ['true', '1', 'N'])
      expectEqual(parse(withMore(`${HEADER},Adjusted`, () => `,${flag}`)).candles, first(30));
  });

  test('of splits and dividends is preferred to one of splits alone', () => {
    const header = `${HEADER},Split Adjusted Close,Dividend Adjusted Close`;
    const { candles } = parse(withMore(header, (i) => `,${base.close[i]}${half(i)}`));
    expect(candles.close[3]).toBeCloseTo((base.close[3] ?? 0) / 2, 9);
  });

  test('of splits alone is the close where there is no other', () => {
    const file = parse(withMore(HEADER.replace('Close', 'Close (adjusted for splits)'), () => ''));
    expect(file.adjustment).toBe('UNKNOWN');
    expectEqual(file.candles, first(30));
  });

  test('belongs to a set that is used as it is', () => {
    const header = `${HEADER},AdjustmentOpen,AdjustmentHigh,AdjustmentLow,AdjustmentClose,AdjustmentVolume`;
    const text = body(header, (i) => `${base.dates[i]},800,900,700,800,1,${values(i, usual)}`);
    expectEqual(parse(text).candles, first(30));
    const alone = withMore('Date,Open (adj),High (adj),Low (adj),Close (adj),Volume', () => '');
    expect(parse(alone).adjustment).toBe('SPLITS_AND_DIVIDENDS');
    expectEqual(parse(alone).candles, first(30));
  });
});

describe('encodings before Unicode', () => {
  test.each([
    ['gb18030', 'c8d5c6da2cbfaac5cc2cd7eeb8df2cd7eeb5cd2ccad5c5cc2cb3c9bdbbc1bf'],
    ['shift_jis', '93fa95742c8e6e926c2c8d82926c2c88c0926c2c8f49926c2c8f6f97888d82'],
    ['euc-kr', 'c0cfc0da2cbdc3b0a12cb0edb0a12cc0fab0a12cc1beb0a12cb0c5b7a1b7ae'],
    [
      'windows-1251',
      'c4e0f2e02ccef2eaf0fbf2e8e52ccce0eaf1e8ecf3ec2ccce8ede8ecf3ec2cc7e0eaf0fbf2e8e52ccee1fae5ec',
    ],
    ['windows-1252', '446174756d2c4572f666666e756e672c48f6636873742c546965662c5363686c7573732c5374fc636b'],
  ])('%s is recognized by its header', (encoding, header) => {
    const file = readPriceFile(
      Buffer.concat([Buffer.from(header, 'hex'), Buffer.from(lines('', ...rows(30)))]),
    );
    expectEqual(file.candles, first(30));
    expect(file.assumptions).toContainEqual({ code: 'ENCODING', message: `The encoding is ${encoding}.` });
  });

  test('UTF-16 without a mark may have a header of Chinese letters', () => {
    const text = lines('日期,开盘,最高,最低,收盘,成交量', ...rows(30));
    expectEqual(readPriceFile(Buffer.from(text, 'utf16le')).candles, first(30));
  });
});

describe('names of columns', () => {
  test.each([
    'Datum,Eröffn.,Hoch,Tief,Zuletzt,Vol.',
    'Date,Ouv.,Plus Haut,Plus Bas,Dernier,Vol.',
    'date,ouv,haut,bas,clot,vol',
    'Дата,Откр.,Макс.,Мин.,Цена,Объём',
    'Tarih,Açılış,Yüksek,Düşük,Şimdi,Hac.',
    'Data,Otwarcie,Max.,Min.,Ostatnio,Wol.',
    'Data,Otwarcie,Najwyzszy,Najnizszy,Zamkniecie,Wolumen',
    'Data,Kurs otwarcia,Kurs max,Kurs min,Kurs zamknięcia,Wolumen',
    'Datum,Open,Hoog,Laag,Laatste,Vol.',
    'Data,Prezzo Apertura,Prezzo Massimo,Prezzo Minimo,Prezzo Chiusura,Volume Totale',
    'Datum,Eröffnungspreis,Höchstpreis,Tiefstpreis,Schlusspreis,Gehandelte Stücke',
    '日付け,始値,高値,安値,終値,出来高',
    '日期,开盘,高,低,收盘,交易量',
    '날짜,시가,고가,저가,종가,거래량',
    'Time,Open,High,Low,Latest,Volume',
    'Date,OPEN_PRC,HIGH_1,LOW_1,TRDPRC_1,ACVOL_UNS',
    'TradDt,OpnPric,HghPric,LwPric,ClsPric,TtlTradgVol',
    'DATE1, OPEN_PRICE, HIGH_PRICE, LOW_PRICE, CLOSE_PRICE, TTL_TRD_QNTY',
    'Date,Open Price,High Price,Low Price,Close Price,No.of Shares',
    'Date,Open,High,Low,Last,Number of Shares',
    'window_start,open,high,low,close,volume',
    ',AAPL.Open,AAPL.High,AAPL.Low,AAPL.Close,AAPL.Volume',
    'Date,BRK.B.Open,BRK.B.High,BRK.B.Low,BRK.B.Close,BRK.B.Volume',
    'Date,Open_AAPL,High_AAPL,Low_AAPL,Close_AAPL,Volume_AAPL',
    `Date,"('Open', 'AAPL')","('High', 'AAPL')","('Low', 'AAPL')","('Close', 'AAPL')","('Volume', 'AAPL')"`,
    'Fecha,Precio de apertura,Precio máximo,Precio mínimo,Precio de cierre,Volumen',
    'Data,Preço de abertura,Preço máximo,Preço mínimo,Preço de fechamento,Volume',
    'Data,Abertura,Alta,Baixa,Fechamento,Qtd',
    'Fecha,Apertura,Alto,Bajo,Cierre,Volumen',
    'Date,Cours ouverture,Cours plus haut,Cours plus bas,Cours clôture,Volume',
    'Дата,Цена открытия,Максимальная цена,Минимальная цена,Цена закрытия,Объём',
    'Tarih,Açılış,En Yüksek,En Düşük,Kapanış,Hacim',
    'Datum,Openen,Hoogste,Laagste,Slot,Volume',
    'Data,Otwarcie,Maksimum,Minimum,Zamknięcie,Wolumen',
    '日期,開市,最高,最低,收市,成交數量',
    '日期,开盘点位,最高点位,最低点位,价格,总手',
    '日期,開市,最高,最低,價格,成交數量',
    '日付,始値,高値,安値,終値,売買高(株)',
    'Datum,Eroeffnung,Hoch,Tief,Schluss,Umsatz Stk.',
    'Datum,Eroeffnung,Hoch,Tief,Schluss,Umsatz in Stück',
    'Date,Open,High,Low,LTP,Trading Volume',
    'TRADEDATE,OPEN,HIGH,LOW,LEGALCLOSEPRICE,VOLUME',
    'Date,OpenPx,HighPx,LowPx,ClosePx,Traded Quantity',
    'Date,Open,High,Low,Last Trade,Quantity Traded',
    'Date,Open,High,Low,Official Close,Accumulated Volume',
    'Data,Apertura,Massimo,Minimo,Prezzo di riferimento,Quantità',
    'Date,Open,High,Low,Close,Nb. of shares',
    'Date,Open,High,Low,Close,Turnover (shares)',
    'Date,Open,High,Low,Close,Total Traded Shares',
    'Date,Open,High,Low,Close,Base Volume',
    'Date,Open,High,Low,Close,Contracts',
    'Datum,Öppen,Högst,Lägst,Senaste,Antal aktier',
    'Dato,Åpning,Høy,Lav,Siste,Volum',
    'Dato,Åben,Høj,Lav,Seneste,Vol.',
    'Päivämäärä,Avaus,Ylin,Alin,Viimeisin,Vol.',
    'Datum,Otevření,Maximum,Minimum,Zavření,Objem',
    'Dátum,Nyitó,Max,Min,Záró,Vol.',
    'Tanggal,Pembukaan,Tertinggi,Terendah,Terakhir,Vol.',
    'Ngày,Mở,Cao,Thấp,Lần cuối,KL',
    'วันที่,เปิด,สูงสุด,ต่ำสุด,ล่าสุด,ปริมาณ',
    'Ημερομηνία,Άνοιγμα,Υψηλό,Χαμηλό,Τελευταία,Όγκος',
    'التاريخ,الافتتاح,الأعلى,الأدنى,الأخير,الحجم',
    'תאריך,פתיחה,גבוה,נמוך,סגירה,נפח',
    `"('Date', '')","('AAPL', 'Open')","('AAPL', 'High')","('AAPL', 'Low')","('AAPL', 'Close')","('AAPL', 'Volume')"`,
  ])('%s', (header) => {
    expectEqual(parse(withMore(header, () => '')).candles, first(30));
  });

  test.each([
    'Date,A.Open,A.High,A.Low,A.Close,B.Open,B.High,B.Low,B.Close',
    `Date,"('Open', 'A')","('High', 'A')","('Low', 'A')","('Close', 'B')","('Volume', 'B')"`,
  ])('of several tickers are rejected: %s', (header) => {
    expect(refusalOf(() => parse(withMore(header, () => ',1,1,1'))).code).toBe('MISSING_HEADER');
  });

  test('are of settlement before last and before price', () => {
    const header = 'Date,Price,Last,Open,High,Low,Settle,Volume';
    const text = body(header, (i) => `${base.dates[i]},1,2,${values(i, usual)}`);
    expectEqual(parse(text).candles, first(30));
  });

  test.each([
    ['Date,Day,Open,High,Low,Close,Volume', 'Tue'],
    ['Date,Close %,Open,High,Low,Close,Volume', '0.5'],
    ['Date,Volume %,Open,High,Low,Close,Volume', '3%'],
    ['Date,Datetime,Open,High,Low,Close,Volume', 'x'],
  ])('%s has no two columns of one meaning', (header, cell) => {
    const text = body(header, (i) => `${base.dates[i]},${cell},${values(i, usual)}`);
    expectEqual(parse(text).candles, first(30));
  });

  test('may be those of a symbol and an ISIN', () => {
    const header = 'SYMBOL,OPEN,HIGH,LOW,CLOSE,VOLUME,TIMESTAMP,ISIN';
    const text = body(header, (i) => `A,${values(i, usual)},${base.dates[i]},INE002A01018`);
    expectEqual(parse(text).candles, first(30));
  });
});

describe('the header', () => {
  test.each([
    '# Fields: Date, Close, High, Low, Open, Volume',
    '# Date,Close,High,Low,Open,Volume',
    '# Date,Close,High,Low,Open,Volume,Adj Close',
    'Columns:,Close,Open,High,Low',
    'Note: Open, High, Low, Close are adjusted',
    'Summary,High,Low,Last\n52 weeks,118.28,99.1,116.4',
    'Open,High,Low,Close\n104.17,118.28,99.10,116.48',
  ])('comes after %j', (above) => {
    expectEqual(parse(lines(above, HEADER, ...rows(30))).candles, first(30));
  });

  test('is not one of more columns below the first bars', () => {
    const all = rows(40);
    const text = lines(
      'Date,Open,High,Low,Close,Volume,Note',
      ...all.slice(0, 10).map((row) => `${row},x`),
      'Date,Open,High,Low,Close,Volume,Adj Close',
      ...all.slice(10).map((row) => `${row},x`),
    );
    expect(parse(text).candles.dates).toHaveLength(40);
  });
});

describe('the volume', () => {
  const volumeOf = (names: string, cells: (volume: number) => string) =>
    parse(
      body(`Date;Open;High;Low;Close;${names}`, (i) => {
        const prices = values(i, ['open', 'high', 'low', 'close'], ';');
        return `${base.dates[i]};${prices};${cells(base.volume[i] ?? 0)}`;
      }),
    );
  test.each([
    ['Stuecke;Volumen', (volume: number) => `${volume};${volume * 100}`],
    ['Volumen;Stück', (volume: number) => `${volume * 100};${volume}`],
    ['Umsatz (EUR);Umsatz (Stück)', (volume: number) => `${volume * 100};${volume}`],
    ['Volume (USD);Volume', (volume: number) => `${volume * 100};${volume}`],
    ['Volume USD;Volume BTC', (volume: number) => `${volume * 100};${volume}`],
    ['Volume USDT;Volume BTC', (volume: number) => `${volume * 100};${volume}`],
    ['Volume BTC;Volume USD', (volume: number) => `${volume};${volume * 100}`],
    ['TICKVOL;VOL', (volume: number) => `${volume};0`],
    ['TICKVOL;VOL', (volume: number) => `7;${volume}`],
    ['Quantity;Volume', (volume: number) => `${volume};`],
  ])('of %s is in shares or coins', (names, cells) => {
    expectEqual(volumeOf(names, cells).candles, first(30));
  });

  test.each([
    ['Volume (000s)', 1e3],
    ['Volume (in thousands)', 1e3],
    ['Volume (M)', 1e6],
  ])('%s is multiplied by its unit', (name, unit) => {
    const file = volumeOf(name, (volume) => String(volume / unit));
    expectEqual(file.candles, first(30), 1e-12);
    expect(codes(file)).toContain('VOLUME_UNIT');
    const own = volumeOf(name, (volume) => `${volume / 1e6}M`);
    expectEqual(own.candles, first(30), 1e-12);
  });
});

describe('cells that are too long', () => {
  test.each([
    ['a number', `2024-01-02,${'1'.repeat(300_000)},1,1,1,1`, 'BAD_NUMBER'],
    ['a number with a letter at its end', `2024-01-02,${'1'.repeat(300_000)}x,1,1,1,1`, 'BAD_NUMBER'],
    ['groups', `2024-01-02,${'1 '.repeat(300_000)}x,1,1,1,1`, 'BAD_NUMBER'],
    ['a date', `${'1'.repeat(300_000)}x,1,1,1,1,1`, 'BAD_DATE'],
  ])('%s is rejected in no time', (_name, row, code) => {
    const start = performance.now();
    expect(refusalOf(() => parse(lines(HEADER, row))).code).toBe(code);
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  test('a ratio of a split is rejected in no time', () => {
    const start = performance.now();
    const row = `2024-01-02,1,1,1,1,1,1${' '.repeat(100_000)}x`;
    expect(refusalOf(() => parse(lines(`${HEADER},Split`, row))).code).toBe('BAD_NUMBER');
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  test('a name is passed over in no time', () => {
    const start = performance.now();
    for (const sign of ['(', ' ', 'a', '[ '])
      expectEqual(parse(withMore(`${HEADER},${sign.repeat(300_000)}x`, () => ',1')).candles, first(30));
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});
