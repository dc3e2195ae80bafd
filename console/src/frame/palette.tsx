import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { useRequest } from '../data/use-request.ts';
import { PaletteSearchDocument } from '../generated/graphql.ts';
import { navigate } from '../routing/address.ts';
import { text } from './frame.text.ts';
import { type Entry, entriesFor } from './palette-entries.ts';

/** One box for everything that has an address. */
export function Palette({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [search, setSearch] = useState('');
  const [selected, setSelected] = useState(0);
  const { data } = useRequest(PaletteSearchDocument, { search: search.trim() });
  const entries = entriesFor(search, data);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);

  const open = (entry: Entry | undefined) => {
    if (entry === undefined) return;
    navigate(entry.to);
    onClose();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setSelected((last) => (last + step + entries.length) % Math.max(1, entries.length));
    }
    if (event.key === 'Enter') open(entries[selected]);
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself
    <dialog
      ref={dialog}
      className="overlay"
      aria-label={text.searchLong}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <input
        className="palette-input"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={`palette-${selected}`}
        aria-label={text.searchLong}
        placeholder={text.searchLong}
        value={search}
        onChange={(event) => {
          setSearch(event.target.value);
          setSelected(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div className="palette-list" id="palette-list" role="listbox" aria-label={text.searchLong}>
        {entries.length === 0 && <p className="empty">{text.nothing}</p>}
        {entries.map((entry, i) => (
          <div key={`${entry.to} ${entry.name}`} role="presentation">
            {entries[i - 1]?.group !== entry.group && <div className="palette-group">{entry.group}</div>}
            <button
              type="button"
              role="option"
              id={`palette-${i}`}
              className="menu-item"
              aria-selected={i === selected}
              tabIndex={-1}
              onMouseMove={() => setSelected(i)}
              onClick={() => open(entry)}
            >
              <span className="nowrap">{entry.name}</span>
              <span className="dim cut">{entry.aside}</span>
            </button>
          </div>
        ))}
      </div>
    </dialog>
  );
}
