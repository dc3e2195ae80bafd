import { count } from '../format/numbers.ts';
import { duration } from '../format/time.ts';
import { sentenceCase } from '../format/words.ts';
import type { JobRowFragment } from '../generated/graphql.ts';
import { StateChip } from '../parts/chips.tsx';
import { describeJob, waitingWords } from '../parts/job-words.ts';
import { useNow } from '../parts/now.ts';
import { Progress } from '../parts/progress.tsx';
import { TimeAgo } from '../parts/time-ago.tsx';
import { useAddress } from '../routing/address.ts';
import { Link } from '../routing/link.tsx';

interface Props {
  readonly job: JobRowFragment;
  readonly isOpen: boolean;
  /** Fewer columns. */
  readonly isShort: boolean;
}

export function JobRow({ job, isOpen, isShort }: Props) {
  const { query } = useAddress();
  const search = query.size > 0 ? `?${query}` : '';
  const { state, progress, succeeded, failed, total, createdAt, source } = job;
  return (
    <tr data-selected={isOpen}>
      <td>
        <StateChip state={state} />
      </td>
      <td>
        <span className="row">
          <Link to={`/jobs/${encodeURIComponent(job.id)}${search}`} className="cut" data-row>
            {describeJob(job)}
          </Link>
          <span className="dim cut">{state === 'QUEUED' && waitingWords(job)}</span>
        </span>
      </td>
      {!isShort && (
        <td>
          <span className="row">
            <span className="grow">
              <Progress percent={progress} state={state} label={describeJob(job)} />
            </span>
            <span className="num job-percent">{Math.floor(progress)} %</span>
          </span>
        </td>
      )}
      <td className="num" title={`${succeeded} of ${total} succeeded, ${failed} failed`}>
        {count(succeeded)} / <span className={failed > 0 ? 'down' : ''}>{count(failed)}</span>
      </td>
      {!isShort && (
        <>
          {' '}
          <td className="num dim">
            <TimeAgo time={createdAt} />
          </td>
          <td className="num">
            <Took job={job} />
          </td>
          <td className="dim">{sentenceCase(source)}</td>
        </>
      )}
    </tr>
  );
}

/** How long a job has run, from its first claim to its end or to now. */
export function Took({ job: { startedAt, finishedAt } }: { job: JobRowFragment }) {
  const now = useNow();
  if (startedAt == null) return <>–</>;
  const end = finishedAt == null ? Math.max(now, Date.parse(startedAt)) : Date.parse(finishedAt);
  return <>{duration(end - Date.parse(startedAt))}</>;
}
