import type { FrameQuery } from '../generated/graphql.ts';
import { ConnectionDot } from './connection-dot.tsx';
import { text } from './frame.text.ts';
import { switchTheme, useTheme } from './theme.ts';

interface Props {
  readonly viewer: FrameQuery['viewer'] | null;
  readonly onSearch: () => void;
  readonly onSignOut: () => void;
}

export function TopBar({ viewer, onSearch, onSignOut }: Props) {
  const theme = useTheme();
  const scopes = viewer?.scopes.map((scope) => scope.toLowerCase().replace('_', ':')).join(', ');
  return (
    <header className="top">
      <button type="button" className="search-button" onClick={onSearch}>
        <span className="cut">{text.search}</span>
        <kbd>/</kbd>
      </button>
      <span className="grow" />
      <ConnectionDot onSignOut={onSignOut} />
      {viewer !== null && (
        <span className="soft wide-only nowrap" title={`${viewer.workspaceName}: ${scopes}`}>
          {text.key(viewer.subject)}
        </span>
      )}
      <button
        type="button"
        className="button"
        data-kind="plain"
        onClick={switchTheme}
        aria-label={text.theme}
        title={text.theme}
      >
        {theme === 'dark' ? '☾' : '☀'}
      </button>
      <button type="button" className="button wide-only" data-kind="plain" onClick={onSignOut}>
        {text.signOut}
      </button>
    </header>
  );
}
