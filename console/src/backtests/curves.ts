/** Pure functions over equity curves. */

export interface Point {
  readonly date: string;
  readonly value: number;
}

/** Fall from the highest value so far, in percent, zero or negative. */
export function drawdowns(values: readonly number[]): number[] {
  let peak = -Infinity;
  return values.map((value) => {
    peak = Math.max(peak, value);
    return peak > 0 ? (value / peak - 1) * 100 : 0;
  });
}

export interface Year {
  readonly year: string;
  /** Return of each month in percent, January first; null: no bar in that month. */
  readonly months: readonly (number | null)[];
  readonly total: number;
}

/** Returns of calendar months and years: from the last value before the month to the last value in it. */
export function monthlyReturns(points: readonly Point[]): Year[] {
  const first = points[0];
  if (first === undefined) return [];
  const ends = new Map<string, number>();
  for (const { date, value } of points) ends.set(date.slice(0, 7), value);
  const years = new Map<string, { months: (number | null)[]; start: number; end: number }>();
  let before = first.value;
  for (const [month, end] of ends) {
    const [year = '', number = ''] = month.split('-');
    const row = years.get(year) ?? { months: Array<number | null>(12).fill(null), start: before, end };
    row.months[Number(number) - 1] = (end / before - 1) * 100;
    row.end = end;
    years.set(year, row);
    before = end;
  }
  return [...years].map(([year, { months, start, end }]) => ({
    year,
    months,
    total: (end / start - 1) * 100,
  }));
}

/** Round numbers across a range for the lines of a grid, about `count` of them. */
export function ticks(low: number, high: number, count: number): number[] {
  const span = high - low;
  if (!(span > 0)) return [low];
  const rough = span / count;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * size).find((one) => one >= rough) ?? rough;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}
