import { useEffect, useRef } from 'react';
import { navigate } from '../routing/address.ts';
import { RAIL } from './routes.ts';

const isEditing = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) ||
    target.closest('dialog') !== null);

/** Rows that `j` and `k` go through: links and buttons that carry `data-row`. */
function moveInRows(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  rows[at === -1 ? 0 : Math.max(0, Math.min(rows.length - 1, at + step))]?.focus();
}

/** The keys of the whole console. They do nothing while the reader types. */
export function useShortcuts({ onSearch, onHelp }: { onSearch: () => void; onHelp: () => void }): void {
  const goes = useRef(0);
  const handlers = useRef({ onSearch, onHelp });
  handlers.current = { onSearch, onHelp };
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const { key, ctrlKey, metaKey, altKey } = event;
      if ((ctrlKey || metaKey) && key.toLowerCase() === 'k') {
        event.preventDefault();
        handlers.current.onSearch();
        return;
      }
      if (ctrlKey || metaKey || altKey || isEditing(event.target)) return;
      const page = RAIL.find(([, , letter]) => letter === key);
      if (performance.now() - goes.current < 1_000 && page !== undefined) navigate(page[1]);
      else if (key === '/') {
        event.preventDefault();
        handlers.current.onSearch();
      } else if (key === '?') handlers.current.onHelp();
      else if (key === 'j' || key === 'k') moveInRows(key === 'j' ? 1 : -1);
      goes.current = key === 'g' ? performance.now() : 0;
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, []);
}
