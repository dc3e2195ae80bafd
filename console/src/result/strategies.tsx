import { useRequest } from '../data/use-request.ts';
import { fixed, signed } from '../format/numbers.ts';
import { ResultStrategiesDocument, type SideBySideFragment, type StrategyId } from '../generated/graphql.ts';
import { VerdictChip } from '../parts/chips.tsx';
import { FailureNotice, Panel, Skeleton } from '../parts/panel.tsx';
import { useAddress, withQuery } from '../routing/address.ts';
import { Link } from '../routing/link.tsx';
import { text } from './result.text.ts';

/** What each strategy says of the same ticker. */
export function Strategies({ ticker, strategy }: { ticker: string; strategy: StrategyId }) {
  const { data, failure, reload } = useRequest(
    ResultStrategiesDocument,
    { tickers: [ticker] },
    { onResults: true },
  );
  const address = useAddress();
  const results: readonly SideBySideFragment[] =
    data === null
      ? []
      : [
          ...data.balanced,
          ...data.trendFollowing,
          ...data.meanReversion,
          ...data.momentumBreakout,
          ...data.weeklyTarget,
        ];
  return (
    <Panel title={text.strategies.title} flush>
      <FailureNotice failure={failure} retry={reload} />
      {data === null && failure === null && <Skeleton rows={5} />}
      <table className="table">
        <thead>
          <tr>
            <th>{text.strategies.strategy}</th>
            <th>{text.strategies.verdict}</th>
            <th className="num">{text.strategies.score}</th>
            <th className="num">{text.strategies.ratio}</th>
          </tr>
        </thead>
        <tbody>
          {data?.strategies.map(({ id, title, summary }) => (
            <Row
              key={id}
              to={withQuery(address, { strategy: id, run: null })}
              title={title}
              summary={summary}
              isShown={id === strategy}
              result={results.find((one) => one.strategy === id)}
            />
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

interface RowProps {
  readonly to: string;
  readonly title: string;
  readonly summary: string;
  readonly isShown: boolean;
  readonly result: SideBySideFragment | undefined;
}

function Row({ to, title, summary, isShown, result }: RowProps) {
  return (
    <tr aria-current={isShown}>
      <td title={summary}>
        <Link to={to} data-row>
          {title}
        </Link>
      </td>
      {result === undefined ? (
        <td colSpan={3} className="dim">
          {text.strategies.missing}
        </td>
      ) : (
        <>
          <td>
            <VerdictChip verdict={result.verdict} />
          </td>
          <td className="num">{signed(result.score)}</td>
          <td className="num">{result.plan == null ? '–' : fixed(Number(result.plan.riskReward))}</td>
        </>
      )}
    </tr>
  );
}
