import { useConnection } from '../data/connection.ts';
import { clock } from '../format/time.ts';
import { useNow } from '../parts/now.ts';
import { text } from './frame.text.ts';

/** The state of the connection as it is, and what the reader can do about it. */
export function ConnectionDot({ onSignOut }: { onSignOut: () => void }) {
  const { kind, since, nextAt, reason } = useConnection();
  const now = useNow();
  const seconds = nextAt === null ? 0 : Math.max(0, Math.ceil((nextAt - now) / 1_000));
  const words =
    kind === 'RETRYING' ? text.retryingSince(clock(since), seconds) : (reason ?? text.connection[kind]);
  return (
    <span className="row" role="status">
      <span className="dot" data-kind={kind} />
      <span className={kind === 'LIVE' ? 'soft wide-only' : 'soft'} title={words}>
        {kind === 'RETRYING' || kind === 'REFUSED' ? words : text.connection[kind]}
      </span>
      {kind === 'RETRYING' && (
        <button type="button" className="button" data-size="small" onClick={() => location.reload()}>
          {text.tryNow}
        </button>
      )}
      {kind === 'SIGNED_OUT' && (
        <button type="button" className="button" data-size="small" onClick={onSignOut}>
          {text.signIn.submit}
        </button>
      )}
    </span>
  );
}
