import { type FormEvent, useState } from 'react';
import { Link } from '../routing/link.tsx';
import { text } from './ranking.text.ts';

interface Saved {
  readonly name: string;
  readonly to: string;
}

const NAME = 'thetool-ranking-views';

function read(): readonly Saved[] {
  try {
    const views: unknown = JSON.parse(localStorage.getItem(NAME) ?? '[]');
    return Array.isArray(views) ? (views as Saved[]) : [];
  } catch {
    return [];
  }
}

/** Addresses of rankings under names, kept by this browser. */
export function SavedViews() {
  const [views, setViews] = useState(read);
  const [name, setName] = useState('');
  const change = (next: readonly Saved[]) => {
    localStorage.setItem(NAME, JSON.stringify(next));
    setViews(next);
  };
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() === '') return;
    const to = location.pathname + location.search;
    change([...views.filter((one) => one.name !== name.trim()), { name: name.trim(), to }]);
    setName('');
  };
  return (
    <details className="drop">
      <summary className="button" data-size="small">
        {text.views} {views.length > 0 && views.length}
      </summary>
      <div className="menu drop-menu">
        {views.map((view) => (
          <div key={view.name} className="row">
            <Link to={view.to} className="menu-item grow">
              {view.name}
            </Link>
            <button
              type="button"
              className="button"
              data-kind="plain"
              data-size="small"
              aria-label={text.deleteView(view.name)}
              onClick={() => change(views.filter((one) => one !== view))}
            >
              ×
            </button>
          </div>
        ))}
        <form className="row drop-form" onSubmit={save}>
          <input
            className="field grow"
            aria-label={text.viewName}
            placeholder={text.viewName}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <button type="submit" className="button" data-size="small">
            {text.saveView}
          </button>
        </form>
      </div>
    </details>
  );
}
