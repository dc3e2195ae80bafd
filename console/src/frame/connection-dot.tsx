import { useClient, useConnection } from 'thetool-client/react';
import { clock } from '../format/time.ts';
import { useNow } from '../parts/now.ts';
import { text } from './frame.text.ts';

/** The state of the connection as it is, and what the reader can do about it. */
export function ConnectionDot({ onSignOut }: { onSignOut: () => void }) {
  const client = useClient();
  const state = useConnection();
  const now = useNow();
  const { status } = state;
  const words =
    status === 'retrying'
      ? text.retryingSince(clock(state.since), Math.max(0, Math.ceil((state.retryAt - now) / 1_000)))
      : text.connection[status];
  const reason = 'reason' in state ? state.reason : words;
  return (
    <span className="row" role="status">
      <span className="dot" data-status={status} />
      <span className={status === 'live' ? 'soft wide-only' : 'soft'} title={reason}>
        {status === 'refused' ? reason : words}
      </span>
      {status === 'retrying' && (
        <button type="button" className="button" data-size="small" onClick={() => client.reconnectNow()}>
          {text.tryNow}
        </button>
      )}
      {status === 'signedOut' && (
        <button type="button" className="button" data-size="small" onClick={onSignOut}>
          {text.signIn.submit}
        </button>
      )}
    </span>
  );
}
