import { lazy, Suspense } from 'react';
import { useRequest } from '../data/use-request.ts';
import {
  type ResultFieldsFragment,
  ResultHistoryDocument,
  ResultSeriesDocument,
} from '../generated/graphql.ts';
import { Empty, FailureNotice, Panel } from '../parts/panel.tsx';
import { useAddress } from '../routing/address.ts';
import type { VerdictMark } from './chart/price-chart.tsx';
import { useChosenLines } from './chosen-lines.ts';
import { RangeButtons, rangeOf } from './range-buttons.tsx';
import { text } from './result.text.ts';

/** The chart's library is larger than the rest of the page: it comes after the figures are shown. */
const PriceChart = lazy(() => import('./chart/price-chart.tsx').then((m) => ({ default: m.PriceChart })));

const BARS = 750;

/** The very bars of the result with its plan, and the lines of the chosen indicators. */
export function ChartPanel({ result }: { result: ResultFieldsFragment }) {
  const { query } = useAddress();
  const range = rangeOf(query.get('range'));
  const [chosen] = useChosenLines();
  const shown = chosen.filter((id) => result.indicators.some(({ indicator }) => indicator === id));
  const series = useRequest(ResultSeriesDocument, { id: result.id, last: BARS, indicators: shown });
  const { ticker, strategy } = result;
  const history = useRequest(ResultHistoryDocument, { ticker, strategy }, { onResults: true });
  const found = series.data?.analysis?.series;
  return (
    <Panel
      title={<span id="chart-legend" className="chart-legend" />}
      aside={<RangeButtons range={range} />}
      flush
    >
      <FailureNotice failure={series.failure} retry={series.reload} />
      {found?.__typename === 'CandlesGone' && (
        <Empty>
          {text.chart.gone} {found.message}
        </Empty>
      )}
      <div className="chart-place">
        <Suspense fallback={null}>
          {found?.__typename === 'AnalysisSeries' && (
            <PriceChart
              series={found}
              plan={result.plan ?? null}
              tick={result.instrument?.tick ?? null}
              range={range}
              marks={marksOf(history.data?.analyses.edges.map(({ node }) => node) ?? [])}
              name={`${ticker} ${result.asOf}`}
            />
          )}
        </Suspense>
      </div>
    </Panel>
  );
}

interface Run {
  readonly asOf: string;
  readonly verdict: string;
}

/** Days on which the verdict became another one; runs come with the newest first. Pure. */
export function marksOf(runs: readonly Run[]): readonly VerdictMark[] {
  const byDay = [...new Map(runs.toReversed().map((run) => [run.asOf, run])).values()].toSorted((a, b) =>
    a.asOf.localeCompare(b.asOf),
  );
  return byDay.flatMap(({ asOf, verdict }, i) =>
    byDay[i - 1]?.verdict === verdict ? [] : [{ date: asOf, verdict }],
  );
}
