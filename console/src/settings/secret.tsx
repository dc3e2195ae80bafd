import { useState } from 'react';
import { text } from './settings.text.ts';

/** A secret that the server returns once. */
export function Secret({ secret, onDone }: { secret: string; onDone: () => void }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(secret);
    setCopied(true);
  };
  return (
    <div className="notice" data-tone="accent" role="status">
      <span className="grow stack-tight">
        <strong>{text.secret.title}</strong>
        <code className="secret">{secret}</code>
      </span>
      <button type="button" className="button" data-size="small" onClick={copy}>
        {copied ? text.secret.copied : text.secret.copy}
      </button>
      <button type="button" className="button" data-kind="plain" data-size="small" onClick={onDone}>
        {text.secret.done}
      </button>
    </div>
  );
}
