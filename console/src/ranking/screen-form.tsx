import { type FormEvent, useState } from 'react';
import { indicatorName, sentenceCase } from '../format/words.ts';
import { setQuery } from '../routing/address.ts';
import { text } from './ranking.text.ts';
import { BOUNDS, INDICATORS, NUMBERS, screenOf } from './screens.ts';

/** Adds a condition such as RSI < 30. */
export function ScreenForm({ screens }: { screens: readonly string[] }) {
  const [open, setOpen] = useState(false);
  const [name, setName] = useState('RSI');
  const [bound, setBound] = useState<string>('<');
  const [limit, setLimit] = useState('30');
  const screen = `${name}${bound}${limit.trim().replace(',', '.')}`;
  const add = (event: FormEvent) => {
    event.preventDefault();
    if (screenOf(screen) === null) return;
    setQuery({ where: [...new Set([...screens, screen])] });
    setOpen(false);
  };
  if (!open)
    return (
      <button type="button" className="button" data-size="small" onClick={() => setOpen(true)}>
        + {text.add}
      </button>
    );
  return (
    <form className="row" onSubmit={add} aria-label={text.addTitle}>
      <select
        className="field"
        aria-label={text.number}
        value={name}
        onChange={(event) => setName(event.target.value)}
      >
        {INDICATORS.map((one) => (
          <option key={one} value={one}>
            {indicatorName(one)}
          </option>
        ))}
        {NUMBERS.map((one) => (
          <option key={one} value={one}>
            {sentenceCase(one)}
          </option>
        ))}
      </select>
      <select
        className="field"
        aria-label={text.bound}
        value={bound}
        onChange={(event) => setBound(event.target.value)}
      >
        {BOUNDS.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
      <input
        className="field limit"
        aria-label={text.limit}
        inputMode="decimal"
        value={limit}
        onChange={(event) => setLimit(event.target.value)}
      />
      <button type="submit" className="button" data-kind="primary" disabled={screenOf(screen) === null}>
        {text.add}
      </button>
    </form>
  );
}
