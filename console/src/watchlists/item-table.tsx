import { refusalOf } from '../data/failure.ts';
import { useSend } from '../data/use-send.ts';
import { price } from '../format/numbers.ts';
import {
  NoteInListDocument,
  RemoveFromListDocument,
  type StrategyId,
  type WatchlistRowsQuery,
} from '../generated/graphql.ts';
import { StateChip, VerdictChip } from '../parts/chips.tsx';
import { Change, Signed } from '../parts/figures.tsx';
import { FailureNotice } from '../parts/panel.tsx';
import { Spark } from '../parts/spark.tsx';
import { Link } from '../routing/link.tsx';
import { text } from './watchlists.text.ts';

type Item = NonNullable<WatchlistRowsQuery['watchlist']>['items'][number];

interface Props {
  readonly listId: string;
  readonly items: readonly Item[];
  readonly strategy: StrategyId;
  readonly onChange: () => void;
}

export function ItemTable({ listId, items, strategy, onChange }: Props) {
  const { send, failure, setFailure } = useSend();
  const remove = async (ticker: string) => {
    const input = { id: listId, tickers: [ticker], idempotencyKey: crypto.randomUUID() };
    const result = await send(RemoveFromListDocument, { input });
    if (result !== null) setFailure(refusalOf(result.removeFromWatchlist));
    onChange();
  };
  const note = async (ticker: string, entered: string) => {
    const input = { id: listId, ticker, note: entered, idempotencyKey: crypto.randomUUID() };
    const result = await send(NoteInListDocument, { input });
    if (result !== null) setFailure(refusalOf(result.updateWatchlistItem));
    onChange();
  };
  return (
    <>
      <FailureNotice failure={failure} />
      <table className="table">
        <thead>
          <tr>
            <th>{text.names.ticker}</th>
            <th className="num">{text.names.close}</th>
            <th className="num">{text.names.change}</th>
            <th>{text.names.verdict}</th>
            <th className="num">{text.names.score}</th>
            <th className="wide-only">{text.names.scores}</th>
            <th className="wide-only">{text.names.state}</th>
            <th className="wide-only">{text.names.note}</th>
            <th className="wide-only" />
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <Row key={item.ticker} item={item} strategy={strategy} onRemove={remove} onNote={note} />
          ))}
        </tbody>
      </table>
    </>
  );
}

interface RowProps {
  readonly item: Item;
  readonly strategy: StrategyId;
  readonly onRemove: (ticker: string) => void;
  readonly onNote: (ticker: string, note: string) => void;
}

function Row({ item, strategy, onRemove, onNote }: RowProps) {
  const { ticker, instrument, latestAnalysis, recentScores, lastStatus } = item;
  // The bar of the verdict that is shown beside it.
  const bar = latestAnalysis?.bar ?? item.bar;
  return (
    <tr>
      <td className="nowrap">
        <Link to={`/r/${encodeURIComponent(ticker)}?strategy=${strategy}`} data-row>
          {ticker}
        </Link>{' '}
        <span className="dim wide-only">{instrument?.name}</span>
      </td>
      <td className="num">{price(bar?.close, instrument?.tick)}</td>
      <td className="num">
        <Change value={bar?.changePct} />
      </td>
      <td>{latestAnalysis != null && <VerdictChip verdict={latestAnalysis.verdict} />}</td>
      <td className="num">
        <Signed value={latestAnalysis?.score} />
      </td>
      <td className="wide-only">
        <Spark
          values={recentScores.map(({ score }) => score)}
          range={[-1, 1]}
          label={`${text.names.scores} ${ticker}`}
        />
      </td>
      <td className="wide-only">{lastStatus != null && <StateChip state={lastStatus} />}</td>
      <td className="wide-only">
        <input
          className="field note"
          aria-label={text.noteOf(ticker)}
          placeholder={text.note}
          defaultValue={item.note}
          onBlur={(event) => event.target.value !== item.note && onNote(ticker, event.target.value)}
        />
      </td>
      <td className="num wide-only">
        <button
          type="button"
          className="button"
          data-kind="plain"
          data-size="small"
          aria-label={text.drop(ticker)}
          title={text.drop(ticker)}
          onClick={() => onRemove(ticker)}
        >
          ×
        </button>
      </td>
    </tr>
  );
}
