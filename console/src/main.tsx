import { StrictMode, useCallback, useState } from 'react';
import { createRoot } from 'react-dom/client';
import './styles/tokens.css';
import './styles/base.css';
import './styles/parts.css';
import './styles/frame.css';
import { ConsoleClient } from './data/console-client.tsx';
import { FeedProvider } from './data/feed.tsx';
import { forgetKey, heldKey, keepKey, takeLink } from './data/session.ts';
import { text } from './frame/frame.text.ts';
import { Frame } from './frame/frame.tsx';
import { SignIn } from './frame/sign-in.tsx';
import { followTheme } from './frame/theme.ts';

followTheme();
// A link with a key that is opened in a tab of the console changes the fragment alone, which loads no page.
addEventListener('hashchange', () => takeLink(text.signIn.fromLink) && location.reload());
takeLink(text.signIn.fromLink);

function Console() {
  const [key, setKey] = useState(heldKey);
  const [rejected, setRejected] = useState(false);
  const signOut = useCallback((wasRejected: boolean) => {
    forgetKey();
    setKey(null);
    setRejected(wasRejected);
  }, []);
  const signIn = (entered: string) => {
    keepKey(entered);
    setKey(entered);
  };
  if (key === null) return <SignIn rejected={rejected} onKey={signIn} />;
  return (
    <ConsoleClient apiKey={key} key={key}>
      <FeedProvider>
        <Frame onSignOut={signOut} />
      </FeedProvider>
    </ConsoleClient>
  );
}

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element #root');
createRoot(root).render(
  <StrictMode>
    <Console />
  </StrictMode>,
);
