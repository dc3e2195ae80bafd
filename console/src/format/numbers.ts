/** Formats of numbers. Each function is pure; `locale` is for tests, a page uses that of its reader. */

/** Shown for a value that does not exist. */
export const NONE = '–';

const MINUS = '−';

function parts(value: number, digits: number, locale: string | undefined): string {
  const format = new Intl.NumberFormat(locale, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  const text = format.format(Math.abs(value));
  // What is rounded to nothing has no sign.
  return value < 0 && /[1-9]/.test(text) ? MINUS + text : text;
}

/** A number with a fixed count of decimals, so that columns align. */
export function fixed(value: number | null | undefined, digits = 2, locale?: string): string {
  return value == null || !Number.isFinite(value) ? NONE : parts(value, digits, locale);
}

/** As `fixed`, and a positive number has a plus sign. */
export function signed(value: number | null | undefined, digits = 2, locale?: string): string {
  const text = fixed(value, digits, locale);
  return value != null && value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/** A percentage with its sign, such as `+0.71 %`. */
export function percent(value: number | null | undefined, digits = 2, locale?: string): string {
  const text = signed(value, digits, locale);
  return text === NONE ? NONE : `${text}\u00a0%`;
}

/** A share without a sign, such as `62 %`. */
export function share(value: number | null | undefined, digits = 0, locale?: string): string {
  const text = fixed(value, digits, locale);
  return text === NONE ? NONE : `${text}\u00a0%`;
}

/** A count with separators, such as `12,345`. */
export function count(value: number | null | undefined, locale?: string): string {
  return fixed(value, 0, locale);
}

const UNITS = [
  [1e12, 'T'],
  [1e9, 'B'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** Three significant digits and a unit, such as `1.23 M`; for volumes and sums of money. */
export function short(value: number | null | undefined, locale?: string): string {
  if (value == null || !Number.isFinite(value)) return NONE;
  const size = Math.abs(value);
  // 999,950 is shown as 1.00 M, never as 1,000 k.
  const unit = UNITS.find(([from]) => size >= from * 0.9995);
  if (unit === undefined) return parts(value, 0, locale);
  const scaled = value / unit[0];
  const digits = Math.abs(scaled) >= 99.95 ? 0 : Math.abs(scaled) >= 9.995 ? 1 : 2;
  return `${parts(scaled, digits, locale)}\u00a0${unit[1]}`;
}

/** Decimals of a price step: 0.05 has 2, 1 has none. */
export function decimalsOf(tick: string | number | null | undefined): number {
  const text = String(tick ?? '0.01');
  const [digits = '', exponent] = text.toLowerCase().split('e-');
  const fraction = digits.split('.')[1]?.replace(/0+$/, '') ?? '';
  return Math.min(fraction.length + Number(exponent ?? 0), 8);
}

/** A price with as many decimals as the instrument's tick has. */
export function price(
  value: number | string | null | undefined,
  tick?: string | number | null,
  locale?: string,
): string {
  if (value == null) return NONE;
  const number = Number(value);
  const least = tick == null && Math.abs(number) < 1 && number !== 0 ? 4 : decimalsOf(tick);
  return fixed(number, least, locale);
}

/** ▲ or ▼ with the direction in words for those who do not see it; nothing when there is no change. */
export function arrow(value: number | null | undefined): '▲' | '▼' | '' {
  if (value == null || value === 0) return '';
  return value > 0 ? '▲' : '▼';
}

/** The style of a change: teal when it is positive, vermilion when it is negative. */
export function toneOf(value: number | null | undefined): 'up' | 'down' | '' {
  if (value == null || value === 0) return '';
  return value > 0 ? 'up' : 'down';
}
