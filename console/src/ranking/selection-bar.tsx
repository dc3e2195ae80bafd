import { useState } from 'react';
import { refusalOf } from '../data/failure.ts';
import { useRequest } from '../data/use-request.ts';
import { useSend } from '../data/use-send.ts';
import {
  AddToListDocument,
  RankingListsDocument,
  type RankingRowFragment,
  type StrategyId,
  SubmitDocument,
} from '../generated/graphql.ts';
import { FailureNotice } from '../parts/panel.tsx';
import { Link } from '../routing/link.tsx';
import { text } from './ranking.text.ts';

interface Props {
  readonly rows: readonly RankingRowFragment[];
  readonly strategy: StrategyId;
  readonly onClear: () => void;
}

/** What can be done with the selected rows, with their count. */
export function SelectionBar({ rows, strategy, onClear }: Props) {
  const tickers = rows.map(({ ticker }) => ticker);
  const { data } = useRequest(RankingListsDocument, {});
  const { send, busy, failure, setFailure } = useSend();
  const [done, setDone] = useState<string | null>(null);
  const sources = new Set(rows.flatMap(({ analysis }) => analysis?.source ?? []));
  const [source] = sources;

  const analyse = async () => {
    const result = await send(SubmitDocument, {
      input: {
        tickers,
        strategy,
        // Rows of one source are analysed with it again; of several the server's default is taken.
        ...(sources.size === 1 && source !== undefined && { source }),
        force: true,
        idempotencyKey: crypto.randomUUID(),
      },
    });
    if (result === null) return;
    const refusal = refusalOf(result.submitAnalysis);
    setFailure(refusal);
    if (refusal === null) setDone(text.submitted);
  };
  const add = async (id: string) => {
    const result = await send(AddToListDocument, {
      input: { id, tickers, idempotencyKey: crypto.randomUUID() },
    });
    if (result === null) return;
    const payload = result.addToWatchlist;
    setFailure(refusalOf(payload));
    if (payload.__typename === 'WatchlistPayload') setDone(text.added(payload.added.length));
  };
  return (
    <div className="notice" data-tone="accent">
      <span className="grow row wrap">
        <strong>{text.selected(tickers.length)}</strong>
        <button type="button" className="button" data-size="small" disabled={busy} onClick={analyse}>
          {text.analyse(tickers.length)}
        </button>
        <select
          className="field"
          aria-label={text.addToList}
          value=""
          disabled={busy}
          onChange={(event) => add(event.target.value)}
        >
          <option value="">{text.addToList}</option>
          {data?.watchlists.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
        <Link
          className="button"
          data-size="small"
          to={`/backtests?tickers=${encodeURIComponent(tickers.join(','))}`}
        >
          {text.backtest}
        </Link>
        <span role="status">{done}</span>
        <FailureNotice failure={failure} />
      </span>
      <button type="button" className="button" data-kind="plain" data-size="small" onClick={onClear}>
        {text.unselect}
      </button>
    </div>
  );
}
