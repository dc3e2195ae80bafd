import { useState } from 'react';
import { refusalOf } from '../data/failure.ts';
import { toPage, usePages } from '../data/use-pages.ts';
import { useSend } from '../data/use-send.ts';
import { day } from '../format/time.ts';
import { KeysDocument, type KeysQuery, RevokeKeyDocument, RotateKeyDocument } from '../generated/graphql.ts';
import { Chip } from '../parts/chips.tsx';
import { Empty, FailureNotice, Panel, Skeleton } from '../parts/panel.tsx';
import { TimeAgo } from '../parts/time-ago.tsx';
import { Confirm } from './confirm.tsx';
import { NewKey } from './new-key.tsx';
import { Secret } from './secret.tsx';
import { text } from './settings.text.ts';

type Key = KeysQuery['apiKeys']['edges'][number]['node'];

/** Keys with what they may do and when they were used; secrets are shown once. */
export function Keys() {
  const pages = usePages(KeysDocument, {}, ({ apiKeys }) => toPage<Key>(apiKeys));
  const { send, busy, failure, setFailure } = useSend();
  const [secret, setSecret] = useState<string | null>(null);

  const rotate = async (keyId: string) => {
    const input = { keyId, overlapHours: 24, idempotencyKey: crypto.randomUUID() };
    const payload = (await send(RotateKeyDocument, { input }))?.rotateApiKey;
    if (payload?.__typename === 'IssuedApiKey') setSecret(payload.secret);
    else if (payload !== undefined) setFailure(refusalOf(payload));
    pages.reload();
  };
  const revoke = async (keyId: string) => {
    const input = { keyId, idempotencyKey: crypto.randomUUID() };
    const payload = (await send(RevokeKeyDocument, { input }))?.revokeApiKey;
    if (payload !== undefined) setFailure(refusalOf(payload));
    pages.reload();
  };
  const created = (issued: string) => {
    setSecret(issued);
    pages.reload();
  };
  return (
    <>
      {secret !== null && <Secret secret={secret} onDone={() => setSecret(null)} />}
      <NewKey onCreated={created} />
      <Panel title={text.keys.title} flush>
        <FailureNotice failure={failure ?? pages.failure} retry={pages.reload} />
        {!pages.isRead && pages.failure === null && <Skeleton rows={3} />}
        {pages.isRead && pages.rows.length === 0 && <Empty>{text.keys.none}</Empty>}
        {pages.rows.length > 0 && (
          <table className="table">
            <thead>
              <tr>
                {text.keys.columns.map((name) => (
                  <th key={name}>{name}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {pages.rows.map((key) => (
                <Row key={key.keyId} apiKey={key} busy={busy} onRotate={rotate} onRevoke={revoke} />
              ))}
            </tbody>
          </table>
        )}
        {pages.hasMore && (
          <button type="button" className="button" data-kind="plain" onClick={pages.readMore}>
            …
          </button>
        )}
      </Panel>
    </>
  );
}

interface RowProps {
  readonly apiKey: Key;
  readonly busy: boolean;
  readonly onRotate: (keyId: string) => void;
  readonly onRevoke: (keyId: string) => void;
}

function Row({ apiKey, busy, onRotate, onRevoke }: RowProps) {
  const { keyId, name, scopes, createdAt, createdBy, lastUsedAt, expiresAt, revokedAt } = apiKey;
  return (
    <tr>
      <td>{name}</td>
      <td>
        <code>{keyId}</code>
      </td>
      <td className="soft">{scopes.map((scope) => scope.toLowerCase().replace('_', ':')).join(', ')}</td>
      <td className="dim" title={createdBy}>
        <TimeAgo time={createdAt} />
      </td>
      <td className="dim">{lastUsedAt == null ? text.keys.never : <TimeAgo time={lastUsedAt} />}</td>
      <td className="dim nowrap">{expiresAt == null ? text.keys.never : day(expiresAt.slice(0, 10))}</td>
      <td className="num">
        {revokedAt == null ? (
          <span className="row key-actions">
            <button
              type="button"
              className="button"
              data-size="small"
              disabled={busy}
              title={text.keys.old}
              onClick={() => onRotate(keyId)}
            >
              {text.keys.rotate}
            </button>
            <Confirm name={text.keys.revoke} disabled={busy} onConfirm={() => onRevoke(keyId)} />
          </span>
        ) : (
          <Chip tone="struck">{text.keys.revoked}</Chip>
        )}
      </td>
    </tr>
  );
}
