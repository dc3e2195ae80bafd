import { useState } from 'react';
import { useAllShown } from '../data/shown.ts';
import { text } from './frame.text.ts';
import { graphiqlLink, LANGUAGES, type Language, nameOf, snippet } from './snippets.ts';

/** The documents of the page as it is, to copy into a program. */
export function Drawer() {
  const [open, setOpen] = useState(false);
  if (!open)
    return (
      <button type="button" className="button drawer-tab" data-size="small" onClick={() => setOpen(true)}>
        {'{ }'} <span className="wide-only">{text.drawer.open}</span>
      </button>
    );
  return <OpenDrawer onClose={() => setOpen(false)} />;
}

function OpenDrawer({ onClose }: { onClose: () => void }) {
  const all = useAllShown();
  const [chosen, setChosen] = useState('');
  const [language, setLanguage] = useState<Language>('GraphQL');
  const [copied, setCopied] = useState(false);
  const shown = all.find((one) => nameOf(one.text) === chosen) ?? all[0];
  const code =
    shown === undefined ? text.drawer.none : snippet(language, shown, `${location.origin}/graphql`);
  const copy = async () => {
    await navigator.clipboard.writeText(code);
    setCopied(true);
    setTimeout(() => setCopied(false), 1_500);
  };
  return (
    <section className="drawer" aria-label={text.drawer.open}>
      <div className="panel-head">
        <span className="row wrap">
          <select
            className="field"
            aria-label={text.drawer.document}
            value={shown === undefined ? '' : nameOf(shown.text)}
            onChange={(event) => setChosen(event.target.value)}
          >
            {[...new Set(all.map((one) => nameOf(one.text)))].map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
          {LANGUAGES.map((one) => (
            <button
              key={one}
              type="button"
              className="button"
              data-size="small"
              aria-pressed={one === language}
              onClick={() => setLanguage(one)}
            >
              {one}
            </button>
          ))}
        </span>
        <span className="row">
          {shown !== undefined && <a href={graphiqlLink(shown)}>{text.drawer.graphiql}</a>}
          <button type="button" className="button" data-size="small" onClick={copy}>
            {copied ? text.drawer.copied : text.drawer.copy}
          </button>
          <button type="button" className="button" data-kind="plain" data-size="small" onClick={onClose}>
            {text.drawer.close}
          </button>
        </span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard scrolls the code */}
      <pre className="drawer-code" tabIndex={0}>
        {code}
      </pre>
    </section>
  );
}
