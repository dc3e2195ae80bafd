import { type FormEvent, useState } from 'react';
import { refusalOf } from '../data/failure.ts';
import { useSend } from '../data/use-send.ts';
import { sentenceCase, tickersOf } from '../format/words.ts';
import type { BacktestSides, SourceId, StrategyId } from '../generated/graphql.ts';
import { SubmitBacktestJobDocument } from '../generated/graphql.ts';
import { FailureNotice, Panel } from '../parts/panel.tsx';
import { Select } from '../parts/select.tsx';
import { SOURCES } from '../parts/sources.ts';
import { STRATEGIES } from '../parts/strategies.ts';
import { navigate, useAddress } from '../routing/address.ts';
import { text } from './backtests.text.ts';

const SIDES = Object.entries(text.form.sidesOf) as [BacktestSides, string][];

export function BacktestForm() {
  const { query } = useAddress();
  const [tickers, setTickers] = useState(query.get('tickers') ?? '');
  const [strategies, setStrategies] = useState<readonly StrategyId[]>(STRATEGIES);
  const [source, setSource] = useState<SourceId | ''>('');
  const [windowBars, setWindowBars] = useState('365');
  const [sides, setSides] = useState<BacktestSides>('LONG');
  const [costBps, setCostBps] = useState('10');
  const [overlap, setOverlap] = useState(false);
  const { send, busy, failure, setFailure } = useSend();
  const list = tickersOf(tickers);

  const toggle = (id: StrategyId) =>
    setStrategies(strategies.includes(id) ? strategies.filter((one) => one !== id) : [...strategies, id]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const result = await send(SubmitBacktestJobDocument, {
      input: {
        tickers: list,
        strategies: STRATEGIES.filter((id) => strategies.includes(id)),
        ...(source !== '' && { source }),
        options: { windowBars: Number(windowBars), sides, costBps: Number(costBps), overlap },
        idempotencyKey: crypto.randomUUID(),
      },
    });
    if (result === null) return;
    const payload = result.submitBacktest;
    if (payload.__typename !== 'SubmitJobPayload') return setFailure(refusalOf(payload));
    navigate(`/backtests/${encodeURIComponent(payload.job.id)}`);
  };
  return (
    <Panel title={text.form.button}>
      <form className="stack" onSubmit={submit}>
        <div className="filters backtest-form">
          <label className="label grow">
            {text.form.tickers}
            <input
              className="field"
              placeholder={text.form.placeholder}
              value={tickers}
              onChange={(event) => setTickers(event.target.value)}
            />
          </label>
          <Select
            label={text.form.source}
            value={source}
            onChange={setSource}
            options={[['', text.form.usual], ...SOURCES]}
          />
          <Select label={text.form.sides} value={sides} onChange={setSides} options={SIDES} />
          <NumberField
            label={text.form.window}
            help={text.form.windowHelp}
            value={windowBars}
            onChange={setWindowBars}
          />
          <NumberField
            label={text.form.cost}
            help={text.form.costHelp}
            value={costBps}
            onChange={setCostBps}
          />
        </div>
        <fieldset className="filters plain">
          <legend className="hidden-text">{text.form.strategies}</legend>
          {STRATEGIES.map((id) => (
            <label key={id} className="row">
              <input type="checkbox" checked={strategies.includes(id)} onChange={() => toggle(id)} />
              {sentenceCase(id)}
            </label>
          ))}
          <label className="row soft">
            <input type="checkbox" checked={overlap} onChange={(event) => setOverlap(event.target.checked)} />
            {text.form.overlap}
          </label>
          <span className="grow" />
          <button
            type="submit"
            className="button"
            data-kind="primary"
            disabled={busy || list.length === 0 || strategies.length === 0}
          >
            {text.form.button}
          </button>
        </fieldset>
        <FailureNotice failure={failure} />
      </form>
    </Panel>
  );
}

interface NumberProps {
  readonly label: string;
  readonly help: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function NumberField({ label, help, value, onChange }: NumberProps) {
  return (
    <label className="label" title={help}>
      {label}
      <input
        className="field limit"
        inputMode="decimal"
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  );
}
