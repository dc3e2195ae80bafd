import { useJobItems } from 'thetool-client/react';
import { verdictTone, verdictWord } from '../format/words.ts';
import { Link } from '../routing/link.tsx';

/** The tickers that move now come first; of the rest there is a count in the job's bar. */
const SHOWN = 8;

export function LiveItems({ jobId }: { jobId: string }) {
  const items = useJobItems(jobId).data?.items ?? [];
  const moving = items.filter(({ state }) => state === 'PROCESSING');
  const ended = items.filter(({ state }) => state === 'COMPLETED' || state === 'FAILED').toReversed();
  return (
    <ul className="live-items">
      {[...moving, ...ended].slice(0, SHOWN).map(({ ticker, state, phase, verdict, error }) => (
        <li key={ticker} className="flash" title={error?.message}>
          <Link to={`/r/${encodeURIComponent(ticker)}`}>{ticker}</Link>{' '}
          {state === 'COMPLETED' && verdict !== null ? (
            <span className={verdictTone(verdict)}>✓ {verdictWord(verdict)}</span>
          ) : state === 'FAILED' ? (
            <span className="down">✗ failed</span>
          ) : (
            <span className="soft">{phase} %</span>
          )}
        </li>
      ))}
    </ul>
  );
}
