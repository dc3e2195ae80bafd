import { useEffect, useRef } from 'react';
import { text } from './frame.text.ts';

export function Help({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} className="overlay" aria-label={text.keys.title} onClose={onClose}>
      <div className="panel-head">
        <h2>{text.keys.title}</h2>
        <button type="button" className="button" data-kind="plain" onClick={onClose}>
          {text.drawer.close}
        </button>
      </div>
      <dl className="figures panel-body">
        {text.keys.list.map(([keys, what]) => (
          <div key={keys} style={{ display: 'contents' }}>
            <dt>{what}</dt>
            <dd>
              <kbd>{keys}</kbd>
            </dd>
          </div>
        ))}
      </dl>
    </dialog>
  );
}
