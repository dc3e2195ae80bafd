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
  refusalOf,
  usual,
  values,
} from '../../support/price-files.ts';

const day = (i: number) => base.dates[i] ?? '';
const partsOf = (i: number) => day(i).split('-') as [string, string, string];
const read = (write: (y: string, m: string, d: string) => string) =>
  parse(body(HEADER, (i) => `${write(...partsOf(i))},${values(i, usual)}`));
const nameOf = (names: string) => (month: string) => names.split(' ')[Number(month) - 1] ?? '';
const english = nameOf('Jan Feb Mar');
const weekday = (y: string, m: string, d: string) => new Date(`${y}-${m}-${d}`).getUTCDay();

describe('dates are read as', () => {
  test.each<[string, (y: string, m: string, d: string) => string]>([
    ['2 sty 2024', (y, m, d) => `${Number(d)} ${nameOf('sty lut mar')(m)} ${y}`],
    ['2 stycznia 2024', (y, m, d) => `${Number(d)} ${nameOf('stycznia lutego marca')(m)} ${y}`],
    ['02 Oca 2024', (y, m, d) => `${d} ${nameOf('Oca Şub Mar')(m)} ${y}`],
    ['Jan-02-24', (y, m, d) => `${english(m)}-${d}-${y.slice(2)}`],
    ["Jan 02 '24", (y, m, d) => `${english(m)} ${d} '${y.slice(2)}`],
    [
      'Tue Jan 02 00:00:00 EST 2024',
      (y, m, d) =>
        `${nameOf('Sun Mon Tue Wed Thu Fri Sat')(String(weekday(y, m, d) + 1))} ${english(m)} ${d} 00:00:00 EST ${y}`,
    ],
    [
      '2024-01-02T00:00:00-05:00[America/New_York]',
      (y, m, d) => `${y}-${m}-${d}T00:00:00-05:00[America/New_York]`,
    ],
    ['02.01.2024 17.30', (y, m, d) => `${d}.${m}.${y} 17.30`],
    ['240102', (y, m, d) => `${y.slice(2)}${m}${d}`],
    ['1.7041536e+12', (y, m, d) => Date.parse(`${y}-${m}-${d}`).toExponential()],
    ['1.7041536E9', (y, m, d) => (Date.parse(`${y}-${m}-${d}`) / 1_000).toExponential().replace('e+', 'E')],
    ['2024／01／02', (y, m, d) => `${y}／${m}／${d}`],
    ['marks of the direction of writing', (y, m, d) => `\u200e${y}-${m}-${d}\u200e`],
    ['2024-01-02 星期二', (y, m, d) => `${y}-${m}-${d} 星期${'日一二三四五六'[weekday(y, m, d)]}`],
    ['2024-01-02 周二', (y, m, d) => `${y}-${m}-${d} 周${'日一二三四五六'[weekday(y, m, d)]}`],
    ['2024- 07- 01', (y, m, d) => `${y}- ${m}- ${d}`],
    ['19724', (y, m, d) => String(Date.parse(`${y}-${m}-${d}`) / 86_400_000)],
    ['113/01/02', (y, m, d) => `${Number(y) - 1911}/${m}/${d}`],
    ['113年01月02日', (y, m, d) => `${Number(y) - 1911}年${m}月${d}日`],
    ['民國113年1月2日', (y, m, d) => `民國${Number(y) - 1911}年${Number(m)}月${Number(d)}日`],
    ['令和6年1月2日', (y, m, d) => `令和${Number(y) - 2018}年${Number(m)}月${Number(d)}日`],
    ['02/01/2567', (y, m, d) => `${d}/${m}/${Number(y) + 543}`],
    ['2567-01-02', (y, m, d) => `${Number(y) + 543}-${m}-${d}`],
    ['2 Jan 2567', (y, m, d) => `${Number(d)} ${english(m)} ${Number(y) + 543}`],
  ])('%s', (_name, write) => {
    expectEqual(read(write).candles, first(30));
  });

  test('years of another era, which is reported', () => {
    expect(codes(read((y, m, d) => `${Number(y) - 1911}/${m}/${d}`))).toContain('ERA');
    expect(codes(read((y, m, d) => `${y}/${m}/${d}`))).not.toContain('ERA');
  });

  test.each<[string, number]>([
    ['1 мая 2024', 5],
    ['1-май-2024', 5],
    ['1 марта 2024', 3],
    ['1 lip 2024', 7],
    ['1 lipca 2024', 7],
    ['1 lis 2024', 11],
    ['1 paź 2024', 10],
    ['1 Ağu 2024', 8],
    ['1 Ara 2024', 12],
  ])('%s', (cell, month) => {
    const { candles } = parse(lines(HEADER, `${cell},2,2,2,2,5`));
    expect(candles.dates).toEqual([`2024-${String(month).padStart(2, '0')}-01`]);
  });
});

describe('dates are refused as', () => {
  test.each(['1 lipnja 2024', '1 listopada 2024'])('%s, which is no month for certain', (cell) => {
    expect(refusalOf(() => parse(lines(HEADER, `${cell},2,2,2,2,5`))).code).toBe('BAD_DATE');
  });

  test('months of six digits', () => {
    const text = lines(HEADER, ...Array.from({ length: 12 }, (_, i) => `20${10 + i}01,2,2,2,2,5`));
    expect(refusalOf(() => parse(text))).toMatchObject({ code: 'AMBIGUOUS_DATES', line: 2, cell: '201001' });
  });

  test('day numbers of six digits', () => {
    const text = lines(HEADER, ...Array.from({ length: 12 }, (_, i) => `${731_001 + i},2,2,2,2,5`));
    expect(refusalOf(() => parse(text)).code).toBe('AMBIGUOUS_DATES');
  });

  test('years of which some alone are those of Thailand', () => {
    const refusal = refusalOf(() => read((y, m, d) => `${Number(y) + (d === '09' ? 543 : 0)}-${m}-${d}`));
    expect(refusal).toMatchObject({ code: 'BAD_DATE', cell: '2567-01-09' });
  });

  test('stamps that have lost digits', () => {
    expect(refusalOf(() => read((y, m, d) => Date.parse(`${y}-${m}-${d}`).toExponential(4))).code).toBe(
      'BAD_DATE',
    );
  });

  test('times without a year', () => {
    expect(refusalOf(() => read((_y, m, d) => `${english(m)} ${d} 16:00:00`)).code).toBe('BAD_DATE');
    expect(refusalOf(() => read((_y, m, d) => `${d} ${english(m)} 16:00:00`)).code).toBe('BAD_DATE');
  });
});
