import { type FormEvent, useState } from 'react';
import { text } from './frame.text.ts';

/** Shown without a key, and when the server has rejected the one that was there. */
export function SignIn({ rejected, onKey }: { rejected: boolean; onKey: (key: string) => void }) {
  const [key, setKey] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (key.trim() !== '') onKey(key.trim());
  };
  return (
    <main className="sign-in">
      <form className="stack" onSubmit={submit}>
        <h1>{text.signIn.title}</h1>
        <p className="soft">{text.signIn.why}</p>
        <label className="label">
          {text.signIn.key}
          <input
            className="field"
            type="password"
            autoComplete="off"
            value={key}
            placeholder="tt_live_…"
            onChange={(event) => setKey(event.target.value)}
          />
        </label>
        {rejected && (
          <p className="down" role="alert">
            {text.signIn.rejected}
          </p>
        )}
        <button type="submit" className="button" data-kind="primary">
          {text.signIn.submit}
        </button>
        <p className="dim small">
          {text.signIn.make} <code>npm run keys -- create --name me</code>
        </p>
      </form>
    </main>
  );
}
