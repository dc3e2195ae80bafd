import { useRequest } from '../data/use-request.ts';
import { signed } from '../format/numbers.ts';
import { day } from '../format/time.ts';
import { plural } from '../format/words.ts';
import { ResultHistoryDocument, type StrategyId } from '../generated/graphql.ts';
import { VerdictChip } from '../parts/chips.tsx';
import { Empty, FailureNotice, Panel, Skeleton } from '../parts/panel.tsx';
import { TimeAgo } from '../parts/time-ago.tsx';
import { useAddress, withQuery } from '../routing/address.ts';
import { Link } from '../routing/link.tsx';
import { text } from './result.text.ts';
import { ScoreCurve } from './score-curve.tsx';

const SHOWN = 12;

interface Props {
  readonly ticker: string;
  readonly strategy: StrategyId;
  readonly shownId: string;
}

/** The score of this ticker and strategy over time, and the runs behind it. */
export function History({ ticker, strategy, shownId }: Props) {
  const { data, failure, reload } = useRequest(
    ResultHistoryDocument,
    { ticker, strategy },
    { onResults: true },
  );
  const address = useAddress();
  const runs = data?.analyses.edges.map(({ node }) => node) ?? [];
  // The newest result of a day stands for the day.
  const points = [...new Map(runs.toReversed().map((run) => [run.asOf, run])).values()].toSorted((a, b) =>
    a.asOf.localeCompare(b.asOf),
  );
  return (
    <Panel
      title={text.history.title}
      aside={<span className="dim small">{data !== null && plural(data.analyses.totalCount, 'run')}</span>}
      flush
    >
      <FailureNotice failure={failure} retry={reload} />
      {data === null && failure === null && <Skeleton rows={3} />}
      {points.length > 1 && <ScoreCurve points={points} />}
      {points.length === 1 && <Empty>{text.history.few}</Empty>}
      <table className="table">
        <thead>
          <tr>
            <th>{text.history.day}</th>
            <th>{text.history.verdict}</th>
            <th className="num">{text.history.score}</th>
            <th className="num">{text.history.stored}</th>
          </tr>
        </thead>
        <tbody>
          {runs.slice(0, SHOWN).map((run) => (
            <tr key={run.id} aria-current={run.id === shownId}>
              <td className="nowrap">
                <Link to={withQuery(address, { run: run.id })} data-row>
                  {day(run.asOf)}
                </Link>
              </td>
              <td>
                <VerdictChip verdict={run.verdict} />
              </td>
              <td className="num">{signed(run.score)}</td>
              <td className="num dim">
                <TimeAgo time={run.createdAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
