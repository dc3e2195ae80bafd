import { describe, expect, test } from 'vitest';
import {
  base,
  body,
  expectEqual,
  first,
  HEADER,
  lines,
  parse,
  refusalOf,
  usual,
  values,
} from '../../support/price-files.ts';

describe('dates', () => {
  const [yyyy, mm, dd] = [
    (day: string) => day.slice(0, 4),
    (day: string) => day.slice(5, 7),
    (day: string) => day.slice(8),
  ];
  const name = (day: string) =>
    new Intl.DateTimeFormat('en', { month: 'short', timeZone: 'UTC' }).format(new Date(day));
  const seconds = (day: string, hour = 0) => Date.parse(day) / 1_000 + hour * 3_600;
  test.each<[string, (day: string) => string]>([
    ['2024/01/02', (day) => day.replaceAll('-', '/')],
    ['2024.01.02', (day) => day.replaceAll('-', '.')],
    ['02.01.2024', (day) => `${dd(day)}.${mm(day)}.${yyyy(day)}`],
    ['2-1-2024', (day) => `${Number(dd(day))}-${Number(mm(day))}-${yyyy(day)}`],
    ['1/2/24', (day) => `${Number(mm(day))}/${Number(dd(day))}/${yyyy(day).slice(2)}`],
    ['02-Jan-2024', (day) => `${dd(day)}-${name(day)}-${yyyy(day)}`],
    ['02 Jan 24', (day) => `${dd(day)} ${name(day)} ${yyyy(day).slice(2)}`],
    ['"Jan 02, 2024"', (day) => `"${name(day)} ${dd(day)}, ${yyyy(day)}"`],
    ['"Tue, 02 Jan 2024"', (day) => `"Tue, ${dd(day)} ${name(day)} ${yyyy(day)}"`],
    ['2024-01-02T00:00:00Z', (day) => `${day}T00:00:00Z`],
    ['2024-01-02 16:00', (day) => `${day} 16:00`],
    ['1/2/2024 4:00:00 PM', (day) => `${Number(mm(day))}/${Number(dd(day))}/${yyyy(day)} 4:00:00 PM`],
    ['02.01.2024 00:00:00.000', (day) => `${dd(day)}.${mm(day)}.${yyyy(day)} 00:00:00.000`],
    ['seconds', (day) => String(seconds(day, 14.5))],
    ['milliseconds', (day) => String(seconds(day, 5) * 1_000)],
    ['midnight of Tokyo in seconds', (day) => String(seconds(day, -9))],
    ['day numbers of a spreadsheet', (day) => String(seconds(day) / 86_400 + 25_569)],
    ['day numbers since 1904', (day) => String(seconds(day) / 86_400 + 24_107)],
    ['midnight of Kolkata in seconds', (day) => String(seconds(day, -5.5))],
    ['midnight of Auckland in summer', (day) => `${new Date(seconds(day, -13) * 1_000).toISOString()}`],
  ])('%s', (_name, write) => {
    const { candles } = parse(body(HEADER, (i) => `${write(base.dates[i] ?? '')},${values(i, usual)}`));
    expectEqual(candles, first(30));
  });

  /** Rows of days since 1970 with the values of the first bars. */
  const fileOf = (days: readonly number[], write: (day: number) => string) =>
    lines(HEADER, ...days.map((day, i) => `${write(day)},${values(i % base.dates.length, usual)}`));
  const iso = (day: number) => new Date(day * 86_400_000).toISOString().slice(0, 10);
  /** Days from 2024-01-01, a Monday, that trade by the test of their weekday: 0 is Sunday. */
  const daysFrom = (day: string, count: number, trades = (weekday: number) => weekday % 6 !== 0) =>
    Array.from({ length: count * 2 }, (_, i) => Date.parse(day) / 86_400_000 + i)
      .filter((one) => trades((one + 4) % 7))
      .slice(0, count);
  const at = (hours: number) => (day: number) => String((day * 24 + hours) * 3_600);
  const datesOf = (text: string) => parse(text).candles.dates;

  test('of midnights east of Greenwich survive a session on a Saturday', () => {
    const days = [...daysFrom('2024-01-01', 60), Date.parse('2024-01-20') / 86_400_000];
    days.sort((a, b) => a - b);
    expect(datesOf(fileOf(days, at(-5.5)))).toEqual(days.map(iso));
  });

  test('of midnights in London are moved in summer only', () => {
    const summer = Date.parse('2024-03-31') / 86_400_000;
    const days = daysFrom('2024-01-01', 100);
    expect(datesOf(fileOf(days, (day) => at(day >= summer ? -1 : 0)(day)))).toEqual(days.map(iso));
    // Three bars of summer only.
    const few = days.filter((day) => day < summer + 4);
    expect(datesOf(fileOf(few, (day) => at(day >= summer ? -1 : 0)(day)))).toEqual(few.map(iso));
    const daily = daysFrom('2024-01-01', 200, () => true);
    expect(datesOf(fileOf(daily, (day) => at(day >= summer && day < summer + 90 ? -1 : 0)(day)))).toEqual(
      daily.map(iso),
    );
  });

  test.each([
    ['the close of Tel Aviv from Sunday to Thursday', (weekday: number) => weekday < 5, 15.4],
    ['the close of Chicago', (weekday: number) => weekday % 6 !== 0, 21],
    ['a market of every day', () => true, 22],
    ['a market from Sunday to Friday', (weekday: number) => weekday < 6, 22],
  ])('of %s are not moved', (_title, trades, hours) => {
    const days = daysFrom('2024-01-01', 100, trades);
    expect(datesOf(fileOf(days, at(hours)))).toEqual(days.map(iso));
  });

  test('at noon in UTC from Sunday to Thursday are refused: Auckland in winter or a close in Riyadh', () => {
    const days = daysFrom('2024-01-01', 60, (weekday) => weekday < 5);
    expect(refusalOf(() => parse(fileOf(days, at(12))))).toMatchObject({ code: 'AMBIGUOUS_DATES', line: 2 });
  });

  test('as day numbers have the one origin that makes them weekdays that are not in the future', () => {
    const days = daysFrom('2025-03-03', 60);
    expect(datesOf(fileOf(days, String))).toEqual(days.map(iso));
    // Every day of the week, or Sunday to Thursday: two or three origins are possible.
    for (const trades of [() => true, (weekday: number) => weekday < 5])
      expect(refusalOf(() => parse(fileOf(daysFrom('2025-03-03', 60, trades), String)))).toMatchObject({
        code: 'AMBIGUOUS_DATES',
        line: 2,
      });
    const daily = daysFrom('2024-01-01', 60, () => true);
    expect(datesOf(fileOf(daily, (day) => String(day + 25_569)))).toEqual(daily.map(iso));
    expect(refusalOf(() => parse(fileOf(days, (day) => String(day + 50_000)))).code).toBe('BAD_DATE');
  });

  describe('whose day and month are exchanged up to the 12th', () => {
    const exchanged = (day: number) => {
      const [year, month, of] = iso(day).split('-');
      return Number(of) <= 12 ? `${year}-${of}-${month}` : iso(day);
    };
    const days = daysFrom('2024-01-01', 120);
    test('are refused with line and cell', () => {
      const refusal = refusalOf(() => parse(fileOf(days, exchanged)));
      expect(refusal).toMatchObject({ code: 'SCRAMBLED_DATES', line: 8, cell: '2024-09-01' });
      expect(refusalOf(() => parse(fileOf(days.toReversed(), exchanged))).code).toBe('SCRAMBLED_DATES');
      const american = (day: number) => exchanged(day).replace(/(\d+)-(\d+)-(\d+)/, '$2/$3/$1');
      expect(refusalOf(() => parse(fileOf(days, american))).code).toBe('SCRAMBLED_DATES');
    });

    test('are refused when some lines alone are, or the rows of two years are joined', () => {
      const some = (day: number) => (day % 3 === 0 ? iso(day) : exchanged(day));
      expect(refusalOf(() => parse(fileOf(days, some))).code).toBe('SCRAMBLED_DATES');
      const joined = [...days.slice(60), ...days.slice(0, 60)];
      expect(refusalOf(() => parse(fileOf(joined, exchanged))).code).toBe('SCRAMBLED_DATES');
    });

    test('are refused when the rows were sorted after it', () => {
      for (const order of [1, -1]) {
        const text = (of: readonly string[]) =>
          lines(
            HEADER,
            ...of
              .toSorted((a, b) => (a < b ? -order : order))
              .map((day, i) => `${day},${values(order > 0 ? i : of.length - 1 - i, usual)}`),
          );
        expect(refusalOf(() => parse(text(days.map(exchanged)))).code).toBe('SCRAMBLED_DATES');
        expect(parse(text(days.map(iso))).candles.dates).toEqual(days.map(iso));
      }
      // Without weekends the months show it.
      const weekdays = days.map(exchanged).filter((day) => new Date(day).getUTCDay() % 6 !== 0);
      const sorted = weekdays.toSorted().map((day, i) => `${day},${values(i, usual)}`);
      expect(refusalOf(() => parse(lines(HEADER, ...sorted))).code).toBe('SCRAMBLED_DATES');
    });

    test('are not confused with special sessions', () => {
      const special = [...days.map(iso), '2024-02-03', '2024-05-11'].toSorted();
      const text = lines(HEADER, ...special.map((day, i) => `${day},${values(i, usual)}`));
      expect(parse(text).candles.dates).toEqual(special);
    });

    test.each([
      ['on weekdays', (weekday: number) => weekday % 6 !== 0],
      ['on every day', () => true],
      ['from Sunday to Thursday', (weekday: number) => weekday < 5],
    ])('are not confused with rows in any order, %s', (_title, trades) => {
      const sorted = daysFrom('2024-01-01', 120, trades);
      const shuffled = sorted.map((_, i) => sorted[(i * 7) % 120] ?? 0);
      expect(datesOf(fileOf(shuffled, iso))).toEqual(sorted.map(iso));
    });
  });

  test.each<[string, (day: string) => string]>([
    ['with years of two digits', (day) => `${dd(day)}/${mm(day)}/${yyyy(day).slice(2)}`],
    ['with points', (day) => `${dd(day)}.${mm(day)}.${yyyy(day)}`],
  ])('without a day above the 12th are refused %s', (_name, write) => {
    const days = base.dates.filter((day) => Number(dd(day)) <= 12);
    const text = lines(HEADER, ...days.map((day, i) => `${write(day)},${values(i, usual)}`));
    expect(refusalOf(() => parse(text)).code).toBe('AMBIGUOUS_DATES');
  });

  test.each([
    ['2024-02-30', 'BAD_DATE'],
    ['2024-13-01', 'BAD_DATE'],
    ['31/02/2024', 'BAD_DATE'],
  ])('%s is refused', (day, code) => {
    expect(refusalOf(() => parse(lines(HEADER, `${day},1,1,1,1,1`)))).toMatchObject({
      code,
      line: 2,
      cell: day,
    });
  });

  test('monthly bars are refused', () => {
    const text = lines(
      HEADER,
      ...Array.from({ length: 12 }, (_, i) => `2023-${String(i + 1).padStart(2, '0')}-01,1,1,1,1,1`),
    );
    expect(refusalOf(() => parse(text))).toMatchObject({
      code: 'NOT_DAILY',
      why: expect.stringContaining('monthly'),
    });
  });
});
