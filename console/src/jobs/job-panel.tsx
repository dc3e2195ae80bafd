import { useJob } from 'thetool-client/react';
import { useJobEnd } from '../data/job-end.tsx';
import { useRequest } from '../data/use-request.ts';
import { duration, exact } from '../format/time.ts';
import { JobDocument, type JobQuery } from '../generated/graphql.ts';
import { StateChip } from '../parts/chips.tsx';
import { Figures } from '../parts/figures.tsx';
import { describeJob, waitingWords } from '../parts/job-words.ts';
import { Empty, FailureNotice, Panel, Skeleton } from '../parts/panel.tsx';
import { Progress } from '../parts/progress.tsx';
import { oneOf, setQuery, useAddress } from '../routing/address.ts';
import { Link } from '../routing/link.tsx';
import { JobActions } from './job-actions.tsx';
import { JobItems } from './job-items.tsx';
import { JobLog } from './job-log.tsx';
import { Took } from './job-row.tsx';
import { text } from './jobs.text.ts';

const TABS = ['items', 'log'] as const;

/** One job: how it goes, its items with their errors, and its log as it is written. */
export function JobPanel({ id, onChange }: { id: string; onChange: () => void }) {
  const { query } = useAddress();
  const tab = oneOf(query.get('tab'), TABS) ?? 'items';
  const read = useRequest(JobDocument, { id }, { onResults: true });
  const live = useJob(id);
  useJobEnd(id, () => {
    read.reload();
    onChange();
  });
  const job = read.data?.job;
  if (read.data === null)
    return (
      <Panel title={text.open}>
        {read.failure === null ? (
          <Skeleton rows={5} />
        ) : (
          <FailureNotice failure={read.failure} retry={read.reload} />
        )}
      </Panel>
    );
  if (job == null)
    return (
      <Panel title={text.open} aside={<Close />}>
        <Empty>{text.missing}</Empty>
      </Panel>
    );
  const { state, progress } = live.data ?? job;
  return (
    <Panel title={describeJob(job)} aside={<Close />} flush>
      <div className="panel-body stack">
        <div className="row wrap spread">
          <span className="row">
            <StateChip state={state} />
            <span className="num">{Math.floor(progress)} %</span>
            <span className="soft small">{state === 'QUEUED' && waitingWords(job)}</span>
          </span>
          <JobActions
            job={{ ...job, state }}
            onChange={() => {
              read.reload();
              onChange();
            }}
          />
        </div>
        <Progress percent={progress} state={state} label={describeJob(job)} />
        <Timing job={job} />
        <fieldset className="button-group">
          {TABS.map((one) => (
            <button
              key={one}
              type="button"
              className="button"
              data-kind="plain"
              data-size="small"
              aria-pressed={one === tab}
              onClick={() => setQuery({ tab: one }, { replace: true })}
            >
              {text.tabs[one]}
            </button>
          ))}
        </fieldset>
      </div>
      {tab === 'items' ? (
        <JobItems job={job} completed={live.data?.completed ?? job.completed} />
      ) : (
        <JobLog id={id} />
      )}
    </Panel>
  );
}

function Close() {
  const { query } = useAddress();
  return (
    <Link
      to={`/jobs${query.size > 0 ? `?${query}` : ''}`}
      className="button"
      data-kind="plain"
      data-size="small"
    >
      {text.close}
    </Link>
  );
}

/** Where the time went: waiting, running, and for each ticker. */
function Timing({ job }: { job: NonNullable<JobQuery['job']> }) {
  const started = job.startedAt == null ? null : Date.parse(job.startedAt);
  const due = Math.max(Date.parse(job.createdAt), Date.parse(job.runAt));
  const ended = job.finishedAt == null ? null : Date.parse(job.finishedAt);
  return (
    <Figures
      of={[
        [text.names.created, exact(job.createdAt)],
        ...(started === null && Date.parse(job.runAt) > Date.now()
          ? [[text.timing.scheduled, exact(job.runAt)] as const]
          : []),
        [text.timing.waited, started === null ? '–' : duration(Math.max(0, started - due))],
        [text.timing.ran, <Took key="ran" job={job} />],
        [
          text.timing.perItem,
          started === null || ended === null ? '–' : duration((ended - started) / Math.max(1, job.total)),
        ],
        [text.timing.priority, job.priority],
        ...(job.retryOf == null
          ? []
          : [
              [
                text.retryOf,
                <Link key="of" to={`/jobs/${encodeURIComponent(job.retryOf.id)}`}>
                  {text.openRetry}
                </Link>,
              ] as const,
            ]),
        [text.timing.id, <code key="id">{job.uuid}</code>],
      ]}
    />
  );
}
