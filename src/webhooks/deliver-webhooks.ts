import { setTimeout as delay } from 'node:timers/promises';
import type { Db } from '../db/client.ts';
import type { Hint } from '../events/hint.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { newId } from '../uuid.ts';
import {
  deleteOldMessages,
  type Leased,
  leaseWebhooks,
  type Message,
  openMessage,
  recordArrival,
  recordSetback,
  releaseWebhook,
  skipEvents,
} from './lease.store.ts';
import { messageBody } from './message.ts';
import type { Send } from './send-message.ts';
import { type Failure, failureCodes, MESSAGE_EVENTS, retryDelayMs, type WebhookEvent } from './webhook.ts';

/** A log that webhooks are fed from. */
export interface WebhookLog {
  /**
   * The next events behind a position that the filter lets pass, up to `limit` looked at; `position` is that of the last one looked at. Null:
   * what the filter names is gone.
   */
  next(
    webhook: Pick<Leased, 'workspaceId' | 'filter' | 'position'>,
    limit: number,
  ): Promise<{ readonly position: number; readonly subjectIds: readonly string[] } | null>;
  /** What a message says of these, one entry each, in their order; of one that was removed, only its id (`removedSubject`). */
  tell(workspaceId: string, subjectIds: readonly string[]): Promise<object[]>;
}

export interface Deliverer {
  hear(hints: readonly Hint[]): void;
  wake(): void;
  /** Nothing is sent any more; what is under way is broken off at the signal and sent again by another process. */
  stop(signal: AbortSignal): Promise<void>;
}

/** Webhooks that one process sends for at once. */
const SLOTS = 16;
/** Of one workspace while others have something to send, and while none has. */
const QUOTA = SLOTS / 4;
const QUOTA_ALONE = SLOTS / 2;
/** Looks that find nothing are no closer together than this, however often somebody rings. */
const GAP_MS = 50;
const PRUNE_MS = 3_600_000;
const PRUNE_ROWS = 5_000;
/** How long messages are kept that arrived. */
const KEEP_DAYS = 30;

/**
 * Tells receivers what the logs say, in order, each message until it has arrived: one message under way per webhook, made in the statement
 * that moves the webhook's cursor, so nothing is lost or told twice in different messages. A process that dies between sending and noting
 * leaves the message to the next one, which sends it again under the same id. Every worker process runs one.
 */
export function deliverWebhooks(deps: {
  readonly db: Db;
  readonly log: Logger;
  readonly logs: Readonly<Record<WebhookEvent, WebhookLog>>;
  readonly send: Send;
  /** Longer than a message may take. */
  readonly leaseMs: number;
  readonly pollMs: number;
  readonly disableAfterDays: number;
  readonly metrics?: Pick<Metrics, 'webhookMessages'> | undefined;
  readonly retryMs?: typeof retryDelayMs;
}): Deliverer {
  const { db, log, logs, send, leaseMs, pollMs, disableAfterDays, metrics, retryMs = retryDelayMs } = deps;
  const stopping = new AbortController();
  const breaking = new AbortController();
  /** What is under way, with its workspace. */
  const running = new Map<Promise<void>, string>();
  let bell = Promise.withResolvers<void>();
  const wake = () => bell.resolve();

  async function loop(): Promise<void> {
    let pruneAt = performance.now() + PRUNE_MS * Math.random();
    while (!stopping.signal.aborted) {
      bell = Promise.withResolvers();
      try {
        const free = SLOTS - running.size;
        const slots = { free, quota: QUOTA, quotaAlone: QUOTA_ALONE, underWay: [...running.values()] };
        const leased = free === 0 ? [] : await leaseWebhooks(db, slots, leaseMs);
        for (const webhook of leased) start(webhook);
        if (performance.now() > pruneAt) {
          pruneAt = performance.now() + PRUNE_MS;
          while (
            (await deleteOldMessages(db, KEEP_DAYS, PRUNE_ROWS)) === PRUNE_ROWS &&
            !stopping.signal.aborted
          );
        }
      } catch (error) {
        log.warn({ err: error }, 'looking for webhooks failed; trying again');
        await pause(1_000 * Math.random());
      }
      await pause(GAP_MS);
      await Promise.race([bell.promise, pause(pollMs * (0.75 + Math.random() / 2))]);
    }
  }

  const pause = (ms: number) =>
    delay(ms, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);

  function start(webhook: Leased): void {
    const work = deliver(webhook)
      .catch((error: unknown) => {
        // The lease ends by itself and somebody looks again.
        log.warn({ err: error, webhookId: webhook.id }, 'a webhook could not be served; trying again');
      })
      .finally(() => {
        running.delete(work);
        wake();
      });
    running.set(work, webhook.workspaceId);
  }

  async function deliver(webhook: Leased): Promise<void> {
    const message = webhook.pending ?? (await nextMessage(webhook));
    if (message === null) return;
    const subjects = await logs[webhook.event].tell(webhook.workspaceId, message.subjectIds);
    const body = messageBody(webhook.event, message, subjects);
    if (breaking.signal.aborted) return releaseWebhook(db, webhook);
    try {
      const { url, secrets, workspaceId } = webhook;
      const letter = { workspaceId, url, secrets, id: message.id, body };
      const outcome = await send(letter, breaking.signal);
      if ('failure' in outcome) await setBack(webhook, outcome.failure, message.id);
      else if (await recordArrival(db, webhook, message.id, outcome.status)) count('DELIVERED');
    } catch (error) {
      if (!breaking.signal.aborted) throw error;
      await releaseWebhook(db, webhook);
    }
  }

  /** Reads on until something passes the filter. Null: nothing more is there, or the webhook is no longer this process' own. */
  async function nextMessage(webhook: Leased): Promise<Message | null> {
    for (let { position } = webhook; !stopping.signal.aborted; ) {
      const page = await logs[webhook.event].next({ ...webhook, position }, MESSAGE_EVENTS);
      if (page === null) {
        const message = 'The watchlist of the filter was deleted: set another filter.';
        await setBack(webhook, { code: 'FILTER_GONE', status: null, message, retryAfterMs: null }, null);
        return null;
      }
      if (page.position === position) break;
      if (page.subjectIds.length > 0) return openMessage(db, webhook, leaseMs, { id: newId(), ...page });
      if (!(await skipEvents(db, webhook, leaseMs, page.position))) return null;
      position = page.position;
    }
    await releaseWebhook(db, webhook);
    return null;
  }

  async function setBack(webhook: Leased, failure: Failure, messageId: string | null): Promise<void> {
    const delayMs = retryMs(webhook.failures, failure.retryAfterMs, Math.random);
    const disable = failureCodes[failure.code].kind === 'PERMANENT' ? failure.message : null;
    const setback = { messageId, failure, delayMs, disable, disableAfterDays };
    const disabled = await recordSetback(db, webhook, setback);
    if (disabled === null) return;
    count('FAILED');
    const facts = { webhookId: webhook.id, messageId, code: failure.code, status: failure.status };
    if (disabled) log.warn(facts, 'webhook disabled');
    else {
      log.info({ ...facts, delayMs }, 'webhook message failed; trying again');
      setTimeout(wake, delayMs + 1).unref();
    }
  }

  const count = (outcome: 'DELIVERED' | 'FAILED') => metrics?.webhookMessages.inc({ outcome });

  const looping = loop();
  return {
    hear(hints) {
      if (hints.some(({ about }) => about === 'feed' || about === 'end')) wake();
    },
    wake,
    async stop(signal) {
      stopping.abort();
      const abort = () => breaking.abort();
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
      await looping;
      await Promise.all(running.keys());
    },
  };
}
