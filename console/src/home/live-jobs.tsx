import { useJob } from 'thetool-client/react';
import { useJobEnd } from '../data/job-end.tsx';
import type { Requested } from '../data/use-request.ts';
import { duration } from '../format/time.ts';
import type { HomeJobsQuery, JobRowFragment } from '../generated/graphql.ts';
import { StateChip } from '../parts/chips.tsx';
import { describeJob, waitingWords } from '../parts/job-words.ts';
import { useNow } from '../parts/now.ts';
import { Empty, FailureNotice, Panel, Skeleton } from '../parts/panel.tsx';
import { Progress } from '../parts/progress.tsx';
import { TimeAgo } from '../parts/time-ago.tsx';
import { Link } from '../routing/link.tsx';
import { text } from './home.text.ts';
import { LiveItems } from './live-items.tsx';

/** Jobs whose tickers are shown while they run: each of them follows a log. */
const FOLLOWED = 3;

export function LiveJobs({ jobs }: { jobs: Requested<HomeJobsQuery> }) {
  const rows = jobs.data?.jobs.edges.map(({ node }) => node) ?? [];
  const active = rows.filter(({ state }) => state === 'QUEUED' || state === 'PROCESSING');
  const followed = new Set(active.slice(0, FOLLOWED).map(({ id }) => id));
  return (
    <Panel title={text.jobs.title} aside={<Link to="/jobs">{text.jobs.all}</Link>} flush>
      <FailureNotice failure={jobs.failure} retry={jobs.reload} />
      {jobs.data === null && jobs.failure === null && <Skeleton rows={4} />}
      {jobs.data !== null && rows.length === 0 && <Empty>{text.jobs.none}</Empty>}
      <ul>
        {rows.map((job) => (
          <li key={job.id} className="job-line">
            {followed.has(job.id) ? (
              <LiveLine job={job} onEnd={jobs.reload} />
            ) : (
              <JobLine job={job} now={job} />
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** A job that runs: its row and its tickers change with its log. */
function LiveLine({ job, onEnd }: { job: JobRowFragment; onEnd: () => void }) {
  const { data } = useJob(job.id);
  useJobEnd(job.id, onEnd);
  return (
    <>
      <JobLine job={job} now={data ?? job} />
      <LiveItems jobId={job.id} />
    </>
  );
}

type Status = Pick<JobRowFragment, 'state' | 'progress' | 'failed' | 'total'>;

function JobLine({ job, now }: { job: JobRowFragment; now: Status }) {
  const { state, progress, failed, total } = now;
  const waiting = waitingWords(job);
  return (
    <>
      <Link to={`/jobs/${encodeURIComponent(job.id)}`} className="job-link" data-row>
        <span className="cut">{describeJob(job)}</span>
        <span className="job-bar">
          <Progress percent={progress} state={state} label={describeJob(job)} />
        </span>
        <span className="num">{Math.floor(progress)} %</span>
        <span className="job-state">
          {failed > 0 && failed < total && <span className="down nowrap">{failed} failed</span>}{' '}
          <StateChip state={state} />
        </span>
        <span className="num dim job-time">
          {job.finishedAt == null ? <Running job={job} /> : <TimeAgo time={job.finishedAt} />}
        </span>
      </Link>
      {waiting !== null && state === 'QUEUED' && <p className="small dim job-why">{waiting}</p>}
    </>
  );
}

/** How long a job has run or waited; of a scheduled one when it begins. */
function Running({ job }: { job: JobRowFragment }) {
  const now = useNow();
  if (job.startedAt == null && Date.parse(job.runAt) > now) return <TimeAgo time={job.runAt} />;
  return <>{duration(Math.max(1_000, now - Date.parse(job.startedAt ?? job.createdAt)))}</>;
}
