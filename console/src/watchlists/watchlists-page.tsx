import { type FormEvent, useState } from 'react';
import { refusalOf } from '../data/failure.ts';
import { useRequest } from '../data/use-request.ts';
import { useSend } from '../data/use-send.ts';
import {
  CreateListDocument,
  WatchlistNamesDocument,
  type WatchlistNamesQuery,
} from '../generated/graphql.ts';
import { FailureNotice, Skeleton } from '../parts/panel.tsx';
import { navigate } from '../routing/address.ts';
import { Link } from '../routing/link.tsx';
import { List } from './list.tsx';
import './watchlists.css';
import { text } from './watchlists.text.ts';

/** Lists at the left, the open one beside them: `/watchlists/<id>`. */
export function WatchlistsPage({ rest }: { rest: string }) {
  const names = useRequest(WatchlistNamesDocument, {}, { onResults: true });
  const lists = names.data?.watchlists ?? [];
  const openId = rest || (lists.find(({ summary }) => summary.items > 0) ?? lists[0])?.id;
  return (
    <div className="page">
      <h1>{text.title}</h1>
      <FailureNotice failure={names.failure} retry={names.reload} />
      <div className="lists">
        <nav className="panel lists-names" aria-label={text.title}>
          {names.data === null && <Skeleton rows={3} />}
          {lists.map((list) => (
            <Name key={list.id} list={list} isOpen={list.id === openId} />
          ))}
          <NewList
            onCreated={(id) => {
              names.reload();
              navigate(`/watchlists/${encodeURIComponent(id)}`);
            }}
          />
        </nav>
        {openId !== undefined && <List id={openId} key={openId} onChange={names.reload} />}
      </div>
    </div>
  );
}

function Name({ list, isOpen }: { list: WatchlistNamesQuery['watchlists'][number]; isOpen: boolean }) {
  const { id, name, summary } = list;
  return (
    <Link
      to={`/watchlists/${encodeURIComponent(id)}`}
      className="rail-link spread"
      aria-current={isOpen ? 'page' : undefined}
      data-row
    >
      <span className="cut">{name}</span>
      <span className="small dim nowrap">
        {summary.items} · <span className="up">▲ {summary.buy}</span>{' '}
        <span className="down">▼ {summary.sell}</span>
      </span>
    </Link>
  );
}

function NewList({ onCreated }: { onCreated: (id: string) => void }) {
  const [name, setName] = useState('');
  const { send, busy, failure, setFailure } = useSend();
  const create = async (event: FormEvent) => {
    event.preventDefault();
    const result = await send(CreateListDocument, { input: { name, idempotencyKey: crypto.randomUUID() } });
    if (result === null) return;
    const payload = result.createWatchlist;
    if (payload.__typename !== 'WatchlistPayload') return setFailure(refusalOf(payload));
    setName('');
    onCreated(payload.watchlist.id);
  };
  return (
    <form className="stack-tight new-list" onSubmit={create}>
      <span className="row">
        <input
          className="field grow"
          aria-label={text.newName}
          placeholder={text.newName}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <button type="submit" className="button" disabled={busy || name.trim() === ''}>
          {text.create}
        </button>
      </span>
      <FailureNotice failure={failure} />
    </form>
  );
}
