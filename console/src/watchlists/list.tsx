import { useRequest } from '../data/use-request.ts';
import { sentenceCase } from '../format/words.ts';
import { type StrategyId, WatchlistRowsDocument } from '../generated/graphql.ts';
import { Empty, FailureNotice, Panel, Skeleton } from '../parts/panel.tsx';
import { Select } from '../parts/select.tsx';
import { STRATEGIES } from '../parts/strategies.ts';
import { oneOf, setQuery, useAddress } from '../routing/address.ts';
import { AddTickers } from './add-tickers.tsx';
import { ItemTable } from './item-table.tsx';
import { ListActions } from './list-actions.tsx';
import { text } from './watchlists.text.ts';

/** While tickers run their states change: the list is read again this often. */
const EVERY_MS = 2_000;

export function List({ id, onChange }: { id: string; onChange: () => void }) {
  const { query } = useAddress();
  const strategy = oneOf<StrategyId>(query.get('strategy'), STRATEGIES) ?? 'BALANCED';
  const { data, failure, reload } = useRequest(
    WatchlistRowsDocument,
    { id, strategy },
    { onResults: true, everyMs: EVERY_MS },
  );
  const list = data?.watchlist;
  const changed = () => {
    reload();
    onChange();
  };
  if (data === null)
    return (
      <Panel title={text.title}>
        {failure === null ? <Skeleton rows={6} /> : <FailureNotice failure={failure} retry={reload} />}
      </Panel>
    );
  if (list == null)
    return (
      <Panel title={text.title}>
        <Empty>{text.missing}</Empty>
      </Panel>
    );
  return (
    <Panel
      title={
        <>
          {list.name} <span className="dim count">{text.counts(list.items.length)}</span>
        </>
      }
      aside={
        <span className="row wrap">
          <Select
            quiet
            label={text.strategy}
            value={strategy}
            onChange={(value) => setQuery({ strategy: value })}
            options={STRATEGIES.map((one) => [one, sentenceCase(one)] as const)}
          />
          <ListActions list={list} strategy={strategy} onChange={changed} />
        </span>
      }
      flush
    >
      <FailureNotice failure={failure} retry={reload} />
      <AddTickers id={id} present={list.items.map(({ ticker }) => ticker)} onAdded={changed} />
      {list.items.length === 0 ? (
        <Empty>{text.none}</Empty>
      ) : (
        <ItemTable listId={id} items={list.items} strategy={strategy} onChange={changed} />
      )}
    </Panel>
  );
}
