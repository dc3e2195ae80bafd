import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { type PriceFile, readPriceFile } from '../../../src/market/files/read-price-file.ts';
import { RefusedFile } from '../../../src/market/files/refusal.ts';
import {
  base,
  body,
  expectEqual,
  first,
  HEADER,
  lines,
  parse,
  prices,
  refusalOf,
  rows,
  usual,
  values,
} from '../../support/price-files.ts';
import { randomOf } from '../../support/series.ts';

describe('encodings and containers', () => {
  const text = lines(HEADER, ...rows(30));
  const utf16be = Buffer.from(`\ufeff${text}`, 'utf16le').swap16();
  test.each<[string, Uint8Array]>([
    ['UTF-8 with a byte-order mark', Buffer.from(`\ufeff${text}`)],
    ['UTF-16 without a byte-order mark', Buffer.from(text, 'utf16le')],
    ['UTF-16 of the other byte order', utf16be],
    ['Windows-1252', Buffer.concat([Buffer.from('# \xa9 Caf\xe9\n', 'latin1'), Buffer.from(text)])],
    ['line ends of old Macs', Buffer.from(text.replaceAll('\n', '\r'))],
    ['gzip', gzipSync(text)],
    ['a ZIP archive of one file', zipSync({ 'X.csv': Buffer.from(text) })],
    ['a quoted hint', Buffer.from(`"sep=,"\n${text}`)],
  ])('%s', (_name, bytes) => {
    expectEqual(readPriceFile(bytes).candles, first(30));
  });

  test.each<[string, Uint8Array, string]>([
    [
      'a spreadsheet',
      zipSync({ '[Content_Types].xml': Buffer.from('x'), 'a.xml': Buffer.from('x') }),
      'spreadsheet',
    ],
    ['two files', zipSync({ 'A.csv': Buffer.from(text), 'B.csv': Buffer.from(text) }), '2 files'],
    ['a bomb', gzipSync(Buffer.alloc(30_000_000)), 'grows to more than'],
    ['a PDF', Buffer.from('%PDF-1.7'), 'PDF'],
    ['JSON', Buffer.from('{"error": 1}'), 'JSON'],
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 1]), 'zero bytes'],
    ['nothing', Buffer.from(' \n '), 'empty'],
  ])('%s is refused and named', (_name, bytes, why) => {
    expect(refusalOf(() => readPriceFile(bytes)).why).toContain(why);
  });
});

describe('adjustment', () => {
  const raw = (i: number) => (i < 10 ? 4 : 1);
  const split = (header: string, more: (i: number) => string) =>
    parse(
      body(`${HEADER}${header}`, (i) =>
        [
          base.dates[i],
          ...prices.map((column) => (base[column][i] ?? 0) * raw(i)),
          (base.volume[i] ?? 0) / raw(i),
          more(i),
        ].join(','),
      ),
    );

  test('an adjusted close alone adjusts prices, and its steps that prices share adjust the volume', () => {
    expectEqual(split(',Adj Close', (i) => String(base.close[i])).candles, first(30), 1e-12);
  });

  test('a dividend adjusts prices and leaves the volume', () => {
    const factor = (i: number) => (i < 10 ? 0.97 : 1);
    const { candles } = parse(
      body(
        `${HEADER},Adj Close`,
        (i) => `${base.dates[i]},${values(i, usual)},${(base.close[i] ?? 0) * factor(i)}`,
      ),
    );
    expect(candles.volume).toEqual(first(30).volume);
    expect(candles.open[0]).toBeCloseTo((base.open[0] ?? 0) * 0.97, 10);
  });

  test.each(['4', '4.0', '4:1'])('a column of splits alone (%s) adjusts prices and volume', (ratio) => {
    const { candles, adjustment } = split(',Stock Splits', (i) => (i === 10 ? ratio : '0.0'));
    expect(adjustment).toBe('SPLITS');
    expectEqual(candles, first(30), 1e-12);
  });

  test('a column of splits beside prices that are adjusted already changes nothing', () => {
    const { candles } = parse(
      body(`${HEADER},Stock Splits`, (i) => `${base.dates[i]},${values(i, usual)},${i === 10 ? 4 : 0}`),
    );
    expectEqual(candles, first(30));
  });
});

