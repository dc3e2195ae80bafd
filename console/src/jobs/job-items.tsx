import { useEffect } from 'react';
import { toPage, usePages } from '../data/use-pages.ts';
import { duration } from '../format/time.ts';
import { sentenceCase } from '../format/words.ts';
import { JobItemsDocument, type JobItemsQuery, type JobQuery, type JobState } from '../generated/graphql.ts';
import { StateChip } from '../parts/chips.tsx';
import { Empty, FailureNotice } from '../parts/panel.tsx';
import { VirtualRows } from '../parts/virtual-rows.tsx';
import { oneOf, setQuery, useAddress } from '../routing/address.ts';
import { Link } from '../routing/link.tsx';
import { STATES } from './filter.ts';
import { text } from './jobs.text.ts';

type Item = NonNullable<JobItemsQuery['job']>['items']['edges'][number]['node'];

const NO_ITEMS = { edges: [], pageInfo: { hasNextPage: false, endCursor: null } };

interface Props {
  readonly job: NonNullable<JobQuery['job']>;
  /** Changes when items end: the page is read again. */
  readonly completed: number;
}

/** Tickers of a job by state and code of their error, the failed ones loud. */
export function JobItems({ job, completed }: Props) {
  const { query } = useAddress();
  const state = oneOf<JobState>(query.get('item'), STATES);
  const errorCode = query.get('code');
  const pages = usePages(
    JobItemsDocument,
    { id: job.id, states: state === null ? null : [state], errorCode, first: 100 },
    (data) => toPage<Item>(data.job?.items ?? NO_ITEMS),
  );
  const { reload } = pages;
  // biome-ignore lint/correctness/useExhaustiveDependencies: items that ended are the reason to read
  useEffect(() => {
    const timer = setTimeout(reload, 500);
    return () => clearTimeout(timer);
  }, [completed]);
  const codes = [...new Set(job.errors.flatMap(({ error }) => error?.code ?? []))];
  return (
    <>
      <div className="filters panel-body">
        <select
          className="field"
          aria-label={text.items.state}
          value={state ?? ''}
          onChange={(event) => setQuery({ item: event.target.value || null }, { replace: true })}
        >
          <option value="">{text.items.every}</option>
          {STATES.map((one) => (
            <option key={one} value={one}>
              {sentenceCase(one)}
            </option>
          ))}
        </select>
        {codes.map((code) => (
          <button
            key={code}
            type="button"
            className="chip"
            data-tone={code === errorCode ? 'failed' : 'down'}
            aria-pressed={code === errorCode}
            onClick={() => setQuery({ code: code === errorCode ? null : code }, { replace: true })}
          >
            {code}
          </button>
        ))}
      </div>
      <FailureNotice failure={pages.failure} retry={reload} />
      {pages.isRead && pages.rows.length === 0 && <Empty>{text.items.none}</Empty>}
      {pages.rows.length > 0 && (
        <div className="job-items">
          <VirtualRows
            label={text.tabs.items}
            count={pages.rows.length}
            widths={[96, 104, 64, null]}
            onNearEnd={pages.hasMore ? pages.readMore : undefined}
            row={(i) => {
              const item = pages.rows[i];
              return item === undefined ? null : <ItemRow key={item.ticker} item={item} />;
            }}
          />
        </div>
      )}
    </>
  );
}

function ItemRow({ item: { ticker, state, phase, startedAt, finishedAt, error, attempt } }: { item: Item }) {
  const took =
    startedAt == null || finishedAt == null ? '' : duration(Date.parse(finishedAt) - Date.parse(startedAt));
  return (
    <tr>
      <td className="cut">
        <Link to={`/r/${encodeURIComponent(ticker)}`}>{ticker}</Link>
      </td>
      <td>
        <StateChip state={state} />
      </td>
      <td className="num">{state === 'PROCESSING' ? `${phase} %` : took}</td>
      <td className="cut" title={error?.message}>
        {error == null ? (
          <span className="dim">{attempt > 1 && `${text.items.attempt} ${attempt}`}</span>
        ) : (
          <span className="down">{error.message}</span>
        )}
      </td>
    </tr>
  );
}
