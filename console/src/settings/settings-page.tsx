import { Link } from '../routing/link.tsx';
import { About } from './about.tsx';
import { Audit } from './audit.tsx';
import { Keys } from './keys.tsx';
import { Limits } from './limits.tsx';
import './settings.css';
import { text } from './settings.text.ts';
import { Sources } from './sources.tsx';
import { Webhooks } from './webhooks.tsx';

const TABS = {
  keys: Keys,
  webhooks: Webhooks,
  audit: Audit,
  limits: Limits,
  sources: Sources,
  about: About,
} as const;

type Tab = keyof typeof TABS;

/** `/settings/<tab>`. */
export function SettingsPage({ rest }: { rest: string }) {
  const tab: Tab = rest in TABS ? (rest as Tab) : 'keys';
  const Content = TABS[tab];
  return (
    <div className="page">
      <h1>{text.title}</h1>
      <nav className="button-group" aria-label={text.title}>
        {(Object.keys(TABS) as Tab[]).map((one) => (
          <Link
            key={one}
            to={`/settings/${one}`}
            className="button"
            data-kind="plain"
            data-size="small"
            aria-current={one === tab ? 'page' : undefined}
          >
            {text.tabs[one]}
          </Link>
        ))}
      </nav>
      <Content />
    </div>
  );
}
