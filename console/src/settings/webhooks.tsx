import { useState } from 'react';
import { useRequest } from '../data/use-request.ts';
import { WebhooksDocument } from '../generated/graphql.ts';
import { Empty, FailureNotice, Skeleton } from '../parts/panel.tsx';
import { NewWebhook } from './new-webhook.tsx';
import { Secret } from './secret.tsx';
import { text } from './settings.text.ts';
import { Webhook } from './webhook.tsx';

export function Webhooks() {
  const { data, failure, reload } = useRequest(WebhooksDocument, {}, { everyMs: 5_000 });
  const [secret, setSecret] = useState<string | null>(null);
  const created = (issued: string) => {
    setSecret(issued);
    reload();
  };
  return (
    <>
      {secret !== null && <Secret secret={secret} onDone={() => setSecret(null)} />}
      <NewWebhook onCreated={created} />
      <FailureNotice failure={failure} retry={reload} />
      {data === null && failure === null && <Skeleton rows={3} />}
      {data?.webhooks.length === 0 && <Empty>{text.webhooks.none}</Empty>}
      {data?.webhooks.map((webhook) => (
        <Webhook key={webhook.id} webhook={webhook} onChange={reload} />
      ))}
    </>
  );
}
