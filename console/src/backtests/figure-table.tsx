import { fixed } from '../format/numbers.ts';
import { sentenceCase } from '../format/words.ts';
import { Signed } from '../parts/figures.tsx';
import { Panel } from '../parts/panel.tsx';
import { useAddress, withQuery } from '../routing/address.ts';
import { Link } from '../routing/link.tsx';
import { text } from './backtests.text.ts';
import type { ComparisonOf } from './comparison.tsx';

type Metrics = ComparisonOf['backtests'][number]['metrics'];
type Key = Exclude<keyof typeof text.figures, 'strategy'>;

const KEYS = Object.keys(text.figures).filter((key): key is Key => key !== 'strategy');
const SIGNED: ReadonlySet<Key> = new Set<Key>(['totalReturnPct', 'cagrPct', 'expectancyPct']);
const COUNTS: ReadonlySet<Key> = new Set<Key>(['trades']);

/** Figures of each strategy beside those of buying and holding; the definition of each on hover. */
export function FigureTable({ comparison, chosen }: { comparison: ComparisonOf; chosen: number }) {
  const address = useAddress();
  return (
    <Panel title={`${text.figures.strategy} · ${comparison.firstDate} – ${comparison.lastDate}`} flush>
      <table className="table">
        <thead>
          <tr>
            <th>{text.figures.strategy}</th>
            {KEYS.map((key) => (
              <th key={key} className="num" title={text.definitions[key]}>
                {text.figures[key]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {comparison.backtests.map(({ id, strategy, metrics }, i) => (
            <tr key={id} data-selected={i === chosen}>
              <td className="nowrap">
                <Link to={withQuery(address, { strategy })} data-row>
                  {sentenceCase(strategy)}
                </Link>
              </td>
              <Figures of={metrics} />
            </tr>
          ))}
          <tr>
            <td className="nowrap dim">{text.curve.hold}</td>
            <Figures of={comparison.buyAndHold} />
          </tr>
        </tbody>
      </table>
    </Panel>
  );
}

function Figures({ of }: { of: Partial<Metrics> }) {
  return KEYS.map((key) => (
    <td key={key} className="num">
      {of[key] === undefined ? (
        ''
      ) : SIGNED.has(key) ? (
        <Signed value={of[key]} />
      ) : (
        fixed(of[key], COUNTS.has(key) ? 0 : 2)
      )}
    </td>
  ));
}
