import { useRequest } from '../data/use-request.ts';
import { BacktestJobsDocument } from '../generated/graphql.ts';
import { StateChip } from '../parts/chips.tsx';
import { describeJob } from '../parts/job-words.ts';
import { Empty, FailureNotice, Panel, Skeleton } from '../parts/panel.tsx';
import { TimeAgo } from '../parts/time-ago.tsx';
import { Link } from '../routing/link.tsx';
import './backtests.css';
import { text } from './backtests.text.ts';
import { BacktestForm } from './form.tsx';
import { Report } from './report.tsx';

/** A form and the backtests that were run; `/backtests/<job>` is the report of one. */
export function BacktestsPage({ rest }: { rest: string }) {
  return (
    <div className="page">
      <div className="row spread wrap">
        <h1>{text.title}</h1>
        {rest !== '' && <Link to="/backtests">{text.back}</Link>}
      </div>
      {rest === '' ? (
        <>
          <BacktestForm />
          <Recent />
        </>
      ) : (
        <Report id={rest} key={rest} />
      )}
    </div>
  );
}

function Recent() {
  const { data, failure, reload } = useRequest(BacktestJobsDocument, { first: 20 }, { everyMs: 5_000 });
  const jobs = data?.jobs.edges.map(({ node }) => node) ?? [];
  return (
    <Panel title={text.recent} flush>
      <FailureNotice failure={failure} retry={reload} />
      {data === null && failure === null && <Skeleton rows={4} />}
      {data !== null && jobs.length === 0 && <Empty>{text.none}</Empty>}
      <table className="table">
        <tbody>
          {jobs.map((job) => (
            <tr key={job.id}>
              <td>
                <Link to={`/backtests/${encodeURIComponent(job.id)}`} data-row>
                  {describeJob(job)}
                </Link>
              </td>
              <td>
                <StateChip state={job.state} />
              </td>
              <td className="num dim">
                <TimeAgo time={job.createdAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
