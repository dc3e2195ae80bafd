import { useState } from 'react';
import { refusalOf } from '../data/failure.ts';
import { useJobEnd, WithJob } from '../data/job-end.tsx';
import { useSend } from '../data/use-send.ts';
import { type SourceId, type StrategyId, SubmitDocument } from '../generated/graphql.ts';
import { text } from './result.text.ts';

interface Props {
  readonly ticker: string;
  readonly strategies: readonly StrategyId[];
  /** Null: the server's default source. */
  readonly source: SourceId | null;
  readonly name?: string;
  readonly onEnd: () => void;
}

/** Analyses the ticker and shows the progress in place of the button. */
export function Analyse({ ticker, strategies, source, name = text.analyse, onEnd }: Props) {
  const { send, busy, failure, setFailure } = useSend();
  const [jobId, setJobId] = useState<string | null>(null);
  useJobEnd(jobId, () => {
    setJobId(null);
    onEnd();
  });
  const submit = async () => {
    const result = await send(SubmitDocument, {
      input: {
        tickers: [ticker],
        strategies: [...strategies],
        ...(source !== null && { source }),
        force: true,
        idempotencyKey: crypto.randomUUID(),
      },
    });
    if (result === null) return;
    const payload = result.submitAnalysis;
    if (payload.__typename !== 'SubmitJobPayload') return setFailure(refusalOf(payload));
    setJobId(payload.job.id);
  };
  return (
    <span className="row">
      {failure !== null && (
        <span className="down" role="alert">
          {failure.message}
        </span>
      )}
      <button
        type="button"
        className="button"
        data-kind={name === text.analyse ? 'primary' : undefined}
        disabled={busy || jobId !== null}
        onClick={submit}
      >
        {jobId === null ? (
          name
        ) : (
          <WithJob id={jobId} show={({ data }) => text.running(Math.floor(data?.progress ?? 0))} />
        )}
      </button>
    </span>
  );
}
