import { type FormEvent, useState } from 'react';
import { refusalOf } from '../data/failure.ts';
import { useSend } from '../data/use-send.ts';
import { CreateHookDocument, type WebhookEvent } from '../generated/graphql.ts';
import { FailureNotice, Panel } from '../parts/panel.tsx';
import { Select } from '../parts/select.tsx';
import { text } from './settings.text.ts';

const EVENTS = Object.entries(text.webhooks.events) as [WebhookEvent, string][];

export function NewWebhook({ onCreated }: { onCreated: (secret: string) => void }) {
  const [url, setUrl] = useState('');
  const [event, setEvent] = useState<WebhookEvent>('ANALYSIS_STORED');
  const { send, busy, failure, setFailure } = useSend();
  const create = async (submitted: FormEvent) => {
    submitted.preventDefault();
    const input = { url, event, idempotencyKey: crypto.randomUUID() };
    const payload = (await send(CreateHookDocument, { input }))?.createWebhook;
    if (payload === undefined) return;
    if (payload.__typename !== 'WebhookSecretPayload') return setFailure(refusalOf(payload));
    setUrl('');
    onCreated(payload.secret);
  };
  return (
    <Panel title={text.webhooks.title}>
      <form className="stack-tight" onSubmit={create}>
        <div className="filters settings-form">
          <label className="label grow">
            {text.webhooks.url}
            <input
              className="field"
              type="url"
              placeholder="https://"
              value={url}
              onChange={(changed) => setUrl(changed.target.value)}
            />
          </label>
          <Select label={text.webhooks.event} value={event} onChange={setEvent} options={EVENTS} />
          <button type="submit" className="button" data-kind="primary" disabled={busy || url === ''}>
            {text.webhooks.create}
          </button>
        </div>
        <FailureNotice failure={failure} />
      </form>
    </Panel>
  );
}
