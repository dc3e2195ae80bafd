import { useState } from 'react';
import { sentenceCase } from '../format/words.ts';
import type { BacktestItemQuery } from '../generated/graphql.ts';
import { Panel } from '../parts/panel.tsx';
import { setQuery, useAddress } from '../routing/address.ts';
import { text } from './backtests.text.ts';
import { monthlyReturns } from './curves.ts';
import { EquityChart, type Line } from './equity-chart.tsx';
import { FigureTable } from './figure-table.tsx';
import { Months } from './months.tsx';
import { type Span, Trades } from './trades.tsx';

type Node = NonNullable<BacktestItemQuery['job']>['items']['edges'][number]['node'];
export type ComparisonOf = NonNullable<Node['comparison']>;

/** Each strategy's line has its own colour and dash; the selected line is thick. */
const COLOURS = ['var(--accent)', 'var(--up)', 'var(--down)', 'var(--warn)', 'var(--ink-2)'];

export function Comparison({ comparison }: { comparison: ComparisonOf }) {
  const { query } = useAddress();
  const [span, setSpan] = useState<Span | null>(null);
  const { backtests, curve } = comparison;
  const at = Math.max(
    0,
    backtests.findIndex(({ strategy }) => strategy === query.get('strategy')),
  );
  const chosen = backtests[at];
  const isLog = query.get('scale') === 'log';
  const dates = curve.map(({ date }) => date);
  const lines: Line[] = [
    {
      name: text.curve.hold,
      colour: 'var(--ink-3)',
      dash: '4 3',
      isChosen: false,
      values: curve.map(({ buyAndHold }) => buyAndHold),
    },
    ...backtests.map(({ strategy }, i) => ({
      name: sentenceCase(strategy),
      colour: COLOURS[i % COLOURS.length] ?? 'var(--ink)',
      dash: '',
      isChosen: i === at,
      values: curve.map(({ equities }) => equities[i] ?? 0),
    })),
  ];
  const values = lines[at + 1]?.values ?? [];
  const warnings = [
    ...new Map(backtests.flatMap((one) => one.warnings).map((one) => [one.code, one])).values(),
  ];
  return (
    <>
      <Panel
        title={text.curve.title}
        aside={
          <label className="row small soft">
            <input
              type="checkbox"
              checked={isLog}
              onChange={(event) =>
                setQuery({ scale: event.target.checked ? 'log' : null }, { replace: true })
              }
            />
            {text.curve.log}
          </label>
        }
      >
        <EquityChart dates={dates} lines={lines} isLog={isLog} span={span} />
      </Panel>
      <FigureTable comparison={comparison} chosen={at} />
      <div className="columns">
        <div className="column">{chosen !== undefined && <Trades id={chosen.id} onSpan={setSpan} />}</div>
        <div className="column">
          <Months years={monthlyReturns(dates.map((date, i) => ({ date, value: values[i] ?? 0 })))} />
          {warnings.length > 0 && (
            <Panel title={text.warnings}>
              <ul className="stack-tight small soft">
                {warnings.map(({ code, message }) => (
                  <li key={code}>{message}</li>
                ))}
              </ul>
            </Panel>
          )}
        </div>
      </div>
    </>
  );
}
