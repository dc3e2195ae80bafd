import { describe, expect, test } from 'vitest';
import {
  base,
  body,
  codes,
  expectEqual,
  first,
  HEADER,
  parse,
  usual,
  values,
} from '../../support/price-files.ts';

const DAYS = 30;
const named = (
  name: string,
  cell: (volume: number) => string | number = (volume) => volume,
  header = HEADER,
) =>
  parse(
    body(header.replace('Volume', name), (i) => {
      const row = `${base.dates[i]},${values(i, usual)}`;
      return `${row.slice(0, row.lastIndexOf(','))},${cell(base.volume[i] ?? 0)}`;
    }),
  );
const noVolume = { ...first(DAYS), volume: new Float64Array(DAYS) };

describe('a unit in the name of volumes', () => {
  test.each([
    ['Volumen (miles)', 1e3],
    ['Volume (milliers)', 1e3],
    ['Volume en milliers', 1e3],
    ['Volume (en milliers de titres)', 1e3],
    ['Wolumen (tys.)', 1e3],
    ['Wolumen (tys. szt.)', 1e3],
    ['Объем (тыс.)', 1e3],
    ['Volume (migliaia)', 1e3],
    ['Volume (milhares)', 1e3],
    ['Hacim (bin)', 1e3],
    ['Volumen in Tsd. Stück', 1e3],
    ['Volume in 000s', 1e3],
    ['Volume_000s', 1e3],
    ['Volume [K]', 1e3],
    ['出来高（千株）', 1e3],
    ['거래량(천주)', 1e3],
    ['成交量（万股）', 1e4],
    ['Volume (lakhs)', 1e5],
    ['Volume (millions of shares)', 1e6],
    ['Volumen (millones)', 1e6],
    ['Объем (млн)', 1e6],
    ['Volume - mln', 1e6],
    ['成交量（亿股）', 1e8],
  ])('multiplies them: %s', (name, unit) => {
    const file = named(name, (volume) => String(volume / unit));
    expectEqual(file.candles, first(DAYS), 1e-12);
    expect(codes(file)).toContain('VOLUME_UNIT');
  });

  test.each(['Volume (shares)', 'Volume (Stück)', 'Volume (unadjusted)', 'Volumen in Stück', '出来高（株）'])(
    'leaves them as they are: %s',
    (name) => expectEqual(named(name).candles, first(DAYS)),
  );

  test.each([
    'Volume (mil)',
    'Volume (milh.)',
    'Volume (lots)',
    'Volume (x)',
    'Volume in bundles',
    'Volume XYZ',
    '成交量(手)',
    'Volume (GBX)',
    'Volume (USD)',
    'Volume ($)',
    'Volume (€m)',
    'Volume (Rs. Cr)',
    'Volume in USD',
    'Volume USD',
    'volume_usd',
  ])('that is not known leaves them out: %s', (name) => {
    const file = named(name);
    expectEqual(file.candles, noVolume);
    const warning = file.warnings.find(({ code }) => code === 'VOLUME_UNIT_UNKNOWN');
    expect(warning?.message).toContain(JSON.stringify(name));
  });

  test('of lots counts in mainland China', () => {
    const names = '日期,开盘价,最高价,最低价,收盘价,Volume';
    expectEqual(named('成交量(手)', (volume) => volume / 100, names).candles, first(DAYS), 1e-12);
    expectEqual(named('成交量(手)', undefined, '日期,開盤價,最高價,最低價,收盤價,Volume').candles, noVolume);
  });

  test('that all names share is a ticker', () => {
    const names = 'Date,Open (AAPL),High (AAPL),Low (AAPL),Close (AAPL),Volume';
    const file = named('Volume (AAPL)', undefined, names);
    expectEqual(file.candles, first(DAYS));
    expect(file.warnings).toEqual([]);
  });
});

describe('a unit in the name of prices', () => {
  test.each(['Close (c)', 'Close (thousands)', 'Close in points'])(
    'that is not known is reported: %s',
    (name) => {
      const file = named('Volume', undefined, HEADER.replace('Close', name));
      expectEqual(file.candles, first(DAYS));
      const warning = file.warnings.find(({ code }) => code === 'COLUMN_NAME');
      expect(warning?.message).toContain(JSON.stringify(name));
    },
  );

  test.each(['Close (GBX)', 'Close ($)', 'Close in EUR', 'Close (last)', 'Close (unadjusted)'])(
    'that is known is not: %s',
    (name) => expect(named('Volume', undefined, HEADER.replace('Close', name)).warnings).toEqual([]),
  );
});
