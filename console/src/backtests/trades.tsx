import { toPage, usePages } from '../data/use-pages.ts';
import { fixed } from '../format/numbers.ts';
import { day } from '../format/time.ts';
import { sentenceCase } from '../format/words.ts';
import {
  BacktestTradeRowsDocument,
  type BacktestTradeRowsQuery,
  type BacktestTradeSort,
} from '../generated/graphql.ts';
import { Signed } from '../parts/figures.tsx';
import { Empty, FailureNotice, Panel, Skeleton } from '../parts/panel.tsx';
import { VirtualRows } from '../parts/virtual-rows.tsx';
import { oneOf, setQuery, useAddress } from '../routing/address.ts';
import { text } from './backtests.text.ts';

/** The days of a trade. */
export interface Span {
  readonly from: string;
  readonly to: string;
}

type Trade = NonNullable<BacktestTradeRowsQuery['backtest']>['trades']['edges'][number]['node'];

const NO_TRADES = { edges: [], pageInfo: { hasNextPage: false, endCursor: null } };
const SORTS: readonly BacktestTradeSort[] = ['DATE', 'RETURN', 'REASON'];
const WIDTHS = [56, 64, null, 80, null, 80, 96, 56, 80];

/** Every trade; pointing at one shows its days in the curve. */
export function Trades({ id, onSpan }: { id: string; onSpan: (span: Span | null) => void }) {
  const { query } = useAddress();
  const sort = oneOf(query.get('trades'), SORTS) ?? 'DATE';
  const descending = query.get('desc') === '1';
  const pages = usePages(BacktestTradeRowsDocument, { id, sort, descending, first: 100 }, (data) =>
    toPage<Trade>(data.backtest?.trades ?? NO_TRADES),
  );
  const by = (next: BacktestTradeSort) =>
    setQuery({ trades: next, desc: next === sort && !descending ? '1' : null }, { replace: true });
  return (
    <Panel title={text.trades.title} flush>
      <FailureNotice failure={pages.failure} retry={pages.reload} />
      {!pages.isRead && pages.failure === null && <Skeleton rows={5} />}
      {pages.isRead && pages.rows.length === 0 && <Empty>{text.trades.none}</Empty>}
      {pages.rows.length > 0 && (
        <div className="trades">
          <VirtualRows
            label={text.trades.title}
            count={pages.rows.length}
            widths={WIDTHS}
            onNearEnd={pages.hasMore ? pages.readMore : undefined}
            header={<Header onSort={by} />}
            row={(i) => {
              const trade = pages.rows[i];
              return trade === undefined ? null : <Row key={trade.n} trade={trade} onSpan={onSpan} />;
            }}
          />
        </div>
      )}
    </Panel>
  );
}

function Header({ onSort }: { onSort: (sort: BacktestTradeSort) => void }) {
  const { n, side, entry, entryPrice, exit, exitPrice, reason, bars, result } = text.trades;
  const button = (sort: BacktestTradeSort, name: string) => (
    <button type="button" className="sort" onClick={() => onSort(sort)}>
      {name}
    </button>
  );
  return (
    <thead>
      <tr>
        <th className="num">{n}</th>
        <th>{side}</th>
        <th>{button('DATE', entry)}</th>
        <th className="num">{entryPrice}</th>
        <th>{exit}</th>
        <th className="num">{exitPrice}</th>
        <th>{button('REASON', reason)}</th>
        <th className="num">{bars}</th>
        <th className="num">{button('RETURN', result)}</th>
      </tr>
    </thead>
  );
}

function Row({ trade, onSpan }: { trade: Trade; onSpan: (span: Span | null) => void }) {
  const { n, side, entryDate, entryPrice, exitDate, exitPrice, exitReason, barsHeld, returnPct } = trade;
  return (
    <tr onPointerEnter={() => onSpan({ from: entryDate, to: exitDate })} onPointerLeave={() => onSpan(null)}>
      <td className="num dim">{n}</td>
      <td>{sentenceCase(side)}</td>
      <td>{day(entryDate)}</td>
      <td className="num">{fixed(entryPrice)}</td>
      <td>{day(exitDate)}</td>
      <td className="num">{fixed(exitPrice)}</td>
      <td>{sentenceCase(exitReason)}</td>
      <td className="num">{barsHeld}</td>
      <td className="num">
        <Signed value={returnPct} />
      </td>
    </tr>
  );
}
