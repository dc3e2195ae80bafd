import { signed } from '../format/numbers.ts';
import { Panel } from '../parts/panel.tsx';
import { text } from './backtests.text.ts';
import type { Year } from './curves.ts';

const NAMES = Array.from({ length: 12 }, (_, i) =>
  new Intl.DateTimeFormat(undefined, { month: 'narrow' }).format(new Date(2024, i, 1)),
);

/** From what return on a month has the full colour, in percent. */
const FULL = 8;

/** Returns by month as a heat map; the numbers are there without the colours. */
export function Months({ years }: { years: readonly Year[] }) {
  return (
    <Panel title={text.months.title} flush>
      <table className="table months">
        <thead>
          <tr>
            <th>{text.months.year}</th>
            {NAMES.map((name, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: short names of months repeat
              <th key={i} className="num">
                {name}
              </th>
            ))}
            <th className="num">Σ</th>
          </tr>
        </thead>
        <tbody>
          {years.map(({ year, months, total }) => (
            <tr key={year}>
              <td>{year}</td>
              {months.map((value, i) => (
                <td
                  // biome-ignore lint/suspicious/noArrayIndexKey: the place is the month
                  key={i}
                  className="num"
                  style={{ background: heat(value) }}
                  title={value == null ? '' : `${signed(value)} %`}
                >
                  {value === null ? '' : signed(value, 0)}
                </td>
              ))}
              <td className="num">{signed(total, 1)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function heat(value: number | null): string | undefined {
  if (value === null) return undefined;
  const strength = Math.round(Math.min(1, Math.abs(value) / FULL) * 45);
  return `color-mix(in oklch, var(${value < 0 ? '--down' : '--up'}) ${strength}%, transparent)`;
}
