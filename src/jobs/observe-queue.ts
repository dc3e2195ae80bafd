import type { Db } from '../db/client.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { measureQueues } from './queue.store.ts';

const CACHE_MS = 1_000;

/**
 * Sets the gauges of the queue when they are asked for, from one bounded statement a second at most. Without a database they are absent, not
 * zero: an alarm must not take an outage for an empty queue.
 */
export function observeQueue(deps: {
  readonly db: Db;
  readonly leaseMs: number;
  readonly metrics: Metrics;
  readonly log: Logger;
}): void {
  const { db, leaseMs, metrics, log } = deps;
  let measuredAt = Number.NEGATIVE_INFINITY;
  let measuring: Promise<void> | null = null;

  async function measure(): Promise<void> {
    const gauges = [
      metrics.queueJobs,
      metrics.queueItems,
      metrics.queueOldestSeconds,
      metrics.queuesPaused,
      metrics.notifyQueueUsage,
      metrics.workers,
      metrics.workerSlots,
    ];
    try {
      const queues = await measureQueues(db, leaseMs);
      for (const gauge of gauges) gauge.reset();
      metrics.queueJobs.set({ state: 'QUEUED' }, queues.jobsQueued);
      metrics.queueJobs.set({ state: 'PROCESSING' }, queues.jobsProcessing);
      metrics.queueItems.set({ state: 'QUEUED' }, queues.itemsQueued);
      metrics.queueItems.set({ state: 'PROCESSING' }, queues.itemsProcessing);
      metrics.queueOldestSeconds.set({ state: 'QUEUED' }, queues.oldestQueuedSeconds);
      metrics.queueOldestSeconds.set({ state: 'PROCESSING' }, queues.oldestProcessingSeconds);
      metrics.queuesPaused.set(queues.paused);
      metrics.notifyQueueUsage.set(queues.notifyQueueUsage);
      metrics.workers.set({ state: 'ALIVE' }, queues.alive);
      metrics.workers.set({ state: 'DRAINING' }, queues.draining);
      metrics.workers.set({ state: 'GONE' }, queues.gone);
      metrics.workerSlots.set({ state: 'busy' }, queues.running);
      metrics.workerSlots.set({ state: 'free' }, Math.max(queues.capacity - queues.running, 0));
    } catch (error) {
      for (const gauge of gauges) gauge.reset();
      // The reset of a gauge without labels is a zero.
      metrics.queuesPaused.remove({});
      metrics.notifyQueueUsage.remove({});
      log.warn({ err: error }, 'the queue could not be measured');
    }
    measuredAt = performance.now();
  }

  metrics.observe(async () => {
    if (measuring === null && performance.now() - measuredAt < CACHE_MS) return;
    measuring ??= measure().finally(() => {
      measuring = null;
    });
    await measuring;
  });
}
