import { type FormEvent, useState } from 'react';
import { refusalOf } from '../data/failure.ts';
import { useSend } from '../data/use-send.ts';
import { type ApiScope, CreateKeyDocument } from '../generated/graphql.ts';
import { FailureNotice, Panel } from '../parts/panel.tsx';
import { text } from './settings.text.ts';

const SCOPES = Object.entries(text.scopes) as [ApiScope, string][];

export function NewKey({ onCreated }: { onCreated: (secret: string) => void }) {
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly ApiScope[]>(['JOBS_READ', 'RESULTS_READ']);
  const [expires, setExpires] = useState('');
  const { send, busy, failure, setFailure } = useSend();
  const create = async (event: FormEvent) => {
    event.preventDefault();
    const payload = (
      await send(CreateKeyDocument, {
        input: {
          name,
          scopes: [...scopes],
          ...(expires !== '' && { expiresAt: new Date(`${expires}T23:59:59`).toISOString() }),
          idempotencyKey: crypto.randomUUID(),
        },
      })
    )?.createApiKey;
    if (payload === undefined) return;
    if (payload.__typename !== 'IssuedApiKey') return setFailure(refusalOf(payload));
    setName('');
    onCreated(payload.secret);
  };
  return (
    <Panel title={text.keys.make}>
      <form className="stack-tight" onSubmit={create}>
        <div className="filters settings-form">
          <label className="label grow">
            {text.keys.name}
            <input className="field" value={name} onChange={(event) => setName(event.target.value)} />
          </label>
          <label className="label">
            {text.keys.expires}
            <input
              className="field"
              type="date"
              value={expires}
              onChange={(event) => setExpires(event.target.value)}
            />
          </label>
          <button
            type="submit"
            className="button"
            data-kind="primary"
            disabled={busy || name.trim() === '' || scopes.length === 0}
          >
            {text.keys.create}
          </button>
        </div>
        <fieldset className="filters plain-fieldset">
          <legend className="hidden-text">{text.keys.scopes}</legend>
          {SCOPES.map(([scope, meaning]) => (
            <label key={scope} className="row small">
              <input
                type="checkbox"
                checked={scopes.includes(scope)}
                onChange={() =>
                  setScopes(
                    scopes.includes(scope) ? scopes.filter((one) => one !== scope) : [...scopes, scope],
                  )
                }
              />
              {meaning}
            </label>
          ))}
        </fieldset>
        <FailureNotice failure={failure} />
      </form>
    </Panel>
  );
}
