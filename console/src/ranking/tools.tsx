import { useState } from 'react';
import { download } from '../data/download.ts';
import { failureOf } from '../data/failure.ts';
import { setQuery } from '../routing/address.ts';
import { COLUMNS, type Column } from './columns.tsx';
import { text } from './ranking.text.ts';
import { SavedViews } from './saved-views.tsx';
import type { View } from './view.ts';

/** Columns, saved views, and the export of the results behind the ranking. */
export function Tools({ columns, view }: { columns: readonly Column[]; view: View }) {
  const [failed, setFailed] = useState<string | null>(null);
  const shown = columns.map(({ id }) => id);
  const toggle = (id: (typeof shown)[number]) => {
    const next = shown.includes(id) ? shown.filter((one) => one !== id) : [...shown, id];
    setQuery({ cols: next.join(',') }, { replace: true });
  };
  const save = () => {
    const parameters = new URLSearchParams({ strategy: view.strategy });
    for (const verdict of view.verdicts)
      if (verdict !== 'NOT_ANALYSED') parameters.append('verdict', verdict);
    setFailed(null);
    download(`/export/analyses.csv?${parameters}`).catch((error: unknown) =>
      setFailed(failureOf(error).message),
    );
  };
  return (
    <div className="row wrap">
      {failed !== null && (
        <span className="down" role="alert">
          {failed}
        </span>
      )}
      <SavedViews />
      <details className="drop">
        <summary className="button" data-size="small">
          {text.columns}
        </summary>
        <div className="menu drop-menu">
          {COLUMNS.map(({ id }) => (
            <label key={id} className="menu-item">
              {text.names[id]}
              <input type="checkbox" checked={shown.includes(id)} onChange={() => toggle(id)} />
            </label>
          ))}
        </div>
      </details>
      <button type="button" className="button" data-size="small" onClick={save}>
        {text.export}
      </button>
    </div>
  );
}
