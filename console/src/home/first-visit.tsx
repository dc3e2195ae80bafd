import { useState } from 'react';
import { refusalOf } from '../data/failure.ts';
import { useJobEnd, WithJob } from '../data/job-end.tsx';
import { useSend } from '../data/use-send.ts';
import { SubmitDocument } from '../generated/graphql.ts';
import { FailureNotice, Panel } from '../parts/panel.tsx';
import { Progress } from '../parts/progress.tsx';
import { STRATEGIES } from '../parts/strategies.ts';
import { navigate } from '../routing/address.ts';
import { text } from './home.text.ts';

/** A day of the sample on which the strategy buys: the first result that a newcomer sees has a trade plan. */
const SAMPLE_DAY = '2017-11-02';

/** For a workspace without results: what happens here, and a button that shows it. */
export function FirstVisit({ onStart }: { onStart: () => void }) {
  const { send, busy, failure, setFailure } = useSend();
  const [jobId, setJobId] = useState<string | null>(null);
  useJobEnd(jobId, () => navigate('/r/AAPL'));

  const run = async () => {
    const result = await send(SubmitDocument, {
      input: {
        tickers: ['AAPL'],
        source: 'SAMPLE',
        strategies: [...STRATEGIES],
        options: { asOf: SAMPLE_DAY, lookback: 'BARS_750' },
        idempotencyKey: crypto.randomUUID(),
      },
    });
    if (result === null) return;
    if (result.submitAnalysis.__typename !== 'SubmitJobPayload') {
      setFailure(refusalOf(result.submitAnalysis));
      return;
    }
    onStart();
    setJobId(result.submitAnalysis.job.id);
  };
  return (
    <Panel title={text.first.title}>
      <div className="stack">
        <ol className="first-steps">
          {text.first.steps.map((step, i) => (
            <li key={step}>
              <span className="first-number">{i + 1}</span>
              {step}
            </li>
          ))}
        </ol>
        {jobId === null ? (
          <div className="row wrap">
            <button type="button" className="button" data-kind="primary" disabled={busy} onClick={run}>
              {text.first.button}
            </button>
            <span className="dim">{text.first.note}</span>
          </div>
        ) : (
          <WithJob
            id={jobId}
            show={({ data }) => (
              <Progress
                percent={data?.progress ?? 0}
                state={data?.state ?? 'QUEUED'}
                label={text.first.running}
              />
            )}
          />
        )}
        <FailureNotice failure={failure} retry={run} />
      </div>
    </Panel>
  );
}
