import type { HomeQueueQuery } from '../generated/graphql.ts';
import { Notice } from '../parts/panel.tsx';
import { TimeAgo } from '../parts/time-ago.tsx';
import { text } from './home.text.ts';

export function WorkerTable({ workers }: { workers: HomeQueueQuery['queue']['workers'] }) {
  if (workers.length === 0) return <Notice tone="warn">{text.queue.noWorkers}</Notice>;
  return (
    <table className="table">
      <thead>
        <tr>
          <th>{text.queue.worker}</th>
          <th className="num">{text.queue.load}</th>
          <th className="num">{text.queue.beat}</th>
        </tr>
      </thead>
      <tbody>
        {workers.map(({ name, state, running, capacity, heartbeatAt }) => (
          <tr key={name}>
            <td className="cut">
              <span className="dot" data-status={state === 'ALIVE' ? 'live' : 'retrying'} title={state} />{' '}
              {name}
            </td>
            <td className="num">
              {running} / {capacity}
            </td>
            <td className="num">
              <TimeAgo time={heartbeatAt} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
