import { useState } from 'react';
import { refusalOf } from '../data/failure.ts';
import { useSend } from '../data/use-send.ts';
import { CancelJobDocument, type JobRowFragment, RetryJobDocument } from '../generated/graphql.ts';
import { text } from './jobs.text.ts';

const isActive = ({ state }: JobRowFragment) => state === 'QUEUED' || state === 'PROCESSING';
const isRetryable = (job: JobRowFragment) => !isActive(job) && job.failed > 0;

/** Cancels or retries every job that the filter shows, with the count in the button and a second click to confirm. */
export function BulkActions({ jobs, onDone }: { jobs: readonly JobRowFragment[]; onDone: () => void }) {
  const { send, busy, failure, setFailure } = useSend();
  const [asked, setAsked] = useState<'CANCEL' | 'RETRY' | null>(null);
  const active = jobs.filter(isActive);
  const failed = jobs.filter(isRetryable);

  const run = async (what: 'CANCEL' | 'RETRY') => {
    if (asked !== what) return setAsked(what);
    setAsked(null);
    for (const { id } of what === 'CANCEL' ? active : failed) {
      const input = { id, idempotencyKey: crypto.randomUUID() };
      const refusal =
        what === 'CANCEL'
          ? refusalOf((await send(CancelJobDocument, { input }))?.cancelJob ?? { __typename: '' })
          : refusalOf((await send(RetryJobDocument, { input }))?.retryJob ?? { __typename: '' });
      if (refusal !== null) {
        setFailure(refusal);
        break;
      }
    }
    onDone();
  };
  return (
    <>
      {failure !== null && (
        <span className="down" role="alert">
          {failure.message}
        </span>
      )}
      {active.length > 1 && (
        <button
          type="button"
          className="button"
          data-kind="danger"
          data-size="small"
          disabled={busy}
          onClick={() => run('CANCEL')}
        >
          {asked === 'CANCEL' ? text.sure : text.cancelAll(active.length)}
        </button>
      )}
      {failed.length > 1 && (
        <button
          type="button"
          className="button"
          data-size="small"
          disabled={busy}
          onClick={() => run('RETRY')}
        >
          {asked === 'RETRY' ? text.sure : text.retryAll(failed.length)}
        </button>
      )}
    </>
  );
}
