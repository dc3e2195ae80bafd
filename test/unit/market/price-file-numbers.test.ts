import { describe, expect, test } from 'vitest';
import {
  base,
  body,
  codes,
  expectEqual,
  first,
  HEADER,
  lines,
  parse,
  prices,
  refusalOf,
  usual,
  values,
} from '../../support/price-files.ts';

const day = (i: number) => base.dates[i] ?? '';
const european = (i: number) => day(i).split('-').reverse().join('.');
const compact = (i: number) => day(i).replaceAll('-', '');
const round = (value: number, digits: number) => Number(value.toFixed(digits));
/** The first bars with prices that a factor multiplies. */
const scaled = (by: number, digits: number, volume = (one: number) => one) => {
  const bars = first(30);
  const scale = (column: Float64Array) => column.map((value) => round(value * by, digits));
  return {
    ...bars,
    open: scale(bars.open),
    high: scale(bars.high),
    low: scale(bars.low),
    close: scale(bars.close),
    volume: bars.volume.map(volume),
  };
};
const silent = () => 0;
type Price = (typeof prices)[number];
const at = (column: Price, i: number) => base[column][i] ?? 0;
/** Prices as a program writes them, with `by` and digits of `scaled`. */
const write = (i: number, by: number, to: (price: number) => string, order: readonly Price[] = prices) =>
  order.map((column) => to(round(at(column, i) * by, by === 1 ? 3 : 0)));
const grouped = (sign: string) => (price: number) => String(price).replace(/\B(?=(\d{3})+$)/g, sign);
const decimal = (sign: string) => (price: number) => price.toFixed(3).replace('.', sign);
const quoted = (cells: readonly string[]) => cells.map((cell) => `"${cell}"`).join(',');

const investing = (title: string) => `"${title}","Open","High","Low","Price","Vol.","Change %"`;
const read = (header: string, row: (i: number) => string) => parse(body(header, row));

describe('a sign that may part thousands or decimals is decided', () => {
  test.each<[string, string, (i: number) => string, ReturnType<typeof scaled>]>([
    [
      'by a percentage: thousands',
      '"Datum","Eröffn.","Hoch","Tief","Zuletzt","Vol.","+/- %"',
      (i) => quoted([european(i), ...write(i, 300, grouped('.')), '', '-0,12%']),
      scaled(300, 0, silent),
    ],
    [
      'by a percentage: decimals',
      investing('Date'),
      (i) => quoted([day(i), ...write(i, 300, grouped(',')), '', '-0.12%']),
      scaled(300, 0, silent),
    ],
    [
      'by long volumes without a separator (MetaTrader)',
      '<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>',
      (i) => [day(i).replaceAll('-', '.'), ...write(i, 1, decimal('.')), base.volume[i], 0, 3].join('\t'),
      scaled(1, 3),
    ],
    [
      'by long volumes without a separator (Excel)',
      'Datum;Erster;Hoch;Tief;Schlusskurs;Volumen',
      (i) => [european(i), ...write(i, 1, decimal(',')), base.volume[i]].join(';'),
      scaled(1, 3),
    ],
    [
      'by volumes whose thousands are parted by blanks',
      HEADER.replaceAll(',', ';'),
      (i) => [day(i), ...write(i, 1, decimal('.')), grouped(' ')(base.volume[i] ?? 0)].join(';'),
      scaled(1, 3),
    ],
    [
      'by prices that cross 1000',
      HEADER,
      (i) => [day(i), quoted(write(i, 9.7, grouped(','))), 0].join(','),
      scaled(9.7, 0, silent),
    ],
    [
      'by prices that cross 1000, with points',
      '"Datum","Eröffn.","Hoch","Tief","Zuletzt"',
      (i) => quoted([european(i), ...write(i, 9.7, grouped('.'))]),
      scaled(9.7, 0, silent),
    ],
    [
      'by points without quotes between commas',
      'Date,Open,High,Low,Close',
      (i) => [day(i), ...write(i, 1, decimal('.'))].join(','),
      scaled(1, 3, silent),
    ],
    [
      'by long prices: the volumes have decimals',
      HEADER,
      (i) => [day(i), ...write(i, 1e4, String), '12.461'].join(','),
      scaled(1e4, 0, () => 12.461),
    ],
    [
      'by short volumes: the others have thousands',
      HEADER.replaceAll(',', ';'),
      (i) => [day(i), ...write(i, 1, (price) => price.toFixed(0)), i % 2 === 0 ? '12.461' : '845'].join(';'),
      scaled(1, 0, () => 0),
    ],
  ])('%s', (name, header, row, want) => {
    const volume = name.startsWith('by short')
      ? want.volume.map((_, i) => (i % 2 === 0 ? 12_461 : 845))
      : want.volume;
    expectEqual(read(header, row).candles, { ...want, volume });
  });

  test('by the way of writing alone, which is reported', () => {
    const report = (write: (price: number) => string) =>
      read(
        'Date,Open,High,Low,Close',
        (i) => `${day(i)},${prices.map((column) => write(at(column, i))).join()}`,
      );
    const found = report(decimal('.')).assumptions.find(({ code }) => code === 'DECIMALS');
    expect(found?.message).toContain('"104.168" on line 2 is 104.168');
    expect(codes(report((price) => price.toFixed(2)))).not.toContain('DECIMALS');
  });

  test('in files of HistData, which have no header', () => {
    const rows = Array.from({ length: 30 }, (_, i) =>
      [`${compact(i)} 000000`, ...write(i, 1, decimal('.')), 0].join(';'),
    );
    const file = parse(lines(...rows));
    expectEqual(file.candles, scaled(1, 3, silent));
    expect(codes(file)).toContain('NO_HEADER');
  });
});

