import { refusalOf } from '../data/failure.ts';
import { useSend } from '../data/use-send.ts';
import { count } from '../format/numbers.ts';
import { sentenceCase } from '../format/words.ts';
import {
  DeleteHookDocument,
  ReplayHookDocument,
  UpdateHookDocument,
  type WebhooksQuery,
} from '../generated/graphql.ts';
import { Chip } from '../parts/chips.tsx';
import { FailureNotice, Notice, Panel } from '../parts/panel.tsx';
import { TimeAgo } from '../parts/time-ago.tsx';
import { Confirm } from './confirm.tsx';
import { text } from './settings.text.ts';

type Hook = WebhooksQuery['webhooks'][number];

/** One webhook with its newest messages. */
export function Webhook({ webhook, onChange }: { webhook: Hook; onChange: () => void }) {
  const { id, url, event, state, disabledReason, failures, deliveries } = webhook;
  const { send, busy, failure, setFailure } = useSend();
  const key = () => ({ id, idempotencyKey: crypto.randomUUID() });
  const finish = (payload: { readonly __typename: string } | undefined) => {
    if (payload !== undefined) setFailure(refusalOf(payload));
    onChange();
  };
  const toggle = async () =>
    finish(
      (await send(UpdateHookDocument, { input: { ...key(), active: state !== 'ACTIVE' } }))?.updateWebhook,
    );
  const replay = async () => finish((await send(ReplayHookDocument, { input: key() }))?.replayWebhook);
  const remove = async () => finish((await send(DeleteHookDocument, { input: key() }))?.deleteWebhook);
  return (
    <Panel
      title={url}
      aside={
        <span className="row wrap">
          <Chip tone={state === 'ACTIVE' ? 'up' : 'warn'}>{sentenceCase(state)}</Chip>
          <button type="button" className="button" data-size="small" disabled={busy} onClick={toggle}>
            {state === 'ACTIVE' ? text.webhooks.pause : text.webhooks.resume}
          </button>
          <Confirm name={text.webhooks.replay} disabled={busy} onConfirm={replay} />
          <Confirm name={text.webhooks.remove} disabled={busy} onConfirm={remove} />
        </span>
      }
      flush
    >
      <FailureNotice failure={failure} />
      {(disabledReason != null || failures > 0) && (
        <Notice tone="warn">{disabledReason ?? text.webhooks.failing(failures)}</Notice>
      )}
      <p className="panel-body soft small">
        {text.webhooks.events[event]} · {text.webhooks.deliveries(deliveries.totalCount)}
      </p>
      {deliveries.edges.length > 0 && <Deliveries of={deliveries.edges.map(({ node }) => node)} />}
    </Panel>
  );
}

function Deliveries({ of }: { of: readonly Hook['deliveries']['edges'][number]['node'][] }) {
  return (
    <table className="table">
      <thead>
        <tr>
          {text.webhooks.columns.map((name) => (
            <th key={name}>{name}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {of.map(({ messageId, state, attempts, lastStatus, lastError, size, createdAt, deliveredAt }) => (
          <tr key={messageId}>
            <td>
              <code>{messageId}</code>
            </td>
            <td>{sentenceCase(state)}</td>
            <td>{attempts}</td>
            <td className={lastError == null ? '' : 'down'} title={lastError?.message}>
              {lastStatus ?? lastError?.code ?? '–'}
            </td>
            <td>{count(size)}</td>
            <td className="dim">
              <TimeAgo time={deliveredAt ?? createdAt} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
