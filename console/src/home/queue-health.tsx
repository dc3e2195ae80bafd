import { refusalOf } from '../data/failure.ts';
import { useRequest } from '../data/use-request.ts';
import { useSend } from '../data/use-send.ts';
import { count, short } from '../format/numbers.ts';
import { duration } from '../format/time.ts';
import { HomeQueueDocument, PauseQueueDocument, ResumeQueueDocument } from '../generated/graphql.ts';
import { FailureNotice, Notice, Panel, Skeleton } from '../parts/panel.tsx';
import { text } from './home.text.ts';
import { WorkerTable } from './worker-table.tsx';

/** The queue in sentences: how much waits, why, and who works. */
export function QueueHealth() {
  const { data, failure, reload } = useRequest(HomeQueueDocument, {}, { everyMs: 3_000 });
  const sender = useSend();
  const queue = data?.queue;

  const change = async () => {
    const idempotencyKey = crypto.randomUUID();
    if (queue?.paused) await sender.send(ResumeQueueDocument, { input: { idempotencyKey } });
    else {
      const result = await sender.send(PauseQueueDocument, { input: { idempotencyKey } });
      if (result !== null) sender.setFailure(refusalOf(result.pauseQueue));
    }
    reload();
  };
  return (
    <Panel
      title={text.queue.title}
      flush
      aside={
        queue !== undefined && (
          <span className="row">
            <span className="dim small">{text.queue.every}</span>
            <button
              type="button"
              className="button"
              data-size="small"
              disabled={sender.busy}
              onClick={change}
            >
              {queue.paused ? text.queue.resume : text.queue.pause}
            </button>
          </span>
        )
      }
    >
      <FailureNotice failure={sender.failure ?? failure} retry={reload} />
      {queue === undefined && failure === null && <Skeleton rows={2} />}
      {queue !== undefined && (
        <>
          <div className="panel-body stack-tight">
            {queue.paused && (
              <Notice tone="warn">
                {text.queue.paused} {queue.pauseNote}
              </Notice>
            )}
            <p>
              {text.queue.counts(
                `${count(queue.depth.itemsQueued)}${queue.depth.complete ? '' : '+'}`,
                count(queue.depth.itemsProcessing),
                short(queue.throughputPerMinute),
              )}
            </p>
            {queue.waiting.length === 0 && queue.depth.itemsQueued === 0 && (
              <p className="dim">{text.queue.idle}</p>
            )}
            {queue.waiting.map(({ reason, items }) => (
              <p key={reason} className="soft">
                {text.reasons[reason](items)}
              </p>
            ))}
            {queue.oldestAgeSeconds != null && queue.depth.itemsQueued > 0 && (
              <p className="dim">{text.queue.oldest(duration(queue.oldestAgeSeconds * 1_000))}</p>
            )}
          </div>
          <WorkerTable workers={queue.workers} />
        </>
      )}
    </Panel>
  );
}
