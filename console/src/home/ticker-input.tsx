import { type KeyboardEvent, useState } from 'react';
import { useRequest } from '../data/use-request.ts';
import { TickerSearchDocument } from '../generated/graphql.ts';
import { text } from './home.text.ts';

/** Tickers with commas between them; the last word is searched among symbols and names. */
export function TickerInput({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [open, setOpen] = useState(false);
  const [selected, setSelected] = useState(-1);
  const word = value.split(/[\s,;]+/).at(-1) ?? '';
  const { data } = useRequest(TickerSearchDocument, { search: word }, { skip: !open || word.length < 1 });
  const found = open && word.length > 0 ? (data?.instruments.edges ?? []).map(({ node }) => node) : [];
  const shown = found.length === 1 && found[0]?.ticker === word.toUpperCase() ? [] : found;

  const choose = (ticker: string) => {
    onChange(`${value.slice(0, value.length - word.length)}${ticker}, `);
    setSelected(-1);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && shown.length > 0) {
      event.preventDefault();
      setSelected((last) => (last + step + shown.length) % shown.length);
    }
    const picked = shown[selected];
    if (picked !== undefined && (event.key === 'Enter' || event.key === 'Tab')) {
      event.preventDefault();
      choose(picked.ticker);
    }
    if (event.key === 'Escape') setOpen(false);
  };
  return (
    <span className="ticker-input">
      <input
        className="field"
        role="combobox"
        aria-expanded={shown.length > 0}
        aria-controls="ticker-list"
        aria-activedescendant={selected >= 0 ? `ticker-${selected}` : undefined}
        aria-label={text.submit.tickers}
        placeholder={text.submit.placeholder}
        autoComplete="off"
        spellCheck={false}
        value={value}
        onFocus={() => setOpen(true)}
        onBlur={() => setTimeout(() => setOpen(false), 150)}
        onChange={(event) => {
          onChange(event.target.value);
          setOpen(true);
          setSelected(-1);
        }}
        onKeyDown={onKeyDown}
      />
      {shown.length > 0 && (
        <div className="menu" id="ticker-list" role="listbox" aria-label={text.submit.tickers}>
          {shown.map(({ ticker, name, exchange }, i) => (
            <button
              key={ticker}
              id={`ticker-${i}`}
              type="button"
              role="option"
              tabIndex={-1}
              className="menu-item"
              aria-selected={i === selected}
              onClick={() => choose(ticker)}
            >
              <span>{ticker}</span>
              <span className="dim cut">
                {name} · {exchange}
              </span>
            </button>
          ))}
        </div>
      )}
    </span>
  );
}
