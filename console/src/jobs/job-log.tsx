import type { JobEvent } from 'thetool-client';
import { useLog } from '../data/use-log.ts';
import { clock } from '../format/time.ts';
import { sentenceCase, verdictWord } from '../format/words.ts';
import { Empty, FailureNotice, Notice } from '../parts/panel.tsx';
import { VirtualRows } from '../parts/virtual-rows.tsx';
import { text } from './jobs.text.ts';

/** The log as it is written. It stays at its end until the reader scrolls up. */
export function JobLog({ id }: { id: string }) {
  const { events, gap, failure } = useLog(id);
  return (
    <>
      <FailureNotice failure={failure} />
      {gap !== null && <Notice tone="warn">{text.log.gap(gap)}</Notice>}
      {events.length === 0 ? (
        <Empty>{text.log.none}</Empty>
      ) : (
        <div className="job-items job-log">
          <VirtualRows
            label={text.log.label}
            count={events.length}
            widths={[56, 72, 128, null]}
            follows
            row={(i) => {
              const event = events[i];
              return event === undefined ? null : <Line key={event.seq} event={event} />;
            }}
          />
        </div>
      )}
    </>
  );
}

function Line({ event: { seq, at, type, ticker, tickers, phase, verdict, error } }: { event: JobEvent }) {
  const names =
    ticker ??
    (tickers.length > 3 ? `${tickers.slice(0, 3).join(', ')} +${tickers.length - 3}` : tickers.join(', '));
  return (
    <tr>
      <td className="num dim">{seq}</td>
      <td className="dim">{clock(at)}</td>
      <td className={type.endsWith('FAILED') ? 'down' : ''}>{sentenceCase(type)}</td>
      <td className="cut" title={error?.message ?? tickers.join(', ')}>
        {names} {phase != null && type === 'ITEM_PROGRESSED' && `${phase} %`}
        {verdict != null && verdictWord(verdict)}
        {error != null && (
          <span className="down">
            {error.code}: {error.message}
          </span>
        )}
      </td>
    </tr>
  );
}
