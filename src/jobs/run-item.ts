import { ItemError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { backOffMs } from './back-off.ts';
import type { ClaimedItem } from './claim.store.ts';
import type { AnyTask, ItemContext } from './define-task.ts';
import type { Step } from './flush-steps.ts';
import { heedSignal } from './heed-signal.ts';
import { RETRY_LIMIT } from './job.ts';
import type { Recorder } from './record-steps.ts';

/**
 * Runs one claimed item to its end and records each step as it becomes true. Never rejects. Answers the pause after
 * which the item may run again, or null when it has ended, was taken away, or was given back.
 */
export async function runItem(
  deps: { readonly recorder: Recorder; readonly log: Logger },
  task: AnyTask,
  item: ClaimedItem,
  signal: AbortSignal,
): Promise<number | null> {
  const { recorder } = deps;
  const log = deps.log.child({ jobId: item.jobId, ticker: item.ticker, attempt: item.attempt });
  try {
    const steps = heedSignal(task.run(task.parse(item.options), contextOf(item, signal)), signal);
    for (let step = await steps.next(); !signal.aborted; step = await steps.next()) {
      if (step.done) {
        const stored = await recorder.record(item, { type: 'COMPLETED', finished: step.value });
        if (stored === 'STORED') log.debug('item completed');
        return null;
      }
      const stored = await recorder.record(item, { type: 'PROGRESSED', phase: step.value });
      if (stored !== 'STORED') {
        await steps.return?.(undefined as never);
        return null;
      }
    }
    return null;
  } catch (error) {
    if (signal.aborted) return null;
    const step = failureOf(item, error, log);
    await recorder.record(item, step);
    return step.type === 'RETRYING' ? step.delayMs : null;
  }
}

function contextOf(item: ClaimedItem, signal: AbortSignal): ItemContext {
  const { jobId, workspaceId, ticker, attempt, strategy, source } = item;
  return { jobId, workspaceId, ticker, attempt, strategy, source, signal };
}

/** A client may know an ItemError as it is; anything else is a fault of ours, shown as an id that the log explains. */
function failureOf(item: ClaimedItem, error: unknown, log: Logger): Extract<Step, { code: string }> {
  const known = error instanceof ItemError ? error : null;
  const code = known?.code ?? 'INTERNAL';
  let message = known?.message;
  if (message === undefined) {
    const correlationId = crypto.randomUUID();
    message = `Unexpected error (correlation id ${correlationId}).`;
    log.error({ err: error, correlationId }, 'item failed unexpectedly');
  }
  if ((known === null || known.transient) && item.failures < RETRY_LIMIT) {
    const delayMs = backOffMs(item.failures, known?.retryAfterMs ?? null, Math.random);
    log.warn({ code, delayMs, reason: message, err: known?.cause }, 'item will be tried again');
    return { type: 'RETRYING', code, message, delayMs };
  }
  log.info({ code, reason: message, err: known?.cause }, 'item failed');
  return { type: 'FAILED', code, message };
}
