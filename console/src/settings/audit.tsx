import { toPage, usePages } from '../data/use-pages.ts';
import { AuditDocument, type AuditQuery } from '../generated/graphql.ts';
import { Empty, FailureNotice, Panel, Skeleton } from '../parts/panel.tsx';
import { TimeAgo } from '../parts/time-ago.tsx';
import { VirtualRows } from '../parts/virtual-rows.tsx';
import { setQuery, useAddress } from '../routing/address.ts';
import { text } from './settings.text.ts';

type Entry = AuditQuery['auditEntries']['edges'][number]['node'];

const WIDTHS = [104, 176, 112, 152, null, 128];

/** Who did what, the newest first, with the filter in the address. */
export function Audit() {
  const { query } = useAddress();
  const rejected = query.get('rejected') === '1';
  const target = query.get('target')?.trim() ?? '';
  const filter = { ...(rejected && { refused: true }), ...(target !== '' && { target }) };
  const pages = usePages(AuditDocument, { filter, first: 100 }, ({ auditEntries }) =>
    toPage<Entry>(auditEntries),
  );
  return (
    <Panel
      title={text.audit.title}
      aside={
        <span className="row wrap">
          <label className="row small">
            <input
              type="checkbox"
              checked={rejected}
              onChange={(event) => setQuery({ rejected: event.target.checked ? '1' : null })}
            />
            {text.audit.rejected}
          </label>
          <input
            className="field"
            type="search"
            aria-label={text.audit.target}
            placeholder={text.audit.target}
            value={query.get('target') ?? ''}
            onChange={(event) => setQuery({ target: event.target.value || null }, { replace: true })}
          />
        </span>
      }
      flush
    >
      <FailureNotice failure={pages.failure} retry={pages.reload} />
      {!pages.isRead && pages.failure === null && <Skeleton rows={6} />}
      {pages.isRead && pages.rows.length === 0 && <Empty>{text.audit.none}</Empty>}
      {pages.rows.length > 0 && (
        <div className="audit-rows">
          <VirtualRows
            label={text.audit.title}
            count={pages.rows.length}
            widths={WIDTHS}
            onNearEnd={pages.hasMore ? pages.readMore : undefined}
            header={
              <thead>
                <tr>
                  {text.audit.columns.map((name) => (
                    <th key={name}>{name}</th>
                  ))}
                </tr>
              </thead>
            }
            row={(i) => {
              const entry = pages.rows[i];
              return entry === undefined ? null : <Row key={entry.uuid} entry={entry} />;
            }}
          />
        </div>
      )}
    </Panel>
  );
}

function Row({ entry }: { entry: Entry }) {
  const { action, outcome, subject, keyId, targetType, targetIds, times, createdAt, address } = entry;
  const isDone = outcome === 'OK' || outcome === 'DONE';
  return (
    <tr>
      <td className="dim">
        <TimeAgo time={createdAt} />
      </td>
      <td className="cut">
        {action} {times > 1 && <span className="dim">×{times}</span>}
      </td>
      <td className={isDone ? '' : 'down'}>{outcome}</td>
      <td className="cut" title={keyId ?? undefined}>
        {subject}
      </td>
      <td className="cut" title={targetIds.join(', ')}>
        <span className="soft">{targetType}</span> <code className="dim">{targetIds.join(', ')}</code>
      </td>
      <td className="dim cut">{address}</td>
    </tr>
  );
}