describe('a sign that may part thousands or decimals is refused', () => {
  test.each<[string, string, (i: number) => string, string]>([
    [
      'in quotes without a number that decides',
      '"Datum","Eröffn.","Hoch","Tief","Zuletzt"',
      (i) => quoted([european(i), ...write(i, 300, grouped('.'))]),
      '31.250',
    ],
    [
      'beside other columns that contradict each other',
      '"Date","Open","High","Low","Close","A","B"',
      (i) => quoted([day(i), ...write(i, 300, grouped('.')), '0,12%', '0.12']),
      '31.250',
    ],
    [
      'with commas between commas, beside long volumes',
      HEADER,
      (i) => [day(i), quoted(write(i, 300, grouped(','))), base.volume[i]].join(','),
      '31,250',
    ],
    [
      'in volumes of short prices',
      HEADER.replaceAll(',', ';'),
      (i) => [day(i), ...write(i, 1, (price) => price.toFixed(0)), '12.461'].join(';'),
      '12.461',
    ],
  ])('%s', (_name, header, row, cell) => {
    expect(refusalOf(() => read(header, row))).toMatchObject({ code: 'AMBIGUOUS_NUMBERS', line: 2, cell });
  });

  test.each(["'", '.'])('as 32nds of a point behind %s', (sign) => {
    const bond = (price: number) => {
      const halves = Math.round((price % 1) * 64) * 5;
      return `${Math.floor(price)}${sign}${String(halves).padStart(3, '0')}`;
    };
    const refusal = refusalOf(() =>
      read(HEADER, (i) => [day(i), ...write(i, 1, bond), base.volume[i]].join(',')),
    );
    expect(refusal).toMatchObject({ code: 'AMBIGUOUS_NUMBERS', line: 2, cell: `104${sign}055` });
    expect(refusal.why).toContain('104 and 5.5/32');
  });

  test('as 32nds, and not as thousands of an index or as decimals of prices between two points', () => {
    // Thousands of an index.
    const file = read(HEADER, (i) => [day(i), ...write(i, 300, grouped("'")), base.volume[i]].join(','));
    expectEqual(file.candles, scaled(300, 0));
    const quiet = (i: number) => `24.${String((i % 5) * 50).padStart(3, '0')}`;
    const silver = read('Date,Open,High,Low,Close', (i) => `${day(i)},${prices.map(() => quiet(i)).join()}`);
    expect(silver.candles.close[1]).toBe(24.05);
  });
});

describe('volumes', () => {
  const file = (header: string, write: (volume: number) => string) =>
    read(header, (i) => `${day(i)};${values(i, prices, ';')};${write(base.volume[i] ?? 0)}`);
  const english = HEADER.replaceAll(',', ';');
  const german = 'Datum;Eröffnung;Hoch;Tief;Schluss;Volumen';
  const spanish = 'Fecha;Apertura;Máximo;Mínimo;Cierre;Volumen';

  test.each<[string, string, number]>([
    ['тыс.', english, 1e3],
    ['млн', english, 1e6],
    ['tys.', english, 1e3],
    ['tis.', english, 1e3],
    ['mila', english, 1e3],
    ['million', english, 1e6],
    ['Lac', english, 1e5],
    ['Lakhs', english, 1e5],
    ['Crore', english, 1e7],
    ['mi', english, 1e6],
    ['milhões', english, 1e6],
    ['Md', english, 1e9],
    ['Bln', english, 1e9],
    ['Mill.', english, 1e6],
    ['천', english, 1e3],
    ['만', english, 1e4],
    ['백만', english, 1e6],
    ['억', english, 1e8],
    ['T', german, 1e3],
    ['mil', spanish, 1e3],
  ])('in %s below %s', (unit, header, by) => {
    const { candles } = file(header, (volume) => `${volume / by} ${unit}`);
    expectEqual(candles, first(30), 1e-12);
  });

  test.each(['T', 'mil'])('in %s are refused where no name of a column tells the language', (unit) => {
    const refusal = refusalOf(() => file(english, (volume) => `${volume / 1e3} ${unit}`));
    expect(refusal).toMatchObject({ code: 'AMBIGUOUS_NUMBERS', line: 2, cell: `1145.952 ${unit}` });
  });

  test('in T beside B are trillions', () => {
    const { candles } = file(english, (volume) => (volume > 2e6 ? `${volume}T` : `${volume}B`));
    expect(candles.volume[1]).toBe((base.volume[1] ?? 0) * 1e12);
  });
});

describe('cells', () => {
  test.each([
    ...['－', '―', '−', '<NA>', '停牌', '無', 'k.A.', 'n.v.', 'n.d.', 'N.D.', 'н/д', 's/d', 'b.d.', '\\N'],
    ...['#REF!', '#DIV/0!', '#N/A Field Not Applicable', 'inf', '-inf', '&nbsp;', 'n/a n/a'],
  ])('%s is a missing value', (missing) => {
    const row = (i: number) =>
      i === 9 ? `${day(i)},${prices.map(() => missing).join()},0` : `${day(i)},${values(i, usual)}`;
    const { candles } = read(HEADER, row);
    expect(candles.close[9]).toBeNaN();
    expect(candles.close[10]).toBe(base.close[10]);
  });

  test.each<(price: number) => string>([
    (price) => `S/ ${price}`,
    (price) => `S/. ${price}`,
    (price) => `${price} лв`,
    (price) => `${price} лв.`,
    (price) => `${price}c`,
    (price) => `${price}s`,
    (price) => `▲ ${price}`,
    (price) => `▼${price}`,
    (price) => `${price} B/G`,
  ])('prices as %s', (to) => {
    const row = (i: number) => [day(i), ...prices.map((column) => to(at(column, i))), base.volume[i]].join();
    expectEqual(read(HEADER, row).candles, first(30));
  });
});