describe('an adjusted close', () => {
  /** Adjusted closes of `factor`; null: the cell is empty. */
  const file = (factor: (i: number) => number | null) =>
    parse(
      body(`${HEADER},Adj Close`, (i) => {
        const by = factor(i);
        return `${base.dates[i]},${values(i, usual)},${by === null ? '' : (base.close[i] ?? 0) * by}`;
      }),
    );
  const gatesOf = ({ warnings }: PriceFile) => warnings.map(({ code }) => code);

  test('that is missing has the factor of the bar before, also on the last bar', () => {
    const whole = file((i) => (i < 10 ? 0.97 : 1));
    const gaps = file((i) => (i === 5 || i === 29 ? null : i < 10 ? 0.97 : 1));
    expectEqual(gaps.candles, whole.candles, 1e-12);
    expect(gaps.assumptions.find(({ code }) => code === 'ADJUSTED')?.message).toContain('2 missing ones');
  });

  test('that is missing on the first bar, or on many, stays missing', () => {
    expect(file((i) => (i === 0 ? null : 1)).candles.close[0]).toBeNaN();
    expect(file((i) => (i % 5 === 1 ? null : 1)).candles.close[1]).toBeNaN();
  });

  test('of a missing last cell does not hide factors that are out of range', () => {
    expect(gatesOf(file((i) => (i === 29 ? null : i < 10 ? 3 : 1)))).toContain('FACTOR_RANGE');
  });

  test('that counts from the first bar on is brought to the newest bar', () => {
    const file7 = file((i) => (i < 10 ? 6.79 : 7));
    expectEqual(file7.candles, file((i) => (i < 10 ? 0.97 : 1)).candles, 1e-12);
    expect(file7.candles.close[29]).toBeCloseTo(base.close[29] ?? 0, 10);
    expect(file7.assumptions.map(({ code }) => code)).toContain('REBASED');
    // A dividend after the last bar of the file: as it is written.
    expect(file(() => 0.9).candles.close[29]).toBeCloseTo((base.close[29] ?? 0) * 0.9, 10);
  });
});

describe('splits', () => {
  const AT = 10;
  /** Bars before the split are those of old shares when `isRaw`. */
  const file = (ratio: number, text: string, isRaw = true) => {
    const by = (i: number) => (isRaw && i < AT ? ratio : 1);
    return parse(
      body(`${HEADER},Split`, (i) =>
        [
          base.dates[i],
          ...prices.map((column) => (base[column][i] ?? 0) * by(i)),
          (base.volume[i] ?? 0) / by(i),
          i === AT ? text : '',
        ].join(','),
      ),
    );
  };

  test.each([
    [7, '7 for 1'],
    [7, '7-for-1'],
    [7, '7-for-1 stock split'],
    [7, '1:7'],
    [0.1, '1:10'],
    [0.1, '10:1'],
    [1.1, '1.1'],
    [1.2, '6:5'],
    [1.25, '5:4'],
    [0.8, '4:5'],
    [4 / 3, '4/3'],
  ])('by %d, written as %s, adjust raw prices and volumes', (ratio, text) => {
    expectEqual(file(ratio, text).candles, first(30), 1e-12);
  });

  test.each([
    [1.1, '1.1'],
    [1.2, '6:5'],
    [1.25, '5:4'],
    [0.8, '4:5'],
    [4 / 3, '4:3'],
    [1.5, '3:2'],
    [7, '7:1'],
  ])('by %d, written as %s, leave prices that are adjusted already', (ratio, text) => {
    expectEqual(file(ratio, text, false).candles, first(30));
  });

  test('that nobody can read are refused with line and cell', () => {
    const refusal = refusalOf(() => file(7, 'seven'));
    expect(refusal).toMatchObject({ code: 'BAD_NUMBER', line: AT + 2, cell: 'seven' });
  });

  /** An adjusted close whose factor steps by `step` together with the price. */
  const stepped = (
    step: number,
    header = '',
    more: (i: number) => string = () => '',
    volumeBy = (_: number, _step: number) => 1,
  ) =>
    parse(
      body(`${HEADER},Adj Close${header}`, (i) => {
        const by = i < AT ? step : 1;
        const cells = prices.map((column) => (base[column][i] ?? 0) * by);
        return `${base.dates[i]},${cells.join(',')},${(base.volume[i] ?? 0) / volumeBy(i, step)},${base.close[i]}${more(i)}`;
      }),
    );
  test.each([7, 25, 1.5, 1.25, 5 / 3, 0.5, 0.1, 1 / 30])('by %d are inferred from a step', (step) => {
    const ofOldShares = (i: number) => (i < AT ? step : 1);
    expectEqual(stepped(step, '', undefined, ofOldShares).candles, first(30), 1e-12);
  });

  test.each([7, 25, 2, 0.5, 0.1])('by %d leave volumes that do not move with the price', (step) => {
    const file = stepped(step);
    expectEqual(file.candles, first(30), 1e-12);
    expect(file.assumptions.map(({ code }) => code)).toContain('VOLUME_ADJUSTED');
  });

  test.each([7 / 6, 11 / 8, 1.37])('by %d are not inferred from a step', (step) => {
    expect(stepped(step).candles.volume).toEqual(first(30).volume);
  });

  test('are not inferred from the step of a special dividend that the file states', () => {
    const paid = (base.close[AT - 1] ?? 0) * 0.25;
    const { candles } = stepped(1.25, ',Dividends', (i) => `,${i === AT ? paid : 0}`);
    expectEqual(candles, first(30), 1e-12);
  });
});

