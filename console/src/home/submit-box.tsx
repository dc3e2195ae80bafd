import { type FormEvent, useState } from 'react';
import { refusalOf } from '../data/failure.ts';
import { useRequest } from '../data/use-request.ts';
import { useSend } from '../data/use-send.ts';
import { tickersOf } from '../format/words.ts';
import {
  type SourceId,
  type StrategyId,
  SubmitChoicesDocument,
  SubmitDocument,
} from '../generated/graphql.ts';
import { FailureNotice, Notice } from '../parts/panel.tsx';
import { Select } from '../parts/select.tsx';
import { SOURCES } from '../parts/sources.ts';
import { useAddress } from '../routing/address.ts';
import { Link } from '../routing/link.tsx';
import { text } from './home.text.ts';
import { TickerInput } from './ticker-input.tsx';

interface Sent {
  readonly jobId: string;
  readonly total: number;
  readonly deduplicated: boolean;
  readonly ticker: string | null;
}

const CHOICES: readonly (readonly [SourceId | '', string])[] = [['', text.submit.usual], ...SOURCES];

/** Submits tickers. The address may name them (`/?tickers=AAPL`), so that a link opens a prepared form. */
export function SubmitBox({ onSubmitted }: { onSubmitted: () => void }) {
  const { query } = useAddress();
  const asked = query.get('tickers') ?? '';
  const [tickers, setTickers] = useState(asked);
  const [seen, setSeen] = useState(asked);
  if (asked !== seen) {
    setSeen(asked);
    setTickers(asked);
  }
  const [strategy, setStrategy] = useState<StrategyId | 'ALL'>('BALANCED');
  const [source, setSource] = useState<SourceId | ''>('');
  const [asOf, setAsOf] = useState('');
  const [capital, setCapital] = useState('');
  const [force, setForce] = useState(false);
  const [sent, setSent] = useState<Sent | null>(null);
  const { data } = useRequest(SubmitChoicesDocument, {});
  const { send, busy, failure, setFailure } = useSend();
  const strategies = data?.strategies ?? [];
  const list = tickersOf(tickers);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (list.length === 0) return;
    const result = await send(SubmitDocument, {
      input: {
        tickers: list,
        ...(strategy === 'ALL' ? { strategies: strategies.map(({ id }) => id) } : { strategy }),
        ...(source !== '' && { source }),
        options: { ...(asOf !== '' && { asOf }), ...(capital !== '' && { capital }) },
        force,
        idempotencyKey: crypto.randomUUID(),
      },
    });
    if (result === null) return;
    const payload = result.submitAnalysis;
    if (payload.__typename !== 'SubmitJobPayload') return setFailure(refusalOf(payload));
    const { job, deduplicated } = payload;
    setSent({
      jobId: job.id,
      total: job.total,
      deduplicated,
      ticker: list.length === 1 ? (list[0] ?? null) : null,
    });
    onSubmitted();
  };

  return (
    <form className="panel submit-box" onSubmit={submit}>
      <div className="submit-line">
        <TickerInput value={tickers} onChange={setTickers} />
        <Select
          quiet
          label={text.submit.strategy}
          value={strategy}
          onChange={setStrategy}
          options={[
            ...(strategies.length === 0
              ? ([['BALANCED', 'Balanced Analysis']] as const)
              : strategies.map(({ id, title }) => [id, title] as const)),
            ['ALL', text.submit.all],
          ]}
        />
        <Select quiet label={text.submit.source} value={source} onChange={setSource} options={CHOICES} />
        <button type="submit" className="button" data-kind="primary" disabled={busy || list.length === 0}>
          {text.submit.button} {list.length > 1 && list.length}
        </button>
      </div>
      <details className="small">
        <summary className="soft">{text.submit.options}</summary>
        <div className="filters submit-options">
          <label className="label">
            {text.submit.asOf}
            <input
              className="field"
              type="date"
              value={asOf}
              onChange={(event) => setAsOf(event.target.value)}
            />
          </label>
          <label className="label">
            {text.submit.capital}
            <input
              className="field"
              inputMode="decimal"
              placeholder="100000"
              value={capital}
              onChange={(event) => setCapital(event.target.value.replaceAll(',', ''))}
            />
          </label>
          <label className="row">
            <input type="checkbox" checked={force} onChange={(event) => setForce(event.target.checked)} />
            {text.submit.force}
          </label>
        </div>
      </details>
      <FailureNotice failure={failure} />
      {sent !== null && failure === null && (
        <Notice tone="accent">
          <span>{sent.deduplicated ? text.submit.joined : text.submit.sent(sent.total)}</span>
          <Link to={`/jobs/${encodeURIComponent(sent.jobId)}`}>{text.submit.openJob}</Link>
          {sent.ticker !== null && (
            <Link to={`/r/${encodeURIComponent(sent.ticker)}`}>{text.submit.open(sent.ticker)}</Link>
          )}
        </Notice>
      )}
    </form>
  );
}
