import { useEffect } from 'react';
import { useJob } from 'thetool-client/react';
import { useJobEnd } from '../data/job-end.tsx';
import { useRequest } from '../data/use-request.ts';
import { BacktestItemDocument, BacktestTickersDocument } from '../generated/graphql.ts';
import { describeJob } from '../parts/job-words.ts';
import { Empty, FailureNotice, Notice, Panel, Skeleton } from '../parts/panel.tsx';
import { Progress } from '../parts/progress.tsx';
import { setQuery, useAddress } from '../routing/address.ts';
import { text } from './backtests.text.ts';
import { Comparison } from './comparison.tsx';

/** Every bar of the largest window. */
const POINTS = 2_000;

/** The tickers of a backtest, and the comparison of the strategies for one of them (`?ticker=`). */
export function Report({ id }: { id: string }) {
  const { query } = useAddress();
  const tickers = useRequest(BacktestTickersDocument, { id });
  const job = tickers.data?.job;
  const live = useJob(id).data;
  useJobEnd(id, tickers.reload);
  const edges = job?.items.edges ?? [];
  const asked = query.get('ticker');
  const at = Math.max(
    0,
    edges.findIndex(({ node }) => node.ticker === asked),
  );
  const chosen = edges[at];
  const isDone = chosen?.node.state === 'COMPLETED';
  const after = edges[at - 1]?.cursor ?? null;
  const item = useRequest(BacktestItemDocument, { id, after, points: POINTS }, { skip: !isDone });
  const comparison = item.data?.job?.items.edges[0]?.node.comparison;
  const completed = live?.completed ?? 0;
  const { reload } = tickers;
  useEffect(() => {
    if (completed > 0) reload();
  }, [completed, reload]);

  if (tickers.data === null)
    return tickers.failure === null ? <Skeleton rows={6} /> : <FailureNotice failure={tickers.failure} />;
  if (job == null) return <Empty>{text.missing}</Empty>;
  const { state, progress } = live ?? job;
  return (
    <>
      <div className="row wrap spread">
        <h2>{describeJob(job)}</h2>
        <fieldset className="button-group">
          <legend className="hidden-text">{text.tickers}</legend>
          {edges.map(({ node: { ticker } }, i) => (
            <button
              key={ticker}
              type="button"
              className="button"
              data-kind="plain"
              data-size="small"
              aria-pressed={i === at}
              onClick={() => setQuery({ ticker })}
            >
              {ticker}
            </button>
          ))}
        </fieldset>
      </div>
      {(state === 'QUEUED' || state === 'PROCESSING') && (
        <Panel title={text.running}>
          <Progress percent={progress} state={state} label={text.running} />
        </Panel>
      )}
      {chosen?.node.error != null && <Notice tone="failed">{chosen.node.error.message}</Notice>}
      <FailureNotice failure={item.failure} retry={item.reload} />
      {isDone && comparison == null && item.failure === null && <Skeleton rows={6} />}
      {comparison != null && <Comparison comparison={comparison} />}
    </>
  );
}