describe('JSON Lines', () => {
  const lines = base.dates.map((date, i) =>
    JSON.stringify({
      date,
      close: base.close[i],
      ...{ open: base.open[i], high: base.high[i], low: base.low[i], volume: base.volume[i] },
    }),
  );

  test('have the bars that a table of the same names has, in any order, with what is missing', () => {
    expectEqual(parse(lines.join('\n')).candles, base);
    expectEqual(parse(`\n${lines.toReversed().join('\r\n')}\n`).candles, base);
    const [first = '', ...rest] = lines;
    const { volume: _, ...without } = JSON.parse(first) as Record<string, unknown>;
    const { candles } = parse([JSON.stringify({ ...without, close: null }), ...rest].join('\n'));
    expect([candles.close[0], candles.volume[0]]).toEqual([Number.NaN, Number.NaN]);
    expect(candles.volume[1]).toBe(base.volume[1]);
  });

  test.each([
    ['BAD_JSON', 2, [lines[0], '{"date":']],
    ['BAD_NUMBER', 2, [lines[0], '{"date":"2030-01-02","open":{},"high":1,"low":1,"close":1}']],
    ['NOT_CSV', 1, ['{"error":"limit reached"}']],
    ['NOT_CSV', 1, [`[${lines.join(',')}]`]],
  ])('with a fault are refused as %s on line %i', (code, line, text) => {
    expect(refusalOf(() => parse(text.join('\n')))).toMatchObject({ code, line });
  });
});

test('any mixture of separator, decimals, order of dates, header, order and encoding gives the same bars or a refusal, never other bars', () => {
  const random = randomOf(20240102);
  const oneOf = <Value>(all: readonly Value[]): Value => all[Math.floor(random() * all.length)] as Value;
  let read = 0;
  for (let round = 0; round < 400; round += 1) {
    const from = Math.floor(random() * 60);
    const count = 5 + Math.floor(random() * 60);
    const separator = oneOf([',', ';', '\t', '|']);
    const decimal = oneOf(['.', ',']);
    const thousands = oneOf(['', '', decimal === '.' ? ',' : '.', ' ', "'"]);
    const decimals = oneOf([2, 3, 4]);
    const scale = oneOf([1, 100]);
    const number = (value: number, digits: number) => {
      const [whole = '', fraction = ''] = value.toFixed(digits).split('.');
      const grouped = whole.replace(/\B(?=(\d{3})+$)/g, thousands);
      const text = fraction === '' ? grouped : `${grouped}${decimal}${fraction}`;
      return text.includes(separator) ? `"${text}"` : text;
    };
    const sign = oneOf(['/', '-', '.']);
    const date = oneOf<(day: string) => string>([
      (day) => day,
      (day) => day.replaceAll('-', ''),
      (day) => day.split('-').reverse().join(sign),
      (day) => [day.slice(5, 7), day.slice(8), day.slice(0, 4)].join(sign),
      (day) => [day.slice(8), day.slice(5, 7), day.slice(2, 4)].join(sign),
      (day) => `${day} 00:00:00-05:00`,
    ]);
    const columns = oneOf([usual, ['close', 'high', 'low', 'open', 'volume'] as const]);
    const title = oneOf([
      (name: string) => name,
      (name: string) => name.toUpperCase(),
      (name: string) => `"${name} "`,
    ]);
    const header = ['date', ...columns].map(title).join(separator);
    const lineOf = (i: number) =>
      [
        date(base.dates[i] ?? ''),
        ...columns.map((column) =>
          number(
            (base[column][i] ?? 0) * (column === 'volume' ? 1 : scale),
            column === 'volume' ? 0 : decimals,
          ),
        ),
      ].join(separator);
    let all = Array.from({ length: count }, (_, i) => lineOf(from + i));
    if (random() < 0.3) all = all.reverse();
    if (random() < 0.2) all.push(`Total${separator}`);
    const text = [...(random() < 0.2 ? [`sep=${separator}`] : []), header, ...all].join(
      oneOf(['\n', '\r\n']),
    );
    const bytes = oneOf([
      Buffer.from(text),
      Buffer.from(`\ufeff${text}`),
      Buffer.from(`\ufeff${text}`, 'utf16le'),
      gzipSync(text),
    ]);
    try {
      const { candles } = readPriceFile(bytes);
      const cut = (column: Float64Array, by: number, digits: number) =>
        column.slice(from, from + count).map((value) => Number((value * by).toFixed(digits)));
      expectEqual(candles, {
        dates: base.dates.slice(from, from + count),
        open: cut(base.open, scale, decimals),
        high: cut(base.high, scale, decimals),
        low: cut(base.low, scale, decimals),
        close: cut(base.close, scale, decimals),
        volume: cut(base.volume, 1, 0),
      });
      read += 1;
    } catch (error) {
      if (!(error instanceof RefusedFile)) throw new Error(`${text.slice(0, 300)}`, { cause: error });
    }
  }
  // Most are evident; the others have days up to the 12th or three decimals only.
  expect(read).toBeGreaterThan(250);
});
