import type { ReactNode } from 'react';
import { arrow, percent, signed, toneOf } from '../format/numbers.ts';

/** A change with arrow, sign and colour; the exact value on hover. */
export function Change({ value }: { value: number | null | undefined }) {
  return (
    <span className={`nowrap ${toneOf(value)}`} title={value == null ? undefined : `${value} %`}>
      {arrow(value)} {percent(value)}
    </span>
  );
}

/** A number with sign and colour. */
export function Signed({ value, digits = 2 }: { value: number | null | undefined; digits?: number }) {
  return (
    <span className={`nowrap ${toneOf(value)}`} title={value == null ? undefined : String(value)}>
      {signed(value, digits)}
    </span>
  );
}

/** A list of names with values, the values aligned at the right. */
export function Figures({ of: rows }: { of: readonly (readonly [ReactNode, ReactNode, string?])[] }) {
  return (
    <dl className="figures">
      {rows.map(([name, value, title], i) => (
        // The rows of a list are fixed; names may be elements.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <div key={i} style={{ display: 'contents' }} title={title}>
          <dt title={title}>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
