import { useEffect, useState } from 'react';
import { useRequest } from '../data/use-request.ts';
import { sentenceCase } from '../format/words.ts';
import { type RankingCountsQuery, RankingListsDocument } from '../generated/graphql.ts';
import { Select } from '../parts/select.tsx';
import { setQuery, useAddress } from '../routing/address.ts';
import { text } from './ranking.text.ts';
import { ScreenForm } from './screen-form.tsx';
import { VERDICTS, type View } from './view.ts';

interface Props {
  readonly view: View;
  readonly facets: RankingCountsQuery['ranking']['facets'] | null;
}

const TYPING_MS = 200;

/** Filters as chips, each of which a click removes. */
export function FilterBar({ view, facets }: Props) {
  const { query } = useAddress();
  const { data } = useRequest(RankingListsDocument, {});
  const counts = new Map(facets?.verdicts.map(({ verdict, count }) => [verdict, count]));
  const sectors = facets?.sectors.flatMap(({ sector }) => sector ?? []) ?? [];
  const toggle = (verdict: (typeof VERDICTS)[number]) =>
    setQuery({
      verdict: view.verdicts.includes(verdict)
        ? view.verdicts.filter((one) => one !== verdict)
        : [...view.verdicts, verdict],
    });
  return (
    <div className="filters">
      <Search value={query.get('q') ?? ''} />
      <fieldset className="button-group">
        <legend className="hidden-text">{text.verdict}</legend>
        {VERDICTS.map((verdict) => (
          <button
            key={verdict}
            type="button"
            className="button"
            data-size="small"
            data-kind="plain"
            aria-pressed={view.verdicts.includes(verdict)}
            onClick={() => toggle(verdict)}
          >
            {sentenceCase(verdict)} <span className="dim">{counts.get(verdict) ?? ''}</span>
          </button>
        ))}
      </fieldset>
      <Select
        quiet
        label={text.sector}
        value={view.sector ?? ''}
        onChange={(value) => setQuery({ sector: value || null })}
        options={[
          ['', `${text.sector}: ${text.everything.toLowerCase()}`],
          ...[...new Set([...sectors, ...(view.sector === null ? [] : [view.sector])])].map(
            (one) => [one, one] as const,
          ),
        ]}
      />
      <Select
        quiet
        label={text.list}
        value={query.get('list') ?? ''}
        onChange={(value) => setQuery({ list: value || null })}
        options={[
          ['', `${text.list}: ${text.everything.toLowerCase()}`],
          ...(data?.watchlists.map(({ id, name }) => [id, name] as const) ?? []),
        ]}
      />
      {view.screens.map((screen) => (
        <button
          key={screen}
          type="button"
          className="chip"
          data-tone="accent"
          aria-label={text.remove(screen)}
          onClick={() => setQuery({ where: view.screens.filter((one) => one !== screen) })}
        >
          {screen.replace(/(<=|>=|<|>)/, ' $1 ')} ×
        </button>
      ))}
      <ScreenForm screens={view.screens} />
      <Switch name="demo" label={text.demo} isOn={query.get('demo') !== '0'} on={null} off="0" />
      <Switch name="gated" label={text.gated} isOn={query.get('gated') === '1'} on="1" off={null} />
    </div>
  );
}

function Search({ value }: { value: string }) {
  const [entered, setEntered] = useState(value);
  const [seen, setSeen] = useState(value);
  if (value !== seen) {
    setSeen(value);
    setEntered(value);
  }
  useEffect(() => {
    if (entered === value) return;
    const timer = setTimeout(
      () => setQuery({ q: entered === '' ? null : entered }, { replace: true }),
      TYPING_MS,
    );
    return () => clearTimeout(timer);
  }, [entered, value]);
  return (
    <input
      className="field"
      type="search"
      aria-label={text.search}
      placeholder={text.search}
      value={entered}
      onChange={(event) => setEntered(event.target.value)}
    />
  );
}

interface SwitchProps {
  readonly name: string;
  readonly label: string;
  readonly isOn: boolean;
  readonly on: string | null;
  readonly off: string | null;
}

function Switch({ name, label, isOn, on, off }: SwitchProps) {
  return (
    <label className="row small soft">
      <input
        type="checkbox"
        checked={isOn}
        onChange={(event) => setQuery({ [name]: event.target.checked ? on : off })}
      />
      {label}
    </label>
  );
}
