import { useCallback, useState } from 'react';
import { useFeed } from '../data/feed.tsx';
import { toPage, usePages } from '../data/use-pages.ts';
import { useRequest } from '../data/use-request.ts';
import { RankingCountsDocument, RankingDocument, type RankingRowFragment } from '../generated/graphql.ts';
import { useNarrow } from '../parts/narrow.ts';
import { Empty, FailureNotice, Notice, Skeleton } from '../parts/panel.tsx';
import { VirtualRows } from '../parts/virtual-rows.tsx';
import { useAddress } from '../routing/address.ts';
import { columnsOf } from './columns.tsx';
import { FilterBar } from './filter-bar.tsx';
import { Header } from './header.tsx';
import './ranking.css';
import { text } from './ranking.text.ts';
import { Row } from './row.tsx';
import { SelectionBar } from './selection-bar.tsx';
import { Tools } from './tools.tsx';
import { viewOf } from './view.ts';

const PAGE = 100;
/** So many pages are read again by themselves when results come; with more the reader decides. */
const QUIET_PAGES = 3;

/** Every instrument with its newest result; filters, order and columns stand in the address. */
export function RankingPage() {
  const { query } = useAddress();
  const view = viewOf(query);
  const columns = columnsOf(query.get('cols'), useNarrow());
  const { strategy, filter, sort } = view;
  const pages = usePages(RankingDocument, { strategy, filter, sort, first: PAGE }, ({ ranking }) =>
    toPage<RankingRowFragment>(ranking),
  );
  const counts = useRequest(RankingCountsDocument, { strategy, filter }, { onResults: true });
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [isOld, setIsOld] = useState(false);
  const reload = () => {
    setIsOld(false);
    pages.reload();
  };
  useFeed(() => (pages.rows.length <= QUIET_PAGES * PAGE ? reload() : setIsOld(true)));

  const toggle = useCallback((ticker: string) => {
    setSelected((last) => {
      const next = new Set(last);
      if (!next.delete(ticker)) next.add(ticker);
      return next;
    });
  }, []);
  return (
    <div className="page ranking">
      <div className="row spread wrap">
        <h1>
          {text.title}{' '}
          <span className="dim count">
            {counts.data !== null && text.rows(counts.data.ranking.totalCount)}
          </span>
        </h1>
        <Tools columns={columns} view={view} />
      </div>
      <FilterBar view={view} facets={counts.data?.ranking.facets ?? null} />
      <FailureNotice failure={pages.failure ?? counts.failure} retry={reload} />
      {isOld && (
        <Notice tone="accent">
          <span className="grow">{text.newer}</span>
          <button type="button" className="button" data-size="small" onClick={reload}>
            {text.reload}
          </button>
        </Notice>
      )}
      {selected.size > 0 && (
        <SelectionBar
          rows={pages.rows.filter(({ ticker }) => selected.has(ticker))}
          strategy={strategy}
          onClear={() => setSelected(new Set())}
        />
      )}
      <div className="panel ranking-table">
        {!pages.isRead && pages.failure === null && <Skeleton rows={8} />}
        {pages.isRead && pages.rows.length === 0 && <Empty>{text.none}</Empty>}
        {pages.rows.length > 0 && (
          <VirtualRows
            label={text.title}
            count={pages.rows.length}
            widths={[40, 88, ...columns.map(({ width }) => width)]}
            onNearEnd={pages.hasMore ? pages.readMore : undefined}
            header={
              <Header
                columns={columns}
                sort={sort}
                isAllSelected={selected.size > 0 && selected.size === pages.rows.length}
                onSelectAll={(all) => setSelected(new Set(all ? pages.rows.map(({ ticker }) => ticker) : []))}
              />
            }
            row={(i) => {
              const row = pages.rows[i];
              return row === undefined ? null : (
                <Row
                  key={row.ticker}
                  row={row}
                  columns={columns}
                  strategy={strategy}
                  isSelected={selected.has(row.ticker)}
                  onSelect={toggle}
                />
              );
            }}
          />
        )}
      </div>
    </div>
  );
}
