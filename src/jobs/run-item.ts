import { ItemError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { backOffMs } from './backoff.ts';
import type { ClaimedItem } from './claim.store.ts';
import type { AnyTask, ItemContext } from './define-task.ts';
import type { Step } from './flush-steps.ts';
import { heedSignal } from './heed-signal.ts';
import { RETRY_LIMIT } from './job.ts';
import { ownWork, UnawaitedFailure } from './own-work.ts';
import type { Recorder } from './record-steps.ts';

interface RunDeps {
  readonly recorder: Recorder;
  readonly log: Logger;
  /** Null, or a promise to wait for so that others than this item get the event loop. */
  readonly breathe: () => Promise<void> | null;
  /** How long the item may compute, in ms. Afterwards it is aborted, and its attempt ends with ITEM_TIMEOUT. */
  readonly timeoutMs: number;
  /** Called once: the item has computed all it will; what remains is to store it. */
  readonly onComputed: () => void;
}

export interface RunEnd {
  /** False: it was stopped before its last step. */
  readonly recorded: boolean;
  /** The pause after which it may run again; null unless it is to be tried again. */
  readonly retryInMs: number | null;
}

/**
 * Runs one claimed item to its end and records each step as it becomes true. It computes on while earlier steps are being stored: they
 * keep their order, and one flush may take them all. Never rejects; resolves when all is durable. An item whose kind has no task fails as an item does
 * whose task throws.
 */
export async function runItem(
  deps: RunDeps,
  task: AnyTask | undefined,
  item: ClaimedItem,
  abort: AbortController,
): Promise<RunEnd> {
  const last = await compute(deps, task, item, abort);
  const storing = last === null ? null : deps.recorder.record(item, last);
  deps.onComputed();
  const stored = await storing;
  return {
    recorded: last !== null,
    retryInMs: stored === 'STORED' && last?.type === 'RETRYING' ? last.delayMs : null,
  };
}

const TIMED_OUT = 'TIMED_OUT';

function timeoutError(timeoutMs: number): ItemError {
  return new ItemError('ITEM_TIMEOUT', `The item did not finish within ${timeoutMs / 1_000} s.`);
}

/** Answers the item's last step, or null when it is no longer to be run here. */
async function compute(
  { recorder, log, breathe, timeoutMs }: RunDeps,
  task: AnyTask | undefined,
  item: ClaimedItem,
  abort: AbortController,
): Promise<Step | null> {
  const { signal } = abort;
  const { jobId, ticker, attempt } = item;
  const timer = setTimeout(() => abort.abort(TIMED_OUT), timeoutMs);
  const fail = (error: unknown) => abort.abort(new UnawaitedFailure(error));
  const within = <T>(work: () => T) => ownWork({ jobId, ticker, attempt, fail }, work);
  const stopped = () => {
    if (signal.reason === TIMED_OUT) return failureOf(item, timeoutError(timeoutMs), log);
    if (signal.reason instanceof UnawaitedFailure) return failureOf(item, signal.reason.cause, log);
    return null;
  };
  try {
    if (task === undefined) throw new Error(`there is no task of the kind ${item.kind}`);
    const run = () => task.run(inputOf(task, item.options), contextOf(item, signal));
    const steps = heedSignal(within(run), signal, within);
    for (let step = await steps.next(); !signal.aborted; step = await steps.next()) {
      if (step.done) return { type: 'COMPLETED', finished: step.value };
      void recorder.record(item, { type: 'PROGRESSED', phase: step.value }).then((stored) => {
        if (stored !== 'STORED') abort.abort(stored);
      });
      const pause = breathe();
      if (pause !== null) await pause;
    }
    return stopped();
  } catch (error) {
    return signal.aborted ? stopped() : failureOf(item, error, log);
  } finally {
    clearTimeout(timer);
  }
}

/** Items of one claim share the object of their job's options: it is parsed once. */
const inputs = new WeakMap<object, { readonly task: AnyTask; readonly input: unknown }>();

function inputOf(task: AnyTask, options: unknown): unknown {
  if (typeof options !== 'object' || options === null) return task.parse(options);
  const known = inputs.get(options);
  if (known?.task === task) return known.input;
  const input = task.parse(options);
  inputs.set(options, { task, input });
  return input;
}

function contextOf(item: ClaimedItem, signal: AbortSignal): ItemContext {
  const { jobId, workspaceId, ticker, attempt, strategy, source } = item;
  return { jobId, workspaceId, ticker, attempt, strategy, source, signal };
}

/** A client may know an ItemError as it is; anything else is a fault of ours, shown as an id that the log explains. */
function failureOf(item: ClaimedItem, error: unknown, log: Logger): Extract<Step, { code: string }> {
  const { jobId, ticker, attempt } = item;
  const known = error instanceof ItemError ? error : null;
  const code = known?.code ?? 'INTERNAL';
  let message = known?.message;
  if (message === undefined) {
    const correlationId = crypto.randomUUID();
    message = `Unexpected error (correlation id ${correlationId}).`;
    log.error({ err: error, jobId, ticker, attempt, correlationId }, 'item failed unexpectedly');
  }
  if ((known === null || known.transient) && item.failures < RETRY_LIMIT) {
    const delayMs = backOffMs(item.failures, known?.retryAfterMs ?? null, Math.random);
    log.warn(
      { jobId, ticker, attempt, code, delayMs, reason: message, err: known?.cause },
      'item will be tried again',
    );
    return { type: 'RETRYING', code, message, delayMs };
  }
  log.info({ jobId, ticker, attempt, code, reason: message, err: known?.cause }, 'item failed');
  return { type: 'FAILED', code, message };
}
