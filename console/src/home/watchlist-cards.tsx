import { useRequest } from '../data/use-request.ts';
import { plural } from '../format/words.ts';
import { HomeWatchlistsDocument } from '../generated/graphql.ts';
import { FailureNotice, Panel, Skeleton } from '../parts/panel.tsx';
import { Link } from '../routing/link.tsx';
import { text } from './home.text.ts';

export function WatchlistCards() {
  const { data, failure, reload } = useRequest(HomeWatchlistsDocument, {}, { onResults: true });
  return (
    <Panel title={text.watchlists.title} aside={<Link to="/watchlists">{text.watchlists.all}</Link>} flush>
      <FailureNotice failure={failure} retry={reload} />
      {data === null && failure === null && <Skeleton rows={2} />}
      <ul>
        {data?.watchlists.slice(0, 6).map(({ id, name, summary }) => (
          <li key={id}>
            <Link to={`/watchlists/${encodeURIComponent(id)}`} className="list-card" data-row>
              <span className="row spread">
                <span className="cut">{name}</span>
                <span className="dim nowrap">{plural(summary.items, 'ticker')}</span>
              </span>
              {summary.analysed === 0 ? (
                <span className="small dim">{text.watchlists.empty}</span>
              ) : (
                <>
                  <Split {...summary} />
                  <span className="small soft">
                    {text.watchlists.counts(summary.buy, summary.hold, summary.sell)}
                  </span>
                </>
              )}
            </Link>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** Buys, holds and sells of a list as parts of a bar; the words below it say the same. */
function Split({ buy, hold, sell }: { buy: number; hold: number; sell: number }) {
  return (
    <span className="split" aria-hidden="true">
      <span style={{ flexGrow: buy, background: 'var(--up)' }} />
      <span style={{ flexGrow: hold, background: 'var(--line-strong)' }} />
      <span style={{ flexGrow: sell, background: 'var(--down)' }} />
    </span>
  );
}
