import { useEffect } from 'react';
import { toPage, usePages } from '../data/use-pages.ts';
import { useRequest } from '../data/use-request.ts';
import { type JobRowFragment, JobsCountDocument, JobsDocument } from '../generated/graphql.ts';
import { useNarrow } from '../parts/narrow.ts';
import { Empty, FailureNotice, Skeleton } from '../parts/panel.tsx';
import { VirtualRows } from '../parts/virtual-rows.tsx';
import { useAddress } from '../routing/address.ts';
import { BulkActions } from './bulk-actions.tsx';
import { filterOf } from './filter.ts';
import { JobFilters } from './job-filters.tsx';
import { JobPanel } from './job-panel.tsx';
import { JobRow } from './job-row.tsx';
import './jobs.css';
import { text } from './jobs.text.ts';

const PAGE = 50;
const EVERY_MS = 3_000;
/** With more rows than this the list is not read again by itself: the reader looks at the past. */
const LIVE_ROWS = 100;

const WIDTHS = [120, null, 116, 88, 104, 72, 80];
const FEW_WIDTHS = [112, null, 80];

/** All jobs with filters in the address, and beside them the one that is open: `/jobs/<id>`. */
export function JobsPage({ rest }: { rest: string }) {
  const { query } = useAddress();
  const filter = filterOf(query);
  const pages = usePages(JobsDocument, { filter, first: PAGE }, ({ jobs }) => toPage<JobRowFragment>(jobs));
  const counts = useRequest(JobsCountDocument, { filter }, { everyMs: EVERY_MS });
  const { reload } = pages;
  const isShort = useNarrow() || rest !== '';
  const isLive = pages.rows.length <= LIVE_ROWS;
  // `reload` is a new function at every render: the timer begins anew only when it must.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    if (!isLive) return;
    const timer = setInterval(() => document.visibilityState === 'visible' && reload(), EVERY_MS);
    return () => clearInterval(timer);
  }, [isLive, JSON.stringify(filter)]);

  return (
    <div className="page jobs" data-open={rest !== ''}>
      <div className="row spread wrap">
        <h1>
          {text.title}{' '}
          <span className="dim count">{counts.data !== null && text.count(counts.data.jobs.totalCount)}</span>
        </h1>
        <span className="row">
          <span className="dim small">{isLive && text.every}</span>
          <BulkActions jobs={pages.rows} onDone={reload} />
        </span>
      </div>
      <JobFilters />
      <FailureNotice failure={pages.failure} retry={reload} />
      <div className="jobs-split">
        <div className="panel jobs-list">
          {!pages.isRead && pages.failure === null && <Skeleton rows={8} />}
          {pages.isRead && pages.rows.length === 0 && <Empty>{text.none}</Empty>}
          {pages.rows.length > 0 && (
            <VirtualRows
              label={text.title}
              count={pages.rows.length}
              widths={isShort ? FEW_WIDTHS : WIDTHS}
              onNearEnd={pages.hasMore ? pages.readMore : undefined}
              header={<Header isShort={isShort} />}
              row={(i) => {
                const job = pages.rows[i];
                return job === undefined ? null : (
                  <JobRow
                    key={job.id}
                    job={job}
                    isOpen={job.id === rest || job.uuid === rest}
                    isShort={isShort}
                  />
                );
              }}
            />
          )}
        </div>
        {rest !== '' && <JobPanel id={rest} key={rest} onChange={reload} />}
      </div>
    </div>
  );
}

/** Short beside an open job and on a phone. */
function Header({ isShort }: { isShort: boolean }) {
  return (
    <thead>
      <tr>
        <th>{text.names.state}</th>
        <th>{text.names.what}</th>
        {!isShort && <th>{text.names.progress}</th>}
        <th className="num">{text.names.items}</th>
        {!isShort && (
          <>
            <th className="num">{text.names.created}</th>
            <th className="num">{text.names.took}</th>
            <th>{text.names.source}</th>
          </>
        )}
      </tr>
    </thead>
  );
}
