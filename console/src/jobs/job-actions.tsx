import { useState } from 'react';
import { refusalOf } from '../data/failure.ts';
import { useSend } from '../data/use-send.ts';
import { CancelJobDocument, type JobState, RetryJobDocument } from '../generated/graphql.ts';
import { Link } from '../routing/link.tsx';
import { text } from './jobs.text.ts';

interface Props {
  readonly job: { readonly id: string; readonly state: JobState; readonly failed: number };
  readonly onChange: () => void;
}

export function JobActions({ job: { id, state, failed }, onChange }: Props) {
  const { send, busy, failure, setFailure } = useSend();
  const [retryId, setRetryId] = useState<string | null>(null);
  const isActive = state === 'QUEUED' || state === 'PROCESSING';

  const cancel = async () => {
    const result = await send(CancelJobDocument, { input: { id, idempotencyKey: crypto.randomUUID() } });
    if (result !== null) setFailure(refusalOf(result.cancelJob));
    onChange();
  };
  const retry = async () => {
    const result = await send(RetryJobDocument, { input: { id, idempotencyKey: crypto.randomUUID() } });
    if (result === null) return;
    const payload = result.retryJob;
    if (payload.__typename === 'SubmitJobPayload') setRetryId(payload.job.id);
    else setFailure(refusalOf(payload));
    onChange();
  };
  return (
    <span className="row wrap">
      {failure !== null && (
        <span className="down" role="alert">
          {failure.message}
        </span>
      )}
      {retryId !== null && (
        <span className="soft">
          {text.retried} <Link to={`/jobs/${encodeURIComponent(retryId)}`}>{text.openRetry}</Link>
        </span>
      )}
      {isActive && (
        <button
          type="button"
          className="button"
          data-kind="danger"
          data-size="small"
          disabled={busy}
          onClick={cancel}
        >
          {text.cancel}
        </button>
      )}
      {!isActive && failed > 0 && (
        <button type="button" className="button" data-size="small" disabled={busy} onClick={retry}>
          {text.retry(failed)}
        </button>
      )}
    </span>
  );
}
