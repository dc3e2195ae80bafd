import { useState } from 'react';
import { refusalOf } from '../data/failure.ts';
import { useJobEnd, WithJob } from '../data/job-end.tsx';
import { useSend } from '../data/use-send.ts';
import {
  AnalyzeListDocument,
  DeleteListDocument,
  RenameListDocument,
  type SourceId,
  type StrategyId,
} from '../generated/graphql.ts';
import { Select } from '../parts/select.tsx';
import { SOURCES } from '../parts/sources.ts';
import { navigate } from '../routing/address.ts';
import { text } from './watchlists.text.ts';

interface Props {
  readonly list: { readonly id: string; readonly name: string; readonly isDefault: boolean };
  readonly strategy: StrategyId;
  readonly onChange: () => void;
}

export function ListActions({ list: { id, name, isDefault }, strategy, onChange }: Props) {
  const { send, busy, failure, setFailure } = useSend();
  const [source, setSource] = useState<SourceId | ''>('');
  const [jobId, setJobId] = useState<string | null>(null);
  const [isAsked, setIsAsked] = useState(false);
  useJobEnd(jobId, () => {
    setJobId(null);
    onChange();
  });
  const idempotencyKey = () => crypto.randomUUID();

  const analyse = async () => {
    const chosen = source === '' ? {} : { source };
    const input = { id, strategy, force: true, idempotencyKey: idempotencyKey(), ...chosen };
    const result = await send(AnalyzeListDocument, { input });
    if (result === null) return;
    const payload = result.analyzeWatchlist;
    if (payload.__typename === 'SubmitJobPayload') setJobId(payload.job.id);
    else setFailure(refusalOf(payload));
  };
  const rename = async () => {
    const entered = prompt(text.newerName, name)?.trim();
    if (!entered || entered === name) return;
    const input = { id, name: entered, idempotencyKey: idempotencyKey() };
    const result = await send(RenameListDocument, { input });
    if (result !== null) setFailure(refusalOf(result.updateWatchlist));
    onChange();
  };
  const remove = async () => {
    if (!isAsked) return setIsAsked(true);
    const result = await send(DeleteListDocument, { input: { id, idempotencyKey: idempotencyKey() } });
    if (result === null) return;
    const refusal = refusalOf(result.deleteWatchlist);
    setFailure(refusal);
    onChange();
    if (refusal === null) navigate('/watchlists');
  };
  return (
    <>
      {failure !== null && (
        <span className="down" role="alert">
          {failure.message}
        </span>
      )}
      <Select
        quiet
        label={text.source}
        value={source}
        onChange={setSource}
        options={[['', text.usual], ...SOURCES]}
      />
      <button
        type="button"
        className="button"
        data-kind="primary"
        disabled={busy || jobId !== null}
        onClick={analyse}
      >
        {jobId === null ? (
          text.analyse
        ) : (
          <WithJob id={jobId} show={({ data }) => text.running(Math.floor(data?.progress ?? 0))} />
        )}
      </button>
      <button type="button" className="button" disabled={busy} onClick={rename}>
        {text.rename}
      </button>
      {!isDefault && (
        <button type="button" className="button" data-kind="danger" disabled={busy} onClick={remove}>
          {isAsked ? text.sure : text.remove}
        </button>
      )}
    </>
  );
}
