import { useRequest } from '../data/use-request.ts';
import { count, short } from '../format/numbers.ts';
import { LimitsDocument } from '../generated/graphql.ts';
import { Figures } from '../parts/figures.tsx';
import { FailureNotice, Panel, Skeleton } from '../parts/panel.tsx';
import { text } from './settings.text.ts';

/** What the workspace may store and how much of it is used, as bars. */
export function Limits() {
  const { data, failure, reload } = useRequest(LimitsDocument, {}, { everyMs: 5_000 });
  if (data === null)
    return failure === null ? <Skeleton rows={4} /> : <FailureNotice failure={failure} retry={reload} />;
  const { viewer, rateLimit, queue, watchlists } = data;
  const { limits } = viewer;
  const items = watchlists.reduce((sum, { summary }) => sum + summary.items, 0);
  return (
    <Panel title={text.limits.title}>
      <div className="stack limits">
        <FailureNotice failure={failure} retry={reload} />
        <Usage name={text.limits.points} used={rateLimit.remaining} limit={rateLimit.limit} />
        <Usage name={text.limits.queued} used={queue.depth.itemsQueued} limit={limits.queuedItems} />
        <Usage name={text.limits.lists} used={watchlists.length} limit={limits.watchlists} />
        <Usage name={text.limits.listItems} used={items} limit={limits.watchlistItems} />
        <h3>{text.limits.only}</h3>
        <Figures
          of={[
            [text.limits.keys, count(limits.keys)],
            [text.limits.webhooks, count(limits.webhooks)],
            [text.limits.series, count(limits.ownSeries)],
            [text.limits.bars, count(limits.ownBars)],
            [text.limits.responses, count(limits.storedResponses)],
          ]}
        />
      </div>
    </Panel>
  );
}

function Usage({ name, used, limit }: { name: string; used: number; limit: number }) {
  const percent = Math.min(100, (100 * used) / Math.max(1, limit));
  return (
    <div className="stack-tight">
      <span className="row spread">
        <span>{name}</span>
        <span className="soft num" title={`${used} / ${limit}`}>
          {short(used)} / {short(limit)}
        </span>
      </span>
      <div className="bar" aria-hidden="true">
        <span style={{ width: `${percent}%` }} />
      </div>
    </div>
  );
}
