import { useEffect, useState } from 'react';
import { sentenceCase } from '../format/words.ts';
import { Select } from '../parts/select.tsx';
import { setQuery, useAddress } from '../routing/address.ts';
import { KINDS, ORIGINS, STATES } from './filter.ts';
import { text } from './jobs.text.ts';

const TYPING_MS = 300;

export function JobFilters() {
  const { query } = useAddress();
  const states = query.getAll('state');
  return (
    <div className="filters">
      <fieldset className="button-group">
        <legend className="hidden-text">{text.state}</legend>
        {STATES.map((state) => (
          <button
            key={state}
            type="button"
            className="button"
            data-kind="plain"
            data-size="small"
            aria-pressed={states.includes(state)}
            onClick={() =>
              setQuery({
                state: states.includes(state) ? states.filter((one) => one !== state) : [...states, state],
              })
            }
          >
            {sentenceCase(state)}
          </button>
        ))}
      </fieldset>
      <TickerFilter value={query.get('ticker') ?? ''} />
      <Choice name="kind" label={text.kind} value={query.get('kind')} options={KINDS} />
      <Choice name="origin" label={text.origin} value={query.get('origin')} options={ORIGINS} />
      <Day name="from" label={text.from} value={query.get('from')} />
      <Day name="to" label={text.to} value={query.get('to')} />
    </div>
  );
}

function TickerFilter({ value }: { value: string }) {
  const [entered, setEntered] = useState(value);
  useEffect(() => {
    if (entered === value) return;
    const timer = setTimeout(() => setQuery({ ticker: entered || null }, { replace: true }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [entered, value]);
  return (
    <input
      className="field ticker-filter"
      type="search"
      aria-label={text.ticker}
      placeholder={text.ticker}
      value={entered}
      onChange={(event) => setEntered(event.target.value)}
    />
  );
}

interface ChoiceProps {
  readonly name: string;
  readonly label: string;
  readonly value: string | null;
  readonly options: readonly string[];
}

function Choice({ name, label, value, options }: ChoiceProps) {
  return (
    <Select
      quiet
      label={label}
      value={value ?? ''}
      onChange={(next) => setQuery({ [name]: next || null })}
      options={[['', `${label}: ${text.all}`], ...options.map((one) => [one, sentenceCase(one)] as const)]}
    />
  );
}

function Day({ name, label, value }: { name: string; label: string; value: string | null }) {
  return (
    <input
      className="field wide-only"
      type="date"
      aria-label={label}
      title={label}
      value={value ?? ''}
      onChange={(event) => setQuery({ [name]: event.target.value || null })}
    />
  );
}
