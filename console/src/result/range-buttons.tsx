import { oneOf, setQuery } from '../routing/address.ts';
import { text } from './result.text.ts';

export const RANGES = { '1M': 21, '3M': 63, '6M': 126, '1Y': 252, All: 100_000 } as const;
export type Range = keyof typeof RANGES;

export function rangeOf(value: string | null): Range {
  return oneOf(value, Object.keys(RANGES) as Range[]) ?? '6M';
}

export function RangeButtons({ range }: { range: Range }) {
  return (
    <fieldset className="button-group">
      <legend className="hidden-text">{text.chart.range}</legend>
      {(Object.keys(RANGES) as Range[]).map((one) => (
        <button
          key={one}
          type="button"
          className="button"
          data-kind="plain"
          data-size="small"
          aria-pressed={one === range}
          onClick={() => setQuery({ range: one }, { replace: true })}
        >
          {one}
        </button>
      ))}
    </fieldset>
  );
}
