import { type FormEvent, useEffect, useState } from 'react';
import { useClient } from 'thetool-client/react';
import { refusalOf } from '../data/failure.ts';
import { sendDocument } from '../data/send-document.ts';
import { useSend } from '../data/use-send.ts';
import { tickersOf } from '../format/words.ts';
import { AddToListDocument, ResolveTickersDocument } from '../generated/graphql.ts';
import { FailureNotice } from '../parts/panel.tsx';
import { text } from './watchlists.text.ts';

const TYPING_MS = 250;
/** Tickers that are looked up for the preview. */
const LOOKED_UP = 20;

interface Props {
  readonly id: string;
  readonly present: readonly string[];
  readonly onAdded: () => void;
}

/** A pasted column of tickers, with a preview of what each of them is. */
export function AddTickers({ id, present, onAdded }: Props) {
  const [entered, setEntered] = useState('');
  const { send, busy, failure, setFailure } = useSend();
  const tickers = tickersOf(entered);
  const added = tickers.filter((ticker) => !present.includes(ticker));
  const names = useNames(added);

  const add = async (event: FormEvent) => {
    event.preventDefault();
    if (added.length === 0) return;
    const result = await send(AddToListDocument, {
      input: { id, tickers: added, idempotencyKey: crypto.randomUUID() },
    });
    if (result === null) return;
    const refusal = refusalOf(result.addToWatchlist);
    setFailure(refusal);
    if (refusal === null) setEntered('');
    onAdded();
  };
  return (
    <form className="panel-body stack-tight" onSubmit={add}>
      <span className="row">
        <textarea
          className="field grow add-tickers"
          rows={1}
          aria-label={text.paste}
          placeholder={text.paste}
          value={entered}
          onChange={(event) => setEntered(event.target.value)}
        />
        <button type="submit" className="button" disabled={busy || added.length === 0}>
          {text.add(added.length)}
        </button>
      </span>
      {tickers.length > 0 && (
        <ul className="row wrap small">
          {tickers.slice(0, LOOKED_UP).map((ticker) => (
            <li key={ticker} className="chip">
              {ticker}{' '}
              <span className="dim">
                {present.includes(ticker) ? text.inList : (names.get(ticker) ?? text.unknown)}
              </span>
            </li>
          ))}
        </ul>
      )}
      <FailureNotice failure={failure} />
    </form>
  );
}

/** Names of tickers that are instruments, as far as they are known. */
function useNames(tickers: readonly string[]): ReadonlyMap<string, string> {
  const client = useClient();
  const [names, setNames] = useState<ReadonlyMap<string, string>>(new Map());
  const wanted = tickers.slice(0, LOOKED_UP).join(',');
  useEffect(() => {
    let isLeft = false;
    const timer = setTimeout(() => {
      for (const search of wanted.split(',').filter((one) => one !== '')) {
        sendDocument(client, ResolveTickersDocument, { search })
          .then(({ instruments }) => {
            const node = instruments.edges[0]?.node;
            if (isLeft || node === undefined || (node.ticker !== search && node.symbol !== search)) return;
            setNames((last) => new Map(last).set(search, node.name));
          })
          // The preview is a help: the server judges what is added.
          .catch(() => undefined);
      }
    }, TYPING_MS);
    return () => {
      isLeft = true;
      clearTimeout(timer);
    };
  }, [client, wanted]);
  return names;
}
