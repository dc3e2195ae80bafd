import type { Requested } from '../data/use-request.ts';
import { price } from '../format/numbers.ts';
import { sentenceCase } from '../format/words.ts';
import type { HomeResultsQuery } from '../generated/graphql.ts';
import { VerdictChip } from '../parts/chips.tsx';
import { Change, Signed } from '../parts/figures.tsx';
import { Empty, FailureNotice, Panel, Skeleton } from '../parts/panel.tsx';
import { TimeAgo } from '../parts/time-ago.tsx';
import { Link } from '../routing/link.tsx';
import { text } from './home.text.ts';

const SHOWN = 8;

type Result = HomeResultsQuery['analyses']['edges'][number]['node'];

const hasChanged = ({ verdict, previous }: Result) => previous != null && previous.verdict !== verdict;

/** A job of five strategies stores five results of a ticker: the newest of them stands for the ticker. */
function newestPerTicker(results: readonly Result[]): readonly Result[] {
  return results.filter(({ ticker }, i) => results.findIndex((one) => one.ticker === ticker) === i);
}

/** Results whose verdict is another one than before, and below them the newest results of all. */
export function NewestResults({ results }: { results: Requested<HomeResultsQuery> }) {
  const all = results.data?.analyses.edges.map(({ node }) => node) ?? [];
  const changed = newestPerTicker(all.filter(hasChanged)).slice(0, SHOWN);
  return (
    <>
      {changed.length > 0 && (
        <Panel title={text.results.changed} flush>
          <ResultTable rows={changed} />
        </Panel>
      )}
      <Panel title={text.results.newest} aside={<Link to="/ranking">{text.results.ranking}</Link>} flush>
        <FailureNotice failure={results.failure} retry={results.reload} />
        {results.data === null && results.failure === null && <Skeleton rows={5} />}
        {results.data !== null && all.length === 0 && <Empty>{text.results.none}</Empty>}
        {all.length > 0 && <ResultTable rows={newestPerTicker(all).slice(0, SHOWN)} />}
      </Panel>
    </>
  );
}

function ResultTable({ rows }: { rows: readonly Result[] }) {
  return (
    <table className="table">
      <thead>
        <tr>
          <th>{text.results.ticker}</th>
          <th>{text.results.verdict}</th>
          <th className="num">{text.results.close}</th>
          <th className="num">{text.results.change}</th>
          <th className="num">{text.results.score}</th>
          <th className="num wide-only">{text.results.when}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <td>
              <Link to={`/r/${encodeURIComponent(row.ticker)}?strategy=${row.strategy}`} data-row>
                {row.ticker}
              </Link>{' '}
              <span className="dim wide-only">{row.instrument?.name ?? sentenceCase(row.strategy)}</span>
            </td>
            <td className="nowrap">
              <VerdictChip verdict={row.verdict} />
              {hasChanged(row) && row.previous != null && (
                <span className="dim wide-only">
                  {' '}
                  {text.results.was} {row.previous.verdict.toLowerCase().replace('_', ' ')}
                </span>
              )}
            </td>
            <td className="num">{price(row.bar.close, row.instrument?.tick)}</td>
            <td className="num">
              <Change value={row.bar.changePct} />
            </td>
            <td className="num">
              <Signed value={row.score} />
            </td>
            <td className="num dim wide-only">
              <TimeAgo time={row.createdAt} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
